package host

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os/exec"
	"path/filepath"
	"testing"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

func startGo(t *testing.T) *Driver {
	t.Helper()
	executable := filepath.Join(t.TempDir(), "registry-storage-go-fs")
	build := exec.Command("go", "build", "-o", executable, "./cmd/registry-storage-go-fs")
	build.Dir = "../../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	driver, err := Start(context.Background(), Options{
		Executable: executable, Name: "go-fs", Parameters: map[string]any{"rootdirectory": t.TempDir()}, Log: slog.Default(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(driver.Close)
	return driver
}

func kill(driver *Driver) {
	driver.session.kill()
	<-driver.session.ended
}

var ctx = context.Background()

func write(t *testing.T, driver *Driver, path string, content []byte) {
	t.Helper()
	writer, err := driver.OpenWriter(ctx, path, "truncate")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := writer.Commit(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestAReadGoesOnAfterAKill(t *testing.T) {
	driver := startGo(t)
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	write(t, driver, "/a", content)
	reader, err := driver.Open(ctx, "/a", 5)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	begun := make([]byte, 1000)
	if _, err := io.ReadFull(reader, begun); err != nil {
		t.Fatal(err)
	}
	kill(driver)
	rest, err := io.ReadAll(reader)
	if err != nil || !bytes.Equal(append(begun, rest...), content[5:]) {
		t.Errorf("%d bytes came, %v", len(begun)+len(rest), err)
	}
}

func TestAReadThatCannotGoOnIsRefusedAndCloses(t *testing.T) {
	driver := startGo(t)
	write(t, driver, "/a", bytes.Repeat([]byte("0123456789abcdef"), 1<<20))
	reader, err := driver.Open(ctx, "/a", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	kill(driver)
	if err := driver.Delete(ctx, "/a"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(reader); !errors.Is(err, outrigger.ErrPathNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestTheNextCallAfterAKillIsServed(t *testing.T) {
	driver := startGo(t)
	write(t, driver, "/a", []byte("content"))
	writer, err := driver.OpenWriter(ctx, "/b", "truncate")
	if err != nil {
		t.Fatal(err)
	}
	kill(driver)
	if err := driver.Call(ctx, "stat", map[string]any{"path": "/a"}, nil); err != nil {
		t.Error(err)
	}
	if _, err := writer.Write([]byte("lost")); !errors.Is(err, ErrLost) {
		t.Errorf("a writer of a process that is gone: %v", err)
	}
	if err := driver.Move(ctx, "/a", "/c"); err != nil {
		t.Error(err)
	}
	if err := driver.Delete(ctx, "/c"); err != nil {
		t.Error(err)
	}
}

func TestACancelledCallIsLeft(t *testing.T) {
	driver := startGo(t)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := driver.Call(cancelled, "stat", map[string]any{"path": "/a"}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := driver.Call(ctx, "put", map[string]any{"path": "/a", "content": ""}, nil); err != nil {
		t.Error(err)
	}
}

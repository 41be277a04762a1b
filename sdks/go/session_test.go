package outrigger_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"testing"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// odd is a driver whose reads and stats are what a test makes them.
type odd struct {
	*memory
	stat func(ctx context.Context, path string) (outrigger.FileInfo, error)
	body func(ctx context.Context) io.ReadCloser
}

func (o *odd) Stat(ctx context.Context, path string) (outrigger.FileInfo, error) {
	return o.stat(ctx, path)
}

func (o *odd) Read(ctx context.Context, _ string, _ outrigger.ReadOptions) (*outrigger.Content, error) {
	return &outrigger.Content{Size: 100_000, ModTime: someTime, Body: o.body(ctx)}, nil
}

func serving(driver outrigger.StorageDriver) outrigger.Driver {
	return outrigger.Driver{
		Name: "odd", Version: "1", Prototype: driver,
		Parameters: outrigger.Schema{"properties": map[string]any{"key": map[string]any{"x-secret": true}}},
		Open:       func(context.Context, outrigger.Parameters) (outrigger.StorageDriver, error) { return driver, nil },
	}
}

func TestCancelOfACallThatHangs(t *testing.T) {
	begun := make(chan struct{})
	h := start(t, serving(&odd{memory: newMemory(), stat: func(ctx context.Context, _ string) (outrigger.FileInfo, error) {
		close(begun)
		<-ctx.Done()
		return outrigger.FileInfo{}, ctx.Err()
	}}), nil)
	id, answer := h.ask("stat", map[string]any{"path": "/a"})
	<-begun
	h.result("ping", nil)
	h.send(map[string]any{"method": "$/cancelRequest", "params": map[string]any{"id": id}})
	h.refused(<-answer, outrigger.ErrCancelled)
}

func TestAPanicIsInternal(t *testing.T) {
	h := start(t, serving(&odd{memory: newMemory(), stat: func(context.Context, string) (outrigger.FileInfo, error) { panic("oh") }}), nil)
	h.refused(h.call("stat", map[string]any{"path": "/a"}), outrigger.ErrInternal)
	h.result("ping", nil)
	if !strings.Contains(h.log.text(), `"level":"error"`) {
		t.Errorf("the log says %q", h.log.text())
	}
}

func TestErrorsOnTheWire(t *testing.T) {
	var failure error
	h := start(t, serving(&odd{memory: newMemory(), stat: func(context.Context, string) (outrigger.FileInfo, error) {
		return outrigger.FileInfo{}, failure
	}}), map[string]any{"key": "hunter22"})
	for _, each := range []struct {
		err    error
		number int
		code   outrigger.Code
	}{
		{outrigger.NotFound("/a", nil), 1001, outrigger.ErrPathNotFound},
		{fmt.Errorf("wrapped: %w", outrigger.BadPath("/a", "because")), 1002, outrigger.ErrInvalidPath},
		{outrigger.ErrQuotaExceeded, 1006, outrigger.ErrQuotaExceeded},
		{context.DeadlineExceeded, 1007, outrigger.ErrUnavailable},
		{errors.New("no right for hunter22"), 1009, outrigger.ErrInternal},
		{&outrigger.Error{Code: "OF_ITS_OWN"}, 1009, outrigger.ErrInternal},
	} {
		failure = each.err
		got := h.call("stat", map[string]any{"path": "/a"})
		h.refused(got, each.code)
		if got.Error.Code != each.number || got.Error.Data["path"] != "/a" && each.number != 1009 {
			t.Errorf("%v became %v", each.err, *got.Error)
		}
		if strings.Contains(got.Error.Message, "hunter22") {
			t.Errorf("a secret is in %q", got.Error.Message)
		}
	}
}

func TestSecretsStayOutOfTheLog(t *testing.T) {
	h := start(t, serving(&odd{memory: newMemory(), stat: func(ctx context.Context, _ string) (outrigger.FileInfo, error) {
		slog.InfoContext(ctx, "with hunter22", "error", errors.New("hunter22"))
		return outrigger.FileInfo{ModTime: someTime}, nil
	}}), map[string]any{"key": "hunter22"})
	parent := "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	h.result("stat", map[string]any{"path": "/a", "traceparent": parent})
	log := h.log.text()
	if strings.Contains(log, "hunter22") || !strings.Contains(log, `"msg":"with ***","error":"***"`) || !strings.Contains(log, parent) {
		t.Errorf("the log says %q", log)
	}
}

func TestNoPartOfASecretIsInTheLog(t *testing.T) {
	// The end of what is kept of a text is in the midst of the secret.
	long := strings.Repeat("x", 4*1024-8) + "hunter22-and-more"
	h := start(t, serving(&odd{memory: newMemory(), stat: func(ctx context.Context, _ string) (outrigger.FileInfo, error) {
		slog.InfoContext(ctx, "a value", "config", struct {
			Keys  []string
			Count int64
		}{[]string{"with hunter22-and-more"}, math.MaxInt64}, "func", func() {})
		slog.InfoContext(ctx, long, "again", strings.Repeat("\n", 4*1024))
		return outrigger.FileInfo{}, errors.New(long)
	}}), map[string]any{"key": "hunter22-and-more"})
	if got := h.call("stat", map[string]any{"path": "/a"}); strings.Contains(got.Error.Message, "hunt") {
		t.Errorf("part of a secret is in %q", got.Error.Message)
	}
	log := h.log.text()
	if strings.Contains(log, "hunt") || !strings.Contains(log, `"config":{"Count":9223372036854775807,"Keys":["with ***"]}`) {
		t.Errorf("the log says %q", log)
	}
	for _, line := range strings.Split(strings.TrimSpace(log), "\n") {
		if len(line) > 8*1024 || !json.Valid([]byte(line)) {
			t.Errorf("a line of %d bytes, or no JSON: %q", len(line), line)
		}
	}
}

func TestEndOfInputKeepsOpenWriters(t *testing.T) {
	store := newMemory()
	h := start(t, serving(store), nil)
	writer := h.result("writer/open", map[string]any{"path": "/a", "mode": "truncate"})["writer"]
	h.result("writer/write", map[string]any{"writer": writer, "offset": 0, "data": "aGVsbG8="})
	_ = h.in.Close()
	if status := <-h.status; status != 0 {
		t.Errorf("ended with %d", status)
	}
	if got := string(store.unfinished["/a"]); got != "hello" {
		t.Errorf("kept %q", got)
	}
}

func TestPutWriterIsAtomicAndBounded(t *testing.T) {
	h := start(t, memoryDriver, nil)
	writer := h.result("writer/open", map[string]any{"path": "/a", "mode": "put"})["writer"]
	piece := base64.StdEncoding.EncodeToString(make([]byte, 262144))
	for i := range 32 {
		h.result("writer/write", map[string]any{"writer": writer, "offset": i * 262144, "data": piece})
	}
	h.refused(h.call("writer/write", map[string]any{"writer": writer, "offset": 8 << 20, "data": "AA=="}), outrigger.ErrUnsupported)
	h.refused(h.call("stat", map[string]any{"path": "/a"}), outrigger.ErrPathNotFound)
	h.result("writer/commit", map[string]any{"writer": writer, "size": 8 << 20})
	if size := h.result("stat", map[string]any{"path": "/a"})["size"]; size != float64(8<<20) {
		t.Errorf("size is %v", size)
	}
}

func TestReadOverTheSocket(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), 10_000)
	h := start(t, serving(&odd{memory: newMemory(), body: func(context.Context) io.ReadCloser {
		return io.NopCloser(io.MultiReader(bytes.NewReader(content), strings.NewReader("and more")))
	}}), nil)
	_, answer := h.ask("read", map[string]any{"path": "/a", "offset": 0, "plane": "socket", "token": "t"})
	conn, stream, preamble := h.accept()
	defer conn.Close()
	got, err := io.ReadAll(stream)
	if err != nil || !bytes.Equal(got, content) || preamble["token"] != "t" || preamble["size"] != float64(100_000) {
		t.Errorf("%d bytes came, %v, behind %v", len(got), err, preamble)
	}
	if bytes := (<-answer).Result["bytes"]; bytes != float64(100_000) {
		t.Errorf("%v bytes were answered", bytes)
	}
}

func TestContentThatEndsEarlyIsNoSuccess(t *testing.T) {
	h := start(t, serving(&odd{memory: newMemory(), body: func(context.Context) io.ReadCloser {
		return io.NopCloser(strings.NewReader("short"))
	}}), nil)
	h.refused(h.call("read", map[string]any{"path": "/a", "offset": 0, "plane": "inline"}), outrigger.ErrUnavailable)
	_, answer := h.ask("read", map[string]any{"path": "/a", "offset": 0, "plane": "socket", "token": "t"})
	conn, _, _ := h.accept()
	defer conn.Close()
	h.refused(<-answer, outrigger.ErrUnavailable)
}

// hanging is a body that waits for its backend.
type hanging struct{ ctx context.Context }

func (b hanging) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func (hanging) Close() error { return nil }

func TestClosingTheConnectionCancelsARead(t *testing.T) {
	h := start(t, serving(&odd{memory: newMemory(), body: func(ctx context.Context) io.ReadCloser { return hanging{ctx} }}), nil)
	_, answer := h.ask("read", map[string]any{"path": "/a", "offset": 0, "plane": "socket", "token": "t"})
	conn, _, _ := h.accept()
	_ = conn.Close()
	h.refused(<-answer, outrigger.ErrCancelled)
}

func TestWriteOverTheSocket(t *testing.T) {
	h := start(t, memoryDriver, nil)
	writer := h.result("writer/open", map[string]any{"path": "/a", "mode": "truncate"})["writer"]
	_, answer := h.ask("writer/write", map[string]any{"writer": writer, "offset": 0, "token": "t"})
	conn, _, _ := h.accept()
	defer conn.Close()
	content := bytes.Repeat([]byte("x"), 700_001)
	if _, err := conn.Write(content); err != nil {
		t.Fatal(err)
	}
	_ = conn.CloseWrite()
	if size := (<-answer).Result["size"]; size != float64(len(content)) {
		t.Errorf("size is %v", size)
	}
}

func TestShutdownCutsStreams(t *testing.T) {
	store := newMemory()
	h := start(t, serving(store), nil)
	writer := h.result("writer/open", map[string]any{"path": "/a", "mode": "truncate"})["writer"]
	_, answer := h.ask("writer/write", map[string]any{"writer": writer, "offset": 0, "token": "t"})
	conn, _, _ := h.accept()
	defer conn.Close()
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	h.result("shutdown", nil)
	if got := <-answer; got.Error != nil {
		t.Errorf("the write was refused: %v", *got.Error)
	}
	h.send(map[string]any{"method": "exit"})
	if status := <-h.status; status != 0 {
		t.Errorf("ended with %d", status)
	}
}

func TestPagesFitIntoAMessage(t *testing.T) {
	store := newMemory()
	for i := range 1000 {
		path := "/" + strings.Repeat("d/", 350) + fmt.Sprintf("%04d", i) + strings.Repeat("x", 250)
		store.objects[path] = nil
	}
	// Each entry has about 1,000 bytes, and 1,000 of them do not fit beside their other fields.
	directory := "/" + strings.TrimSuffix(strings.Repeat("d/", 350), "/")
	h := start(t, serving(&odd{memory: store, stat: nil}), nil)
	seen, cursor := 0, any(nil)
	for {
		params := map[string]any{"path": directory}
		if cursor != nil {
			params["cursor"] = cursor
		}
		page := h.result("list", params)
		seen += len(page["entries"].([]any))
		if cursor = page["cursor"]; cursor == nil {
			break
		}
	}
	if seen != 1000 {
		t.Errorf("%d entries came", seen)
	}
}

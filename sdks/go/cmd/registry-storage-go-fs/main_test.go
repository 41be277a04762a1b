package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	outrigger "github.com/outrigger/outrigger/sdks/go"
	"github.com/outrigger/outrigger/sdks/go/cmd/registry-storage-go-fs/internal/filesystem"
	"github.com/outrigger/outrigger/sdks/go/internal/transcript"
)

// TestMain makes this test program the driver when a test starts it as one.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_DRIVER") == "1" {
		outrigger.Serve(filesystem.Driver)
	}
	os.Exit(m.Run())
}

func TestTranscripts(t *testing.T) {
	powers := []string{"walk", "copy", "isolatedWriters", "atomicMove", "atomicDirectoryMove", "commitTo", "localFiles", "version"}
	directory, err := transcript.Directory(".")
	if err != nil {
		t.Fatal(err)
	}
	transcripts, err := transcript.ForDriver(directory, powers)
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range transcripts {
		t.Run(each.Name, func(t *testing.T) {
			command := exec.Command(os.Args[0], "{}")
			command.Env = append(os.Environ(), "BE_THE_DRIVER=1", "GORACE=atexit_sleep_ms=0")
			store := filepath.Join(t.TempDir(), "store")
			if err := transcript.Play(each, command, map[string]any{"rootdirectory": store}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

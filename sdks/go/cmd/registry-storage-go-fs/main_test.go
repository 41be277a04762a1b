package main

import (
	"path/filepath"
	"testing"

	"github.com/outrigger/outrigger/sdks/go/cmd/registry-storage-go-fs/internal/filesystem"
	"github.com/outrigger/outrigger/sdks/go/internal/transcript"
)

func TestMain(m *testing.M) { transcript.Main(m, filesystem.Driver) }

func TestTranscripts(t *testing.T) {
	powers := []string{"walk", "copy", "isolatedWriters", "atomicMove", "atomicDirectoryMove", "commitTo", "localFiles", "version"}
	transcript.Test(t, powers, func(t *testing.T) map[string]any {
		return map[string]any{"rootdirectory": filepath.Join(t.TempDir(), "store")}
	})
}

package outrigger_test

import (
	"os"
	"os/exec"
	"testing"

	outrigger "github.com/outrigger/outrigger/sdks/go"
	"github.com/outrigger/outrigger/sdks/go/internal/transcript"
)

// TestMain makes this test program a driver when a test starts it as one.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_DRIVER") == "1" {
		outrigger.Serve(memoryDriver)
	}
	os.Exit(m.Run())
}

// A driver without capabilities and versions.
func TestTranscripts(t *testing.T) {
	directory, err := transcript.Directory(".")
	if err != nil {
		t.Fatal(err)
	}
	transcripts, err := transcript.ForDriver(directory, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range transcripts {
		t.Run(each.Name, func(t *testing.T) {
			command := exec.Command(os.Args[0], "{}")
			command.Env = append(os.Environ(), "BE_THE_DRIVER=1", "GORACE=atexit_sleep_ms=0")
			if err := transcript.Play(each, command, map[string]any{}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

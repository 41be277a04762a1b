package transcript

import (
	"os"
	"os/exec"
	"testing"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

const beTheDriver = "BE_THE_DRIVER"

// Main makes a test program the driver when [Test] starts it as one.
func Main(m *testing.M, driver outrigger.Driver) {
	if os.Getenv(beTheDriver) == "1" {
		outrigger.Serve(driver)
	}
	os.Exit(m.Run())
}

// Test plays the transcripts that fit the powers of the driver that [Main] has, each with parameters of its own.
func Test(t *testing.T, powers []string, parameters func(t *testing.T) map[string]any) {
	directory, err := Directory(".")
	if err != nil {
		t.Fatal(err)
	}
	transcripts, err := ForDriver(directory, powers)
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range transcripts {
		t.Run(each.Name, func(t *testing.T) {
			command := exec.Command(os.Args[0], "{}")
			command.Env = append(os.Environ(), beTheDriver+"=1", "GORACE=atexit_sleep_ms=0")
			if err := Play(each, command, parameters(t)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

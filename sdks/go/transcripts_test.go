package outrigger_test

import (
	"testing"

	"github.com/outrigger/outrigger/sdks/go/internal/transcript"
)

func TestMain(m *testing.M) { transcript.Main(m, memoryDriver) }

// A driver without capabilities and versions.
func TestTranscripts(t *testing.T) {
	transcript.Test(t, nil, func(*testing.T) map[string]any { return map[string]any{} })
}

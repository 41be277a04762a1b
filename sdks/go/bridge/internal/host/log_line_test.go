package host

import (
	"log/slog"
	"testing"
)

func TestLinesOfALog(t *testing.T) {
	for line, expected := range map[string]struct {
		level slog.Level
		text  string
	}{
		`plain text`: {slog.LevelInfo, "plain text"},
		`{"level":"FATAL","message":"m","msg":"other"}`: {slog.LevelError, "m"},
		`{"level":"warning","msg":"m"}`:                 {slog.LevelWarn, "m"},
		`{"level":"trace","msg":"m"}`:                   {slog.LevelDebug, "m"},
		`{"level":"of its own","msg":"m"}`:              {slog.LevelInfo, "m"},
		`{"level":50,"msg":"m"}`:                        {slog.LevelError, "m"},
		`{"level":40,"msg":"m"}`:                        {slog.LevelWarn, "m"},
		`{"level":20,"msg":"m"}`:                        {slog.LevelDebug, "m"},
		`{"msg":"m"}`:                                   {slog.LevelInfo, "m"},
		`{"level":"error"}`:                             {slog.LevelError, `{"level":"error"}`},
	} {
		if level, text := readLine(line); level != expected.level || text != expected.text {
			t.Errorf("%s: %v %q", line, level, text)
		}
	}
}

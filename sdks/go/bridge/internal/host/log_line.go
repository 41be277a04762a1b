package host

import (
	"encoding/json"
	"log/slog"
	"strings"
)

// readLine answers the level and the text of a line that a driver logged; one that is no JSON object is a text of its own.
func readLine(line string) (slog.Level, string) {
	var record struct {
		Level        any
		Message, Msg string
	}
	if json.Unmarshal([]byte(line), &record) != nil {
		return slog.LevelInfo, line
	}
	for _, text := range []string{record.Message, record.Msg} {
		if text != "" {
			return levelOf(record.Level), text
		}
	}
	return levelOf(record.Level), line
}

// levelOf knows the names and the numbers that loggers of many languages have.
func levelOf(level any) slog.Level {
	switch level := level.(type) {
	case float64:
		return numbered(level)
	case string:
		switch strings.ToLower(level) {
		case "error", "err", "fatal", "panic", "critical":
			return slog.LevelError
		case "warn", "warning":
			return slog.LevelWarn
		case "debug", "trace":
			return slog.LevelDebug
		}
	}
	return slog.LevelInfo
}

func numbered(level float64) slog.Level {
	switch {
	case level >= 50:
		return slog.LevelError
	case level >= 40:
		return slog.LevelWarn
	case level >= 30:
		return slog.LevelInfo
	default:
		return slog.LevelDebug
	}
}

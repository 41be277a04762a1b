package outrigger

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
)

// NewLogHandler makes the handler of a driver's log: one JSON object a line, with level, msg and whatever else a record
// has, and the trace that the context belongs to. [Serve] makes it that of slog's default logger, on stderr.
func NewLogHandler(out io.Writer) slog.Handler { return newLogHandler(out) }

// maxLogText keeps a line below what a host takes for one (8 KiB).
const maxLogText = 4 * 1024

type logHandler struct {
	slog.Handler
	secrets *secrets
}

func newLogHandler(out io.Writer) logHandler {
	hidden := &secrets{}
	replace := func(groups []string, attribute slog.Attr) slog.Attr {
		switch {
		case len(groups) == 0 && attribute.Key == slog.LevelKey:
			return slog.String(slog.LevelKey, levelName(attribute))
		case attribute.Value.Kind() == slog.KindString:
			attribute.Value = slog.StringValue(hidden.redact(cut(attribute.Value.String())))
		case attribute.Value.Kind() == slog.KindAny:
			if err, ok := attribute.Value.Any().(error); ok {
				attribute.Value = slog.StringValue(hidden.redact(cut(err.Error())))
			}
		}
		return attribute
	}
	options := &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: replace}
	return logHandler{slog.NewJSONHandler(out, options), hidden}
}

// levelName is one that a host knows, also for a level between two of slog's own.
func levelName(attribute slog.Attr) string {
	level, _ := attribute.Value.Any().(slog.Level)
	switch {
	case level >= slog.LevelError:
		return "error"
	case level >= slog.LevelWarn:
		return "warn"
	case level >= slog.LevelInfo:
		return "info"
	default:
		return "debug"
	}
}

func (h logHandler) Handle(ctx context.Context, record slog.Record) error {
	if parent := Traceparent(ctx); parent != "" {
		record.AddAttrs(slog.String("traceparent", parent))
	}
	return h.Handler.Handle(ctx, record)
}

func (h logHandler) WithAttrs(attributes []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attributes), h.secrets}
}

func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name), h.secrets}
}

func cut(text string) string { return cutTo(text, maxLogText) }

// cutTo answers at most so many bytes.
func cutTo(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return text[:most-3] + "..."
}

// secrets are the values that are taken out of texts.
type secrets struct {
	replacer atomic.Pointer[strings.Replacer]
}

// shortestSecret is what is worth to be searched for: shorter values are too common.
const shortestSecret = 4

// hide notes the values of the parameters that the schema flags as secret, or does not declare.
func (s *secrets) hide(parameters Parameters, schema Schema) {
	properties, _ := schema["properties"].(map[string]any)
	var values []string
	for key, value := range parameters {
		property, isDeclared := properties[key].(map[string]any)
		if isDeclared && property["x-secret"] != true {
			continue
		}
		for _, text := range textsIn(value) {
			if len(text) >= shortestSecret {
				values = append(values, text)
			}
		}
	}
	// One that begins like another is looked for first.
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, value := range values {
		pairs = append(pairs, value, "***")
	}
	s.replacer.Store(strings.NewReplacer(pairs...))
}

func (s *secrets) redact(text string) string {
	if replacer := s.replacer.Load(); replacer != nil {
		return replacer.Replace(text)
	}
	return text
}

func textsIn(value any) []string {
	var found []string
	switch value := value.(type) {
	case map[string]any:
		for _, each := range value {
			found = append(found, textsIn(each)...)
		}
	case []any:
		for _, each := range value {
			found = append(found, textsIn(each)...)
		}
	default:
		if text, ok := scalar(value); ok {
			found = append(found, text)
		}
	}
	return found
}

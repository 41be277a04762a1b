package outrigger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/outrigger/outrigger/sdks/go/internal/frame"
)

// NewLogHandler makes the handler of a driver's log: one JSON object a line, with level, msg and whatever else a record
// has, and the trace that the context belongs to. [Serve] makes it that of slog's default logger, on stderr.
func NewLogHandler(out io.Writer) slog.Handler { return newLogHandler(out) }

// maxLine is what a host takes for a line; of a longer one it would cut off the end, which makes it no JSON any more.
const maxLine = 8 * 1024

// maxText is how much is kept of a text.
const maxText = 4 * 1024

// maxShortText is how much is kept of each text of a line that would be too long, even if every byte has to be escaped.
const maxShortText = 600

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
			attribute.Value = slog.StringValue(hidden.clean(attribute.Value.String()))
		case attribute.Value.Kind() == slog.KindAny:
			attribute.Value = hidden.cleanAny(attribute.Value.Any())
		}
		return attribute
	}
	options := &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: replace}
	return logHandler{slog.NewJSONHandler(lineWriter{out}, options), hidden}
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

// lineWriter gets a line with each call, and shortens those that are too long.
type lineWriter struct{ out io.Writer }

func (w lineWriter) Write(line []byte) (int, error) {
	short := line
	if len(line) > maxLine {
		short = shortened(line)
	}
	if _, err := w.out.Write(short); err != nil {
		return 0, err
	}
	return len(line), nil
}

// shortened keeps the beginning of what tells most.
func shortened(line []byte) []byte {
	var fields map[string]any
	_ = json.Unmarshal(line, &fields)
	kept := map[string]any{"shortened": true}
	for _, key := range []string{slog.TimeKey, slog.LevelKey, slog.MessageKey, "traceparent"} {
		if text, ok := fields[key].(string); ok {
			kept[key] = cutTo(text, maxShortText)
		}
	}
	body, _ := frame.Encode(kept)
	return append(body, '\n')
}

func cut(text string) string { return cutTo(text, maxText) }

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

// clean is a text that may leave the process. It is cut last: half of a secret would not be found any more.
func (s *secrets) clean(text string) string { return cut(s.redact(text)) }

// cleanAny does the same with all texts in a value, which becomes what its JSON has.
func (s *secrets) cleanAny(value any) slog.Value {
	if err, ok := value.(error); ok {
		return slog.StringValue(s.clean(err.Error()))
	}
	var decoded any
	encoded, err := frame.Encode(value)
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	if err != nil || decoder.Decode(&decoded) != nil {
		return slog.StringValue(s.clean(fmt.Sprintf("%+v", value)))
	}
	return slog.AnyValue(s.cleanTexts(decoded))
}

func (s *secrets) cleanTexts(value any) any {
	switch value := value.(type) {
	case string:
		return s.clean(value)
	case []any:
		for i, each := range value {
			value[i] = s.cleanTexts(each)
		}
	case map[string]any:
		for key, each := range value {
			value[key] = s.cleanTexts(each)
		}
	}
	return value
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

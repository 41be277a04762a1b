package outrigger

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/outrigger/outrigger/sdks/go/internal/frame"
)

// params are those of a request. Each getter takes note of the first thing that is wrong.
type params struct {
	fields map[string]json.RawMessage
	wrong  string
}

func readParams(raw json.RawMessage) (*params, error) {
	p := &params{}
	if raw == nil {
		return p, nil
	}
	if raw[0] != '{' || json.Unmarshal(raw, &p.fields) != nil {
		return nil, &rpcError{Code: codeInvalidParams, Message: "params: expected an object"}
	}
	return p, nil
}

func (p *params) err() error {
	if p.wrong == "" {
		return nil
	}
	return &rpcError{Code: codeInvalidParams, Message: p.wrong}
}

func (p *params) refuse(name, expected string) {
	if p.wrong == "" {
		p.wrong = fmt.Sprintf("%s: expected %s", name, expected)
	}
}

func (p *params) has(name string) bool { return p.fields[name] != nil }

func (p *params) text(name string) string {
	text, ok := frame.Text(p.fields[name])
	if !ok {
		p.refuse(name, "a string")
	}
	return text
}

func (p *params) optionalText(name string, most int) string {
	if !p.has(name) {
		return ""
	}
	text := p.text(name)
	if len(text) > most && len([]rune(text)) > most {
		p.refuse(name, fmt.Sprintf("at most %d characters", most))
	}
	return text
}

func (p *params) oneOf(name string, choices ...string) string {
	text := p.text(name)
	if slices.Contains(choices, text) {
		return text
	}
	p.refuse(name, fmt.Sprintf("one of %q", choices))
	return ""
}

// integer is one from least to most.
func (p *params) integer(name string, least, most int64) int64 {
	number, ok := frame.Integer(p.fields[name])
	if !ok || number < least || number > most {
		p.refuse(name, fmt.Sprintf("an integer from %d to %d", least, most))
	}
	return number
}

func (p *params) optionalInteger(name string, least, most, preset int64) int64 {
	if !p.has(name) {
		return preset
	}
	return p.integer(name, least, most)
}

func (p *params) flag(name string) bool {
	raw := string(p.fields[name])
	if p.has(name) && raw != "true" && raw != "false" {
		p.refuse(name, "true or false")
	}
	return raw == "true"
}

func (p *params) bytes(name string) []byte {
	content, err := base64.StdEncoding.Strict().DecodeString(p.text(name))
	if err != nil {
		p.refuse(name, "base64 with padding")
	}
	return content
}

func (p *params) texts(name string) map[string]string {
	var texts map[string]string
	if p.has(name) && json.Unmarshal(p.fields[name], &texts) != nil {
		p.refuse(name, "an object of strings")
	}
	return texts
}

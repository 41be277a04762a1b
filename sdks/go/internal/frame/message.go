package frame

import (
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Message is a JSON-RPC 2.0 message of the peer. Names of fields are taken as they are: encoding/json would match them
// without regard to case.
type Message struct {
	// ID is as it came, and nil for a notification.
	ID json.RawMessage
	// Key tells ids apart, however they are spelt.
	Key string
	// Method is empty for an answer.
	Method string
	// Params is nil when it is absent, otherwise an object or an array.
	Params json.RawMessage
	// Body is the whole message.
	Body json.RawMessage
}

// MaxExact is the greatest integer that every JSON implementation has exactly.
const MaxExact = 1<<53 - 1

func parse(body []byte, nesting int) (*Message, error) {
	if !utf8.Valid(body) {
		return nil, violation("a message that is not UTF-8: %s", quote(body))
	}
	if !isNestedWithin(body, nesting) {
		return nil, violation("a message nested deeper than %d levels: %s", nesting, quote(body[:min(len(body), 64)]))
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, violation("a message that is no JSON object: %s", quote(body))
	}
	message, ok := toMessage(fields)
	if !ok {
		return nil, violation("not a JSON-RPC 2.0 message: %s", quote(body))
	}
	message.Body = body
	return message, nil
}

func toMessage(fields map[string]json.RawMessage) (*Message, bool) {
	if version, ok := Text(fields["jsonrpc"]); !ok || version != "2.0" {
		return nil, false
	}
	message := &Message{ID: fields["id"], Params: fields["params"]}
	_, hasResult := fields["result"]
	failure, hasError := fields["error"]
	method, isCall := fields["method"]
	if !isCall {
		return message, hasResult != hasError && (isID(message.ID) || string(message.ID) == "null") && (!hasError || isError(failure))
	}
	var isText bool
	message.Method, isText = Text(method)
	message.Key = IDKey(message.ID)
	isParams := message.Params == nil || message.Params[0] == '{' || message.Params[0] == '['
	return message, isText && isParams && !hasResult && !hasError && (message.ID == nil || isID(message.ID))
}

func isID(id json.RawMessage) bool { return IDKey(id) != "" }

// IDKey is the same for the same id; empty for what is no id.
func IDKey(id json.RawMessage) string {
	if text, ok := Text(id); ok {
		if len(text) > 64 && len(utf16.Encode([]rune(text))) > 64 {
			return ""
		}
		return "text " + text
	}
	if number, ok := Integer(id); ok {
		return strconv.FormatInt(number, 10)
	}
	return ""
}

func isError(failure json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(failure, &fields) != nil {
		return false
	}
	_, hasCode := Integer(fields["code"])
	_, hasMessage := Text(fields["message"])
	return hasCode && hasMessage
}

// Text is the value of a JSON string.
func Text(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err == nil
}

// Integer is the value of a JSON number without a fraction (5.0 has none) that is exact everywhere.
func Integer(raw json.RawMessage) (int64, bool) {
	number, ok := Number(raw)
	if !ok || number != float64(int64(number)) || number > MaxExact || number < -MaxExact {
		return 0, false
	}
	return int64(number), true
}

// Number is the value of a JSON number.
func Number(raw json.RawMessage) (float64, bool) {
	if len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return 0, false
	}
	number, err := strconv.ParseFloat(string(raw), 64)
	return number, err == nil
}

// isNestedWithin says whether JSON text stays within so many levels of objects and arrays. Text that is no JSON gets some
// answer; the parser refuses it afterwards.
func isNestedWithin(text []byte, limit int) bool {
	depth, inString, escaped := 0, false, false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped = c == '\\'
			inString = c != '"'
		case c == '"':
			inString = true
		case c == '[' || c == '{':
			if depth++; depth > limit {
				return false
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return true
}

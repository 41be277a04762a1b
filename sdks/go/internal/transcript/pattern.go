package transcript

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
)

// memory is what a player remembers while it plays one transcript.
type memory struct {
	named map[string]any
	given map[string]any
}

type nothing struct{}

// valueOf is what a player sends for a pattern; fields whose value is nothing are left out.
func (m *memory) valueOf(pattern any) any {
	switch pattern := pattern.(type) {
	case []any:
		values := make([]any, len(pattern))
		for i, each := range pattern {
			values[i] = m.valueOf(each)
		}
		return values
	case map[string]any:
		return m.objectOf(pattern)
	default:
		return pattern
	}
}

func (m *memory) objectOf(pattern map[string]any) any {
	if _, ok := pattern["$absent"]; ok {
		return nothing{}
	}
	if id, ok := pattern["$id"]; ok {
		return id // this player uses the ids of the transcript
	}
	if name, ok := pattern["$the"].(string); ok {
		if value, ok := m.named[name]; ok {
			return value
		}
		return nothing{}
	}
	if optional, ok := pattern["$may"]; ok {
		return m.valueOf(optional)
	}
	if choices, ok := pattern["$oneOf"].([]any); ok {
		return m.valueOf(choices[0])
	}
	if like, ok := pattern["$like"]; ok {
		value, isGiven := m.given[fmt.Sprint(pattern["$given"])]
		if !isGiven {
			value = m.valueOf(like)
		}
		m.remember(pattern, value)
		return value
	}
	values := map[string]any{}
	for key, each := range pattern {
		if value := m.valueOf(each); value != (nothing{}) {
			values[key] = value
		}
	}
	return values
}

func (m *memory) remember(pattern map[string]any, value any) {
	if name, ok := pattern["$as"].(string); ok {
		m.named[name] = value
	}
}

// differences are what of a value does not match, a line each.
func (m *memory) differences(pattern, actual any, at string) []string {
	switch pattern := pattern.(type) {
	case []any:
		values, ok := actual.([]any)
		if !ok || len(values) != len(pattern) {
			return differ(at, pattern, actual)
		}
		var found []string
		for i, each := range pattern {
			found = append(found, m.differences(each, values[i], fmt.Sprintf("%s[%d]", at, i))...)
		}
		return found
	case map[string]any:
		return m.objectDifferences(pattern, actual, at)
	default:
		if reflect.DeepEqual(pattern, actual) {
			return nil
		}
		return differ(at, pattern, actual)
	}
}

func (m *memory) objectDifferences(pattern map[string]any, actual any, at string) []string {
	_, isNothing := actual.(nothing)
	if _, ok := pattern["$absent"]; ok {
		return unless(isNothing, at, "nothing", actual)
	}
	if optional, ok := pattern["$may"]; ok {
		if isNothing {
			return nil
		}
		return m.differences(optional, actual, at)
	}
	if id, ok := pattern["$id"]; ok {
		return m.differences(id, actual, at)
	}
	if name, ok := pattern["$the"].(string); ok {
		return m.differences(m.named[name], actual, at)
	}
	if choices, ok := pattern["$oneOf"].([]any); ok {
		return m.oneOfDifferences(choices, actual, at)
	}
	if like, ok := pattern["$like"]; ok {
		m.remember(pattern, actual)
		return unless(kindOf(like) == kindOf(actual), at, like, actual)
	}
	values, ok := actual.(map[string]any)
	if !ok {
		return differ(at, pattern, actual)
	}
	var found []string
	for key, each := range pattern {
		value, ok := values[key]
		if !ok {
			value = nothing{}
		}
		found = append(found, m.differences(each, value, at+"."+key)...)
	}
	return found
}

func (m *memory) oneOfDifferences(choices []any, actual any, at string) []string {
	var all []string
	for _, choice := range choices {
		found := m.differences(choice, actual, at)
		if len(found) == 0 {
			return nil
		}
		all = append(all, found...)
	}
	return all
}

// kindOf is a type of JSON Schema: an integer is not just any number.
func kindOf(value any) string {
	if number, ok := value.(float64); ok && number == math.Trunc(number) {
		return "integer"
	}
	return fmt.Sprintf("%T", value)
}

func unless(ok bool, at string, expected, actual any) []string {
	if ok {
		return nil
	}
	return differ(at, expected, actual)
}

func differ(at string, expected, actual any) []string {
	return []string{fmt.Sprintf("%s: expected %s, got %s", at, show(expected), show(actual))}
}

func show(value any) string {
	text, err := json.Marshal(value)
	if _, isNothing := value.(nothing); isNothing || err != nil {
		return "nothing"
	}
	return string(text)
}

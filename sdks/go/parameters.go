package outrigger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Parameters are a driver's parameters, by their names. Numbers are json.Number.
type Parameters map[string]any

// Issue is what is wrong with a parameter: its name, and what is expected. It never holds the value.
type Issue struct {
	Key     string `json:"key"`
	Message string `json:"message"`
}

// ParametersError refuses parameters, with every issue. The handshake answers it as INVALID_PARAMETERS.
type ParametersError struct{ Issues []Issue }

func (e *ParametersError) Error() string {
	texts := make([]string, len(e.Issues))
	for i, issue := range e.Issues {
		texts[i] = strings.TrimPrefix(issue.Key+": "+issue.Message, ": ")
	}
	return "invalid parameters: " + strings.Join(texts, "; ")
}

// Decode makes a configuration of parameters: a struct whose fields have the tags of [SchemaOf]. Scalars may come in any
// spelling that YAML knows, null means the default, and what is not declared is refused.
func Decode[T any](parameters Parameters) (T, error) {
	var config T
	var issues []Issue
	value := reflect.ValueOf(&config).Elem()
	known := map[string]bool{}
	for _, field := range declaredIn[T]() {
		known[field.key] = true
		if message := field.set(value.Field(field.index), parameters[field.key]); message != "" {
			issues = append(issues, Issue{field.key, message})
		}
	}
	for key := range parameters {
		if !known[key] {
			issues = append(issues, Issue{key, "unknown parameter"})
		}
	}
	if len(issues) > 0 {
		return config, &ParametersError{issues}
	}
	return config, nil
}

// declared is a field of a configuration.
type declared struct {
	key     string
	index   int
	kind    reflect.Type
	tag     reflect.StructTag
	choices []string
}

func declaredIn[T any]() []declared {
	var fields []declared
	kind := reflect.TypeFor[T]()
	for i := range kind.NumField() {
		field := kind.Field(i)
		key, ok := field.Tag.Lookup("parameter")
		if !ok {
			continue
		}
		var choices []string
		if list := field.Tag.Get("choices"); list != "" {
			choices = strings.Split(list, ",")
		}
		fields = append(fields, declared{key, i, field.Type, field.Tag, choices})
	}
	return fields
}

var durationType = reflect.TypeFor[time.Duration]()

// set answers what is wrong with the value, without it.
func (d declared) set(field reflect.Value, given any) string {
	if given == nil {
		if d.tag.Get("required") == "true" {
			return "is required"
		}
		preset, ok := d.tag.Lookup("default")
		if !ok {
			return ""
		}
		given = preset
	}
	text, ok := scalar(given)
	switch {
	case d.kind.Kind() == reflect.Interface || d.kind.Kind() == reflect.Map:
		return setAny(field, given)
	case !ok:
		return "must be " + d.expected()
	case d.kind == durationType:
		duration, err := time.ParseDuration(text)
		field.SetInt(int64(duration))
		return d.unless(err == nil)
	case d.kind.Kind() == reflect.Bool:
		value, err := strconv.ParseBool(strings.ToLower(text))
		field.SetBool(value)
		return d.unless(err == nil)
	case d.kind.Kind() == reflect.Int || d.kind.Kind() == reflect.Int64:
		value, err := strconv.ParseInt(text, 10, 64)
		field.SetInt(value)
		return d.unless(err == nil && !d.isBelowMinimum(value))
	default:
		field.SetString(text)
		return d.unless(d.isChoice(text) && (text != "" || d.tag.Get("empty") == "true"))
	}
}

func setAny(field reflect.Value, given any) string {
	value := reflect.ValueOf(given)
	if !value.Type().AssignableTo(field.Type()) {
		return "must be a map"
	}
	field.Set(value)
	return ""
}

func (d declared) unless(ok bool) string {
	if ok {
		return ""
	}
	return "must be " + d.expected()
}

func (d declared) isBelowMinimum(value int64) bool {
	minimum, err := strconv.ParseInt(d.tag.Get("minimum"), 10, 64)
	return err == nil && value < minimum
}

func (d declared) isChoice(text string) bool {
	return len(d.choices) == 0 || slices.Contains(d.choices, text)
}

func (d declared) expected() string {
	switch {
	case len(d.choices) > 0:
		return "one of " + strings.Join(d.choices, ", ")
	case d.kind == durationType:
		return "a duration, such as 30s"
	case d.kind.Kind() == reflect.Bool:
		return "true or false"
	case d.kind.Kind() == reflect.String:
		return "text"
	case d.tag.Get("minimum") != "":
		return "an integer of at least " + d.tag.Get("minimum")
	default:
		return "an integer"
	}
}

// scalar is the text of a scalar value.
func scalar(given any) (string, bool) {
	switch value := given.(type) {
	case string:
		return value, true
	case json.Number:
		return value.String(), true
	case bool, int, int64, float64:
		return fmt.Sprint(value), true
	default:
		return "", false
	}
}

// parseParameters reads a JSON object.
func parseParameters(text []byte) (Parameters, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var parameters Parameters
	if err := decoder.Decode(&parameters); err != nil {
		return nil, err
	}
	if parameters == nil || decoder.More() {
		return nil, fmt.Errorf("not one JSON object")
	}
	return parameters, nil
}

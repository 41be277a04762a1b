package outrigger

import (
	"reflect"
	"strconv"
)

// Schema is a JSON Schema, of parameters.
type Schema map[string]any

// SchemaOf makes the schema of a configuration: a struct whose fields have the tag parameter:"<name>", and maybe
//
//	description:"..."   for people
//	default:"..."       the value when the parameter is absent
//	required:"true"     it has to be there
//	choices:"a,b"       the only values
//	minimum:"1"         of an integer
//	secret:"true"       kept out of argv and masked in logs (x-secret)
//	path:"true"         a path of the file system (x-path)
//	empty:"true"        a text may be empty
//
// Fields are string, bool, int, int64, time.Duration, map[string]any or any. [Decode] fills them.
func SchemaOf[T any]() Schema {
	properties := map[string]any{}
	required := []string{}
	for _, field := range declaredIn[T]() {
		properties[field.key] = field.schema()
		if field.tag.Get("required") == "true" {
			required = append(required, field.key)
		}
	}
	schema := Schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

func (d declared) schema() map[string]any {
	schema := map[string]any{}
	switch d.kind.Kind() {
	case reflect.Bool:
		schema["type"] = []string{"boolean", "string"}
	case reflect.Int, reflect.Int64:
		if d.kind == durationType {
			schema["type"] = "string"
		} else {
			schema["type"] = []string{"integer", "string"}
		}
	case reflect.Map:
		schema["type"] = "object"
	case reflect.String:
		schema["type"] = "string"
	}
	if len(d.choices) > 0 {
		schema["enum"] = d.choices
	}
	if text, ok := d.tag.Lookup("description"); ok {
		schema["description"] = text
	}
	if preset, ok := d.tag.Lookup("default"); ok {
		schema["default"] = d.preset(preset)
	}
	for _, flag := range []string{"secret", "path"} {
		if d.tag.Get(flag) == "true" {
			schema["x-"+flag] = true
		}
	}
	return schema
}

func (d declared) preset(text string) any {
	if d.kind == durationType || d.kind.Kind() == reflect.String {
		return text
	}
	if number, err := strconv.ParseInt(text, 10, 64); err == nil {
		return number
	}
	if flag, err := strconv.ParseBool(text); err == nil {
		return flag
	}
	return text
}

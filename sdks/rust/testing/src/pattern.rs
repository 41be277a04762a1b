//! The patterns of the transcripts: see docs/protocol/transcripts/README.md.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// What a player remembers while it plays one transcript.
#[derive(Default)]
pub(crate) struct Memory {
    named: HashMap<String, Value>,
    pub given: HashMap<&'static str, Value>,
}

impl Memory {
    /// What the player sends for a pattern; `None` is a field that is left out.
    pub(crate) fn value(&mut self, pattern: &Value) -> Option<Value> {
        let fields = match pattern {
            Value::Array(items) => return Some(items.iter().filter_map(|each| self.value(each)).collect()),
            Value::Object(fields) => fields,
            other => return Some(other.clone()),
        };
        match kind_of(fields) {
            Kind::Absent => None,
            Kind::Id(id) => Some(id.clone()),
            Kind::The(name) => self.named.get(name).cloned(),
            Kind::May(inner) => self.value(inner),
            Kind::OneOf(options) => self.value(&options[0]),
            Kind::Like { like, name, given } => {
                let value =
                    given.and_then(|given| self.given.get(given).cloned()).or_else(|| self.value(like));
                if let (Some(name), Some(value)) = (name, &value) {
                    self.named.insert(name.to_owned(), value.clone());
                }
                value
            }
            Kind::Plain => {
                let each = |(key, each): (&String, &Value)| Some((key.clone(), self.value(each)?));
                Some(fields.iter().filter_map(each).collect::<Map<_, _>>().into())
            }
        }
    }

    /// What of the actual value does not match, with its place.
    pub(crate) fn difference(&mut self, pattern: &Value, actual: Option<&Value>, at: &str) -> Option<String> {
        let differ = |expected: &Value| Some(format!("{at}: expected {expected}, got {actual:?}"));
        let fields = match pattern {
            Value::Array(items) => return self.array_difference(items, actual, at),
            Value::Object(fields) => fields,
            other => return if actual == Some(other) { None } else { differ(other) },
        };
        match kind_of(fields) {
            Kind::Absent => actual.and_then(|_| differ(pattern)),
            Kind::May(inner) => actual.and_then(|_| self.difference(inner, actual, at)),
            Kind::Id(id) => {
                if actual == Some(id) {
                    None
                } else {
                    differ(id)
                }
            }
            Kind::The(name) => {
                let expected = self.named.get(name).cloned();
                if actual == expected.as_ref() { None } else { differ(pattern) }
            }
            Kind::OneOf(options) => {
                let found: Option<Vec<_>> =
                    options.iter().map(|each| self.difference(each, actual, at)).collect();
                found.map(|found| found.join(" or "))
            }
            Kind::Like { like, name, .. } => {
                let Some(actual) = actual.filter(|actual| type_of(actual) == type_of(like)) else {
                    return differ(pattern);
                };
                if let Some(name) = name {
                    self.named.insert(name.to_owned(), actual.clone());
                }
                None
            }
            Kind::Plain => {
                let Some(Value::Object(actual)) = actual else { return differ(pattern) };
                fields
                    .iter()
                    .find_map(|(key, each)| self.difference(each, actual.get(key), &format!("{at}.{key}")))
            }
        }
    }

    fn array_difference(&mut self, items: &[Value], actual: Option<&Value>, at: &str) -> Option<String> {
        let actual = actual.and_then(Value::as_array).filter(|actual| actual.len() == items.len());
        let Some(actual) = actual else {
            return Some(format!("{at}: expected {} items, got {actual:?}", items.len()));
        };
        let mut pairs = items.iter().zip(actual).enumerate();
        pairs.find_map(|(index, (each, actual))| {
            self.difference(each, Some(actual), &format!("{at}[{index}]"))
        })
    }
}

enum Kind<'a> {
    Absent,
    Id(&'a Value),
    The(&'a str),
    May(&'a Value),
    OneOf(&'a [Value]),
    Like { like: &'a Value, name: Option<&'a str>, given: Option<&'a str> },
    Plain,
}

fn kind_of(fields: &Map<String, Value>) -> Kind<'_> {
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    if fields.contains_key("$absent") {
        Kind::Absent
    } else if let Some(id) = fields.get("$id") {
        Kind::Id(id)
    } else if let Some(name) = text("$the") {
        Kind::The(name)
    } else if let Some(inner) = fields.get("$may") {
        Kind::May(inner)
    } else if let Some(Value::Array(options)) = fields.get("$oneOf") {
        Kind::OneOf(options)
    } else if let Some(like) = fields.get("$like") {
        Kind::Like { like, name: text("$as"), given: text("$given") }
    } else {
        Kind::Plain
    }
}

/// As JSON Schema's types; an integer is not just any number.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() == 0.0) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

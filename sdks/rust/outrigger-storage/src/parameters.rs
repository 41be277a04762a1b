//! The parameters of a driver: what it takes, and what it was given.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

/// A parameter that a driver takes. From these the library makes the schema of `--describe` and the check of what the
/// host sends.
#[derive(Clone, Debug)]
pub struct Parameter {
    name: &'static str,
    kind: Kind,
    description: &'static str,
    default: Option<Value>,
    required: bool,
    secret: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    Text,
    Path,
    Integer,
    Boolean,
    Choice(&'static [&'static str]),
}

impl Parameter {
    /// Any text. Names are lowercase letters and digits.
    #[must_use]
    pub fn text(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Kind::Text, description)
    }

    /// A path of the file system.
    #[must_use]
    pub fn path(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Kind::Path, description)
    }

    /// An integer, or its decimal digits.
    #[must_use]
    pub fn integer(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Kind::Integer, description)
    }

    /// `true` or `false`, or either as text.
    #[must_use]
    pub fn boolean(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Kind::Boolean, description)
    }

    /// One of a few words.
    #[must_use]
    pub fn choice(name: &'static str, words: &'static [&'static str], description: &'static str) -> Self {
        Self::new(name, Kind::Choice(words), description)
    }

    /// The value when none is given.
    #[must_use]
    pub fn or(mut self, default: impl Into<Value>) -> Self {
        self.default = Some(default.into());
        self
    }

    /// It has to be given.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// It is kept out of argv, and masked in logs and error messages.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    fn new(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self { name, kind, description, default: None, required: false, secret: false }
    }

    fn schema(&self) -> Value {
        let mut schema = match self.kind {
            Kind::Text => json!({ "type": "string" }),
            Kind::Path => json!({ "type": "string", "minLength": 1, "x-path": true }),
            Kind::Integer => {
                json!({ "anyOf": [{ "type": "integer" }, { "type": "string", "pattern": r"^-?\d{1,15}$" }] })
            }
            Kind::Boolean => json!({ "anyOf": [{ "type": "boolean" }, { "enum": ["true", "false"] }] }),
            Kind::Choice(words) => json!({ "enum": words }),
        };
        schema["description"] = self.description.into();
        if let Some(default) = &self.default {
            schema["default"] = default.clone();
        }
        if self.secret {
            schema["x-secret"] = true.into();
        }
        schema
    }

    /// The value in the one form that [`Parameters`] has, or what was expected. Never says what was given.
    fn take(&self, value: &Value) -> Result<Value, String> {
        let text = value.as_str();
        let taken = match self.kind {
            Kind::Text => as_text(value).map(Value::from),
            Kind::Path => text.filter(|text| !text.is_empty()).map(Value::from),
            Kind::Integer => as_integer(value).map(Value::from),
            Kind::Boolean => value.as_bool().or_else(|| text?.parse().ok()).map(Value::from),
            Kind::Choice(words) => text.filter(|text| words.contains(text)).map(Value::from),
        };
        taken.ok_or_else(|| match self.kind {
            Kind::Text => "must be text".into(),
            Kind::Path => "must be a path".into(),
            Kind::Integer => "must be an integer".into(),
            Kind::Boolean => "must be true or false".into(),
            Kind::Choice(words) => format!("must be one of {}", words.join(", ")),
        })
    }
}

/// YAML takes an access key of digits for a number.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn as_integer(value: &Value) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it was looked at that it is an integer, and small enough"
    )]
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64);
    match value {
        Value::String(digits) if digits.len() <= 16 => digits.parse().ok(),
        _ => value.as_i64().or_else(|| whole(value.as_f64()?)),
    }
}

/// The JSON Schema of a driver's parameters.
pub(crate) fn schema_of(parameters: &[Parameter]) -> Value {
    let properties: Map<String, Value> =
        parameters.iter().map(|each| (each.name.to_owned(), each.schema())).collect();
    let required: Vec<_> = parameters.iter().filter(|each| each.required).map(|each| each.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

/// The parameters that a driver was given, checked, with the defaults of those that were not.
#[derive(Clone, Default)]
pub struct Parameters {
    values: BTreeMap<&'static str, Value>,
}

impl Parameters {
    /// Checks a map, and finds everything that is wrong with it. A key without a value (`null`) means its default.
    pub fn check(known: &[Parameter], given: &Map<String, Value>) -> Result<Self, InvalidParameters> {
        let mut values = BTreeMap::new();
        let mut issues = Vec::new();
        for parameter in known {
            let value = given.get(parameter.name).filter(|value| !value.is_null());
            match value.map(|value| parameter.take(value)) {
                Some(Ok(value)) => drop(values.insert(parameter.name, value)),
                Some(Err(expected)) => issues.push(Issue::new(parameter.name, expected)),
                None if parameter.required => issues.push(Issue::new(parameter.name, "is required")),
                None => values.extend(parameter.default.clone().map(|default| (parameter.name, default))),
            }
        }
        let is_known = |key: &String| known.iter().any(|each| each.name == key);
        let unknown = given.iter().filter(|(key, value)| !value.is_null() && !is_known(key));
        issues.extend(unknown.map(|(key, _)| Issue::new(key, "unknown parameter")));
        if issues.is_empty() { Ok(Self { values }) } else { Err(InvalidParameters { issues }) }
    }

    /// The value of a text, path or choice.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str()
    }

    /// The value of an integer.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.values.get(name)?.as_i64()
    }

    /// The value of a boolean.
    #[must_use]
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.values.get(name)?.as_bool()
    }
}

/// Names only: a value may be a secret.
impl fmt::Debug for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.values.keys()).finish()
    }
}

/// The values that must not be seen, of a map that was not checked yet.
pub(crate) fn secrets_in<'a>(
    known: &'a [Parameter],
    given: &'a Map<String, Value>,
) -> impl Iterator<Item = String> + 'a {
    known.iter().filter(|each| each.secret).filter_map(|each| as_text(given.get(each.name)?))
}

/// What is wrong with a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The key; nested ones joined by dots, and empty for the map as a whole.
    pub key: String,
    /// What is expected, without the value.
    pub message: String,
}

impl Issue {
    /// What is wrong with the parameter `key`, without its value.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }
}

/// The parameters cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidParameters {
    /// At least one.
    pub issues: Vec<Issue>,
}

impl From<Issue> for InvalidParameters {
    fn from(issue: Issue) -> Self {
        Self { issues: vec![issue] }
    }
}

impl fmt::Display for InvalidParameters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = |Issue { key, message }: &Issue| {
            if key.is_empty() { message.clone() } else { format!("{key}: {message}") }
        };
        formatter.write_str(&self.issues.iter().map(each).collect::<Vec<_>>().join("; "))
    }
}

impl std::error::Error for InvalidParameters {}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<Parameter> {
        vec![
            Parameter::path("root", "where").required(),
            Parameter::integer("threads", "how many").or(5),
            Parameter::boolean("fast", "or not"),
            Parameter::choice("mode", &["a", "b"], "which").or("a"),
            Parameter::text("key", "hidden").secret(),
        ]
    }

    fn check(value: &Value) -> Result<Parameters, InvalidParameters> {
        Parameters::check(&known(), value.as_object().unwrap_or(&Map::new()))
    }

    #[test]
    fn takes_every_spelling_of_a_scalar() {
        for value in [
            json!({ "root": "/x", "threads": "7", "fast": "true", "key": 12 }),
            json!({ "root": "/x", "threads": 7.0, "fast": true, "key": "12", "mode": null }),
        ] {
            let parameters = check(&value).unwrap_or_default();
            assert_eq!(parameters.text("root"), Some("/x"));
            assert_eq!(parameters.integer("threads"), Some(7));
            assert_eq!(parameters.boolean("fast"), Some(true));
            assert_eq!((parameters.text("mode"), parameters.text("key")), (Some("a"), Some("12")));
        }
    }

    #[test]
    fn finds_every_issue_and_names_no_value() {
        let error = check(&json!({ "threads": "hush", "mode": "hush", "nosuch": "hush" })).unwrap_err();
        let keys: Vec<_> = error.issues.iter().map(|issue| issue.key.as_str()).collect();
        assert_eq!(keys, ["root", "threads", "mode", "nosuch"]);
        assert!(!format!("{error} {error:?}").contains("hush"));
    }

    #[test]
    fn describes_itself_and_hides_secrets() {
        let schema = schema_of(&known());
        assert_eq!(schema["required"], json!(["root"]));
        assert_eq!(schema["properties"]["key"]["x-secret"], json!(true));
        assert_eq!(schema["properties"]["root"]["x-path"], json!(true));
        let given = json!({ "root": "/x", "key": "hush" });
        assert_eq!(secrets_in(&known(), given.as_object().unwrap()).collect::<Vec<_>>(), ["hush"]);
        assert!(!format!("{:?}", check(&given)).contains("hush"));
    }
}

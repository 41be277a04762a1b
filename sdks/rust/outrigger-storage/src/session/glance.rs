//! What has to be known of a request before it is worked on.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Fields of the params, whatever they are: what is wrong with them is found later.
#[derive(Default, Deserialize)]
pub(super) struct Glance {
    #[serde(default)]
    writer: Option<Value>,
    #[serde(default)]
    token: Option<Value>,
    #[serde(default)]
    traceparent: Option<Value>,
}

impl Glance {
    /// Looks only where there may be something to see: most requests have neither.
    pub(super) fn at(method: &str, params: Option<&RawValue>) -> Self {
        let text = params.map_or("", RawValue::get);
        let is_worth_it =
            method == "read" || method.starts_with("writer/") || text.contains("\"traceparent\"");
        // The library would take an array for a struct's fields.
        if !is_worth_it || !text.starts_with('{') {
            return Self::default();
        }
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The id of the writer that a call is of.
    pub(super) fn writer(&self) -> Option<&str> {
        self.writer.as_ref()?.as_str()
    }

    /// Whether bytes go over a socket: that may be as slow as the client at its other end.
    pub(super) fn is_stream(&self) -> bool {
        self.token.is_some()
    }

    pub(super) fn traceparent(self) -> Option<String> {
        match self.traceparent {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }
}

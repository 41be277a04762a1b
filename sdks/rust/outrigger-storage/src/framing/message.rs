use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::Violation;
use crate::wire::{MAX_SAFE_INTEGER, present};

/// The id of a request, sent back as it came.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub(crate) enum Id {
    Number(i64),
    Text(String),
}

const MAX_ID_LENGTH: usize = 64;

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            Integer(i64),
            Number(f64),
            Text(String),
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "it is an exact integer"
        )]
        let id = match Wire::deserialize(deserializer)? {
            Wire::Integer(id) => Self::Number(id),
            Wire::Number(id) if id.fract() == 0.0 && id.abs() <= MAX_SAFE_INTEGER as f64 => {
                Self::Number(id as i64)
            }
            Wire::Number(_) => return Err(serde::de::Error::custom("an id is an integer or text")),
            Wire::Text(id) => Self::Text(id),
        };
        match &id {
            Self::Number(number) if number.unsigned_abs() > MAX_SAFE_INTEGER => {
                Err(serde::de::Error::custom("an id is at most 2^53 - 1"))
            }
            Self::Text(text) if text.encode_utf16().count() > MAX_ID_LENGTH => {
                Err(serde::de::Error::custom("an id has at most 64 characters"))
            }
            _ => Ok(id),
        }
    }
}

/// A message of the host.
#[derive(Debug)]
pub(crate) enum Message {
    Request {
        id: Id,
        method: String,
        params: Option<Box<RawValue>>,
    },
    Notification {
        method: String,
        params: Option<Box<RawValue>>,
    },
    /// Well-formed, and of no use: a driver asks nothing.
    Answer,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    jsonrpc: Cow<'a, str>,
    /// An answer may have `null`: it was not known to what.
    #[serde(default, deserialize_with = "present")]
    id: Option<AnyId>,
    #[serde(default, deserialize_with = "present")]
    method: Option<String>,
    #[serde(default, borrow, deserialize_with = "present")]
    params: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "present")]
    error: Option<AnswerError>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AnyId {
    Id(Id),
    Null,
}

#[derive(Deserialize)]
struct AnswerError {
    #[serde(rename = "code")]
    _code: i64,
    #[serde(rename = "message")]
    _message: String,
}

/// The message in a frame's body.
pub(crate) fn parse_message(body: &[u8]) -> Result<Message, Violation> {
    let refused = |why: &str| {
        Violation(format!(
            "not a JSON-RPC 2.0 message ({why}): \"{}\"",
            body[..body.len().min(64)].escape_ascii()
        ))
    };
    let text = std::str::from_utf8(body).map_err(|_| refused("invalid UTF-8"))?;
    // The library would take an array for a struct's fields.
    if !text.trim_start().starts_with('{') {
        return Err(refused("not an object"));
    }
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| refused(&error.to_string()))?;
    if envelope.jsonrpc != "2.0" {
        return Err(refused("another version"));
    }
    if envelope.params.is_some_and(|params| !params.get().starts_with(['{', '['])) {
        return Err(refused("params are neither an object nor an array"));
    }
    let params = envelope.params.map(ToOwned::to_owned);
    match (envelope.method, envelope.id, envelope.result, envelope.error) {
        (Some(method), Some(AnyId::Id(id)), None, None) => Ok(Message::Request { id, method, params }),
        (Some(method), None, None, None) => Ok(Message::Notification { method, params }),
        (None, Some(_), Some(_), None) | (None, Some(_), None, Some(_)) => Ok(Message::Answer),
        _ => Err(refused("neither a request, nor a notification, nor an answer")),
    }
}

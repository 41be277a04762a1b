//! Results and errors as messages.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::error::StorageError;
use crate::framing::{Id, to_frame};
use crate::log::masked;
use crate::parameters::InvalidParameters;

/// Why a request is answered with an error.
#[derive(Debug)]
pub(crate) enum Refusal {
    Storage(StorageError),
    NotInitialized(String),
    AlreadyInitialized,
    NoCommonVersion,
    Parameters(InvalidParameters),
    NoMethod(String),
    Params(String),
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl Refusal {
    fn to_json(&self, driver: &str) -> Value {
        let plain = |code: i64, message: &str| json!({ "code": code, "message": told(message) });
        let outside = |method: &str| {
            plain(-32002, &format!("{method} outside of a session: it starts with initialize"))
        };
        match self {
            Self::Storage(error) => {
                json!({ "code": error.code().number(), "message": told(error.message()), "data": data_of(error) })
            }
            Self::NotInitialized(method) => outside(method),
            Self::AlreadyInitialized => plain(1101, "initialize came before"),
            Self::NoCommonVersion => {
                let message = "no common protocol version: this driver speaks 1";
                json!({ "code": 1102, "message": message, "data": { "protocolVersions": [1] } })
            }
            Self::Parameters(invalid) => {
                let message = told(&format!("invalid parameters for storage driver {driver}: {invalid}"));
                json!({ "code": 1103, "message": message, "data": { "issues": issues_of(invalid) } })
            }
            Self::NoMethod(method) => plain(-32601, &format!("no method {method:?}")),
            Self::Params(message) => plain(-32602, message),
        }
    }
}

/// Of a message, or a path, in characters: whatever a backend says, the answer is far from the limit of a frame.
const MAX_TEXT: usize = 4096;
const MAX_ISSUES: usize = 64;

fn told(message: &str) -> String {
    cut(message, MAX_TEXT)
}

/// Masked first: half of a secret would not be found.
fn cut(text: &str, most: usize) -> String {
    masked(text).chars().take(most).collect()
}

fn issues_of(invalid: &InvalidParameters) -> Value {
    let issues = invalid.issues.iter().take(MAX_ISSUES);
    issues.map(|issue| json!({ "key": cut(&issue.key, 256), "message": cut(&issue.message, 1024) })).collect()
}

fn data_of(error: &StorageError) -> Value {
    let mut data = Map::new();
    data.insert("code".into(), error.code().name().into());
    let fields = [
        ("path", error.path().map(|path| cut(path, MAX_TEXT).into())),
        ("offset", error.offset().map(exact)),
        ("size", error.size().map(Value::from)),
        ("retryable", error.retryable().map(Value::from)),
    ];
    data.extend(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    data.into()
}

/// An integer without a fraction of zero.
fn exact(number: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it was looked at that it is an integer, and small enough"
    )]
    if number.fract() == 0.0 && number.abs() < 9e15 { (number as i64).into() } else { number.into() }
}

pub(crate) fn result_frame(id: &Id, result: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    #[derive(Serialize)]
    struct Answer<'a, R> {
        jsonrpc: &'a str,
        id: &'a Id,
        result: &'a R,
    }
    let body = serde_json::to_vec(&Answer { jsonrpc: "2.0", id, result });
    Ok(to_frame(&body.map_err(io::Error::from).map_err(StorageError::from)?))
}

pub(crate) fn refusal_frame(id: &Id, refusal: &Refusal, driver: &str) -> Vec<u8> {
    let answer = json!({ "jsonrpc": "2.0", "id": id, "error": refusal.to_json(driver) });
    to_frame(answer.to_string().as_bytes())
}

pub(crate) fn progress_frame(id: &Id, bytes: Option<u64>) -> Vec<u8> {
    let mut params = json!({ "id": id });
    if let Some(bytes) = bytes {
        params["bytes"] = bytes.into();
    }
    to_frame(json!({ "jsonrpc": "2.0", "method": "$/progress", "params": params }).to_string().as_bytes())
}

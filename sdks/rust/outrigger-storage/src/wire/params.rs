use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{Limit, Limits, Natural};
use crate::framing::Id;

/// For fields that may be absent: `null` is not absent.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InitializeParams {
    pub protocol_versions: Vec<i64>,
    #[serde(default, deserialize_with = "present")]
    pub parameters: Option<Map<String, Value>>,
    pub data_planes: Vec<String>,
    #[serde(default, deserialize_with = "present")]
    pub socket_path: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub nonce: Option<String>,
    pub limits: Limits,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CancelParams {
    pub id: Id,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PathParams {
    pub path: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ListParams {
    pub path: String,
    #[serde(default, deserialize_with = "present")]
    pub cursor: Option<String>,
    #[serde(default)]
    pub limit: Limit,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WalkParams {
    pub path: String,
    #[serde(default, deserialize_with = "present")]
    pub after: Option<String>,
    #[serde(default)]
    pub skip_children: bool,
    #[serde(default)]
    pub limit: Limit,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PutParams {
    pub path: String,
    pub content: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Plane {
    Inline,
    Socket,
    File,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReadParams {
    pub path: String,
    /// May be negative, and is then refused as an offset.
    pub offset: f64,
    #[serde(default, deserialize_with = "present")]
    pub length: Option<Natural>,
    #[serde(default, deserialize_with = "present")]
    pub if_match: Option<String>,
    pub plane: Plane,
    #[serde(default, deserialize_with = "present")]
    pub token: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OpenMode {
    Truncate,
    Append,
    Isolated,
    Put,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WriterOpenParams {
    pub path: String,
    pub mode: OpenMode,
    #[serde(default, deserialize_with = "present")]
    pub expected_size: Option<Natural>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WriterWriteParams {
    pub writer: String,
    pub offset: Natural,
    #[serde(default, deserialize_with = "present")]
    pub data: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub token: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub written: Option<Natural>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WriterCommitParams {
    pub writer: String,
    pub size: Natural,
    #[serde(default, deserialize_with = "present")]
    pub written: Option<Natural>,
    #[serde(default, deserialize_with = "present")]
    pub to: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WriterParams {
    pub writer: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct MoveParams {
    pub source: String,
    pub destination: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RedirectParams {
    pub path: String,
    pub method: String,
    #[serde(default, deserialize_with = "present")]
    pub scheme: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub host: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub client_ip: Option<String>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_of_zero_is_an_integer_and_null_is_not_absent() {
        let parse = |text: &str| serde_json::from_str::<ReadParams>(text);
        let read = parse(r#"{"path":"/a","offset":-1,"length":5.0,"plane":"inline"}"#);
        assert!(read.is_ok_and(|read| read.length == Some(Natural(5))));
        for bad in ["5.5", "-1", "9007199254740992", "null", "\"5\""] {
            assert!(
                parse(&format!(r#"{{"path":"/a","offset":0,"length":{bad},"plane":"inline"}}"#)).is_err(),
                "{bad}"
            );
        }
    }
}

//! What the messages carry. The field names are those of the protocol's reference.

use std::collections::BTreeMap;

use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::content::Content;
use crate::driver::{FileInfo, ListEntry, LocalPlace};

/// The greatest integer that every JSON parser takes exactly.
pub(crate) const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// For fields that may be absent: `null` is not absent.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// An integer from 0 to 2^53 - 1; a fraction of zero is one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Natural(pub u64);

impl<'de> Deserialize<'de> for Natural {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Integer;
        impl Visitor<'_> for Integer {
            type Value = Natural;
            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an integer from 0 to 2^53 - 1")
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Natural, E> {
                let is_safe = value <= MAX_SAFE_INTEGER;
                is_safe
                    .then_some(Natural(value))
                    .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "it is an exact integer"
            )]
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Natural, E> {
                let is_safe = value.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER as f64).contains(&value);
                is_safe
                    .then_some(Natural(value as u64))
                    .ok_or_else(|| E::invalid_value(Unexpected::Float(value), &self))
            }
        }
        deserializer.deserialize_any(Integer)
    }
}

/// How many entries a page may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(pub usize);

pub(crate) const MAX_PAGE_ENTRIES: usize = 1000;

impl Default for Limit {
    fn default() -> Self {
        Self(MAX_PAGE_ENTRIES)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let limit = usize::try_from(Natural::deserialize(deserializer)?.0).unwrap_or(usize::MAX);
        if (1..=MAX_PAGE_ENTRIES).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(de::Error::custom("limit is 1 to 1000"))
        }
    }
}

/// The limits of the host. Those that it does not name are those of version 1.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Limits {
    pub header_bytes: usize,
    pub message_bytes: usize,
    pub nesting: usize,
    pub inline_chunk_bytes: u64,
    pub small_content_bytes: u64,
    pub put_bytes: u64,
    pub page_entries: usize,
    pub streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 4096,
            message_bytes: 1 << 20,
            nesting: 32,
            inline_chunk_bytes: 256 << 10,
            small_content_bytes: 32 << 10,
            put_bytes: 8 << 20,
            page_entries: MAX_PAGE_ENTRIES,
            streams: 256,
        }
    }
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
    pub id: crate::framing::Id,
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

#[derive(Debug, Serialize)]
pub(crate) struct Empty {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InfoResult {
    path: String,
    size: u64,
    mod_time: i64,
    is_dir: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

impl From<FileInfo> for InfoResult {
    fn from(info: FileInfo) -> Self {
        let FileInfo { path, size, mod_time, is_dir, version } = info;
        Self { path, size, mod_time, is_dir, version }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryResult {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_dir: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mod_time: Option<i64>,
}

impl From<ListEntry> for EntryResult {
    fn from(entry: ListEntry) -> Self {
        let ListEntry { path, is_dir, size, mod_time } = entry;
        Self { path, is_dir, size, mod_time }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct ListResult {
    pub entries: Vec<EntryResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct WalkResult {
    pub entries: Vec<InfoResult>,
    pub done: bool,
}

/// What is known of an object that was opened: on every plane, and in the preamble.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Opened {
    pub size: u64,
    pub mod_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl From<&Content> for Opened {
    fn from(content: &Content) -> Self {
        Self { size: content.size, mod_time: content.mod_time, version: content.version.clone() }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct GetResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    #[serde(flatten)]
    pub opened: Opened,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ReadResult {
    Inline {
        data: String,
        #[serde(flatten)]
        opened: Opened,
    },
    Socket {
        bytes: u64,
        #[serde(flatten)]
        opened: Opened,
    },
    File {
        #[serde(flatten)]
        place: Place,
        #[serde(flatten)]
        opened: Opened,
    },
}

/// A local file. Numbers that JSON cannot carry exactly are 0, which is no file's.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place {
    local_path: String,
    dev: u64,
    ino: u64,
}

impl From<&LocalPlace> for Place {
    fn from(place: &LocalPlace) -> Self {
        let is_exact = place.dev <= MAX_SAFE_INTEGER && place.ino <= MAX_SAFE_INTEGER;
        let (dev, ino) = if is_exact { (place.dev, place.ino) } else { (0, 0) };
        Self { local_path: place.path.to_string_lossy().into_owned(), dev, ino }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Preamble<'a> {
    pub token: &'a str,
    #[serde(flatten)]
    pub opened: Option<Opened>,
}

#[derive(Debug, Serialize)]
pub(crate) struct WriterOpenResult {
    pub writer: String,
    pub size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Place>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SizeResult {
    pub size: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RedirectResult {
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
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

    #[test]
    fn inode_numbers_that_are_not_exact_are_nobodys() {
        let place = |ino| {
            serde_json::to_value(Place::from(&LocalPlace { path: "/x".into(), dev: 7, ino }))
                .unwrap_or_default()
        };
        assert_eq!(
            place(MAX_SAFE_INTEGER),
            serde_json::json!({ "localPath": "/x", "dev": 7, "ino": MAX_SAFE_INTEGER })
        );
        assert_eq!(place(MAX_SAFE_INTEGER + 1), serde_json::json!({ "localPath": "/x", "dev": 0, "ino": 0 }));
    }
}

use serde::Serialize;

use super::MAX_SAFE_INTEGER;
use crate::content::Content;
use crate::driver::{FileInfo, ListEntry, LocalPlace};

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

/// Whether JSON can carry what tells the file from another one of the same name.
pub(crate) fn is_exact(place: &LocalPlace) -> bool {
    place.dev <= MAX_SAFE_INTEGER && place.ino <= MAX_SAFE_INTEGER
}

impl From<&LocalPlace> for Place {
    fn from(place: &LocalPlace) -> Self {
        let (dev, ino) = if is_exact(place) { (place.dev, place.ino) } else { (0, 0) };
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

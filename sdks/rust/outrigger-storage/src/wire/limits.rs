use serde::Deserialize;

use super::MAX_PAGE_ENTRIES;

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

//! Content that is read.

use std::fmt;
use std::fs::File;
use std::io::Read;

/// An object that was opened for reading.
#[derive(Debug)]
pub struct Content {
    /// Of the whole object, whatever was asked for.
    pub size: u64,
    /// In milliseconds of Unix time.
    pub mod_time: i64,
    /// See [`crate::FileInfo::version`].
    pub version: Option<String>,
    /// The bytes.
    pub body: Body,
}

/// Where the bytes come from, beginning with the one at the offset that was asked for. Whoever has more than was asked
/// for may give it: the rest is not read.
pub enum Body {
    /// Any reader. Its errors may carry a [`crate::StorageError`].
    Reader(Box<dyn Read + Send>),
    /// A file that is the object, whole. The kernel sends it, where it can, without a copy.
    File(File),
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Reader(_) => "Reader",
            Self::File(_) => "File",
        })
    }
}

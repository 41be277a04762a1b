//! The one error of a driver, and its closed set of codes.

use std::error::Error;
use std::fmt;
use std::io;

/// What a driver's methods answer.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

/// Every way in which a driver can fail. The set is closed in version 1 of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// Nothing is at the path, or not the kind that the operation needs. Proof of absence: never "no right" or "cannot be reached".
    PathNotFound,
    /// The path is not of the form, or cannot be used.
    InvalidPath,
    /// The offset is negative, or not the writer's size.
    InvalidOffset,
    /// The driver cannot do this.
    Unsupported,
    /// The writer was committed, closed or cancelled before.
    AlreadyClosed,
    /// The store is full, or a quota of it is.
    QuotaExceeded,
    /// The backend cannot be had at the moment.
    Unavailable,
    /// The host cancelled the request.
    Cancelled,
    /// Anything else.
    Internal,
}

impl ErrorCode {
    /// The number of the code on the wire.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::PathNotFound => 1001,
            Self::InvalidPath => 1002,
            Self::InvalidOffset => 1003,
            Self::Unsupported => 1004,
            Self::AlreadyClosed => 1005,
            Self::QuotaExceeded => 1006,
            Self::Unavailable => 1007,
            Self::Cancelled => 1008,
            Self::Internal => 1009,
        }
    }

    /// The name of the code on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PathNotFound => "PATH_NOT_FOUND",
            Self::InvalidPath => "INVALID_PATH",
            Self::InvalidOffset => "INVALID_OFFSET",
            Self::Unsupported => "UNSUPPORTED",
            Self::AlreadyClosed => "ALREADY_CLOSED",
            Self::QuotaExceeded => "QUOTA_EXCEEDED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Cancelled => "CANCELLED",
            Self::Internal => "INTERNAL",
        }
    }
}

/// Why an operation failed. The message is one line for people: without the driver's name, which the host adds, and
/// without secrets.
#[derive(Debug)]
pub struct StorageError {
    code: ErrorCode,
    message: String,
    path: Option<String>,
    offset: Option<f64>,
    size: Option<u64>,
    retryable: Option<bool>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl StorageError {
    /// An error with a message of its own.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            path: None,
            offset: None,
            size: None,
            retryable: None,
            source: None,
        }
    }

    /// Nothing is at the path.
    pub fn path_not_found(path: impl Into<String>) -> Self {
        let path = path.into();
        Self::new(ErrorCode::PathNotFound, format!("path not found: {path}")).with_path(path)
    }

    /// The path cannot be used, and why.
    pub fn invalid_path(path: impl Into<String>, why: &str) -> Self {
        let path = path.into();
        Self::new(ErrorCode::InvalidPath, format!("invalid path: {path:?} ({why})")).with_path(path)
    }

    /// What the driver cannot do.
    #[must_use]
    pub fn unsupported(what: &str) -> Self {
        Self::new(ErrorCode::Unsupported, format!("unsupported: {what}"))
    }

    /// The host no longer wants the answer.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::new(ErrorCode::Cancelled, "cancelled")
    }

    /// The content at the path is no longer the version that was asked for.
    pub fn version_changed(path: impl Into<String>) -> Self {
        let path = path.into();
        let message = format!("content changed while it was read: {path}");
        Self::new(ErrorCode::Unavailable, message).with_path(path).with_retryable(false)
    }

    pub(crate) fn invalid_offset(path: &str, offset: f64, size: Option<u64>) -> Self {
        let truth = size.map_or(String::new(), |size| format!(", the size is {size}"));
        let message = format!("invalid offset: {offset} for path {path}{truth}");
        let mut error = Self::new(ErrorCode::InvalidOffset, message).with_path(path);
        error.offset = Some(offset);
        error.size = size;
        error
    }

    /// Names the path that the error is about.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Says whether the same call may succeed later. By default that is so for [`ErrorCode::Unavailable`] only.
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.retryable = Some(retryable);
        self
    }

    /// Keeps what led to this error, for [`Error::source`].
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What callers branch on.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// What went wrong, in one line.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The path that the error is about.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    pub(crate) const fn offset(&self) -> Option<f64> {
        self.offset
    }

    pub(crate) const fn size(&self) -> Option<u64> {
        self.size
    }

    pub(crate) const fn retryable(&self) -> Option<bool> {
        self.retryable
    }

    pub(crate) fn about(mut self, path: &str) -> Self {
        self.path.get_or_insert_with(|| path.to_owned());
        self
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for StorageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// What the system says about content that is open: a full disk, or a fault. That something is missing is no proof of
/// absence here; a driver that knows better maps the error itself.
impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(error) => return error,
            Err(error) => error,
        };
        let code = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                ErrorCode::QuotaExceeded
            }
            io::ErrorKind::TimedOut
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ResourceBusy
            | io::ErrorKind::StaleNetworkFileHandle
            | io::ErrorKind::ReadOnlyFilesystem => ErrorCode::Unavailable,
            _ => ErrorCode::Internal,
        };
        Self::new(code, error.to_string()).with_source(error)
    }
}

/// For readers: [`std::io::Read`] of a driver's content can carry it.
impl From<StorageError> for io::Error {
    fn from(error: StorageError) -> Self {
        Self::other(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_through_io_errors_whole() {
        let there = io::Error::from(StorageError::path_not_found("/a"));
        let back = StorageError::from(there);
        assert_eq!((back.code(), back.path()), (ErrorCode::PathNotFound, Some("/a")));
    }

    #[test]
    fn a_full_disk_is_a_quota_and_a_missing_file_no_proof_of_absence() {
        let full = StorageError::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.code(), ErrorCode::QuotaExceeded);
        let missing = StorageError::from(io::Error::from(io::ErrorKind::NotFound));
        assert_eq!(missing.code(), ErrorCode::Internal);
    }
}

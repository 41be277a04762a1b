//! What the operating system says, and what it means.

use std::io;

use outrigger_storage::{ErrorCode, StorageError};
use rustix::io::Errno;

/// Whether a call looks at what is there, or makes something: the same errno means different things.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Why something could not be done with files.
#[derive(Debug)]
pub(crate) enum Failure {
    System(Errno),
    /// Something is at the place that is none of the driver's content: a link, a FIFO, a temporary file. To a reader
    /// nothing is there; a writer is refused.
    Foreign(&'static str),
    Storage(StorageError),
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Errno::from_io_error(&error).map_or_else(|| Self::Storage(error.into()), Self::System)
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl Failure {
    /// The message has the path of the store and never the local one.
    pub(crate) fn at(self, path: &str, access: Access) -> StorageError {
        let obstacle = match self {
            Self::Storage(error) => return error,
            Self::Foreign(why) => Some(why),
            Self::System(errno) => obstacle(errno),
        };
        match (obstacle, access) {
            (Some(_), Access::Read) => StorageError::path_not_found(path),
            (Some(why), Access::Write) => StorageError::invalid_path(path, why),
            (None, _) => self.fault(path),
        }
    }

    fn fault(self, path: &str) -> StorageError {
        let Self::System(errno) = self else {
            return StorageError::new(ErrorCode::Internal, "unexpected error");
        };
        let (code, reason) = match errno {
            Errno::NOENT => return StorageError::path_not_found(path),
            Errno::NOSPC => (ErrorCode::QuotaExceeded, "no space left"),
            Errno::DQUOT => (ErrorCode::QuotaExceeded, "disk quota exceeded"),
            Errno::FBIG => (ErrorCode::QuotaExceeded, "larger than the file system allows"),
            Errno::MFILE | Errno::NFILE => (ErrorCode::Unavailable, "too many open files"),
            Errno::IO => (ErrorCode::Unavailable, "input/output error"),
            Errno::ROFS => (ErrorCode::Unavailable, "read-only file system"),
            Errno::BUSY => (ErrorCode::Unavailable, "busy"),
            Errno::STALE => (ErrorCode::Unavailable, "stale file handle"),
            Errno::NAMETOOLONG => (ErrorCode::InvalidPath, "a part of it is too long"),
            _ => (ErrorCode::Internal, "unexpected error"),
        };
        StorageError::new(code, format!("{reason}: {path}"))
            .with_path(path)
            .with_source(io::Error::from(errno))
    }
}

/// These say that the path cannot be used as it is: nothing is there, or nothing can be put there.
fn obstacle(errno: Errno) -> Option<&'static str> {
    Some(match errno {
        Errno::NOTDIR => "a part of it is not a directory",
        Errno::EXIST => "something else is there",
        Errno::NOTEMPTY | Errno::ISDIR => "a directory is there",
        Errno::LOOP => "a symbolic link is there",
        Errno::NXIO => "it is not a regular file",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_nothing_to_a_reader_and_an_obstacle_to_a_writer() {
        assert_eq!(Failure::System(Errno::LOOP).at("/a", Access::Read).code(), ErrorCode::PathNotFound);
        assert_eq!(Failure::System(Errno::LOOP).at("/a", Access::Write).code(), ErrorCode::InvalidPath);
    }

    #[test]
    fn no_right_is_no_proof_of_absence() {
        assert_eq!(Failure::System(Errno::ACCESS).at("/a", Access::Read).code(), ErrorCode::Internal);
        assert_eq!(Failure::System(Errno::IO).at("/a", Access::Read).code(), ErrorCode::Unavailable);
        assert_eq!(Failure::System(Errno::NOSPC).at("/a", Access::Write).code(), ErrorCode::QuotaExceeded);
    }
}

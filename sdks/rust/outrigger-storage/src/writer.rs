//! Content that is written.

use crate::driver::LocalPlace;
use crate::error::{Result, StorageError};
use crate::path::StorePath;

/// How content comes to its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriterMode {
    /// Starts from nothing. What the path held before is lost at the latest by the commit.
    Truncate,
    /// Goes on behind content that a writer closed without a commit, in this process or another, or behind an object of
    /// zero bytes. `PathNotFound` when there is nothing.
    Append,
    /// [`crate::Capabilities::isolated_writers`]: nobody sees anything before the commit, which is atomic. Two writers of one
    /// path never touch each other's bytes. Closing discards it.
    Isolated,
}

/// What is known of content when its writer is opened.
#[derive(Clone, Copy, Debug)]
pub struct WriterOptions {
    /// How it comes to its path.
    pub mode: WriterMode,
    /// The final size where it is known, for part sizes and for an early `QuotaExceeded`. No promise.
    pub expected_size: Option<u64>,
}

/// Writes content in order. Its calls come one after the other. After a successful [`Writer::commit`],
/// [`Writer::close`] or [`Writer::cancel`] it is dropped.
pub trait Writer: Send {
    /// Bytes that the content has with all that was taken, those that an append found included.
    fn size(&self) -> u64;

    /// Appends the whole of `bytes`. Says nothing about durability. When it fails, the size is what was taken.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;

    /// Makes the content durable and visible: at the writer's path, or, with [`crate::Capabilities::commit_to`], at `to`,
    /// atomically, with nothing left at its own. A commit that fails leaves the writer open.
    fn commit(&mut self, to: Option<StorePath<'_>>) -> Result<()>;

    /// Makes durable what was taken, so that an append can go on from exactly there. An isolated writer is discarded.
    fn close(&mut self) -> Result<()>;

    /// Removes what this writer wrote.
    fn cancel(&mut self) -> Result<()>;

    /// Plane `file`: the file that a host on this machine may write into by itself.
    fn local(&self) -> Option<&LocalPlace> {
        None
    }

    /// Plane `file`: so many bytes more, behind the writer's size, are in the file. What lies behind the size at the end is
    /// not content.
    fn accept(&mut self, _count: u64) -> Result<()> {
        Err(StorageError::unsupported("plane file"))
    }
}

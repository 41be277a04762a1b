//! What a driver is.

use std::path::PathBuf;

use crate::call::Call;
use crate::content::Content;
use crate::error::{Result, StorageError};
use crate::path::StorePath;
use crate::writer::{Writer, WriterOptions};

/// A store of content below absolute paths, from a local directory to an object store. Directories come and go with
/// their content.
///
/// All methods may be called at the same time, from many threads, and may block. Paths come checked. Whatever takes
/// long looks at [`Call::is_cancelled`] now and then, where its work can be taken back.
pub trait StorageDriver: Send + Sync {
    /// What this instance can do. What is declared is tested by the conformance suite; what is not is never used.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    /// How many calls run at a time; more wait. Streams of content have threads of their own.
    fn parallel_calls(&self) -> usize {
        64
    }

    /// Size, time and kind of what is at a path.
    fn stat(&self, path: StorePath<'_>, call: &Call) -> Result<FileInfo>;

    /// The direct children of a directory, in ascending byte order of their names. `/` can always be listed.
    /// `PathNotFound` for what is absent and for an object.
    fn list(&self, path: StorePath<'_>, options: &ListOptions<'_>, call: &Call) -> Result<ListPage>;

    /// Opens an object. What is wrong with it is known before the first byte: `PathNotFound`, also for a directory.
    /// An offset at or behind the end is no error. The content is that of one version.
    fn read(&self, path: StorePath<'_>, options: &ReadOptions<'_>, call: &Call) -> Result<Content>;

    /// Replaces the whole of a small object, making its parents: atomically, durably, and to the same end when it is
    /// done twice.
    fn put(&self, path: StorePath<'_>, content: &[u8], call: &Call) -> Result<()>;

    /// Opens a writer, making the parents of the path. See [`crate::WriterMode`].
    fn writer(&self, path: StorePath<'_>, options: &WriterOptions, call: &Call) -> Result<Box<dyn Writer>>;

    /// The method `move` of the protocol: an object, or a directory with all below it; an object at the destination is
    /// replaced. Durable when it is answered. To itself it changes nothing, and makes durable what a move that was lost may
    /// have done: whoever copies and deletes must look for that first. What lies below the source is no destination:
    /// `InvalidPath`.
    fn rename(&self, source: StorePath<'_>, destination: StorePath<'_>, call: &Call) -> Result<()>;

    /// Deletes an object, or a directory with all below it. `PathNotFound` when nothing is there.
    fn delete(&self, path: StorePath<'_>, call: &Call) -> Result<()>;

    /// [`Capabilities::walk`]: a page of everything below a path, itself left out, in walk order
    /// ([`crate::compare_walk_order`]). An empty page is always the last.
    fn walk(&self, _path: StorePath<'_>, _options: &WalkOptions<'_>, _call: &Call) -> Result<WalkPage> {
        Err(StorageError::unsupported("walk"))
    }

    /// [`Capabilities::copy`]: as [`StorageDriver::rename`] of an object, and the source stays.
    fn copy(&self, _source: StorePath<'_>, _destination: StorePath<'_>, _call: &Call) -> Result<()> {
        Err(StorageError::unsupported("copy"))
    }

    /// [`Capabilities::redirect_url`]: where a client may fetch the object by itself; `None`: not from here. GET and
    /// HEAD are signed apart.
    fn redirect_url(
        &self,
        _path: StorePath<'_>,
        _request: &RedirectRequest,
        _call: &Call,
    ) -> Result<Option<Redirect>> {
        Ok(None)
    }

    /// [`Capabilities::local_files`]: the file that is the object. It must not change any more while it has that name:
    /// new content is a new file.
    fn local_file(&self, _path: StorePath<'_>, _call: &Call) -> Result<LocalFile> {
        Err(StorageError::unsupported("plane file"))
    }

    /// Gives everything back. No call follows.
    fn close(&self) {}
}

/// Optional powers of a driver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the switches of the protocol")]
pub struct Capabilities {
    /// [`StorageDriver::walk`].
    pub walk: bool,
    /// [`StorageDriver::redirect_url`] may answer a URL.
    pub redirect_url: bool,
    /// [`StorageDriver::copy`], without a byte travelling through the host.
    pub copy: bool,
    /// A reader of the destination of a `rename` of an object sees the old or the new content, never neither.
    pub atomic_move: bool,
    /// A `rename` of a directory takes all below it at once: what somebody puts there meanwhile goes with it, or is at the
    /// old place behind it, and nothing of it is lost.
    pub atomic_directory_move: bool,
    /// Writers of mode [`crate::WriterMode::Isolated`].
    pub isolated_writers: bool,
    /// [`Writer::commit`] takes a path.
    pub commit_to: bool,
    /// The plane `file`: the absolute directories, without symbolic links in them, that hold every local file. Empty
    /// for a driver without local files.
    pub local_roots: Vec<PathBuf>,
}

impl Capabilities {
    /// Whether the plane `file` is spoken.
    #[must_use]
    pub fn local_files(&self) -> bool {
        !self.local_roots.is_empty()
    }
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// As it was asked for, or found.
    pub path: String,
    /// In bytes; 0 for a directory.
    pub size: u64,
    /// Of the last change of the content, in milliseconds of Unix time.
    pub mod_time: i64,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Names the bytes: as long as it is the same, so are they, also after a restart. At most 256 characters.
    pub version: Option<String>,
}

/// Which page of a directory.
#[derive(Clone, Copy, Debug)]
pub struct ListOptions<'a> {
    /// From the page before, maybe of another process.
    pub cursor: Option<&'a str>,
    /// At most so many entries, 1 to 1,000.
    pub limit: usize,
}

/// A page of a directory.
#[derive(Clone, Debug, Default)]
pub struct ListPage {
    /// In byte order of their names.
    pub entries: Vec<ListEntry>,
    /// Present if and only if more may follow.
    pub cursor: Option<String>,
}

/// A child of a directory. What costs extra is left out.
#[derive(Clone, Debug, Default)]
pub struct ListEntry {
    /// The full path.
    pub path: String,
    /// Whether it is a directory.
    pub is_dir: Option<bool>,
    /// In bytes.
    pub size: Option<u64>,
    /// In milliseconds of Unix time.
    pub mod_time: Option<i64>,
}

/// Which part of a walk.
#[derive(Clone, Copy, Debug)]
pub struct WalkOptions<'a> {
    /// Only entries behind this one in walk order, whether it exists or not.
    pub after: Option<&'a str>,
    /// With `after`: what lies below it is left out too.
    pub skip_children: bool,
    /// At most so many entries, 1 to 1,000.
    pub limit: usize,
}

/// A page of a walk.
#[derive(Clone, Debug, Default)]
pub struct WalkPage {
    /// In walk order.
    pub entries: Vec<FileInfo>,
    /// Nothing follows.
    pub done: bool,
}

/// Which bytes of an object.
#[derive(Clone, Copy, Debug)]
pub struct ReadOptions<'a> {
    /// The first byte.
    pub offset: u64,
    /// At most so many; absent: to the end.
    pub length: Option<u64>,
    /// Only this version is wanted. Whoever cannot ask its backend so may ignore it: the answer is checked.
    pub if_match: Option<&'a str>,
}

/// The facts of a client's request that a signed URL may depend on.
#[derive(Clone, Debug, Default)]
pub struct RedirectRequest {
    /// The client's HTTP method.
    pub method: String,
    /// `http` or `https`.
    pub scheme: Option<String>,
    /// The name that the client asked.
    pub host: Option<String>,
    /// The client's address.
    pub client_ip: Option<String>,
    /// Headers of its request.
    pub headers: std::collections::BTreeMap<String, String>,
}

/// Where a client can fetch an object. A credential: it belongs in no log.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// The URL.
    pub url: String,
    /// When it ends, in milliseconds of Unix time.
    pub expires_at: Option<i64>,
}

/// The file that an object is.
#[derive(Clone, Debug)]
pub struct LocalFile {
    /// The place of the file.
    pub place: LocalPlace,
    /// In bytes.
    pub size: u64,
    /// In milliseconds of Unix time.
    pub mod_time: i64,
    /// See [`FileInfo::version`].
    pub version: Option<String>,
}

/// A file of this machine, and what tells it from another one of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPlace {
    /// Below one of [`Capabilities::local_roots`].
    pub path: PathBuf,
    /// Device number.
    pub dev: u64,
    /// Inode number.
    pub ino: u64,
}

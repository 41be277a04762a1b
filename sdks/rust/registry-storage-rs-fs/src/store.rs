//! What every operation works on, and the ways in which content gets its name.

use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use outrigger_storage::{FileInfo, LocalFile, LocalPlace, StorePath};
use rustix::fs::{AtFlags, Mode, OFlags, Stat, fstat, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

use crate::config::Config;
use crate::directories::Directories;
use crate::entries::Entries;
use crate::errors::{Access, Failure};
use crate::names::{require_open, temporary_for};
use crate::root::{FILE_MODE, Root, is_directory, is_file, parent_of};

pub(crate) struct Store {
    pub root: Root,
    pub directories: Directories,
    pub entries: Entries,
    /// False: nothing is synced.
    pub durable: bool,
}

impl Store {
    pub(crate) fn open(config: &Config) -> io::Result<Self> {
        let root = Root::open(&config.root_directory, config.durable)?;
        let directories = Directories::new(config.durable);
        Ok(Self { root, directories, entries: Entries::default(), durable: config.durable })
    }

    /// What is at a path, if it is a regular file or a directory.
    pub(crate) fn inspect(&self, path: StorePath<'_>) -> Result<Stat, Failure> {
        require_open(path.as_str())?;
        let stat = if path.is_root() {
            fstat(&self.root)?
        } else {
            statat(self.root.parent(path)?, path.name(), AtFlags::SYMLINK_NOFOLLOW)?
        };
        if is_file(&stat) || is_directory(&stat) {
            return Ok(stat);
        }
        Err(Failure::Foreign("it is not a file or directory"))
    }

    /// Opens a regular file that exists.
    pub(crate) fn open_file(&self, path: StorePath<'_>, flags: OFlags) -> Result<(File, Stat), Failure> {
        require_open(path.as_str())?;
        regular(self.root.open_at(path.relative(), flags | OFlags::NONBLOCK)?)
    }

    /// Makes a temporary file beside the final place, fills it, and gives it its name: a reader, and everybody after a
    /// crash, finds the old content or the new. `fill` may run again when the directory vanishes meanwhile.
    pub(crate) fn replace(
        &self,
        path: StorePath<'_>,
        fill: impl Fn(&mut File) -> io::Result<()>,
    ) -> Result<(), Failure> {
        require_open(path.as_str())?;
        self.directories.with_parent(&self.root, path, |parent| {
            let (mut file, _, name) = create_temporary(parent, path.name())?;
            let filled = fill(&mut file).and_then(|()| self.sync_content(&file)).map_err(Failure::from);
            filled.and_then(|()| self.publish(parent, &name, path)).inspect_err(|_| remove(parent, &name))
        })
    }

    /// Gives a file the name that it is for, durably. The directory goes by its descriptor: somebody may move it meanwhile.
    pub(crate) fn publish(
        &self,
        parent: BorrowedFd<'_>,
        temporary: &str,
        path: StorePath<'_>,
    ) -> Result<(), Failure> {
        renameat(parent, temporary, parent, path.name())?;
        Ok(self.directories.sync_held(&self.root, parent_of(path.relative()), parent)?)
    }

    /// An fsync that fails is never repeated: the kernel reports a lost page once, and a second fsync would succeed over a
    /// hole.
    pub(crate) fn sync_content(&self, file: &File) -> io::Result<()> {
        if self.durable { file.sync_all() } else { Ok(()) }
    }

    /// Renames a file or a directory; a file at the destination is replaced atomically.
    pub(crate) fn rename(
        &self,
        source: StorePath<'_>,
        destination: StorePath<'_>,
    ) -> outrigger_storage::Result<()> {
        let of_source = |failure: Failure| failure.at(source.as_str(), Access::Read);
        let of_destination = |failure: Failure| failure.at(destination.as_str(), Access::Write);
        let stat = self.inspect(source).map_err(of_source)?;
        require_open(destination.as_str()).map_err(of_destination)?;
        if destination.is_below(source) {
            return Err(of_destination(Failure::Foreign("it lies below the source")));
        }
        let moving = self.directories.with_parent(&self.root, destination, |to| {
            // Absent is the source, or the directory of the destination: this tells which.
            self.inspect(source).map_err(|failure| Failure::Storage(of_source(failure)))?;
            Ok(renameat(self.root.parent(source)?, source.name(), to, destination.name())?)
        });
        moving.map_err(of_destination)?;
        if is_directory(&stat) {
            self.directories.moved(source.relative(), destination.relative());
        }
        let sync = |path: StorePath<'_>| {
            self.directories.sync(&self.root, parent_of(path.relative())).map_err(Failure::from)
        };
        sync(destination).and_then(|()| sync(source)).map_err(of_destination)
    }

    pub(crate) fn local_file(&self, path: StorePath<'_>) -> Result<LocalFile, Failure> {
        let stat = self.inspect(path)?;
        if !is_file(&stat) {
            return Err(Failure::Foreign("it is not a regular file"));
        }
        let place = self.place(path.relative(), &stat);
        Ok(LocalFile {
            place,
            size: size_of(&stat),
            mod_time: mod_time_of(&stat),
            version: Some(version_of(&stat)),
        })
    }

    #[expect(clippy::unnecessary_cast, reason = "the types differ from system to system")]
    pub(crate) fn place(&self, relative: &str, stat: &Stat) -> LocalPlace {
        LocalPlace { path: self.root.local(relative), dev: stat.st_dev as u64, ino: stat.st_ino as u64 }
    }
}

/// A descriptor of a regular file; of anything else there is no content.
pub(crate) fn regular(fd: OwnedFd) -> Result<(File, Stat), Failure> {
    let stat = fstat(&fd)?;
    if is_file(&stat) {
        Ok((File::from(fd), stat))
    } else {
        Err(Failure::Foreign("it is not a regular file"))
    }
}

/// A new file beside `name`, under a name that nobody sees.
pub(crate) fn create_temporary(parent: BorrowedFd<'_>, name: &str) -> Result<(File, Stat, String), Failure> {
    let temporary = temporary_for(name)?;
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let (file, stat) = regular(openat(parent, &temporary, flags, Mode::from_raw_mode(FILE_MODE))?)?;
    Ok((file, stat, temporary))
}

pub(crate) fn remove(parent: BorrowedFd<'_>, name: &str) {
    // The error that led here is the one to tell.
    let _ = unlinkat(parent, name, AtFlags::empty());
}

pub(crate) fn info_of(path: String, stat: &Stat) -> FileInfo {
    let is_dir = is_directory(stat);
    let (size, version) = if is_dir { (0, None) } else { (size_of(stat), Some(version_of(stat))) };
    FileInfo { path, size, mod_time: mod_time_of(stat), is_dir, version }
}

pub(crate) fn size_of(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

/// Every replacement of content makes a new file, and writing in place changes size or time; only two changes of one size
/// within a tick of the kernel's clock could look alike.
pub(crate) fn version_of(stat: &Stat) -> String {
    format!("{}-{}-{}{:09}", stat.st_ino, stat.st_size, stat.st_mtime, stat.st_mtime_nsec)
}

#[expect(
    clippy::unnecessary_cast,
    clippy::cast_possible_wrap,
    reason = "the types differ from system to system"
)]
pub(crate) fn mod_time_of(stat: &Stat) -> i64 {
    stat.st_mtime as i64 * 1000 + stat.st_mtime_nsec as i64 / 1_000_000
}

/// Whether an error says that something is not there (any more).
pub(crate) fn is_absent(errno: Errno) -> bool {
    matches!(errno, Errno::NOENT | Errno::NOTDIR | Errno::LOOP)
}

//! What is in a directory.

use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use outrigger_storage::is_legal_name;
use rustix::fs::{AtFlags, Dir, FileType, OFlags, fstat, statat};
use rustix::io::Errno;

use crate::names::is_temporary;
use crate::root::Root;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub name: String,
    pub is_dir: bool,
}

/// Coarser than the clock of any file system in use: a directory that changed later than this may change unseen.
const CLOCK_TICK: Duration = Duration::from_secs(2);
const MAX_SNAPSHOTS: usize = 4;
const PAGE: usize = 1000;

/// Reads directories. Those of more than a page are remembered, a few of them, so that listing one page by page does not
/// read it again for each page. A snapshot holds while the directory's own inode and time of change are the same, and is
/// only taken of a directory that did not change lately.
#[derive(Default)]
pub(crate) struct Entries {
    snapshots: Mutex<Vec<Snapshot>>,
}

struct Snapshot {
    stamp: Stamp,
    entries: Arc<[Entry]>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    dev: u64,
    ino: u64,
    seconds: i64,
    nanoseconds: u64,
}

impl Entries {
    /// Those that are legal parts of a path, in ascending order of their names.
    pub(crate) fn read(&self, root: &Root, directory: &str) -> Result<Arc<[Entry]>, Errno> {
        let fd = root.open_at(directory, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let stamp = stamp_of(&fd)?;
        let known = self.lock().iter().find(|each| each.stamp == stamp).map(|each| Arc::clone(&each.entries));
        if let Some(entries) = known {
            return Ok(entries);
        }
        let start = SystemTime::now();
        let entries: Arc<[Entry]> = read_entries(Dir::read_from(&fd)?, &fd)?.into();
        if entries.len() > PAGE && is_settled(stamp, start) {
            let mut snapshots = self.lock();
            if snapshots.len() >= MAX_SNAPSHOTS {
                snapshots.remove(0);
            }
            snapshots.push(Snapshot { stamp, entries: Arc::clone(&entries) });
        }
        Ok(entries)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Snapshot>> {
        self.snapshots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_entries(directory: Dir, fd: impl AsFd) -> Result<Vec<Entry>, Errno> {
    let mut entries = Vec::new();
    for entry in directory {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        if matches!(name, "." | "..") || !is_legal_name(name) || is_temporary(name) {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Unknown => match statat(&fd, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                Err(Errno::NOENT) => continue,
                Err(error) => return Err(error),
            },
            kind => kind,
        };
        if matches!(kind, FileType::Directory | FileType::RegularFile) {
            entries.push(Entry { name: name.to_owned(), is_dir: kind == FileType::Directory });
        }
    }
    entries.sort_unstable();
    Ok(entries)
}

/// Index of the first entry whose name is greater.
pub(crate) fn index_after(entries: &[Entry], name: &str) -> usize {
    entries.partition_point(|entry| entry.name.as_str() <= name)
}

#[allow(clippy::unnecessary_cast, clippy::cast_sign_loss, reason = "the types differ from system to system")]
fn stamp_of(fd: impl AsFd) -> Result<Stamp, Errno> {
    let stat = fstat(fd)?;
    Ok(Stamp {
        dev: stat.st_dev as u64,
        ino: stat.st_ino as u64,
        seconds: stat.st_ctime as i64,
        nanoseconds: stat.st_ctime_nsec as u64,
    })
}

fn is_settled(stamp: Stamp, now: SystemTime) -> bool {
    let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(stamp.seconds.try_into().unwrap_or(0));
    now.duration_since(changed).is_ok_and(|age| age > CLOCK_TICK)
}

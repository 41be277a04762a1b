//! Directories that are made, and which names are not on disk yet.

use std::collections::{HashMap, HashSet};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use outrigger_storage::{ErrorCode, StorageError, StorePath, is_below};
use rustix::fs::{Mode, OFlags, fsync, mkdirat, openat};
use rustix::io::Errno;

use crate::errors::Failure;
use crate::root::{DIRECTORY_MODE, Root, parent_of};

/// Makes directories, and syncs those that hold new names. Directories go by their relative paths.
pub(crate) struct Directories {
    durable: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Directories in which a directory was made and not synced yet, with the number of the latest change. Whoever commits
    /// below one of them syncs it, also when another call made it: without that the second of two parallel puts could be
    /// acknowledged before its parents are on disk.
    unsynced: HashMap<String, u64>,
    /// Directories that were synced once. A process that was killed may have left new ones in the others: whoever finds them
    /// there would not make them again, and so not sync them.
    settled: HashSet<String>,
    changes: u64,
}

const MAX_ATTEMPTS: usize = 10;
const MAX_SETTLED: usize = 4096;
const TO_SYNC: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Directories {
    pub(crate) fn new(durable: bool) -> Self {
        Self { durable, state: Mutex::default() }
    }

    /// Runs `attempt` with the directory that the path lies in. When that is absent, makes it and tries again; a few times:
    /// somebody may delete it meanwhile.
    pub(crate) fn with_parent<T>(
        &self,
        root: &Root,
        path: StorePath<'_>,
        mut attempt: impl FnMut(BorrowedFd<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        for _ in 0..MAX_ATTEMPTS {
            match root.parent(path).map_err(Failure::from).and_then(|parent| attempt(parent.as_fd())) {
                Err(Failure::System(Errno::NOENT)) => match self.make(root, parent_of(path.relative())) {
                    // Somebody moves or deletes one above it.
                    Ok(_) | Err(Errno::NOENT) => {}
                    Err(error) => return Err(error.into()),
                },
                done => return done,
            }
        }
        Err(StorageError::new(ErrorCode::Unavailable, "the directory is deleted again and again").into())
    }

    fn make(&self, root: &Root, relative: &str) -> Result<OwnedFd, Errno> {
        let (parent, name) = relative.rsplit_once('/').unwrap_or(("", relative));
        let above = match root.step(parent) {
            Err(Errno::NOENT) if !parent.is_empty() => self.make(root, parent)?,
            above => above?,
        };
        if name.is_empty() {
            return Ok(above);
        }
        self.changed(parent);
        match mkdirat(&above, name, Mode::from_raw_mode(DIRECTORY_MODE)) {
            // Again: somebody may have synced the parent before the directory was in it.
            Ok(()) => self.changed(parent),
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
        root.step(relative)
    }

    /// Makes the names in a directory durable, and those of every directory above it that may not be.
    pub(crate) fn sync(&self, root: &Root, directory: &str) -> Result<(), Errno> {
        self.sync_from(root, directory, || root.open_at(directory, TO_SYNC))
    }

    /// As [`Directories::sync`] of a directory that is held by its descriptor: it may have another name by now.
    pub(crate) fn sync_held(&self, root: &Root, directory: &str, held: BorrowedFd<'_>) -> Result<(), Errno> {
        self.sync_from(root, directory, || openat(held, ".", TO_SYNC, Mode::empty()))
    }

    fn sync_from(
        &self,
        root: &Root,
        directory: &str,
        open: impl FnOnce() -> Result<OwnedFd, Errno>,
    ) -> Result<(), Errno> {
        if !self.durable {
            return Ok(());
        }
        self.sync_one(directory, open)?;
        let mut above = directory;
        while !above.is_empty() {
            above = parent_of(above);
            let state = self.lock();
            let needs = state.unsynced.contains_key(above) || !state.settled.contains(above);
            drop(state);
            if needs {
                self.sync_one(above, || root.open_at(above, TO_SYNC))?;
            }
        }
        Ok(())
    }

    fn sync_one(&self, directory: &str, open: impl FnOnce() -> Result<OwnedFd, Errno>) -> Result<(), Errno> {
        let change = self.lock().unsynced.get(directory).copied();
        match open().and_then(fsync) {
            // A directory that is gone has nothing to sync; the others come from file systems that know no such thing.
            Ok(()) | Err(Errno::NOENT | Errno::INVAL | Errno::NOTSUP) => {}
            Err(error) => return Err(error),
        }
        let mut state = self.lock();
        if state.unsynced.get(directory).copied() == change {
            state.unsynced.remove(directory);
        }
        if state.settled.len() >= MAX_SETTLED {
            state.settled.clear();
        }
        state.settled.insert(directory.to_owned());
        Ok(())
    }

    fn changed(&self, directory: &str) {
        if self.durable {
            self.lock().note(directory.to_owned());
        }
    }

    /// A directory was renamed: what is not on disk of it is not on disk there.
    pub(crate) fn moved(&self, source: &str, destination: &str) {
        let mut state = self.lock();
        let names: Vec<_> =
            state.unsynced.keys().filter(|each| is_at_or_below(each, source)).cloned().collect();
        for name in names {
            state.unsynced.remove(&name);
            state.note(format!("{destination}{}", &name[source.len()..]));
        }
        // These are synced once more where they are now.
        state.settled.retain(|each| !is_at_or_below(each, source));
    }

    pub(crate) fn deleted(&self, directory: &str) {
        let mut state = self.lock();
        state.unsynced.retain(|each, _| !is_at_or_below(each, directory));
        state.settled.retain(|each| !is_at_or_below(each, directory));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn note(&mut self, directory: String) {
        self.changes += 1;
        self.unsynced.insert(directory, self.changes);
    }
}

fn is_at_or_below(relative: &str, directory: &str) -> bool {
    relative == directory || is_below(relative, directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use outrigger_storage_testing::Scratch;

    #[test]
    fn remembers_what_is_not_on_disk_until_somebody_syncs_it() {
        let temporary = Scratch::new("directories");
        let root = Root::open(&temporary.path, true).unwrap();
        let directories = Directories::new(true);
        directories.make(&root, "a/b/c").unwrap();
        let unsynced = |directories: &Directories| {
            let mut names: Vec<_> = directories.lock().unsynced.keys().cloned().collect();
            names.sort();
            names
        };
        assert_eq!(unsynced(&directories), ["", "a", "a/b"]);
        directories.moved("a", "z");
        assert_eq!(unsynced(&directories), ["", "z", "z/b"]);
        directories.sync(&root, "").unwrap();
        assert_eq!(unsynced(&directories), ["z", "z/b"]);
        directories.deleted("z");
        assert!(unsynced(&directories).is_empty());
    }

    #[test]
    fn a_directory_that_is_held_is_synced_whatever_it_is_called_by_then() {
        let temporary = Scratch::new("held-directory");
        let root = Root::open(&temporary.path, true).unwrap();
        let directories = Directories::new(true);
        let held = directories.make(&root, "a/b").unwrap();
        std::fs::rename(temporary.path.join("a"), temporary.path.join("z")).unwrap();
        directories.sync_held(&root, "a/b", held.as_fd()).unwrap();
        std::fs::remove_dir_all(temporary.path.join("z")).unwrap();
        directories.sync_held(&root, "a/b", held.as_fd()).unwrap();
    }
}

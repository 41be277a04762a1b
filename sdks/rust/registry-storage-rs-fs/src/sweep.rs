//! Temporary files that killed processes have left.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, Dir, FileType, statat, unlinkat};
use rustix::io::Errno;

use crate::names::is_temporary;
use crate::root::open_child;
use crate::store::Store;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Not while a registry starts: a large store takes a while.
const FIRST_AFTER: Duration = Duration::from_secs(600);

/// Removes, now and then, what this driver or Distribution left behind: nobody sees it, so nobody else can. What was
/// written to within a day may still be in use.
pub(crate) fn sweep_regularly(store: &Arc<Store>) {
    let store: Weak<Store> = Arc::downgrade(store);
    let sweep = move || {
        let mut pause = FIRST_AFTER;
        loop {
            thread::sleep(pause);
            let Some(store) = store.upgrade() else { return };
            // The next time may do better.
            let _ = sweep_directory(store.root.as_fd(), DAY);
            pause = DAY;
        }
    };
    // Without the thread the files stay, and do no harm.
    let _ = thread::Builder::new().name("sweep".into()).spawn(sweep);
}

/// Links are not followed. Answers how many files were removed.
fn sweep_directory(directory: BorrowedFd<'_>, older_than: Duration) -> Result<usize, Errno> {
    let mut removed = 0;
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        if matches!(name, "." | "..") {
            continue;
        }
        if entry.file_type() == FileType::Directory {
            // A directory that vanishes has nothing to sweep.
            let Ok(below) = open_child(directory, name) else { continue };
            removed += sweep_directory(below.as_fd(), older_than)?;
        } else if is_temporary(name) && is_old(directory, name, older_than) {
            removed += usize::from(unlinkat(directory, name, AtFlags::empty()).is_ok());
        }
    }
    Ok(removed)
}

fn is_old(directory: BorrowedFd<'_>, name: &str, older_than: Duration) -> bool {
    let Ok(stat) = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) else { return false };
    let seconds = u64::try_from(stat.st_mtime).unwrap_or(0);
    let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    SystemTime::now().duration_since(changed).is_ok_and(|age| age >= older_than)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root::Root;
    use outrigger_storage_testing::Scratch;
    use std::fs;

    #[test]
    fn removes_what_is_temporary_and_old_and_nothing_else() {
        let temporary = Scratch::new("sweep");
        let deep = temporary.path.join("a/b");
        fs::create_dir_all(&deep).unwrap();
        for name in ["data", "data.0af76519-16cd-43dd-8448-eb211c80319c.tmp", "x.tmp"] {
            fs::write(deep.join(name), "x").unwrap();
        }
        let root = Root::open(&temporary.path, false).unwrap();
        assert_eq!(sweep_directory(root.as_fd(), DAY), Ok(0));
        assert_eq!(sweep_directory(root.as_fd(), Duration::ZERO), Ok(1));
        assert!(deep.join("data").exists() && deep.join("x.tmp").exists());
    }
}

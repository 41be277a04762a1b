//! Trees that are removed.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{AtFlags, Dir, FileType, unlinkat};
use rustix::io::Errno;

use crate::root::open_child;

const MAX_ATTEMPTS: usize = 4;

/// Removes a directory with all below it. Links in it are removed and never followed.
pub(crate) fn remove_tree(parent: BorrowedFd<'_>, name: &str) -> Result<(), Errno> {
    for attempt in 1.. {
        remove_content(parent, name)?;
        match unlinkat(parent, name, AtFlags::REMOVEDIR) {
            // Somebody puts files into it meanwhile.
            Err(Errno::NOTEMPTY | Errno::EXIST) if attempt < MAX_ATTEMPTS => {}
            done => return if_there(done),
        }
    }
    Ok(())
}

fn remove_content(parent: BorrowedFd<'_>, name: &str) -> Result<(), Errno> {
    let fd = match open_child(parent, name) {
        Err(Errno::NOENT) => return Ok(()),
        fd => fd?,
    };
    for entry in Dir::read_from(&fd)? {
        let entry = entry?;
        let Ok(child) = entry.file_name().to_str() else {
            if_there(unlinkat(&fd, entry.file_name(), AtFlags::empty()))?;
            continue;
        };
        if matches!(child, "." | "..") {
            continue;
        }
        if entry.file_type() == FileType::Directory {
            remove_tree(fd.as_fd(), child)?;
            continue;
        }
        match unlinkat(&fd, child, AtFlags::empty()) {
            // A file system that does not tell what an entry is.
            Err(Errno::ISDIR | Errno::PERM) => remove_tree(fd.as_fd(), child)?,
            done => if_there(done)?,
        }
    }
    Ok(())
}

fn if_there(done: Result<(), Errno>) -> Result<(), Errno> {
    if done == Err(Errno::NOENT) { Ok(()) } else { done }
}

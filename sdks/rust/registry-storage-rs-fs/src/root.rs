//! The directory that holds everything, and the promise that nothing outside of it is touched.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, RawMode, Stat, openat};
use rustix::io::Errno;

use outrigger_storage::StorePath;

/// Every name is resolved by the kernel from the root's own descriptor, beneath it and through no symbolic link, so that
/// nobody who may write into the store can lead the driver out of it by a race.
pub(crate) struct Root {
    /// Absolute, without symbolic links.
    pub path: PathBuf,
    fd: OwnedFd,
}

pub(crate) const FILE_MODE: RawMode = 0o640;
pub(crate) const DIRECTORY_MODE: u32 = 0o750;

impl Root {
    /// Makes the root if it is missing, and resolves it.
    pub(crate) fn open(directory: &Path, durable: bool) -> io::Result<Self> {
        let wanted = std::path::absolute(directory)?;
        let made = wanted.ancestors().take_while(|each| !each.exists()).count();
        DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(&wanted)?;
        if durable {
            for parent in wanted.ancestors().skip(1).take(made) {
                fs::File::open(parent)?.sync_all()?;
            }
        }
        let path = fs::canonicalize(&wanted)?;
        let fd = openat(CWD, &path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { path, fd })
    }

    /// Opens what is at a relative path. A FIFO does not block it.
    pub(crate) fn open_at(&self, relative: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        resolve(self.fd.as_fd(), if relative.is_empty() { "." } else { relative }, flags)
    }

    /// The directory that a path lies in, for calls that take a name in it.
    pub(crate) fn parent(&self, path: StorePath<'_>) -> Result<OwnedFd, Errno> {
        self.step(parent_of(path.relative()))
    }

    /// A directory on the way to another, or to what is in it.
    pub(crate) fn step(&self, relative: &str) -> Result<OwnedFd, Errno> {
        self.open_at(relative, OFlags::PATH | OFlags::DIRECTORY)
    }

    /// For those that the host is to open.
    pub(crate) fn local(&self, relative: &str) -> PathBuf {
        self.path.join(relative)
    }
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// A directory below another, to read what is in it. No link is followed.
pub(crate) fn open_child(parent: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(parent, name, flags, Mode::empty())
}

/// The part before the last slash; empty for the root.
pub(crate) fn parent_of(relative: &str) -> &str {
    relative.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The relative path of a child; that of the root is empty.
pub(crate) fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

pub(crate) fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

pub(crate) fn is_directory(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

#[cfg(target_os = "linux")]
fn resolve(root: BorrowedFd<'_>, relative: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    use rustix::fs::{ResolveFlags, openat2};
    let how = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    loop {
        let mode =
            if flags.contains(OFlags::CREATE) { Mode::from_raw_mode(FILE_MODE) } else { Mode::empty() };
        match openat2(root, relative, flags, mode, how) {
            // Somebody renames on the way.
            Err(Errno::AGAIN) => {}
            // A kernel, or the sandbox of a container, that does not know the call.
            Err(Errno::NOSYS | Errno::PERM) => return step_by_step(root, relative, flags),
            opened => return opened,
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn resolve(root: BorrowedFd<'_>, relative: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    step_by_step(root, relative, flags)
}

/// Each directory from the one before, none of them through a link.
fn step_by_step(root: BorrowedFd<'_>, relative: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    const STEP: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
    let mut above: Option<OwnedFd> = None;
    let (parents, last) = relative.rsplit_once('/').unwrap_or(("", relative));
    for part in parents.split('/').filter(|part| !part.is_empty()) {
        above = Some(openat(above.as_ref().map_or(root, AsFd::as_fd), part, STEP, Mode::empty())?);
    }
    openat(above.as_ref().map_or(root, AsFd::as_fd), last, flags, Mode::from_raw_mode(FILE_MODE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use outrigger_storage_testing::Scratch;
    use std::os::unix::fs::symlink;

    #[test]
    fn no_way_leads_through_a_link() {
        let temporary = Scratch::new("links");
        fs::create_dir_all(temporary.path.join("root/inside")).unwrap();
        fs::write(temporary.path.join("secret"), "x").unwrap();
        symlink("..", temporary.path.join("root/out")).unwrap();
        symlink("inside", temporary.path.join("root/in")).unwrap();
        let root = Root::open(&temporary.path.join("root"), true).unwrap();
        for relative in ["out", "out/secret", "in", "in/x"] {
            let read = OFlags::RDONLY | OFlags::NOFOLLOW;
            assert!(matches!(root.open_at(relative, read), Err(Errno::LOOP)), "{relative}");
            assert!(step_by_step(root.as_fd(), relative, read).is_err(), "{relative}");
        }
        assert!(root.open_at("inside", OFlags::RDONLY).is_ok());
        assert!(step_by_step(root.as_fd(), "inside", OFlags::RDONLY).is_ok());
    }
}

//! The file that shows the host whether both see the same file system.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::driver::LocalPlace;
use crate::wire::is_exact;

/// Removed when it is dropped.
pub(super) struct Probe {
    pub place: LocalPlace,
}

impl Probe {
    /// Writes the nonce into a file below a root. Its name has a character that no path of a store has. `None` where nothing
    /// can be written: such a store has no plane `file`.
    pub(super) fn leave(root: &Path, nonce: &str) -> Option<Self> {
        let is_nonce = (1..=64).contains(&nonce.len())
            && nonce.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_nonce {
            return None;
        }
        let path = root.join(format!("~probe-{nonce}"));
        let (dev, ino) = write(&path, nonce).ok()?;
        let probe = Self { place: LocalPlace { path, dev, ino } };
        // One that JSON cannot carry shows nothing.
        Some(probe).filter(|probe| is_exact(&probe.place))
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        remove(&self.place.path);
    }
}

fn write(path: &PathBuf, nonce: &str) -> io::Result<(u64, u64)> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o640).open(path)?;
    let written = file.write_all(nonce.as_bytes()).and_then(|()| file.metadata());
    if written.is_err() {
        remove(path);
    }
    written.map(|found| (found.dev(), found.ino()))
}

fn remove(path: &Path) {
    // Somebody else may have swept it away.
    let _ = fs::remove_file(path);
}

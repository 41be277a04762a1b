//! Content that comes piece by piece.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use outrigger_storage::{
    ErrorCode, LocalPlace, Result, StorageError, StorePath, Writer, WriterMode, WriterOptions,
};
use rustix::fs::{OFlags, Stat, fstatvfs};

use crate::early_sync::EarlySync;
use crate::errors::{Access, Failure};
use crate::names::require_open;
use crate::root::{join, parent_of};
use crate::store::{Store, create_temporary, regular, remove, size_of};

/// `Truncate` and `Append` write in place, as Distribution does, so that either registry continues the other's uploads:
/// what is at the path is cut or grows at once, and a reader of it sees that. Only `Isolated` replaces content atomically.
pub(crate) struct FileWriter {
    store: Arc<Store>,
    path: String,
    file: File,
    /// What is written to, where that is not the path itself: a name beside it.
    temporary: Option<String>,
    place: LocalPlace,
    size: u64,
    early: EarlySync,
    /// Its content cannot be vouched for any more.
    broken: bool,
}

/// Less is written and refused as quickly as the free space is asked for.
const WORTH_A_LOOK: u64 = 16 * 1024 * 1024;

pub(crate) fn open_writer(
    store: &Arc<Store>,
    path: StorePath<'_>,
    options: &WriterOptions,
) -> Result<FileWriter> {
    let access = if options.mode == WriterMode::Append { Access::Read } else { Access::Write };
    let opened = require_open(path.as_str()).and_then(|()| {
        let needed = options.expected_size.filter(|_| options.mode != WriterMode::Append).unwrap_or(0);
        check_space(store, path, needed)?;
        open(store, path, options.mode)
    });
    let (file, stat, temporary) = opened.map_err(|failure| failure.at(path.as_str(), access))?;
    let size = if options.mode == WriterMode::Append { size_of(&stat) } else { 0 };
    let relative = match &temporary {
        Some(name) => join(parent_of(path.relative()), name),
        None => path.relative().to_owned(),
    };
    Ok(FileWriter {
        place: store.place(&relative, &stat),
        early: EarlySync::new(store.durable),
        store: Arc::clone(store),
        path: path.as_str().to_owned(),
        file,
        temporary,
        size,
        broken: false,
    })
}

type Opened = (File, Stat, Option<String>);

fn open(store: &Store, path: StorePath<'_>, mode: WriterMode) -> Result<Opened, Failure> {
    match mode {
        WriterMode::Append => {
            let (file, stat) = store.open_file(path, OFlags::WRONLY)?;
            Ok((file, stat, None))
        }
        WriterMode::Isolated => store.directories.with_parent(&store.root, path, |parent| {
            let (file, stat, name) = create_temporary(parent, path.name())?;
            Ok((file, stat, Some(name)))
        }),
        WriterMode::Truncate => {
            // Nothing is cut before the file is known to be ours.
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NONBLOCK;
            let (file, stat) = store
                .directories
                .with_parent(&store.root, path, |_| regular(store.root.open_at(path.relative(), flags)?))?;
            if stat.st_size > 0 {
                file.set_len(0)?;
            }
            Ok((file, stat, None))
        }
    }
}

/// Early news of a full disk, before anything is made. Only root may use the reserve that `f_bavail` leaves out.
fn check_space(store: &Store, path: StorePath<'_>, needed: u64) -> Result<(), Failure> {
    if needed < WORTH_A_LOOK {
        return Ok(());
    }
    let found = fstatvfs(&store.root)?;
    let blocks = if rustix::process::geteuid().is_root() { found.f_bfree } else { found.f_bavail };
    if found.f_blocks == 0 || needed <= blocks.saturating_mul(found.f_frsize) {
        return Ok(());
    }
    let message = format!("no space left for {needed} bytes: {path}");
    Err(StorageError::new(ErrorCode::QuotaExceeded, message).with_path(path.as_str()).into())
}

impl FileWriter {
    fn at<T>(&self, done: Result<T, Failure>) -> Result<T> {
        done.map_err(|failure| failure.at(&self.path, Access::Write))
    }

    fn checked_path(&self) -> Result<StorePath<'_>> {
        StorePath::parse(&self.path)
    }

    fn require_whole(&self) -> Result<()> {
        if self.broken {
            let message = format!("a sync of its content failed: {}", self.path);
            return Err(StorageError::new(ErrorCode::Unavailable, message).with_path(&self.path));
        }
        Ok(())
    }

    /// The content, cut at the writer's size and on disk. Whoever writes to the file directly may have written more than it
    /// told, when it was stopped half-way; never less. What was not synced nobody can vouch for: it goes.
    fn finish(&mut self) -> Result<()> {
        self.require_whole()?;
        let cut = self.cut_at_size();
        let synced = self.early.settle().and(cut).and_then(|()| self.store.sync_content(&self.file));
        if let Err(error) = synced {
            self.broken = true;
            self.remove_file();
            return self.at(Err(error.into()));
        }
        Ok(())
    }

    fn cut_at_size(&self) -> io::Result<()> {
        let found = self.file.metadata()?.len();
        if found < self.size {
            return Err(rustix::io::Errno::IO.into());
        }
        if found > self.size { self.file.set_len(self.size) } else { Ok(()) }
    }

    fn remove_file(&self) {
        let Ok(path) = self.checked_path() else { return };
        if let Ok(parent) = self.store.root.parent(path) {
            remove(parent.as_fd(), self.temporary.as_deref().unwrap_or(path.name()));
        }
    }

    fn publish(&self, temporary: &str) -> Result<(), Failure> {
        let path = self.checked_path()?;
        let parent = self.store.root.parent(path)?;
        self.store.publish(parent.as_fd(), temporary, path)
    }

    fn sync_name(&self) -> Result<()> {
        let parent = parent_of(self.checked_path()?.relative());
        self.at(self.store.directories.sync(&self.store.root, parent).map_err(Failure::from))
    }
}

impl Writer for FileWriter {
    fn size(&self) -> u64 {
        self.size
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.require_whole()?;
        if let Err(error) = self.file.write_all_at(bytes, self.size) {
            // What was not taken must not be found by an append.
            let _ = self.file.set_len(self.size);
            return self.at(Err(error.into()));
        }
        self.accept(bytes.len() as u64)
    }

    fn commit(&mut self, to: Option<StorePath<'_>>) -> Result<()> {
        if let Some(to) = to {
            require_open(to.as_str()).map_err(|failure| failure.at(to.as_str(), Access::Write))?;
        }
        self.finish()?;
        match (&self.temporary, to) {
            (Some(temporary), _) => self.at(self.publish(temporary)),
            (None, Some(to)) if to.as_str() != self.path => self.store.rename(self.checked_path()?, to),
            (None, _) => self.sync_name(),
        }
    }

    fn close(&mut self) -> Result<()> {
        if self.temporary.is_some() {
            return self.cancel();
        }
        self.finish()?;
        self.sync_name()
    }

    fn cancel(&mut self) -> Result<()> {
        // What a sync has to say no longer matters.
        let _ = self.early.settle();
        self.remove_file();
        Ok(())
    }

    fn local(&self) -> Option<&LocalPlace> {
        Some(&self.place)
    }

    fn accept(&mut self, count: u64) -> Result<()> {
        self.size += count;
        self.early.note(&self.file, count);
        Ok(())
    }
}

//! The operations.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::Arc;

use outrigger_storage::{
    Body, Call, Capabilities, Content, FileInfo, ListEntry, ListOptions, ListPage, LocalFile, ReadOptions,
    Result, StorageDriver, StorageError, StorePath, WalkOptions, WalkPage, Writer, WriterOptions,
};
use rustix::fs::{AtFlags, OFlags, unlinkat};
use rustix::io::Errno;

use crate::config::capabilities;
use crate::entries::index_after;
use crate::errors::{Access, Failure};
use crate::names::require_open;
use crate::root::{is_directory, parent_of};
use crate::store::{Store, info_of, mod_time_of, size_of, version_of};
use crate::sweep::sweep_regularly;
use crate::tree::remove_tree;
use crate::walk::walk_page;
use crate::writer::open_writer;

pub(crate) struct FilesystemDriver {
    store: Arc<Store>,
    threads: usize,
}

impl FilesystemDriver {
    pub(crate) fn new(store: Store, threads: usize) -> Self {
        let store = Arc::new(store);
        sweep_regularly(&store);
        Self { store, threads }
    }
}

fn looking(path: StorePath<'_>) -> impl Fn(Failure) -> StorageError {
    move |failure| failure.at(path.as_str(), Access::Read)
}

fn making(path: StorePath<'_>) -> impl Fn(Failure) -> StorageError {
    move |failure| failure.at(path.as_str(), Access::Write)
}

impl StorageDriver for FilesystemDriver {
    fn capabilities(&self) -> Capabilities {
        capabilities(self.store.root.path.clone())
    }

    fn parallel_calls(&self) -> usize {
        self.threads
    }

    fn stat(&self, path: StorePath<'_>, _call: &Call) -> Result<FileInfo> {
        let stat = self.store.inspect(path).map_err(looking(path))?;
        Ok(info_of(path.as_str().to_owned(), &stat))
    }

    fn list(&self, path: StorePath<'_>, options: &ListOptions<'_>, _call: &Call) -> Result<ListPage> {
        let read = require_open(path.as_str())
            .and_then(|()| Ok(self.store.entries.read(&self.store.root, path.relative())?));
        let entries = read.map_err(looking(path))?;
        // The cursor is the last name of the page before, so it holds whatever comes and goes.
        let start = options.cursor.map_or(0, |cursor| index_after(&entries, cursor));
        let end = entries.len().min(start + options.limit);
        let page = &entries[start..end];
        let entry = |name: &str, is_dir| ListEntry {
            path: path.join(name),
            is_dir: Some(is_dir),
            ..ListEntry::default()
        };
        Ok(ListPage {
            entries: page.iter().map(|each| entry(&each.name, each.is_dir)).collect(),
            cursor: page.last().filter(|_| end < entries.len()).map(|last| last.name.clone()),
        })
    }

    fn read(&self, path: StorePath<'_>, _options: &ReadOptions<'_>, _call: &Call) -> Result<Content> {
        let (file, stat) = self.store.open_file(path, OFlags::RDONLY).map_err(looking(path))?;
        Ok(Content {
            size: size_of(&stat),
            mod_time: mod_time_of(&stat),
            version: Some(version_of(&stat)),
            body: Body::File(file),
        })
    }

    fn put(&self, path: StorePath<'_>, content: &[u8], _call: &Call) -> Result<()> {
        self.store.replace(path, |file| file.write_all(content)).map_err(making(path))
    }

    fn writer(&self, path: StorePath<'_>, options: &WriterOptions, _call: &Call) -> Result<Box<dyn Writer>> {
        Ok(Box::new(open_writer(&self.store, path, options)?))
    }

    fn rename(&self, source: StorePath<'_>, destination: StorePath<'_>, _call: &Call) -> Result<()> {
        self.store.rename(source, destination)
    }

    fn delete(&self, path: StorePath<'_>, _call: &Call) -> Result<()> {
        let store = &self.store;
        let delete = || -> Result<(), Failure> {
            let stat = store.inspect(path)?;
            let parent = store.root.parent(path)?;
            if is_directory(&stat) {
                remove_tree(parent.as_fd(), path.name())?;
                store.directories.deleted(path.relative());
            } else {
                unlinkat(&parent, path.name(), AtFlags::empty())?;
            }
            Ok(store.directories.sync(&store.root, parent_of(path.relative()))?)
        };
        delete().map_err(looking(path))
    }

    fn walk(&self, path: StorePath<'_>, options: &WalkOptions<'_>, call: &Call) -> Result<WalkPage> {
        walk_page(&self.store, path, options, call).map_err(looking(path))
    }

    fn copy(&self, source: StorePath<'_>, destination: StorePath<'_>, _call: &Call) -> Result<()> {
        let (from, _) = self.store.open_file(source, OFlags::RDONLY).map_err(looking(source))?;
        let fill = |to: &mut std::fs::File| copy_content(&from, to);
        self.store.replace(destination, fill).map_err(making(destination))
    }

    fn local_file(&self, path: StorePath<'_>, _call: &Call) -> Result<LocalFile> {
        self.store.local_file(path).map_err(looking(path))
    }
}

/// Within the kernel: as a clone that shares its blocks where the file system can.
fn copy_content(from: &std::fs::File, to: &mut std::fs::File) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    match rustix::fs::ioctl_ficlone(&*to, from) {
        Ok(()) => return Ok(()),
        Err(Errno::OPNOTSUPP | Errno::INVAL | Errno::XDEV | Errno::NOTTY | Errno::NOSYS) => {}
        Err(error) => return Err(error.into()),
    }
    let mut source: &std::fs::File = from;
    io::Seek::rewind(&mut source)?;
    io::copy(&mut source, to).map(drop)
}

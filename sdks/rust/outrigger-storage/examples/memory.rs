//! A whole driver that keeps objects in memory: a toy as a store, complete as a driver.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use outrigger_storage::{
    Body, Call, Capabilities, Content, Description, DriverFactory, FileInfo, ListEntry, ListOptions,
    ListPage, Parameters, ReadOptions, Result, StartError, StorageDriver, StorageError, StorePath, Writer,
    WriterMode, WriterOptions, is_below,
};

fn main() -> ExitCode {
    outrigger_storage::serve(Memory)
}

struct Memory;

impl DriverFactory for Memory {
    fn describe(&self) -> Description {
        Description {
            name: "memory-example",
            version: env!("CARGO_PKG_VERSION"),
            parameters: Vec::new(),
            environment: &[],
            capabilities: Capabilities::default(),
        }
    }

    fn create(&self, _parameters: &Parameters) -> Result<Box<dyn StorageDriver>, StartError> {
        Ok(Box::new(MemoryDriver::default()))
    }
}

#[derive(Clone)]
struct Object {
    bytes: Arc<[u8]>,
    mod_time: i64,
}

/// Directories are what the paths of objects imply.
#[derive(Default)]
struct Objects {
    committed: BTreeMap<String, Object>,
    /// Content that was closed without a commit.
    unfinished: BTreeMap<String, Vec<u8>>,
}

impl Objects {
    fn find(&self, path: StorePath<'_>) -> Result<&Object> {
        self.committed.get(path.as_str()).ok_or_else(|| StorageError::path_not_found(path.as_str()))
    }

    fn below(&self, path: StorePath<'_>) -> impl Iterator<Item = (&String, &Object)> {
        self.committed.iter().filter(move |(each, _)| is_below(each, path.as_str()))
    }

    fn info(&self, path: StorePath<'_>) -> Result<FileInfo> {
        let found = |size, mod_time, is_dir| FileInfo {
            path: path.as_str().into(),
            size,
            mod_time,
            is_dir,
            version: None,
        };
        if let Some(object) = self.committed.get(path.as_str()) {
            return Ok(found(object.bytes.len() as u64, object.mod_time, false));
        }
        match self.below(path).map(|(_, object)| object.mod_time).max() {
            Some(mod_time) => Ok(found(0, mod_time, true)),
            None if path.is_root() => Ok(found(0, 0, true)),
            None => Err(StorageError::path_not_found(path.as_str())),
        }
    }

    /// Nothing is below an object, and an object never replaces a directory.
    fn require_place(&self, path: StorePath<'_>) -> Result<()> {
        let is_taken = self.below(path).next().is_some()
            || self.committed.keys().any(|each| is_below(path.as_str(), each));
        if is_taken {
            Err(StorageError::invalid_path(path.as_str(), "a directory and an object cannot be one"))
        } else {
            Ok(())
        }
    }

    fn save(&mut self, path: &str, bytes: &[u8]) {
        self.unfinished.remove(path);
        self.committed.insert(path.to_owned(), Object { bytes: bytes.into(), mod_time: now() });
    }
}

#[derive(Clone, Default)]
struct MemoryDriver {
    objects: Arc<Mutex<Objects>>,
}

impl MemoryDriver {
    fn lock(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageDriver for MemoryDriver {
    fn stat(&self, path: StorePath<'_>, _call: &Call) -> Result<FileInfo> {
        self.lock().info(path)
    }

    fn list(&self, path: StorePath<'_>, options: &ListOptions<'_>, _call: &Call) -> Result<ListPage> {
        let objects = self.lock();
        if !objects.info(path)?.is_dir {
            return Err(StorageError::path_not_found(path.as_str()));
        }
        let start = if path.is_root() { 1 } else { path.as_str().len() + 1 };
        let mut names: Vec<&str> =
            objects.below(path).filter_map(|(each, _)| each[start..].split('/').next()).collect();
        names.sort_unstable();
        names.dedup();
        let mut page =
            names.into_iter().skip_while(|name| options.cursor.is_some_and(|cursor| *name <= cursor));
        let names: Vec<&str> = page.by_ref().take(options.limit).collect();
        let cursor = page.next().and(names.last()).map(|last| (*last).to_owned());
        let entries = names
            .into_iter()
            .map(|name| ListEntry { path: path.join(name), ..ListEntry::default() })
            .collect();
        Ok(ListPage { entries, cursor })
    }

    fn read(&self, path: StorePath<'_>, options: &ReadOptions<'_>, _call: &Call) -> Result<Content> {
        let Object { bytes, mod_time } = self.lock().find(path)?.clone();
        let size = bytes.len() as u64;
        let mut reader = Cursor::new(bytes);
        reader.set_position(options.offset);
        Ok(Content { size, mod_time, version: None, body: Body::Reader(Box::new(reader)) })
    }

    fn put(&self, path: StorePath<'_>, content: &[u8], _call: &Call) -> Result<()> {
        let mut objects = self.lock();
        objects.require_place(path)?;
        objects.save(path.as_str(), content);
        Ok(())
    }

    fn writer(&self, path: StorePath<'_>, options: &WriterOptions, _call: &Call) -> Result<Box<dyn Writer>> {
        let mut objects = self.lock();
        objects.require_place(path)?;
        let unfinished = objects.unfinished.remove(path.as_str());
        let content = match (options.mode, unfinished) {
            (WriterMode::Append, Some(content)) => content,
            (WriterMode::Append, None) => objects.find(path)?.bytes.to_vec(),
            _ => Vec::new(),
        };
        Ok(Box::new(MemoryWriter { driver: self.clone(), path: path.as_str().to_owned(), content }))
    }

    fn rename(&self, source: StorePath<'_>, destination: StorePath<'_>, _call: &Call) -> Result<()> {
        let mut objects = self.lock();
        objects.info(source)?;
        if source == destination {
            return Ok(());
        }
        objects.require_place(destination)?;
        if destination.is_below(source) {
            return Err(StorageError::invalid_path(destination.as_str(), "it lies below the source"));
        }
        let moved: Vec<String> =
            objects.committed.keys().filter(|each| is_at(each, source)).cloned().collect();
        for path in moved {
            if let Some(object) = objects.committed.remove(&path) {
                objects.committed.insert(format!("{destination}{}", &path[source.as_str().len()..]), object);
            }
        }
        Ok(())
    }

    fn delete(&self, path: StorePath<'_>, _call: &Call) -> Result<()> {
        let mut objects = self.lock();
        let before = objects.committed.len() + objects.unfinished.len();
        objects.committed.retain(|each, _| !is_at(each, path));
        objects.unfinished.retain(|each, _| !is_at(each, path));
        let is_gone = objects.committed.len() + objects.unfinished.len() < before;
        if is_gone { Ok(()) } else { Err(StorageError::path_not_found(path.as_str())) }
    }
}

/// A path itself, or below it.
fn is_at(each: &str, path: StorePath<'_>) -> bool {
    each == path.as_str() || is_below(each, path.as_str())
}

struct MemoryWriter {
    driver: MemoryDriver,
    path: String,
    content: Vec<u8>,
}

impl Writer for MemoryWriter {
    fn size(&self) -> u64 {
        self.content.len() as u64
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.content.extend_from_slice(bytes);
        Ok(())
    }

    fn commit(&mut self, _to: Option<StorePath<'_>>) -> Result<()> {
        self.driver.lock().save(&self.path, &self.content);
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        self.driver.lock().unfinished.insert(self.path.clone(), self.content.clone());
        Ok(())
    }

    fn cancel(&mut self) -> Result<()> {
        Ok(())
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

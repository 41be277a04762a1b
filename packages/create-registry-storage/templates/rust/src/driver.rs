use std::io::Cursor;

use outrigger_storage::{
    Body, Call, Content, FileInfo, ListEntry, ListOptions, ListPage, ReadOptions, Result, StorageDriver,
    StorageError, StorePath, Writer, WriterMode, WriterOptions,
};

use crate::store::{Store, StoredObject};

/// Where committed objects lie in the store, and what was written without a commit.
const OBJECTS: &str = "objects";
const UNFINISHED: &str = "unfinished";

/// The contract over a store of objects; directories are what their paths imply. Paths and offsets were checked before a call
/// gets here. The promises of each method are in the comments of [`StorageDriver`].
#[derive(Clone, Default)]
pub struct Driver {
    store: Store,
}

impl StorageDriver for Driver {
    fn stat(&self, path: StorePath<'_>, _call: &Call) -> Result<FileInfo> {
        let info = |size, mod_time, version, is_dir| FileInfo {
            path: path.as_str().to_owned(),
            size,
            mod_time,
            is_dir,
            version,
        };
        if let Some(found) = self.store.find(&at(OBJECTS, path)) {
            return Ok(info(found.content.len() as u64, found.mod_time, Some(found.version), false));
        }
        if !path.is_root() && self.keys_at(OBJECTS, path).is_empty() {
            return Err(StorageError::path_not_found(path.as_str()));
        }
        Ok(info(0, 0, None, true))
    }

    fn list(&self, path: StorePath<'_>, options: &ListOptions<'_>, _call: &Call) -> Result<ListPage> {
        let prefix = below(OBJECTS, path);
        let keys = self.store.keys(&prefix);
        if !path.is_root() && keys.is_empty() {
            return Err(StorageError::path_not_found(path.as_str()));
        }
        let mut names: Vec<&str> =
            keys.iter().filter_map(|key| key[prefix.len()..].split('/').next()).collect();
        names.retain(|name| options.cursor.is_none_or(|cursor| *name > cursor));
        names.sort_unstable();
        names.dedup();
        let has_more = names.len() > options.limit;
        names.truncate(options.limit);
        let cursor = names.last().filter(|_| has_more).map(|name| (*name).to_owned());
        let entry = |name: &str| ListEntry { path: path.join(name), ..ListEntry::default() };
        Ok(ListPage { entries: names.into_iter().map(entry).collect(), cursor })
    }

    /// A real driver opens a stream of the range.
    fn read(&self, path: StorePath<'_>, options: &ReadOptions<'_>, _call: &Call) -> Result<Content> {
        let StoredObject { content, mod_time, version } = self.find(path)?;
        if options.if_match.is_some_and(|wanted| wanted != version) {
            return Err(StorageError::version_changed(path.as_str()));
        }
        let size = content.len() as u64;
        let mut reader = Cursor::new(content);
        reader.set_position(options.offset);
        Ok(Content { size, mod_time, version: Some(version), body: Body::Reader(Box::new(reader)) })
    }

    fn put(&self, path: StorePath<'_>, content: &[u8], _call: &Call) -> Result<()> {
        self.require_free(path)?;
        self.save(path.as_str(), content);
        Ok(())
    }

    fn writer(&self, path: StorePath<'_>, options: &WriterOptions, _call: &Call) -> Result<Box<dyn Writer>> {
        self.require_free(path)?;
        let content = match options.mode {
            WriterMode::Append => match self.store.find(&at(UNFINISHED, path)) {
                Some(begun) => begun.content.to_vec(),
                None => self.find(path)?.content.to_vec(),
            },
            _ => Vec::new(),
        };
        Ok(Box::new(Gathering { driver: self.clone(), path: path.as_str().to_owned(), content }))
    }

    fn rename(&self, source: StorePath<'_>, destination: StorePath<'_>, _call: &Call) -> Result<()> {
        let keys = self.keys_at(OBJECTS, source);
        if keys.is_empty() {
            return Err(StorageError::path_not_found(source.as_str()));
        }
        if source == destination {
            return Ok(());
        }
        self.require_free(destination)?;
        if destination.is_below(source) {
            return Err(StorageError::invalid_path(destination.as_str(), "it lies below the source"));
        }
        let start = at(OBJECTS, source).len();
        for key in keys {
            if let Some(found) = self.store.find(&key) {
                self.save(&format!("{destination}{}", &key[start..]), &found.content);
                self.store.remove(&key);
            }
        }
        Ok(())
    }

    fn delete(&self, path: StorePath<'_>, _call: &Call) -> Result<()> {
        let keys = [self.keys_at(OBJECTS, path), self.keys_at(UNFINISHED, path)].concat();
        if keys.is_empty() {
            return Err(StorageError::path_not_found(path.as_str()));
        }
        for key in keys {
            self.store.remove(&key);
        }
        Ok(())
    }
}

impl Driver {
    fn find(&self, path: StorePath<'_>) -> Result<StoredObject> {
        self.store.find(&at(OBJECTS, path)).ok_or_else(|| StorageError::path_not_found(path.as_str()))
    }

    fn save(&self, path: &str, content: &[u8]) {
        self.store.save(&format!("{OBJECTS}{path}"), content);
        self.store.remove(&format!("{UNFINISHED}{path}"));
    }

    /// The key of the object at a path, or those of all below it.
    fn keys_at(&self, space: &str, path: StorePath<'_>) -> Vec<String> {
        let key = at(space, path);
        if self.store.find(&key).is_some() { vec![key] } else { self.store.keys(&below(space, path)) }
    }

    /// An object never becomes a directory, nor a directory an object.
    fn require_free(&self, path: StorePath<'_>) -> Result<()> {
        let text = path.as_str();
        let mut parents =
            text.match_indices('/').skip(1).map(|(end, _)| format!("{OBJECTS}{}", &text[..end]));
        if !self.store.keys(&below(OBJECTS, path)).is_empty()
            || parents.any(|each| self.store.find(&each).is_some())
        {
            return Err(StorageError::invalid_path(text, "an object and a directory cannot be one"));
        }
        Ok(())
    }
}

/// A writer that gathers all content in memory: a real driver uploads in parts.
struct Gathering {
    driver: Driver,
    path: String,
    content: Vec<u8>,
}

impl Writer for Gathering {
    fn size(&self) -> u64 {
        self.content.len() as u64
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.content.extend_from_slice(bytes);
        Ok(())
    }

    fn commit(&mut self, _to: Option<StorePath<'_>>) -> Result<()> {
        self.driver.save(&self.path, &self.content);
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        self.driver.store.save(&format!("{UNFINISHED}{}", self.path), &self.content);
        Ok(())
    }

    fn cancel(&mut self) -> Result<()> {
        self.driver.store.remove(&format!("{UNFINISHED}{}", self.path));
        Ok(())
    }
}

fn at(space: &str, path: StorePath<'_>) -> String {
    format!("{space}{path}")
}

fn below(space: &str, directory: StorePath<'_>) -> String {
    format!("{space}{}", directory.join(""))
}

// `make conformance` proves the contract. Here is what is the driver's own.
#[cfg(test)]
mod tests {
    use outrigger_storage::ErrorCode;

    use super::*;

    #[test]
    fn keeps_what_was_put_and_nothing_that_was_deleted() -> Result<()> {
        let (driver, call) = (Driver::default(), Call::new());
        driver.put(StorePath::parse("/a/b")?, b"hello", &call)?;
        let directory = StorePath::parse("/a")?;
        let page = driver.list(directory, &ListOptions { cursor: None, limit: 10 }, &call)?;
        assert_eq!(page.entries[0].path, "/a/b");
        driver.delete(directory, &call)?;
        let gone = driver.stat(directory, &call).map_err(|error| error.code());
        assert_eq!(gone, Err(ErrorCode::PathNotFound));
        Ok(())
    }
}

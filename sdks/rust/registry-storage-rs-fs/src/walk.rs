//! Whole trees, page by page.

use std::sync::Arc;

use outrigger_storage::{Call, FileInfo, StorePath, WalkOptions, WalkPage, compare_walk_order, is_below};
use rustix::fs::{AtFlags, statat};
use rustix::io::Errno;

use crate::entries::{Entry, index_after};
use crate::errors::Failure;
use crate::names::require_open;
use crate::root::{is_directory, is_file, join, parent_of};
use crate::store::{Store, info_of, is_absent};

/// One page of everything below a path. A page starts with one read for each directory on the way to `after`.
pub(crate) fn walk_page(
    store: &Store,
    path: StorePath<'_>,
    options: &WalkOptions<'_>,
    call: &Call,
) -> Result<WalkPage, Failure> {
    require_open(path.as_str())?;
    let mut cursor = Cursor { store, call, stack: open_stack(store, path, options)? };
    let mut ahead = cursor.next()?;
    let mut entries = Vec::new();
    while entries.len() < options.limit {
        let Some(found) = ahead else { break };
        entries.extend(stat_entry(store, &found)?);
        ahead = cursor.next()?;
    }
    Ok(WalkPage { entries, done: ahead.is_none() })
}

struct Frame {
    /// As a relative path.
    directory: String,
    entries: Arc<[Entry]>,
    index: usize,
}

struct Cursor<'a> {
    store: &'a Store,
    call: &'a Call,
    stack: Vec<Frame>,
}

impl Cursor<'_> {
    /// The next relative path in walk order.
    fn next(&mut self) -> Result<Option<String>, Failure> {
        while let Some(frame) = self.stack.last_mut() {
            let Some(entry) = frame.entries.get(frame.index) else {
                self.stack.pop();
                continue;
            };
            frame.index += 1;
            let path = join(&frame.directory, &entry.name);
            if entry.is_dir {
                self.call.check()?;
                let entries = read_if_present(self.store, &path)?;
                self.stack.push(Frame { directory: path.clone(), entries, index: 0 });
            }
            return Ok(Some(path));
        }
        Ok(None)
    }
}

/// The directories that are open at `after`, outermost first, each with its next entry.
fn open_stack(store: &Store, path: StorePath<'_>, options: &WalkOptions<'_>) -> Result<Vec<Frame>, Failure> {
    let top = store.entries.read(&store.root, path.relative())?;
    let whole = |entries| vec![Frame { directory: path.relative().to_owned(), entries, index: 0 }];
    let Some(after) = options.after else { return Ok(whole(top)) };
    if !is_below(after, path.as_str()) {
        let is_skipped = options.skip_children && (after == path.as_str() || is_below(path.as_str(), after));
        let is_behind = compare_walk_order(after, path.as_str()).is_gt();
        return Ok(if is_skipped || is_behind { Vec::new() } else { whole(top) });
    }
    let names = &after[if path.is_root() { 1 } else { path.as_str().len() + 1 }..];
    let mut stack = whole(top);
    let mut rest = Some(names);
    while let (Some(left), Some(frame)) = (rest, stack.last_mut()) {
        let (name, below) = left.split_once('/').map_or((left, None), |(name, below)| (name, Some(below)));
        frame.index = index_after(&frame.entries, name);
        let is_there = frame.index > 0
            && frame.entries.get(frame.index - 1).is_some_and(|entry| entry.name == name && entry.is_dir);
        if !is_there || (below.is_none() && options.skip_children) {
            break;
        }
        let directory = join(&frame.directory, name);
        let entries = read_if_present(store, &directory)?;
        stack.push(Frame { directory, entries, index: 0 });
        rest = below;
    }
    Ok(stack)
}

/// A directory that its parent's listing named as one; it may vanish while the walk is on its way to it.
fn read_if_present(store: &Store, directory: &str) -> Result<Arc<[Entry]>, Errno> {
    match store.entries.read(&store.root, directory) {
        Err(error) if is_absent(error) => Ok(Arc::from([])),
        read => read,
    }
}

fn stat_entry(store: &Store, relative: &str) -> Result<Option<FileInfo>, Errno> {
    let parent = store.root.step(parent_of(relative));
    let name = relative.rsplit('/').next().unwrap_or_default();
    match parent.and_then(|parent| statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)) {
        Ok(stat) if is_file(&stat) || is_directory(&stat) => Ok(Some(info_of(format!("/{relative}"), &stat))),
        Ok(_) => Ok(None),
        Err(error) if is_absent(error) => Ok(None),
        Err(error) => Err(error),
    }
}

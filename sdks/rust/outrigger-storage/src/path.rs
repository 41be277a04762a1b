//! Paths of a store.

use std::cmp::Ordering;
use std::fmt;

use crate::error::{Result, StorageError};

/// The longest path, in bytes.
pub const MAX_PATH_LENGTH: usize = 1024;

/// A path of the store that was checked: it matches `^(/[A-Za-z0-9._-]+)+$`, has at most 1,024 bytes, and no part of
/// it is `.` or `..`. Only `stat`, `list` and `walk` are ever given the root, `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StorePath<'a>(&'a str);

impl<'a> StorePath<'a> {
    /// A path of an object or a directory; `/` is none.
    pub fn parse(path: &'a str) -> Result<Self> {
        if path.len() > MAX_PATH_LENGTH {
            let start: String = path.chars().take(64).collect();
            return Err(StorageError::invalid_path(format!("{start}..."), "longer than 1024 bytes"));
        }
        let Some(parts) = path.strip_prefix('/') else {
            return Err(StorageError::invalid_path(path, "it does not start with a slash"));
        };
        for part in parts.split('/') {
            if part == "." || part == ".." {
                return Err(StorageError::invalid_path(path, "the parts . and .. are not allowed"));
            }
            if part.is_empty() || !is_legal_name(part) {
                return Err(StorageError::invalid_path(
                    path,
                    "parts are letters, digits, dots, underscores and dashes",
                ));
            }
        }
        Ok(Self(path))
    }

    /// As [`StorePath::parse`], for the operations on which `/` is allowed too.
    pub fn parse_directory(path: &'a str) -> Result<Self> {
        if path == "/" { Ok(Self(path)) } else { Self::parse(path) }
    }

    /// The path as text.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Whether it is `/`.
    #[must_use]
    pub fn is_root(self) -> bool {
        self.0 == "/"
    }

    /// The path without its first slash: relative to the root, and empty for it.
    #[must_use]
    pub fn relative(self) -> &'a str {
        &self.0[1..]
    }

    /// The full path of a child.
    #[must_use]
    pub fn join(self, name: &str) -> String {
        if self.is_root() { format!("/{name}") } else { format!("{}/{name}", self.0) }
    }

    /// The last part; empty for the root.
    #[must_use]
    pub fn name(self) -> &'a str {
        &self.0[self.0.rfind('/').map_or(0, |slash| slash + 1)..]
    }

    /// Whether it lies below `directory`, and is not it.
    #[must_use]
    pub fn is_below(self, directory: StorePath<'_>) -> bool {
        is_below(self.0, directory.0)
    }
}

impl fmt::Display for StorePath<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// Whether `path` lies below `directory`, and is not it.
#[must_use]
pub fn is_below(path: &str, directory: &str) -> bool {
    if directory == "/" {
        return path != "/";
    }
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a name can be a part of a path, but for `.` and `..`.
#[must_use]
pub fn is_legal_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// The order of a walk: depth first, names in byte order, as if `/` were the smallest character; so `/a`, `/a/x`,
/// `/a-b`.
#[must_use]
pub fn compare_walk_order(a: &str, b: &str) -> Ordering {
    let key = |byte: u8| if byte == b'/' { 0 } else { byte };
    a.bytes().map(key).cmp(b.bytes().map(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_the_protocol_allows() {
        for path in ["/a", "/a/b.c", "/a-b/_c", "/...", "/.a/a."] {
            assert_eq!(StorePath::parse(path).map(StorePath::as_str).ok(), Some(path));
        }
        assert!(StorePath::parse_directory("/").is_ok_and(StorePath::is_root));
        assert!(StorePath::parse(&format!("/{}", "a".repeat(1023))).is_ok());
    }

    #[test]
    fn refuses_everything_else() {
        let long = format!("/{}", "a".repeat(1024));
        for path in
            ["", "/", "a", "//a", "/a/", "/a//b", "/.", "/a/..", "/a b", "/a\0", "/\u{fc}", "/a\n", &long]
        {
            assert!(StorePath::parse(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn walks_a_directory_before_what_only_starts_like_it() {
        let mut paths = ["/a-b", "/b", "/a/x", "/a"];
        paths.sort_by(|a, b| compare_walk_order(a, b));
        assert_eq!(paths, ["/a", "/a/x", "/a-b", "/b"]);
    }

    #[test]
    fn knows_what_lies_below() {
        assert!(is_below("/a/b", "/a") && is_below("/a", "/"));
        assert!(!is_below("/ab", "/a") && !is_below("/a", "/a") && !is_below("/", "/"));
    }
}

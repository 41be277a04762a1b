//! Names of temporary files.

use std::fmt::Write;

use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

use crate::errors::Failure;

/// `NAME_MAX` of Linux file systems, in bytes.
const MAX_NAME_LENGTH: usize = 255;
const UUID_LENGTH: usize = 36;
const SUFFIX: &str = ".tmp";

/// A new name beside `name`, as Distribution names its own: `<name>.<uuid>.tmp`. Both registries may leave one behind when
/// they are killed, and neither may show one.
pub(crate) fn temporary_for(name: &str) -> Result<String, Errno> {
    let room = MAX_NAME_LENGTH - UUID_LENGTH - SUFFIX.len() - 1;
    let start = &name[..name.len().min(room)];
    Ok(format!("{start}.{}{SUFFIX}", uuid()?))
}

fn uuid() -> Result<String, Errno> {
    let mut bytes = [0_u8; 16];
    getrandom(&mut bytes, GetRandomFlags::empty())?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(UUID_LENGTH);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // To a string this cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// Whether a name, or any part of a path, is reserved for temporary files. The name is a legal part of a path of the store,
/// so nothing can be written under such a name, and nothing is found there.
pub(crate) fn is_temporary(path: &str) -> bool {
    path.contains(SUFFIX) && path.split('/').any(is_temporary_name)
}

pub(crate) fn require_open(path: &str) -> Result<(), Failure> {
    if is_temporary(path) {
        Err(Failure::Foreign("the name is reserved for temporary files"))
    } else {
        Ok(())
    }
}

fn is_temporary_name(name: &str) -> bool {
    let Some(rest) = name.strip_suffix(SUFFIX) else { return false };
    let Some(start) = rest.len().checked_sub(UUID_LENGTH + 1) else { return false };
    rest.is_char_boundary(start) && rest[start..].strip_prefix('.').is_some_and(is_uuid)
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_own_names_and_distributions() {
        let long = temporary_for(&"a".repeat(255)).unwrap_or_default();
        assert_eq!(long.len(), 255);
        assert!(is_temporary(&long));
        assert!(is_temporary("/a/data.0af76519-16cd-43dd-8448-eb211c80319c.tmp/b"));
        for other in [
            "/a.tmp",
            "/a/0af76519-16cd-43dd-8448-eb211c80319c.tmp",
            "/.tmp",
            "/a.0AF76519-16cd-43dd-8448-eb211c80319c.tmp",
        ] {
            assert!(!is_temporary(other), "{other}");
        }
    }
}

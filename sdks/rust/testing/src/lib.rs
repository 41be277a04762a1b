//! A host for tests of drivers. It is written for tests: what goes wrong panics with what was expected.

#![allow(clippy::missing_panics_doc, reason = "to panic is how a test fails")]

mod client;
mod pattern;
mod replay;

pub use client::{Client, LIMITS};
pub use replay::{DriverUnderTest, replay_all};

use std::path::PathBuf;

use serde_json::Value;

/// A directory of its own for each test, gone when it is dropped.
#[derive(Debug)]
pub struct Scratch {
    /// Where it is, without symbolic links.
    pub path: PathBuf,
}

impl Scratch {
    /// Makes it.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("outrigger-rust-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary directory");
        Self { path: path.canonicalize().expect("a temporary directory") }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// The code of a driver's error in an answer; empty for any other answer.
#[must_use]
pub fn code(answer: &Value) -> &str {
    answer["error"]["data"]["code"].as_str().unwrap_or_default()
}

/// The recorded conversations of the protocol document.
#[must_use]
pub fn transcripts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../docs/protocol/transcripts")
}

/// An example of the package whose test asks, which cargo has built beside the test.
#[must_use]
pub fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of the test");
    let profile = test.ancestors().nth(2).expect("the directory of the profile");
    profile.join("examples").join(name)
}

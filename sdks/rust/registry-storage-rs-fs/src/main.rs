//! `registry-storage-rs-fs`: content in files below a local directory, in Distribution's own layout: a path of the store
//! is the path below the root.

mod config;
mod directories;
mod driver;
mod early_sync;
mod entries;
mod errors;
mod names;
mod root;
mod store;
mod sweep;
mod tree;
mod walk;
mod writer;

use std::process::ExitCode;

fn main() -> ExitCode {
    outrigger_storage::serve(config::Filesystem)
}

//! Storage drivers for the Outrigger registry in Rust.
//!
//! A driver implements [`StorageDriver`], a [`DriverFactory`] makes it from its parameters, and [`serve`] does the rest:
//! it speaks version 1 of the storage driver protocol on stdin and stdout, on all three data planes.
//!
//! Everything is synchronous: a call runs on a thread of its own and may block. A driver over an asynchronous client
//! keeps a runtime of its own and blocks on it.

mod call;
mod content;
mod driver;
mod error;
mod factory;
mod framing;
pub mod log;
mod parameters;
mod path;
mod serve;
mod session;
mod wire;
mod writer;

pub use call::{Call, CancelGuard};
pub use content::{Body, Content};
pub use driver::{
    Capabilities, FileInfo, ListEntry, ListOptions, ListPage, LocalFile, LocalPlace, ReadOptions, Redirect,
    RedirectRequest, StorageDriver, WalkOptions, WalkPage,
};
pub use error::{ErrorCode, Result, StorageError};
pub use factory::{Description, DriverFactory, StartError};
pub use parameters::{InvalidParameters, Issue, Parameter, Parameters};
pub use path::{MAX_PATH_LENGTH, StorePath, compare_walk_order, is_below, is_legal_name};
pub use serve::serve;
pub use writer::{Writer, WriterMode, WriterOptions};

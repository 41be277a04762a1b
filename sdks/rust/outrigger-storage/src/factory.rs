//! How a driver comes to be.

use serde_json::{Value, json};

use crate::driver::{Capabilities, StorageDriver};
use crate::error::StorageError;
use crate::parameters::{InvalidParameters, Parameter, Parameters, schema_of};

/// Makes a driver once its parameters are known, and describes it before.
pub trait DriverFactory: Send + Sync {
    /// What `--describe` prints.
    fn describe(&self) -> Description;

    /// Opens the store. The parameters are checked as the description says; what else is wrong with them is the
    /// factory's to find. What does not work now but may later should not fail here.
    fn create(&self, parameters: &Parameters) -> Result<Box<dyn StorageDriver>, StartError>;
}

/// A driver before it runs.
#[derive(Clone, Debug)]
pub struct Description {
    /// `^[a-z][a-z0-9-]{0,31}$`; the program is called `registry-storage-<name>`.
    pub name: &'static str,
    /// Of the driver.
    pub version: &'static str,
    /// What it takes.
    pub parameters: Vec<Parameter>,
    /// Variables that the driver wants to see; `*` at the end stands for any rest.
    pub environment: &'static [&'static str],
    /// What it can do at the most. Of `local_roots` only counts whether there are any.
    pub capabilities: Capabilities,
}

impl Description {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "version": self.version,
            "protocolVersions": [1],
            "parameters": schema_of(&self.parameters),
            "environment": self.environment,
            "dataPlanes": planes_of(&self.capabilities),
            "capabilities": switches_of(&self.capabilities),
        })
    }
}

pub(crate) fn planes_of(capabilities: &Capabilities) -> &'static [&'static str] {
    if capabilities.local_files() { &["inline", "socket", "file"] } else { &["inline", "socket"] }
}

/// The capabilities without the roots, as they are declared.
pub(crate) fn switches_of(capabilities: &Capabilities) -> Value {
    let switches = [
        ("walk", capabilities.walk),
        ("redirectURL", capabilities.redirect_url),
        ("copy", capabilities.copy),
        ("atomicMove", capabilities.atomic_move),
        ("atomicDirectoryMove", capabilities.atomic_directory_move),
        ("isolatedWriters", capabilities.isolated_writers),
        ("commitTo", capabilities.commit_to),
        ("localFiles", capabilities.local_files()),
    ];
    switches.into_iter().filter(|(_, on)| *on).map(|(name, _)| (name.to_owned(), Value::from(true))).collect()
}

/// Why a driver could not be made.
#[derive(Debug)]
pub enum StartError {
    /// The parameters cannot be used.
    Parameters(InvalidParameters),
    /// Anything else.
    Storage(StorageError),
}

impl From<InvalidParameters> for StartError {
    fn from(error: InvalidParameters) -> Self {
        Self::Parameters(error)
    }
}

impl From<StorageError> for StartError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

use std::path::PathBuf;

use outrigger_storage::{
    Capabilities, Description, DriverFactory, InvalidParameters, Issue, Parameter, Parameters, StartError,
    StorageDriver,
};

use crate::driver::FilesystemDriver;
use crate::store::Store;

/// Fewer parallel calls than this would make pushes and pulls wait for each other; Distribution has the same minimum.
const MIN_THREADS: i64 = 25;
const DEFAULT_THREADS: i64 = 100;

pub(crate) struct Config {
    pub root_directory: PathBuf,
    pub threads: usize,
    /// False: nothing is synced.
    pub durable: bool,
}

/// The driver before it runs.
pub(crate) struct Filesystem;

impl DriverFactory for Filesystem {
    fn describe(&self) -> Description {
        Description {
            name: "rs-fs",
            version: env!("CARGO_PKG_VERSION"),
            parameters: vec![
                Parameter::path("rootdirectory", "Directory that holds everything. It is made if it is missing.")
                    .or("/var/lib/registry"),
                Parameter::integer("maxthreads", "Calls that run at a time. Less than 25 counts as 25.").or(DEFAULT_THREADS),
                Parameter::choice(
                    "commit",
                    &["durable", "relaxed"],
                    "durable: what is acknowledged survives a power cut. relaxed: nothing is synced, a power cut may lose or empty what was acknowledged.",
                )
                .or("durable"),
            ],
            environment: &[],
            capabilities: capabilities(PathBuf::from("/")),
        }
    }

    fn create(&self, parameters: &Parameters) -> Result<Box<dyn StorageDriver>, StartError> {
        let config = Config {
            root_directory: parameters.text("rootdirectory").unwrap_or_default().into(),
            threads: threads(parameters.integer("maxthreads")),
            durable: parameters.text("commit") != Some("relaxed"),
        };
        let store = Store::open(&config).map_err(|error| {
            let message = format!("cannot be made or opened ({})", error.kind());
            InvalidParameters::from(Issue::new("rootdirectory", message))
        })?;
        Ok(Box::new(FilesystemDriver::new(store, config.threads)))
    }
}

pub(crate) fn capabilities(root: PathBuf) -> Capabilities {
    Capabilities {
        walk: true,
        redirect_url: false,
        copy: true,
        atomic_move: true,
        atomic_directory_move: true,
        isolated_writers: true,
        commit_to: true,
        local_roots: vec![root],
    }
}

fn threads(given: Option<i64>) -> usize {
    usize::try_from(given.unwrap_or(DEFAULT_THREADS).max(MIN_THREADS)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_threads_count_as_the_least() {
        assert_eq!([None, Some(-3), Some(26)].map(threads), [100, 25, 26]);
    }
}

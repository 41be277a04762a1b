//! Has the disk at work while content is still coming, so that little is left to do at the end.

use std::fs::File;
use std::io;
use std::thread::{self, JoinHandle};

/// What was written is synced in steps, in the background. A sync that fails is never repeated: it fails the writer at its
/// end.
pub(crate) struct EarlySync {
    durable: bool,
    unsynced: u64,
    running: Option<JoinHandle<io::Result<()>>>,
    outcome: io::Result<()>,
}

/// The least that is synced at a time; on a disk that is slower than the client it becomes more by itself.
const STEP: u64 = 4 * 1024 * 1024;

impl EarlySync {
    pub(crate) fn new(durable: bool) -> Self {
        Self { durable, unsynced: 0, running: None, outcome: Ok(()) }
    }

    /// So many bytes more were written.
    pub(crate) fn note(&mut self, file: &File, count: u64) {
        self.unsynced += count;
        let is_running = self.running.as_ref().is_some_and(|running| !running.is_finished());
        if !self.durable || self.unsynced < STEP || is_running {
            return;
        }
        self.join();
        if self.outcome.is_err() {
            return;
        }
        // Where there is no thread or descriptor to be had, the end does it all.
        let Ok(synced) = file.try_clone() else { return };
        let builder = thread::Builder::new().name("sync".into()).stack_size(64 * 1024);
        self.running = builder.spawn(move || synced.sync_data()).ok();
        self.unsynced = 0;
    }

    /// Waits until no sync is under way; an error when one has failed.
    pub(crate) fn settle(&mut self) -> io::Result<()> {
        self.join();
        std::mem::replace(&mut self.outcome, Ok(()))
    }

    fn join(&mut self) {
        if let Some(running) = self.running.take() {
            let outcome = running.join().unwrap_or_else(|_| Err(io::Error::other("a sync panicked")));
            self.outcome = std::mem::replace(&mut self.outcome, Ok(())).and(outcome);
        }
    }
}

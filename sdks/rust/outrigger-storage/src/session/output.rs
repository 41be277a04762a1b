//! The way to the host.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Frames on their way out. Whoever brings one while nobody writes writes it, and all that come meanwhile; the thread
/// that reads stdin never waits here ([`Output::leave`]), or a host that does not read could not be heard.
pub(crate) struct Output {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    frames: VecDeque<Vec<u8>>,
    /// Absent while somebody writes.
    stream: Option<Box<dyn Write + Send>>,
    broken: bool,
}

impl Output {
    pub(crate) fn new(stream: impl Write + Send + 'static) -> std::io::Result<Arc<Self>> {
        let state = State { frames: VecDeque::new(), stream: Some(Box::new(stream)), broken: false };
        let output = Arc::new(Self { state: Mutex::new(state), changed: Condvar::new() });
        let flusher = Arc::clone(&output);
        thread::Builder::new().name("output".into()).spawn(move || flusher.flush_what_is_left())?;
        Ok(output)
    }

    /// Writes a frame, unless somebody else is at it and will.
    pub(crate) fn send(&self, frame: Vec<u8>) {
        let mut state = self.lock();
        state.frames.push_back(frame);
        self.drain(state);
    }

    /// Leaves a frame for another thread to write.
    pub(crate) fn leave(&self, frame: Vec<u8>) {
        self.lock().frames.push_back(frame);
        self.changed.notify_all();
    }

    /// Waits until everything is written.
    pub(crate) fn flush(&self) {
        let mut state = self.lock();
        while !state.broken && (!state.frames.is_empty() || state.stream.is_none()) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn flush_what_is_left(&self) {
        let mut state = self.lock();
        loop {
            state = self
                .changed
                .wait_while(state, |state| state.frames.is_empty() || state.stream.is_none())
                .unwrap_or_else(PoisonError::into_inner);
            self.drain(state);
            state = self.lock();
        }
    }

    fn drain<'a>(&'a self, mut state: MutexGuard<'a, State>) {
        let Some(mut stream) = state.stream.take() else { return };
        while let Some(mut bytes) = state.frames.pop_front() {
            while let Some(more) = state.frames.pop_front() {
                bytes.extend_from_slice(&more);
            }
            let broken = state.broken;
            drop(state);
            // A host that is gone shows at the end of stdin.
            let failed = broken || stream.write_all(&bytes).and_then(|()| stream.flush()).is_err();
            state = self.lock();
            state.broken = failed;
        }
        state.stream = Some(stream);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

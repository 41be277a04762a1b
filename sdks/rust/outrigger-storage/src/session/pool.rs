//! Threads that work on requests.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

type Job = Box<dyn FnOnce() + Send>;

/// As many threads as there is work for, up to a number; the rest of the work waits in order. Idle ones leave after a
/// while.
pub(crate) struct Pool {
    name: &'static str,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    jobs: VecDeque<Job>,
    idle: usize,
    threads: usize,
    most: usize,
}

const PATIENCE: Duration = Duration::from_secs(10);
const STACK_BYTES: usize = 512 * 1024;

impl Pool {
    pub(crate) fn new(name: &'static str, most: usize) -> Arc<Self> {
        let state = State { jobs: VecDeque::new(), idle: 0, threads: 0, most };
        Arc::new(Self { name, state: Mutex::new(state), changed: Condvar::new() })
    }

    pub(crate) fn set_most(&self, most: usize) {
        self.lock().most = most.max(1);
    }

    pub(crate) fn run(self: &Arc<Self>, job: impl FnOnce() + Send + 'static) {
        let mut state = self.lock();
        state.jobs.push_back(Box::new(job));
        if state.jobs.len() > state.idle && state.threads < state.most {
            let pool = Arc::clone(self);
            let builder = thread::Builder::new().name(self.name.into()).stack_size(STACK_BYTES);
            // Without another thread the job waits for those that there are.
            if builder.spawn(move || pool.work()).is_ok() {
                state.threads += 1;
                return;
            }
        }
        drop(state);
        self.changed.notify_one();
    }

    fn work(&self) {
        let mut state = self.lock();
        loop {
            while let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = self.lock();
            }
            state.idle += 1;
            let (woken, wait) = self
                .changed
                .wait_timeout_while(state, PATIENCE, |state| state.jobs.is_empty())
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if wait.timed_out() && state.jobs.is_empty() {
                state.threads -= 1;
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn runs_everything_on_no_more_threads_than_allowed() {
        let pool = Pool::new("test", 3);
        let (sender, results) = mpsc::channel();
        for each in 0..100 {
            let sender = sender.clone();
            pool.run(move || sender.send(each).unwrap_or_default());
        }
        drop(sender);
        let mut seen: Vec<i32> = results.iter().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
        assert!(pool.lock().threads <= 3);
    }

    #[test]
    fn a_job_that_blocks_holds_nobody_up() {
        let pool = Pool::new("test", 2);
        let (release, blocked) = mpsc::channel::<()>();
        pool.run(move || blocked.recv().unwrap_or_default());
        let (sender, done) = mpsc::channel();
        pool.run(move || sender.send(()).unwrap_or_default());
        assert!(done.recv().is_ok());
        drop(release);
    }
}

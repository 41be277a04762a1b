//! The calls of one writer, one after the other.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::pool::Pool;

type Job = Box<dyn FnOnce() + Send>;

/// Works on jobs in the order in which they came, each on a thread of the pool that it names.
#[derive(Default)]
pub(super) struct Turns {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(Arc<Pool>, Job)>,
    running: bool,
}

impl Turns {
    pub(super) fn run(self: &Arc<Self>, pool: &Arc<Pool>, job: impl FnOnce() + Send + 'static) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting.push_back((Arc::clone(pool), Box::new(job)));
        let start = !std::mem::replace(&mut state.running, true);
        drop(state);
        if start {
            self.next();
        }
    }

    fn next(self: &Arc<Self>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((pool, job)) = state.waiting.pop_front() else {
            state.running = false;
            return;
        };
        drop(state);
        let turns = Arc::clone(self);
        pool.run(move || {
            job();
            turns.next();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn keeps_the_order_across_pools() {
        let pools = [Pool::new("a", 4), Pool::new("b", 4)];
        let turns = Arc::new(Turns::default());
        let (sender, results) = mpsc::channel();
        for each in 0..200 {
            let sender = sender.clone();
            turns.run(&pools[each % 2], move || sender.send(each).unwrap_or_default());
        }
        drop(sender);
        assert_eq!(results.iter().collect::<Vec<_>>(), (0..200).collect::<Vec<_>>());
    }
}

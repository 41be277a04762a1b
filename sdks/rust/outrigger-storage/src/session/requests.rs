//! The requests that are not answered yet.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::call::Call;
use crate::framing::Id;

#[derive(Default)]
pub(super) struct Requests {
    state: Mutex<State>,
    closed: Condvar,
}

#[derive(Default)]
struct State {
    open: HashMap<Id, (String, Call)>,
    /// Not open any more, but their answers may not be on their way yet.
    answering: usize,
}

impl Requests {
    pub(super) fn open(&self, id: &Id, method: &str, call: &Call) {
        self.lock().open.insert(id.clone(), (method.to_owned(), call.clone()));
    }

    /// Forgets a request, and answers it: nothing is said of a request that was answered.
    pub(super) fn close(&self, id: &Id, answer: impl FnOnce()) {
        let mut state = self.lock();
        state.open.remove(id);
        state.answering += 1;
        drop(state);
        answer();
        self.lock().answering -= 1;
        self.closed.notify_all();
    }

    pub(super) fn cancel(&self, id: &Id, may: impl Fn(&str) -> bool) {
        let call = self.lock().open.get(id).filter(|(method, _)| may(method)).map(|(_, call)| call.clone());
        if let Some(call) = call {
            call.cancel();
        }
    }

    pub(super) fn cancel_all(&self, may: impl Fn(&str) -> bool) {
        let calls: Vec<_> = self
            .lock()
            .open
            .values()
            .filter(|(method, _)| may(method))
            .map(|(_, call)| call.clone())
            .collect();
        for call in calls {
            call.cancel();
        }
    }

    /// Waits until none of these methods is under way, and all that ended are answered.
    pub(super) fn wait_for(&self, of: impl Fn(&str) -> bool) {
        let is_busy =
            |state: &mut State| state.answering > 0 || state.open.values().any(|(method, _)| of(method));
        drop(self.closed.wait_while(self.lock(), is_busy).unwrap_or_else(PoisonError::into_inner));
    }

    /// Those that came so long ago, or longer.
    pub(super) fn open_for(&self, age: Duration) -> Vec<(Id, Call)> {
        self.lock()
            .open
            .iter()
            .filter(|(_, (_, call))| call.started().elapsed() >= age)
            .map(|(id, (_, call))| (id.clone(), call.clone()))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

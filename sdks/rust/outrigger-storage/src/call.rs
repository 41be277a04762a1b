//! What a driver knows of the request that it works on.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::error::{Result, StorageError};

/// One request of the host: whether it is still wanted, and its trace context. A clone is the same call.
#[derive(Clone)]
pub struct Call(Arc<Inner>);

struct Inner {
    started: Instant,
    cancelled: AtomicBool,
    listeners: Mutex<Listeners>,
    bytes: AtomicU64,
    traceparent: Option<String>,
}

#[derive(Default)]
struct Listeners {
    next: u64,
    waiting: Vec<(u64, Box<dyn FnOnce() + Send>)>,
}

impl Call {
    /// A call that nobody has cancelled yet. The library makes those that a driver sees; this is for tests.
    #[must_use]
    pub fn new() -> Self {
        Self::traced(None)
    }

    pub(crate) fn traced(traceparent: Option<String>) -> Self {
        Self(Arc::new(Inner {
            started: Instant::now(),
            cancelled: AtomicBool::new(false),
            listeners: Mutex::default(),
            bytes: AtomicU64::new(0),
            traceparent: traceparent.filter(|value| is_traceparent(value)),
        }))
    }

    /// Whether the host no longer wants the answer. To go on all the same is allowed.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// `Cancelled` if the host no longer wants the answer: for loops, with `?`.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(StorageError::cancelled()) } else { Ok(()) }
    }

    /// Runs `wake` when the host cancels, at once if it did: to break off what blocks. It is not run any more once the
    /// guard is dropped.
    pub fn on_cancel(&self, wake: impl FnOnce() + Send + 'static) -> CancelGuard {
        let mut listeners = self.lock();
        let id = listeners.next;
        listeners.next += 1;
        if self.is_cancelled() {
            drop(listeners);
            wake();
        } else {
            listeners.waiting.push((id, Box::new(wake)));
        }
        CancelGuard { call: self.clone(), id }
    }

    /// How far the work is, in bytes: the host is told now and then.
    pub fn report(&self, bytes: u64) {
        self.0.bytes.store(bytes, Ordering::Relaxed);
    }

    /// The `traceparent` of W3C Trace Context, version 00, that came with the request: the parent of a span that the driver
    /// makes, or what it passes on to its backend.
    #[must_use]
    pub fn traceparent(&self) -> Option<&str> {
        self.0.traceparent.as_deref()
    }

    pub(crate) fn cancel(&self) {
        let waiting = {
            let mut listeners = self.lock();
            self.0.cancelled.store(true, Ordering::Release);
            std::mem::take(&mut listeners.waiting)
        };
        for (_, wake) in waiting {
            wake();
        }
    }

    pub(crate) fn started(&self) -> Instant {
        self.0.started
    }

    pub(crate) fn bytes(&self) -> Option<u64> {
        Some(self.0.bytes.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Listeners> {
        self.0.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Call {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Call").field("cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}

/// Ends the interest of [`Call::on_cancel`] when it is dropped.
#[derive(Debug)]
#[must_use = "without the guard nothing is run"]
pub struct CancelGuard {
    call: Call,
    id: u64,
}

impl Drop for CancelGuard {
    fn drop(&mut self) {
        self.call.lock().waiting.retain(|(id, _)| *id != self.id);
    }
}

/// `00-<32 hex digits>-<16>-<2>`, in lower case, and neither id is all zeros.
fn is_traceparent(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let [version, trace, span, flags] = parts[..] else { return false };
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_id = |part: &str, length: usize| is_hex(part, length) && part.bytes().any(|byte| byte != b'0');
    version == "00" && is_id(trace, 32) && is_id(span, 16) && is_hex(flags, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn wakes_whoever_waits_once() {
        let call = Call::new();
        let (sender, woken) = mpsc::channel();
        let gone = sender.clone();
        drop(call.on_cancel(move || gone.send("gone").unwrap_or_default()));
        let _guard = call.on_cancel(move || sender.send("there").unwrap_or_default());
        assert!(call.check().is_ok());
        call.cancel();
        call.cancel();
        assert!(call.check().is_err());
        assert_eq!(woken.iter().collect::<Vec<_>>(), ["there"]);
    }

    #[test]
    fn wakes_at_once_when_it_is_late() {
        let call = Call::new();
        call.cancel();
        let (sender, woken) = mpsc::channel();
        let _guard = call.on_cancel(move || sender.send(()).unwrap_or_default());
        assert_eq!(woken.iter().count(), 1);
    }

    #[test]
    fn takes_a_traceparent_and_nothing_else() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(Call::traced(Some(good.into())).traceparent(), Some(good));
        let zeros = "00-00000000000000000000000000000000-b7ad6b7169203331-01";
        let newer = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        for bad in [zeros, newer, "", "00-1-2-3", &good.to_uppercase(), &format!("{good}-x")] {
            assert_eq!(Call::traced(Some(bad.into())).traceparent(), None, "{bad}");
        }
    }
}

//! One host on one pair of streams.

mod answer;
mod context;
mod glance;
mod handshake;
mod operations;
mod output;
mod pool;
mod probe;
mod put_writer;
mod reads;
mod requests;
mod socket;
mod turns;
mod writers;

use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::call::Call;
use crate::error::{ErrorCode, StorageError};
use crate::factory::{Description, DriverFactory};
use crate::framing::{FrameParser, Id, Message, Violation, parse_message};
use crate::log;
use crate::wire::{CancelParams, Empty, Limits};
use answer::{Refusal, progress_frame, refusal_frame, result_frame};
use context::Context;
use glance::Glance;
use operations::{OPERATIONS, Request, is_finished, parse_params};
use output::Output;
use pool::Pool;
use probe::Probe;
use requests::Requests;
use writers::Writers;

/// How a session ended, and with it the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// `exit` after `shutdown`, the end of stdin, a signal.
    Orderly,
    /// `exit` without `shutdown`.
    WithoutShutdown,
    /// Bytes that are no frame.
    Violation(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Initializing,
    Ready,
    Shutdown,
}

pub(crate) struct Session {
    factory: Box<dyn DriverFactory>,
    description: Description,
    /// Of argument 1; those of `initialize` replace them.
    parameters: Map<String, Value>,
    output: Arc<Output>,
    state: Mutex<State>,
    context: RwLock<Option<Arc<Context>>>,
    probe: Mutex<Option<Probe>>,
    writers: Writers,
    requests: Requests,
    calls: Arc<Pool>,
    streams: Arc<Pool>,
    ended: Mutex<Option<End>>,
    changed: Condvar,
}

/// How often a request that is still worked on says so. The first time is at the latest twice that behind its coming, and the
/// protocol allows 5 s.
const PROGRESS: Duration = Duration::from_secs(2);
const READ_BYTES: usize = 128 * 1024;

impl Session {
    pub(crate) fn new(
        factory: Box<dyn DriverFactory>,
        parameters: Map<String, Value>,
        output: impl Write + Send + 'static,
    ) -> io::Result<Arc<Self>> {
        let session = Arc::new(Self {
            description: factory.describe(),
            factory,
            parameters,
            output: Output::new(output)?,
            state: Mutex::new(State::New),
            context: RwLock::new(None),
            probe: Mutex::new(None),
            writers: Writers::default(),
            requests: Requests::default(),
            calls: Pool::new("call", 64),
            streams: Pool::new("stream", Limits::default().streams),
            ended: Mutex::new(None),
            changed: Condvar::new(),
        });
        let reporter = Arc::downgrade(&session);
        thread::Builder::new().name("progress".into()).stack_size(64 * 1024).spawn(move || {
            loop {
                thread::sleep(PROGRESS);
                let Some(session) = reporter.upgrade() else { return };
                session.report();
            }
        })?;
        Ok(session)
    }

    /// Takes messages until they end.
    pub(crate) fn listen(self: &Arc<Self>, mut input: impl Read) {
        let end = self.read_all(&mut input).unwrap_or_else(|Violation(why)| End::Violation(why));
        self.end(end);
    }

    fn read_all(self: &Arc<Self>, input: &mut impl Read) -> Result<End, Violation> {
        let mut parser = FrameParser::new(Limits::default());
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let count = match input.read(&mut buffer) {
                Ok(0) => return parser.end().map(|()| End::Orderly),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // A socket whose other end is gone.
                Err(_) => return Ok(End::Orderly),
            };
            parser.push(&buffer[..count]);
            while let Some(body) = parser.next()? {
                if let Some(end) = self.take(parse_message(body)?) {
                    return Ok(end);
                }
            }
        }
    }

    /// Ends the session, also from a signal. Only the first end counts.
    pub(crate) fn end(&self, end: End) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(end);
        self.changed.notify_all();
    }

    pub(crate) fn wait(&self) -> End {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let ended =
            self.changed.wait_while(ended, |end| end.is_none()).unwrap_or_else(PoisonError::into_inner);
        ended.clone().unwrap_or(End::Orderly)
    }

    /// Takes back or finishes what is under way, and gives everything back. May be called again.
    pub(crate) fn close(&self) {
        *self.lock_state() = State::Shutdown;
        self.requests.cancel_all(|method| !is_finished(method));
        self.requests.wait_for(is_finished);
        self.probe().take();
        self.writers.close_all();
        let context = self.context.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(context) = context {
            context.driver.close();
        }
    }

    pub(crate) fn flush(&self) {
        self.output.flush();
    }

    fn take(self: &Arc<Self>, message: Message) -> Option<End> {
        match message {
            Message::Request { id, method, params } => self.request(id, method, params),
            Message::Notification { method, params } => return self.notified(&method, params.as_deref()),
            Message::Answer => log::debug("an answer of the host, to nothing that was asked"),
        }
        None
    }

    fn notified(&self, method: &str, params: Option<&RawValue>) -> Option<End> {
        match method {
            "initialized" => drop(self.probe().take()),
            "$/cancelRequest" => {
                if let Ok(CancelParams { id }) = parse_params(method, params) {
                    self.requests.cancel(&id, |method| !is_finished(method));
                }
            }
            "exit" if *self.lock_state() == State::Shutdown => return Some(End::Orderly),
            "exit" => return Some(End::WithoutShutdown),
            _ => {}
        }
        None
    }

    /// On the thread that reads stdin: it answers what needs no work, and hands on everything else.
    fn request(self: &Arc<Self>, id: Id, method: String, params: Option<Box<RawValue>>) {
        if let Some(refusal) = self.refusal(&method) {
            return self.output.leave(self.frame_of(&id, Err(refusal)));
        }
        if method == "ping" {
            let params = parse_params::<IgnoredAny>(&method, params.as_deref());
            let answer = params.and_then(|_| result_frame(&id, &Empty {}));
            return self.output.leave(self.frame_of(&id, answer));
        }
        let glance = Glance::at(&method, params.as_deref());
        let pool = if glance.is_stream() { &self.streams } else { &self.calls };
        let turns = glance.writer().and_then(|writer| self.writers.turns(writer));
        let call = Call::traced(glance.traceparent());
        self.requests.open(&id, &method, &call);
        let session = Arc::clone(self);
        let job = move || session.work(&id, &method, params.as_deref(), &call);
        match turns {
            Some(turns) => turns.run(pool, job),
            None => pool.run(job),
        }
    }

    fn refusal(&self, method: &str) -> Option<Refusal> {
        let mut state = self.lock_state();
        let is_known = matches!(method, "ping" | "shutdown") || OPERATIONS.contains(&method);
        match (method, *state) {
            ("initialize", State::New) => *state = State::Initializing,
            ("initialize", State::Shutdown) => return Some(Refusal::NotInitialized(method.to_owned())),
            ("initialize", _) => return Some(Refusal::AlreadyInitialized),
            _ if !is_known => return Some(Refusal::NoMethod(method.to_owned())),
            ("shutdown", State::Ready) => *state = State::Shutdown,
            (_, State::Ready) => {}
            _ => return Some(Refusal::NotInitialized(method.to_owned())),
        }
        None
    }

    fn work(self: &Arc<Self>, id: &Id, method: &str, params: Option<&RawValue>, call: &Call) {
        let request = Request { id, method, params, call };
        let served = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.serve(&request)));
        let answer = served
            .unwrap_or_else(|_| Err(StorageError::new(ErrorCode::Internal, "the driver panicked").into()));
        if method == "initialize" {
            // Also after a panic: the host may try once more.
            *self.lock_state() = if answer.is_ok() { State::Ready } else { State::New };
        }
        let frame = self.frame_of(id, answer);
        self.requests.close(id, || self.output.send(frame));
    }

    fn serve(self: &Arc<Self>, request: &Request<'_>) -> Result<Vec<u8>, Refusal> {
        if request.method == "initialize" {
            return self.initialize(request.id, request.params);
        }
        if request.method == "shutdown" {
            self.close();
            return result_frame(request.id, &Empty {});
        }
        if !is_finished(request.method) {
            request.call.check()?;
        }
        let context = self.context.read().unwrap_or_else(PoisonError::into_inner).clone();
        let context = context.ok_or_else(|| Refusal::Storage(StorageError::cancelled()))?;
        operations::serve(&context, &self.writers, request)
    }

    fn report(&self) {
        for (id, call) in self.requests.open_for(PROGRESS) {
            self.output.send(progress_frame(&id, call.bytes()));
        }
    }

    fn frame_of(&self, id: &Id, answer: Result<Vec<u8>, Refusal>) -> Vec<u8> {
        answer.unwrap_or_else(|refusal| refusal_frame(id, &refusal, self.description.name))
    }

    fn probe(&self) -> MutexGuard<'_, Option<Probe>> {
        self.probe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

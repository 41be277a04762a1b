//! The writers that the host has open.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::answer::Refusal;
use super::context::Context;
use super::put_writer::PutWriter;
use super::socket;
use super::turns::Turns;
use crate::call::Call;
use crate::error::{ErrorCode, Result, StorageError};
use crate::path::StorePath;
use crate::wire::{
    OpenMode, Preamble, SizeResult, WriterCommitParams, WriterOpenParams, WriterOpenResult, WriterWriteParams,
};
use crate::writer::{Writer, WriterMode, WriterOptions};

#[derive(Default)]
pub(super) struct Writers {
    open: Mutex<HashMap<String, Arc<OpenWriter>>>,
    last_id: AtomicU64,
}

struct OpenWriter {
    path: String,
    mode: OpenMode,
    /// Absent after its end.
    writer: Mutex<Option<Box<dyn Writer>>>,
    turns: Arc<Turns>,
}

impl Writers {
    pub(super) fn open(
        &self,
        context: &Context,
        params: &WriterOpenParams,
        call: &Call,
    ) -> Result<WriterOpenResult> {
        let path = StorePath::parse(&params.path)?;
        let mut writer = open_driver(context, path, params, call)?;
        if call.is_cancelled() {
            // Nobody will learn its id.
            writer.close()?;
            return Err(StorageError::cancelled());
        }
        let id = (self.last_id.fetch_add(1, Ordering::Relaxed) + 1).to_string();
        let file = writer.local().filter(|_| context.capabilities.local_files()).map(Into::into);
        let result = WriterOpenResult { writer: id.clone(), size: writer.size(), file };
        let open = OpenWriter {
            path: params.path.clone(),
            mode: params.mode,
            writer: Mutex::new(Some(writer)),
            turns: Arc::default(),
        };
        self.lock().insert(id, Arc::new(open));
        Ok(result)
    }

    /// The order in which the calls of a writer are worked on; absent for a writer that there is not.
    pub(super) fn turns(&self, id: &str) -> Option<Arc<Turns>> {
        self.lock().get(id).map(|open| Arc::clone(&open.turns))
    }

    pub(super) fn write(
        &self,
        context: &Context,
        params: &WriterWriteParams,
        call: &Call,
    ) -> Result<SizeResult, Refusal> {
        let open = self.find(&params.writer)?;
        let mut held = open.lock();
        let writer = open.writer(&mut held)?;
        open.require_size(writer.size(), params.offset.0)?;
        match (&params.data, &params.token, params.written) {
            (Some(data), None, None) => {
                let bytes = STANDARD
                    .decode(data)
                    .map_err(|_| Refusal::Params("writer/write: data: expected base64".into()))?;
                writer.write(&bytes)?;
            }
            (None, Some(token), None) => receive(context, token, writer, call)?,
            (None, None, Some(written)) => writer.accept(written.0)?,
            _ => {
                return Err(StorageError::unsupported(
                    "a write with other than one of data, token and written",
                )
                .into());
            }
        }
        Ok(SizeResult { size: writer.size() })
    }

    pub(super) fn commit(&self, context: &Context, params: &WriterCommitParams) -> Result<SizeResult> {
        let open = self.find(&params.writer)?;
        let mut held = open.lock();
        let writer = open.writer(&mut held)?;
        let told = params.written.map_or(0, |written| written.0);
        let wanted = params.size.0.checked_sub(told).unwrap_or(u64::MAX);
        if wanted != writer.size() {
            return Err(open.invalid_offset(params.size.0, writer.size()));
        }
        if params.written.is_some() {
            // Whatever becomes of the commit, these are told.
            writer.accept(told)?;
        }
        let to = params.to.as_deref().map(StorePath::parse).transpose()?;
        if to.is_some() && !(open.is_in_place() && context.capabilities.commit_to) {
            return Err(StorageError::unsupported("a commit to another path"));
        }
        writer.commit(to)?;
        let size = writer.size();
        self.end(&params.writer, &mut held);
        Ok(SizeResult { size })
    }

    pub(super) fn close(&self, id: &str) -> Result<SizeResult> {
        let open = self.find(id)?;
        let mut held = open.lock();
        let writer = open.writer(&mut held)?;
        writer.close()?;
        let size = writer.size();
        self.end(id, &mut held);
        Ok(SizeResult { size })
    }

    pub(super) fn cancel(&self, id: &str) -> Result<()> {
        let open = self.find(id)?;
        let mut held = open.lock();
        open.writer(&mut held)?.cancel()?;
        self.end(id, &mut held);
        Ok(())
    }

    /// What the host left open is kept as far as it came, as if it had closed it.
    pub(super) fn close_all(&self) {
        let open: Vec<_> = self.lock().drain().map(|(_, open)| open).collect();
        for open in open {
            let Some(mut writer) = open.lock().take() else { continue };
            // Of an upload that is lost here the host hears when it comes back to it.
            let _ = accept_rest(writer.as_mut()).and_then(|()| writer.close());
        }
    }

    fn find(&self, id: &str) -> Result<Arc<OpenWriter>> {
        self.lock().get(id).cloned().ok_or_else(|| already_closed(&format!("writer {id}")))
    }

    fn end(&self, id: &str, held: &mut MutexGuard<'_, Option<Box<dyn Writer>>>) {
        held.take();
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<OpenWriter>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenWriter {
    fn lock(&self) -> MutexGuard<'_, Option<Box<dyn Writer>>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer<'a>(
        &self,
        held: &'a mut MutexGuard<'_, Option<Box<dyn Writer>>>,
    ) -> Result<&'a mut Box<dyn Writer>> {
        held.as_mut().ok_or_else(|| already_closed(&self.path).with_path(&self.path))
    }

    const fn is_in_place(&self) -> bool {
        matches!(self.mode, OpenMode::Truncate | OpenMode::Append)
    }

    fn require_size(&self, size: u64, offset: u64) -> Result<()> {
        if offset == size { Ok(()) } else { Err(self.invalid_offset(offset, size)) }
    }

    #[expect(clippy::cast_precision_loss, reason = "offsets on the wire are at most 2^53 - 1")]
    fn invalid_offset(&self, offset: u64, size: u64) -> StorageError {
        StorageError::invalid_offset(&self.path, offset as f64, Some(size))
    }
}

fn already_closed(what: &str) -> StorageError {
    StorageError::new(ErrorCode::AlreadyClosed, format!("already closed: {what}"))
}

fn open_driver(
    context: &Context,
    path: StorePath<'_>,
    params: &WriterOpenParams,
    call: &Call,
) -> Result<Box<dyn Writer>> {
    let mode = match params.mode {
        OpenMode::Put => {
            return Ok(Box::new(PutWriter::new(Arc::clone(&context.driver), path, context.limits.put_bytes)));
        }
        OpenMode::Isolated if !context.capabilities.isolated_writers => {
            return Err(StorageError::unsupported("isolated writers"));
        }
        OpenMode::Isolated => WriterMode::Isolated,
        OpenMode::Truncate => WriterMode::Truncate,
        OpenMode::Append => WriterMode::Append,
    };
    let options = WriterOptions { mode, expected_size: params.expected_size.map(|size| size.0) };
    context.driver.writer(path, &options, call)
}

fn receive(context: &Context, token: &str, writer: &mut Box<dyn Writer>, call: &Call) -> Result<()> {
    let Some(socket_path) = &context.socket_path else {
        return Err(StorageError::unsupported("plane socket"));
    };
    let socket = socket::dial(socket_path, &Preamble { token, opened: None })?;
    socket::receive(socket, call, |bytes| writer.write(bytes))
}

/// What the host wrote and did not come to tell, in order and without a gap. To cut it off would leave a hole where a
/// host that is still at work writes on.
fn accept_rest(writer: &mut dyn Writer) -> Result<()> {
    let Some(place) = writer.local() else { return Ok(()) };
    let Ok(found) = fs::symlink_metadata(&place.path) else { return Ok(()) };
    if (found.dev(), found.ino()) != (place.dev, place.ino) || found.size() <= writer.size() {
        return Ok(());
    }
    writer.accept(found.size() - writer.size())
}

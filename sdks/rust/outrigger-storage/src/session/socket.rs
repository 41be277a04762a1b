//! The plane `socket`: raw bytes on connections to the host.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::call::Call;
use crate::content::Body;
use crate::error::{ErrorCode, Result, StorageError};
use crate::wire::Preamble;

const CHUNK_BYTES: usize = 256 * 1024;
/// Of a call of sendfile: between two of them the progress is noted.
const SEND_BYTES: usize = 1024 * 1024;

/// Dials the host and sends the first line.
pub(super) fn dial(path: &str, preamble: &Preamble<'_>) -> Result<UnixStream> {
    let line = serde_json::to_vec(preamble).map_err(io::Error::from)?;
    let connect = || {
        let mut socket = UnixStream::connect(path)?;
        socket.write_all(&[&line[..], b"\n"].concat())?;
        Ok::<_, io::Error>(socket)
    };
    connect().map_err(|error| {
        let message = format!("the host's data socket cannot be dialled: {error}");
        StorageError::new(ErrorCode::Unavailable, message).with_source(error)
    })
}

/// Sends at most `length` bytes of a body and half-closes. Answers how many it were, once the kernel has them all.
pub(super) fn send(body: Body, offset: u64, length: u64, socket: &UnixStream, call: &Call) -> Result<u64> {
    let closer = socket.try_clone()?;
    let _guard = call.on_cancel(move || drop(closer.shutdown(Shutdown::Both)));
    let sent = match body {
        Body::File(file) => send_file(&file, offset, length, socket, call),
        Body::Reader(reader) => send_reader(reader, length, socket, call),
    };
    call.check()?;
    let sent = sent?;
    if sent < length {
        return Err(StorageError::new(
            ErrorCode::Unavailable,
            format!("the content ended after {sent} of {length} bytes"),
        ));
    }
    socket.shutdown(Shutdown::Write).map_err(gone)?;
    Ok(sent)
}

/// The host no longer takes the bytes: that is a cancel.
fn gone(_: io::Error) -> StorageError {
    StorageError::cancelled()
}

fn send_reader(
    reader: Box<dyn Read + Send>,
    length: u64,
    mut socket: &UnixStream,
    call: &Call,
) -> Result<u64> {
    let _watch = Watch::start(socket, call)?;
    let mut reader = reader.take(length);
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut sent = 0;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => return Ok(sent),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        call.check()?;
        socket.write_all(&buffer[..count]).map_err(gone)?;
        sent += count as u64;
        call.report(sent);
    }
}

#[cfg(target_os = "linux")]
fn send_file(
    file: &std::fs::File,
    offset: u64,
    length: u64,
    socket: &UnixStream,
    call: &Call,
) -> Result<u64> {
    use rustix::io::Errno;
    let mut position = offset;
    let end = offset + length;
    while position < end {
        let count = usize::try_from(end - position).unwrap_or(usize::MAX).min(SEND_BYTES);
        match rustix::fs::sendfile(socket, file, Some(&mut position), count) {
            Ok(0) => break,
            Ok(_) => call.report(position - offset),
            Err(Errno::INTR) => {}
            // A file system that cannot: its bytes go through memory.
            Err(Errno::INVAL | Errno::NOSYS) => {
                let sent = position - offset;
                return Ok(sent + copy_file(file, position, length - sent, socket, call)?);
            }
            Err(Errno::PIPE | Errno::CONNRESET) => return Err(StorageError::cancelled()),
            Err(error) => return Err(io::Error::from(error).into()),
        }
    }
    Ok(position - offset)
}

#[cfg(not(target_os = "linux"))]
use copy_file as send_file;

fn copy_file(
    file: &std::fs::File,
    offset: u64,
    length: u64,
    mut socket: &UnixStream,
    call: &Call,
) -> Result<u64> {
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut sent = 0;
    while sent < length {
        let most = usize::try_from(length - sent).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        let count = std::os::unix::fs::FileExt::read_at(file, &mut buffer[..most], offset + sent)?;
        if count == 0 {
            break;
        }
        socket.write_all(&buffer[..count]).map_err(gone)?;
        sent += count as u64;
        call.report(sent);
    }
    Ok(sent)
}

/// Sees the host leave while the driver waits for its backend: nothing comes from the host on a read, so that the end of
/// its side is that of the read.
struct Watch {
    socket: UnixStream,
    over: Arc<AtomicBool>,
}

impl Watch {
    fn start(socket: &UnixStream, call: &Call) -> io::Result<Self> {
        let watch = Self { socket: socket.try_clone()?, over: Arc::default() };
        let mut watched = socket.try_clone()?;
        let (over, call) = (Arc::clone(&watch.over), call.clone());
        thread::Builder::new().name("watch".into()).stack_size(64 * 1024).spawn(move || {
            let _ = watched.read(&mut [0]);
            if !over.load(Ordering::Acquire) {
                call.cancel();
            }
        })?;
        Ok(watch)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        let _ = self.socket.shutdown(Shutdown::Read);
    }
}

/// Takes bytes until the host's half-close. A connection that breaks ends them too: what came is kept.
pub(super) fn receive(
    mut socket: UnixStream,
    call: &Call,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let closer = socket.try_clone()?;
    let _guard = call.on_cancel(move || drop(closer.shutdown(Shutdown::Both)));
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut taken = 0;
    loop {
        match socket.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                take(&buffer[..count])?;
                taken += count as u64;
                call.report(taken);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Ok(()),
        }
    }
}

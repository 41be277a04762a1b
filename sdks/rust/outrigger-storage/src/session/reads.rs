//! Content on its way to the host.

use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::context::Context;
use super::socket;
use crate::call::Call;
use crate::content::{Body, Content};
use crate::driver::ReadOptions;
use crate::error::{ErrorCode, Result, StorageError};
use crate::path::StorePath;
use crate::wire::{GetResult, Natural, Opened, Plane, Preamble, ReadParams, ReadResult};

/// The whole of a small object; of a larger one, size and version only.
pub(super) fn get(context: &Context, path: &str, call: &Call) -> Result<GetResult> {
    let path = StorePath::parse(path)?;
    let options = ReadOptions { offset: 0, length: None, if_match: None };
    let content = context.driver.read(path, &options, call)?;
    let opened = Opened::from(&content);
    if content.size > context.limits.small_content_bytes {
        return Ok(GetResult { content: None, opened });
    }
    let content = encode(content.body, 0, content.size)?;
    Ok(GetResult { content: Some(content), opened })
}

/// Answers a read on the plane that it names; small content goes inline whatever the plane.
pub(super) fn read(context: &Context, params: &ReadParams, call: &Call) -> Result<ReadResult> {
    let path = StorePath::parse(&params.path)?;
    let offset = offset_of(params)?;
    if params.plane == Plane::File {
        return local(context, path, params, call);
    }
    let asked = params.length.map_or(u64::MAX, |length| length.0);
    let most =
        if params.plane == Plane::Inline { asked.min(context.limits.inline_chunk_bytes) } else { asked };
    let options = ReadOptions {
        offset,
        length: Some(most).filter(|most| *most < u64::MAX),
        if_match: params.if_match.as_deref(),
    };
    let content = context.driver.read(path, &options, call)?;
    require_version(path, params, content.version.as_deref())?;
    let left = content.size.saturating_sub(offset).min(most);
    let opened = Opened::from(&content);
    let small = context.limits.small_content_bytes.min(context.limits.inline_chunk_bytes);
    if params.plane == Plane::Inline || left <= small {
        return Ok(ReadResult::Inline { data: encode(content.body, offset, left)?, opened });
    }
    stream(context, params, Stream { content, offset, left, opened }, call)
}

struct Stream {
    content: Content,
    offset: u64,
    left: u64,
    opened: Opened,
}

fn stream(context: &Context, params: &ReadParams, stream: Stream, call: &Call) -> Result<ReadResult> {
    let (Some(token), Some(socket_path)) = (&params.token, &context.socket_path) else {
        return Err(StorageError::unsupported("a read on the plane socket without a token or a socket"));
    };
    let Stream { content, offset, left, opened } = stream;
    let preamble = Preamble { token, opened: Some(opened.clone()) };
    let socket = socket::dial(socket_path, &preamble)?;
    let bytes = socket::send(content.body, offset, left, &socket, call)?;
    Ok(ReadResult::Socket { bytes, opened })
}

fn local(context: &Context, path: StorePath<'_>, params: &ReadParams, call: &Call) -> Result<ReadResult> {
    if !context.capabilities.local_files() {
        return Err(StorageError::unsupported("plane file"));
    }
    let file = context.driver.local_file(path, call)?;
    require_version(path, params, file.version.as_deref())?;
    let opened = Opened { size: file.size, mod_time: file.mod_time, version: file.version };
    Ok(ReadResult::File { place: (&file.place).into(), opened })
}

fn offset_of(params: &ReadParams) -> Result<u64> {
    let offset = Natural::of(params.offset).map(|offset| offset.0);
    offset.ok_or_else(|| StorageError::invalid_offset(&params.path, params.offset, None))
}

fn require_version(path: StorePath<'_>, params: &ReadParams, version: Option<&str>) -> Result<()> {
    if params.if_match.is_some() && params.if_match.as_deref() != version {
        return Err(StorageError::version_changed(path.as_str()));
    }
    Ok(())
}

/// `length` bytes in base64. Content that ends before is no content.
fn encode(body: Body, offset: u64, length: u64) -> Result<String> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
    let filled = match body {
        Body::File(file) => file.read_exact_at(&mut bytes, offset),
        Body::Reader(mut reader) => reader.read_exact(&mut bytes),
    };
    filled.map_err(short)?;
    Ok(STANDARD.encode(bytes))
}

fn short(error: io::Error) -> StorageError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return StorageError::new(ErrorCode::Unavailable, "the content ended before its size");
    }
    error.into()
}

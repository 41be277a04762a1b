//! One request of the host, served.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::answer::{Refusal, result_frame};
use super::context::Context;
use super::reads;
use super::writers::Writers;
use crate::call::Call;
use crate::driver::{ListOptions, RedirectRequest, WalkOptions};
use crate::error::{ErrorCode, Result as StorageResult, StorageError};
use crate::framing::Id;
use crate::path::StorePath;
use crate::wire::{
    Empty, ListParams, ListResult, MoveParams, PathParams, PutParams, RedirectParams, RedirectResult,
    WalkParams, WalkResult, WriterParams,
};

/// A request whose answer is to be made.
pub(super) struct Request<'a> {
    pub id: &'a Id,
    pub method: &'a str,
    pub params: Option<&'a RawValue>,
    pub call: &'a Call,
}

/// The names of the operations; the lifecycle is the session's.
pub(super) const OPERATIONS: [&str; 15] = [
    "stat",
    "list",
    "walk",
    "get",
    "put",
    "read",
    "writer/open",
    "writer/write",
    "writer/commit",
    "writer/close",
    "writer/cancel",
    "move",
    "copy",
    "delete",
    "redirectURL",
];

/// What is under way of these is finished at the end of a session, and is not cancelled: half of it may be done already.
pub(super) fn is_finished(method: &str) -> bool {
    matches!(method, "put" | "move" | "copy" | "delete" | "writer/commit" | "writer/close" | "writer/cancel")
}

/// The frame that answers a request.
pub(super) fn serve(context: &Context, writers: &Writers, request: &Request<'_>) -> Result<Vec<u8>, Refusal> {
    let call = request.call;
    let driver = &context.driver;
    match request.method {
        "stat" => {
            let params: PathParams = request.params()?;
            let info = driver
                .stat(StorePath::parse_directory(&params.path)?, call)
                .map_err(|error| error.about(&params.path))?;
            request.answer(&crate::wire::InfoResult::from(info))
        }
        "list" => list(context, request),
        "walk" => walk(context, request),
        "get" => {
            let params: PathParams = request.params()?;
            request
                .answer(&reads::get(context, &params.path, call).map_err(|error| error.about(&params.path))?)
        }
        "put" => put(context, request),
        "read" => {
            let params: crate::wire::ReadParams = request.params()?;
            request.answer(&reads::read(context, &params, call).map_err(|error| error.about(&params.path))?)
        }
        "writer/open" => {
            let params: crate::wire::WriterOpenParams = request.params()?;
            request.answer(&writers.open(context, &params, call).map_err(|error| error.about(&params.path))?)
        }
        "writer/write" => request.answer(&writers.write(context, &request.params()?, call)?),
        "writer/commit" => request.answer(&writers.commit(context, &request.params()?)?),
        "writer/close" => {
            let params: WriterParams = request.params()?;
            request.answer(&writers.close(&params.writer)?)
        }
        "writer/cancel" => {
            let params: WriterParams = request.params()?;
            writers.cancel(&params.writer)?;
            request.answer(&Empty {})
        }
        "move" | "copy" => place(context, request),
        "delete" => {
            let params: PathParams = request.params()?;
            driver
                .delete(StorePath::parse(&params.path)?, call)
                .map_err(|error| error.about(&params.path))?;
            request.answer(&Empty {})
        }
        "redirectURL" => redirect(context, request),
        method => Err(Refusal::NoMethod(method.to_owned())),
    }
}

impl Request<'_> {
    fn params<P: DeserializeOwned>(&self) -> Result<P, Refusal> {
        parse_params(self.method, self.params)
    }

    fn answer(&self, result: &impl serde::Serialize) -> Result<Vec<u8>, Refusal> {
        result_frame(self.id, result)
    }
}

/// The params of a method; absent ones are `{}`.
pub(super) fn parse_params<P: DeserializeOwned>(
    method: &str,
    params: Option<&RawValue>,
) -> Result<P, Refusal> {
    let text = params.map_or("{}", RawValue::get);
    if !text.starts_with('{') {
        return Err(Refusal::Params(format!("{method}: expected an object")));
    }
    // The library's message may quote a value, and that may be a secret.
    serde_json::from_str(text).map_err(|error| {
        let why = if method == "initialize" {
            "params that are not of the schema".to_owned()
        } else {
            error.to_string()
        };
        Refusal::Params(format!("{method}: {why}"))
    })
}

fn list(context: &Context, request: &Request<'_>) -> Result<Vec<u8>, Refusal> {
    let params: ListParams = request.params()?;
    let path = StorePath::parse_directory(&params.path)?;
    fit_page(context, params.limit.0, |limit| {
        let options = ListOptions { cursor: params.cursor.as_deref(), limit };
        let page =
            context.driver.list(path, &options, request.call).map_err(|error| error.about(&params.path))?;
        let count = page.entries.len();
        let result =
            ListResult { entries: page.entries.into_iter().map(Into::into).collect(), cursor: page.cursor };
        Ok((count, request.answer(&result)?))
    })
}

fn walk(context: &Context, request: &Request<'_>) -> Result<Vec<u8>, Refusal> {
    let params: WalkParams = request.params()?;
    let path = StorePath::parse_directory(&params.path)?;
    require(context.capabilities.walk, "walk")?;
    fit_page(context, params.limit.0, |limit| {
        let options =
            WalkOptions { after: params.after.as_deref(), skip_children: params.skip_children, limit };
        let page =
            context.driver.walk(path, &options, request.call).map_err(|error| error.about(&params.path))?;
        let count = page.entries.len();
        let result =
            WalkResult { entries: page.entries.into_iter().map(Into::into).collect(), done: page.done };
        Ok((count, request.answer(&result)?))
    })
}

/// A page within the host's limits, whose message is not too large. A full page of long paths is: it is asked for again, with half as many entries.
fn fit_page(
    context: &Context,
    limit: usize,
    ask: impl Fn(usize) -> Result<(usize, Vec<u8>), Refusal>,
) -> Result<Vec<u8>, Refusal> {
    let mut limit = limit.min(context.limits.page_entries).max(1);
    loop {
        let (count, frame) = ask(limit)?;
        if count <= 1 || frame.len() <= context.limits.message_bytes {
            return Ok(frame);
        }
        limit = count / 2;
    }
}

fn put(context: &Context, request: &Request<'_>) -> Result<Vec<u8>, Refusal> {
    let params: PutParams = request.params()?;
    let path = StorePath::parse(&params.path)?;
    let content = STANDARD
        .decode(&params.content)
        .map_err(|_| Refusal::Params("put: content: expected base64".into()))?;
    let most = context.limits.small_content_bytes;
    if content.len() as u64 > most {
        let message = format!("content of a put is at most {most} bytes");
        return Err(StorageError::new(ErrorCode::Unsupported, message).with_path(params.path).into());
    }
    context.driver.put(path, &content, request.call).map_err(|error| error.about(&params.path))?;
    request.answer(&Empty {})
}

fn place(context: &Context, request: &Request<'_>) -> Result<Vec<u8>, Refusal> {
    let params: MoveParams = request.params()?;
    let source = StorePath::parse(&params.source)?;
    let destination = StorePath::parse(&params.destination)?;
    if request.method == "copy" {
        require(context.capabilities.copy, "copy")?;
        context.driver.copy(source, destination, request.call)
    } else {
        context.driver.rename(source, destination, request.call)
    }
    .map_err(|error| error.about(&params.source))?;
    request.answer(&Empty {})
}

fn redirect(context: &Context, request: &Request<'_>) -> Result<Vec<u8>, Refusal> {
    let RedirectParams { path, method, scheme, host, client_ip, headers } = request.params()?;
    let checked = StorePath::parse(&path)?;
    let client = RedirectRequest { method, scheme, host, client_ip, headers };
    let redirect = if context.capabilities.redirect_url {
        context.driver.redirect_url(checked, &client, request.call).map_err(|error| error.about(&path))?
    } else {
        None
    };
    let (url, expires_at) =
        redirect.map_or((None, None), |redirect| (Some(redirect.url), redirect.expires_at));
    request.answer(&RedirectResult { url, expires_at })
}

fn require(declared: bool, what: &str) -> StorageResult<()> {
    if declared { Ok(()) } else { Err(StorageError::unsupported(what)) }
}

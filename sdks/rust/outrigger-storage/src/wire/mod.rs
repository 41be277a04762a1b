//! What the messages carry. The field names are those of the protocol's reference.

mod limits;
mod numbers;
mod params;
mod results;

pub(crate) use limits::Limits;
pub(crate) use numbers::{Limit, MAX_PAGE_ENTRIES, MAX_SAFE_INTEGER, Natural};
pub(crate) use params::{
    CancelParams, InitializeParams, ListParams, MoveParams, OpenMode, PathParams, Plane, PutParams,
    ReadParams, RedirectParams, WalkParams, WriterCommitParams, WriterOpenParams, WriterParams,
    WriterWriteParams, present,
};
pub(crate) use results::{
    Empty, GetResult, InfoResult, ListResult, Opened, Place, Preamble, ReadResult, RedirectResult,
    SizeResult, WalkResult, WriterOpenResult, is_exact,
};

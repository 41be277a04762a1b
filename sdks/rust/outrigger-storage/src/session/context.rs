use std::sync::Arc;

use crate::driver::{Capabilities, StorageDriver};
use crate::wire::Limits;

/// What the handshake settled.
pub(super) struct Context {
    pub driver: Arc<dyn StorageDriver>,
    pub capabilities: Capabilities,
    pub limits: Limits,
    pub socket_path: Option<String>,
}

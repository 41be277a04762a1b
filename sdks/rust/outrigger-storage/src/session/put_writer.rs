//! The writer of mode `put`.

use std::sync::Arc;

use crate::call::Call;
use crate::driver::StorageDriver;
use crate::error::{ErrorCode, Result, StorageError};
use crate::path::StorePath;
use crate::writer::Writer;

/// An atomic replacement that is larger than a message: gathered in memory, for the driver's own `put`.
pub(super) struct PutWriter {
    driver: Arc<dyn StorageDriver>,
    path: String,
    content: Vec<u8>,
    most: u64,
}

impl PutWriter {
    pub(super) fn new(driver: Arc<dyn StorageDriver>, path: StorePath<'_>, most: u64) -> Self {
        Self { driver, path: path.as_str().to_owned(), content: Vec::new(), most }
    }
}

impl Writer for PutWriter {
    fn size(&self) -> u64 {
        self.content.len() as u64
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.size() + bytes.len() as u64 > self.most {
            return Err(StorageError::new(
                ErrorCode::Unsupported,
                format!("put takes at most {} bytes", self.most),
            ));
        }
        self.content.extend_from_slice(bytes);
        Ok(())
    }

    fn commit(&mut self, to: Option<StorePath<'_>>) -> Result<()> {
        if to.is_some() {
            return Err(StorageError::unsupported("a commit of mode put to another path"));
        }
        self.driver.put(StorePath::parse(&self.path)?, &self.content, &Call::new())
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }

    fn cancel(&mut self) -> Result<()> {
        Ok(())
    }
}

//! Bytes to messages and back.

mod message;
mod nesting;
mod parser;

pub(crate) use message::{Id, Message, parse_message};
pub(crate) use parser::FrameParser;

#[cfg(test)]
mod tests;

use std::fmt;

/// Bytes that are no frame, or a frame that is no message. There is no way back into step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation(pub String);

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A message as a frame.
pub(crate) fn to_frame(body: &[u8]) -> Vec<u8> {
    let mut frame = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    frame.extend_from_slice(body);
    frame
}

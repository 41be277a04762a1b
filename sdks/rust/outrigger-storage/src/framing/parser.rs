use super::Violation;
use super::nesting::is_nested_within;
use crate::wire::Limits;

/// Cuts a stream of bytes into messages, wherever it was cut before.
pub(crate) struct FrameParser {
    limits: Limits,
    buffer: Vec<u8>,
    /// Where in the buffer the next frame, or its body, begins.
    at: usize,
    /// Length of the body, once its header is known.
    body: Option<usize>,
}

const END_OF_HEADER: &[u8] = b"\r\n\r\n";

impl FrameParser {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, buffer: Vec::new(), at: 0, body: None }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, if it has come.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, Violation> {
        if self.body.is_none() {
            self.read_header()?;
        }
        let Some(length) = self.body else { return Ok(None) };
        let end = self.at + length;
        let Some(body) = self.buffer.get(self.at..end) else { return Ok(None) };
        self.at = end;
        self.body = None;
        if !is_nested_within(body, self.limits.nesting) {
            return Err(Violation(format!("a message of more than {} levels", self.limits.nesting)));
        }
        Ok(Some(body))
    }

    /// What the end of the stream means here.
    pub(crate) fn end(&self) -> Result<(), Violation> {
        if self.body.is_none() && self.at == self.buffer.len() {
            return Ok(());
        }
        Err(Violation("the stream ended inside a frame".into()))
    }

    fn read_header(&mut self) -> Result<(), Violation> {
        let rest = &self.buffer[self.at..];
        let window = &rest[..rest.len().min(self.limits.header_bytes)];
        let end = window.windows(END_OF_HEADER.len()).position(|bytes| bytes == END_OF_HEADER);
        let Some(end) = end else {
            check_beginning(window)?;
            if rest.len() >= self.limits.header_bytes {
                return Err(Violation(format!("a header of more than {} bytes", self.limits.header_bytes)));
            }
            return Ok(());
        };
        let length = length_in(&window[..end])?;
        if length == 0 || length > self.limits.message_bytes {
            let most = self.limits.message_bytes;
            return Err(Violation(format!("a message of {length} bytes: there are 1 to {most}")));
        }
        self.body = Some(length);
        self.at += end + END_OF_HEADER.len();
        Ok(())
    }
}

/// The fields of a whole header.
fn length_in(header: &[u8]) -> Result<usize, Violation> {
    let mut length = None;
    for line in lines(header) {
        match field_of(line)? {
            Field::Length(_) if length.is_some() => return Err(Violation("two lengths".into())),
            Field::Length(found) => length = Some(found),
            Field::Type => {}
        }
    }
    length.ok_or_else(|| Violation("a header without Content-Length".into()))
}

/// Whether what there is of a header can become one: what is none shall not wait for its end.
fn check_beginning(header: &[u8]) -> Result<(), Violation> {
    let mut lines: Vec<&[u8]> = lines(header).collect();
    let last = lines.pop().unwrap_or_default();
    for line in lines {
        field_of(line)?;
    }
    let name = last.split(|byte| *byte == b':').next().unwrap_or_default();
    let is_whole = name.len() < last.len();
    let fits = |known: &str| {
        let start = known.get(..name.len()).unwrap_or_default();
        name.len() <= known.len()
            && name.eq_ignore_ascii_case(start.as_bytes())
            && (!is_whole || start == known)
    };
    let is_end = matches!(last, b"\r");
    if (is_end && header.len() > 1) || fits(LENGTH) || fits(TYPE) {
        // A line feed would have ended the line, had a carriage return been before it.
        return if last.contains(&b'\n') { Err(not_a_header(last)) } else { Ok(()) };
    }
    Err(not_a_header(last))
}

const LENGTH: &str = "content-length";
const TYPE: &str = "content-type";

enum Field {
    Length(usize),
    Type,
}

fn field_of(line: &[u8]) -> Result<Field, Violation> {
    let text = std::str::from_utf8(line).ok().filter(|text| !text.contains('\n'));
    let (name, value) = text.and_then(|text| text.split_once(':')).ok_or_else(|| not_a_header(line))?;
    if name.eq_ignore_ascii_case(TYPE) {
        return Ok(Field::Type);
    }
    let value = value.trim_matches([' ', '\t']);
    let is_length = (1..=15).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit());
    if !name.eq_ignore_ascii_case(LENGTH) || !is_length {
        return Err(not_a_header(line));
    }
    value.parse().map(Field::Length).map_err(|_| not_a_header(line))
}

fn lines(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(header);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.windows(2).position(|bytes| bytes == b"\r\n");
        rest = end.map(|end| &text[end + 2..]);
        Some(end.map_or(text, |end| &text[..end]))
    })
}

fn not_a_header(line: &[u8]) -> Violation {
    let start = &line[..line.len().min(64)];
    Violation(format!("not a line of a header: \"{}\"", start.escape_ascii()))
}

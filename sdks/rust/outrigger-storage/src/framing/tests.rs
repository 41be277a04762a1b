//! The vectors of the protocol document, and streams that nobody thought of.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{FrameParser, parse_message, to_frame};
use crate::wire::Limits;

#[derive(Debug, PartialEq)]
enum Outcome {
    Messages(Vec<Value>),
    Push,
    End,
}

/// What comes out of a stream that arrives in these pieces.
fn parse<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut parser = FrameParser::new(Limits::default());
    let mut messages = Vec::new();
    for piece in pieces {
        parser.push(piece);
        loop {
            match parser.next() {
                Ok(Some(body)) if parse_message(body).is_ok() => {
                    messages.push(serde_json::from_slice(body).unwrap());
                }
                Ok(None) => break,
                Ok(Some(_)) | Err(_) => return Outcome::Push,
            }
        }
    }
    if parser.end().is_ok() { Outcome::Messages(messages) } else { Outcome::End }
}

fn bytes_of(vector: &Value) -> Vec<u8> {
    let hex = |text: &str| {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    let piece = |piece: &Value| match (piece.as_str(), piece["hex"].as_str(), piece["repeat"].as_str()) {
        (Some(text), ..) => text.as_bytes().to_vec(),
        (_, Some(text), _) => hex(text),
        (.., Some(text)) => {
            text.repeat(usize::try_from(piece["times"].as_u64().unwrap()).unwrap()).into_bytes()
        }
        _ => panic!("what is {piece}?"),
    };
    vector["bytes"].as_array().unwrap().iter().flat_map(piece).collect()
}

#[test]
fn the_vectors_come_to_the_same_however_they_are_cut() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/protocol/transcripts/frames.json");
    let vectors: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let vectors = vectors["vectors"].as_array().unwrap();
    assert!(vectors.len() > 60);
    for vector in vectors {
        let bytes = bytes_of(vector);
        let expected = match vector["violation"].as_str() {
            Some("push") => Outcome::Push,
            Some(_) => Outcome::End,
            None => Outcome::Messages(vector["messages"].as_array().unwrap().clone()),
        };
        assert_eq!(parse([&bytes[..]]), expected, "{}", vector["name"]);
        if bytes.len() > 10_000 {
            continue;
        }
        assert_eq!(parse(bytes.chunks(1)), expected, "{} byte by byte", vector["name"]);
        for at in 1..bytes.len().min(100) {
            let (first, second) = bytes.split_at(at);
            assert_eq!(parse([first, second]), expected, "{} cut at {at}", vector["name"]);
        }
    }
}

/// xorshift64*: the same numbers every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % end
    }
}

#[test]
fn damaged_streams_end_the_same_way_however_they_are_cut() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let good: Vec<u8> = (0..4)
        .flat_map(|id| {
            to_frame(
                format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"stat","params":{{"path":"/a\n\"{id}"}}}}"#)
                    .as_bytes(),
            )
        })
        .collect();
    for _ in 0..3000 {
        let mut bytes = good.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(3) {
                0 => bytes[at] = u8::try_from(random.below(256)).unwrap(),
                1 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let whole = parse([&bytes[..]]);
        assert_eq!(parse(bytes.chunks(1)), whole, "{}", bytes.escape_ascii());
        assert_eq!(parse(bytes.chunks(1 + random.below(40))), whole, "{}", bytes.escape_ascii());
    }
}

#[test]
fn an_id_is_an_integer_that_json_carries_exactly() {
    let parse =
        |id: &str| parse_message(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#).as_bytes());
    for good in ["0", "-1", "1.0", "9007199254740991", "-9007199254740991"] {
        assert!(parse(good).is_ok(), "{good}");
    }
    for bad in ["1.5", "9007199254740992", "-9007199254740992", "-9223372036854775808", "1e300", "null", "[]"]
    {
        assert!(parse(bad).is_err(), "{bad}");
    }
}

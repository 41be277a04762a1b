//! The driver's log: one JSON object a line on stderr, which the host takes over under the driver's name.

use std::io::Write;
use std::sync::{PoisonError, RwLock};

use serde_json::{Map, Value};

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Somebody has to do something.
    Error,
    /// Somebody should look at it.
    Warn,
    /// Worth knowing.
    Info,
    /// For the author of the driver.
    Debug,
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// Writes a line, with more fields than its level and message. Secrets that came as parameters are masked.
pub fn write(level: Level, message: &str, fields: Map<String, Value>) {
    let line = line_of(level, message, fields);
    // A log that nobody takes any more is no reason to fail.
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

/// Writes a line of level error.
pub fn error(message: &str) {
    write(Level::Error, message, Map::new());
}

/// Writes a line of level warn.
pub fn warn(message: &str) {
    write(Level::Warn, message, Map::new());
}

/// Writes a line of level info.
pub fn info(message: &str) {
    write(Level::Info, message, Map::new());
}

/// Writes a line of level debug.
pub fn debug(message: &str) {
    write(Level::Debug, message, Map::new());
}

/// The host cuts longer lines, and what was cut is no JSON any more.
const MAX_LINE: usize = 8 * 1024;
/// So many are less than a line, even if each of them has to be escaped.
const MAX_TEXT: usize = 1024;

fn line_of(level: Level, message: &str, fields: Map<String, Value>) -> String {
    let message = masked(message);
    let mut line = Map::new();
    line.insert("level".into(), level.name().into());
    line.insert("msg".into(), message.as_str().into());
    line.extend(fields.into_iter().map(|(key, value)| (key, masked_value(value))));
    let whole = Value::from(line).to_string();
    if whole.len() <= MAX_LINE {
        return whole + "\n";
    }
    let start: String = message.chars().take(MAX_TEXT).collect();
    format!("{}\n", serde_json::json!({ "level": level.name(), "msg": format!("{start} [cut]") }))
}

const MASK: &str = "***";
/// To mask shorter ones would garble the log and protect nothing.
const SHORTEST_SECRET: usize = 4;

/// What no line and no error message may show. There is one log in a process, and so one list.
static SECRETS: RwLock<Vec<String>> = RwLock::new(Vec::new());

pub(crate) fn hide(secrets: impl Iterator<Item = String>) {
    let mut hidden = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    hidden.extend(secrets.filter(|secret| secret.len() >= SHORTEST_SECRET));
    // One may be a part of another, whose rest would be left.
    hidden.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    hidden.dedup();
}

/// The text with every secret masked.
pub(crate) fn masked(text: &str) -> String {
    let hidden = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    hidden.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
}

fn masked_value(value: Value) -> Value {
    match value {
        Value::String(text) => masked(&text).into(),
        Value::Array(values) => values.into_iter().map(masked_value).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, masked_value(value))).collect(),
        other => other,
    }
}

/// Sends the records of the `log` crate here too. Call it once, at the start of `main`.
#[cfg(feature = "log")]
pub fn install(most: ::log::LevelFilter) {
    struct Records;
    impl ::log::Log for Records {
        fn enabled(&self, metadata: &::log::Metadata<'_>) -> bool {
            metadata.level() <= ::log::max_level()
        }
        fn log(&self, record: &::log::Record<'_>) {
            if !self.enabled(record.metadata()) {
                return;
            }
            let level = match record.level() {
                ::log::Level::Error => Level::Error,
                ::log::Level::Warn => Level::Warn,
                ::log::Level::Info => Level::Info,
                ::log::Level::Debug | ::log::Level::Trace => Level::Debug,
            };
            let target = ("target".to_owned(), Value::from(record.target()));
            write(level, &record.args().to_string(), Map::from_iter([target]));
        }
        fn flush(&self) {}
    }
    if ::log::set_boxed_logger(Box::new(Records)).is_ok() {
        ::log::set_max_level(most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_is_one_json_object_without_secrets() {
        hide(["hunter2secret".to_owned(), "x".to_owned()].into_iter());
        let fields =
            json!({ "url": "https://a:hunter2secret@b", "nested": [{ "deep": "hunter2secret" }], "n": 3 });
        let line = line_of(
            Level::Warn,
            "two\nlines with hunter2secret",
            fields.as_object().cloned().unwrap_or_default(),
        );
        assert_eq!(line.matches('\n').count(), 1);
        let value: Value = serde_json::from_str(&line).unwrap_or_default();
        assert_eq!(value["level"], "warn");
        assert_eq!(value["msg"], "two\nlines with ***");
        assert_eq!(value["url"], "https://a:***@b");
        assert!(!line.contains("hunter2secret"));
    }

    #[test]
    fn of_two_secrets_the_longer_is_masked_first() {
        hide(["sesame".to_owned(), "sesame-and-the-rest".to_owned()].into_iter());
        assert_eq!(masked("open sesame-and-the-rest, sesame"), "open ***, ***");
    }

    #[test]
    fn a_long_line_is_cut_and_stays_json() {
        let fields = json!({ "stack": "x".repeat(9000) });
        for line in [
            line_of(Level::Error, &"\u{1}".repeat(9000), Map::new()),
            line_of(Level::Error, "broken", fields.as_object().cloned().unwrap_or_default()),
        ] {
            assert!(line.len() <= MAX_LINE, "{}", line.len());
            let value: Value = serde_json::from_str(&line).unwrap_or_default();
            assert!(
                value["level"] == "error" && value["msg"].as_str().is_some_and(|msg| msg.ends_with(" [cut]"))
            );
        }
    }
}

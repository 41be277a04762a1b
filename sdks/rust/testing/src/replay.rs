use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::client::Client;
use crate::pattern::Memory;
use crate::{Scratch, transcripts};

/// What the transcripts are played against.
pub struct DriverUnderTest<'a> {
    /// The executable.
    pub program: &'a Path,
    /// Capabilities, and `version` if it answers versions of objects.
    pub powers: &'a [&'a str],
    /// The parameters of a driver whose store may lie in this directory.
    pub parameters: fn(&Path) -> Value,
}

/// Plays every transcript that fits, and answers how many it were.
#[must_use]
pub fn replay_all(driver: &DriverUnderTest<'_>) -> usize {
    let mut files: Vec<PathBuf> = fs::read_dir(transcripts())
        .expect("the transcripts")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    files.iter().filter(|file| replay(driver, file)).count()
}

fn replay(driver: &DriverUnderTest<'_>, file: &Path) -> bool {
    let (head, steps) = read(file);
    if !fits(&head, driver.powers) {
        return false;
    }
    let name = head["transcript"].as_str().unwrap_or_default();
    let scratch = Scratch::new(name);
    let mut memory = Memory::default();
    memory.given.insert("parameters", (driver.parameters)(&scratch.path.join("store")));
    memory.given.insert("hostPid", std::process::id().into());
    let mut client = Some(Client::start(driver.program, &["{}"]));
    for step in &steps {
        let exits = step.get("exits").map(|status| client.take().map(|client| (status, client.wait())));
        match (exits.flatten(), &mut client) {
            (Some((expected, (status, rest, log))), _) => {
                assert_eq!(json!(status), *expected, "{name}: {log}");
                assert!(rest.iter().all(is_progress), "{name}: the driver sent more: {rest:?}");
            }
            (None, Some(client)) => play(client, step, &mut memory, name),
            (None, None) => panic!("{name}: a step behind the end: {step}"),
        }
    }
    if let Some(mut client) = client {
        client.end_input();
        let (_, rest, _) = client.wait();
        assert!(rest.iter().all(is_progress), "{name}: the driver sent more: {rest:?}");
    }
    true
}

fn play(client: &mut Client, step: &Value, memory: &mut Memory, name: &str) {
    if step["from"] == "driver" {
        let whole = step.get("anyOrder").and_then(Value::as_array).cloned();
        return expect(client, whole.unwrap_or_else(|| vec![step["message"].clone()]), memory, name);
    }
    if let Some(message) = step.get("message") {
        client.send(&memory.value(message).expect("a message"));
    } else if let Some(bytes) = step["bytes"].as_str() {
        client.send_bytes(bytes.as_bytes());
    } else if let Some(text) = step["writes"].as_str() {
        let path = memory.value(&step["into"]).expect("a file that was named before");
        let file = OpenOptions::new()
            .write(true)
            .open(path.as_str().expect("a path"))
            .expect("the file of the driver");
        file.write_all_at(text.as_bytes(), step["at"].as_u64().expect("a position")).expect("to write");
    } else {
        client.end_input();
    }
}

fn expect(client: &mut Client, mut patterns: Vec<Value>, memory: &mut Memory, name: &str) {
    while !patterns.is_empty() {
        let message = client.receive();
        if is_progress(&message) {
            continue;
        }
        let found: Vec<_> =
            patterns.iter().map(|pattern| memory.difference(pattern, Some(&message), "message")).collect();
        let index = found.iter().position(Option::is_none);
        patterns.remove(index.unwrap_or_else(|| panic!("{name}: {found:?}")));
    }
}

fn is_progress(message: &Value) -> bool {
    message["method"] == "$/progress"
}

/// Its head, and its steps behind those of the transcript that it comes after.
fn read(file: &Path) -> (Value, Vec<Value>) {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let head = lines.next().expect("a head");
    let before = head["after"].as_str().map(|name| read(&file.with_file_name(format!("{name}.jsonl"))).1);
    (head, before.unwrap_or_default().into_iter().chain(lines).collect())
}

fn fits(head: &Value, powers: &[&str]) -> bool {
    let names = |key: &str| head["needs"][key].as_array().cloned().unwrap_or_default();
    let has = |name: &Value| powers.contains(&name.as_str().unwrap_or_default());
    let replay = head["replay"].as_array().is_some_and(|who| who.contains(&json!("driver")));
    let version = head["needs"]["version"] != true || powers.contains(&"version");
    replay && version && names("capabilities").iter().all(has) && !names("lacks").iter().any(has)
}

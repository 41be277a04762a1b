use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

/// Longer than anything takes on a busy machine: whoever waits so long has found a fault.
const PATIENCE: Duration = Duration::from_secs(60);

/// The limits of version 1, as the host sends them.
pub const LIMITS: &str = r#"{"headerBytes":4096,"messageBytes":1048576,"nesting":32,"inlineChunkBytes":262144,"smallContentBytes":32768,"putBytes":8388608,"pageEntries":1000,"streams":256,"preambleBytes":4096}"#;

/// A driver's process, and a host that speaks with it. The process is killed when it is dropped.
pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    log: Option<JoinHandle<String>>,
    last_id: i64,
}

impl Client {
    /// Starts a driver.
    #[must_use]
    pub fn start(program: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let (sender, messages) = channel();
        let output = BufReader::new(child.stdout.take().expect("its stdout"));
        thread::spawn(move || read_frames(output).try_for_each(|message| sender.send(message)));
        let mut stderr = child.stderr.take().expect("its stderr");
        let log = thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).expect("a log in UTF-8");
            text
        });
        let input = child.stdin.take();
        Self { child, input, messages, log: Some(log), last_id: 1_000_000 }
    }

    /// Starts a driver and shakes hands with it, on the plane inline.
    #[must_use]
    pub fn open(program: &Path, parameters: &Value) -> Self {
        let mut client = Self::start(program, &["{}"]);
        let answer = client.initialize(parameters, &json!({}));
        assert_eq!(answer["result"]["protocolVersion"], 1, "{answer}");
        client.notify("initialized", &json!({ "dataPlanes": ["inline"] }));
        client
    }

    /// Sends `initialize` with more fields than the needed ones, and answers its answer.
    pub fn initialize(&mut self, parameters: &Value, more: &Value) -> Value {
        let limits: Value = serde_json::from_str(LIMITS).expect("JSON");
        let mut params = json!({ "protocolVersions": [1], "host": { "name": "test", "version": "0" }, "hostPid": 1,
            "parameters": parameters, "dataPlanes": ["inline"], "limits": limits });
        for (key, value) in more.as_object().expect("an object") {
            params[key] = value.clone();
        }
        self.call("initialize", &params)
    }

    /// Sends a request, and answers its answer; whatever else comes before is passed over.
    pub fn call(&mut self, method: &str, params: &Value) -> Value {
        let id = self.ask(method, params);
        self.answer_to(&id)
    }

    /// Sends a request, and answers its id.
    pub fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last_id += 1;
        let id = Value::from(self.last_id);
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// Waits for the answer to a request.
    pub fn answer_to(&mut self, id: &Value) -> Value {
        loop {
            let message = self.receive();
            if message["id"] == *id {
                return message;
            }
        }
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a message.
    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.send_bytes(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// Sends bytes, whatever they are.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        // A driver that has ended shows in what comes next.
        let _ = self.input.as_mut().expect("stdin is open").write_all(bytes);
    }

    /// Ends the driver's stdin.
    pub fn end_input(&mut self) {
        self.input.take();
    }

    /// Process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next message of the driver.
    pub fn receive(&mut self) -> Value {
        self.messages
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|why| panic!("no message of the driver came: {why}"))
    }

    /// Waits for the end of the driver: exit status or the negative number of a signal, what it still said, and its log.
    pub fn wait(mut self) -> (i32, Vec<Value>, String) {
        let mut rest = Vec::new();
        loop {
            match self.messages.recv_timeout(PATIENCE) {
                Ok(message) => rest.push(message),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("the driver does not end"),
            }
        }
        let status: ExitStatus = self.child.wait().expect("its status");
        let log = self.log.take().map(JoinHandle::join).and_then(Result::ok).unwrap_or_default();
        (status.code().unwrap_or_else(|| -status.signal().unwrap_or(0)), rest, log)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Panics in its own thread on anything that is no frame: then no message comes.
fn read_frames(mut output: impl BufRead) -> impl Iterator<Item = Value> {
    std::iter::from_fn(move || {
        let mut header = String::new();
        if output.read_line(&mut header).expect("a header") == 0 {
            return None;
        }
        let length = header.strip_prefix("Content-Length: ").and_then(|rest| rest.trim_end().parse().ok());
        let mut body = vec![0; length.unwrap_or_else(|| panic!("not a frame: {header:?}"))];
        let mut end = [0; 2];
        output.read_exact(&mut end).expect("the end of the header");
        assert_eq!(&end, b"\r\n");
        output.read_exact(&mut body).expect("a whole frame");
        Some(serde_json::from_slice(&body).expect("JSON"))
    })
}

//! What the library promises for every driver, whatever its author did.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use outrigger_storage_testing::{Client, LIMITS, Scratch, code, example};
use serde_json::{Value, json};

fn faulty() -> PathBuf {
    example("faulty")
}

/// A driver whose calls wait at a gate, and the gate.
fn gated(name: &str) -> (Client, UnixListener, Scratch) {
    let scratch = Scratch::new(name);
    let gate = scratch.path.join("gate");
    let listener = UnixListener::bind(&gate).unwrap();
    let client = Client::open(&faulty(), &json!({ "gate": gate, "secretkey": "hush hush" }));
    (client, listener, scratch)
}

fn wait(listener: &UnixListener) -> UnixStream {
    listener.accept().unwrap().0
}

#[test]
fn describes_itself_in_one_line() {
    let output = Command::new(faulty()).arg("--describe").output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.matches('\n').count(), 1);
    let description: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(description["name"], "faulty");
    assert_eq!(description["protocolVersions"], json!([1]));
    assert_eq!(description["dataPlanes"], json!(["inline", "socket"]));
    assert_eq!(description["environment"], json!(["FAULTY_*"]));
    assert_eq!(description["parameters"]["properties"]["secretkey"]["x-secret"], true);
    let version = Command::new(faulty()).arg("--version").output().unwrap();
    assert_eq!(version.stdout, b"faulty 1.2.3\n");
}

#[test]
fn refuses_other_arguments() {
    for argument in ["--help", "[]", "null", "{", "a=b"] {
        let output = Command::new(faulty()).arg(argument).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{argument}");
        assert!(
            output.stdout.is_empty() && output.stderr.starts_with(b"registry-storage-faulty: argument 1 is")
        );
    }
}

#[test]
fn ends_with_a_reason_on_what_is_no_frame() {
    for bytes in [
        "hello\n",
        "Content-Length: 2\r\n\r\n{]",
        "Content-Length: 2\r\n\r\n[]",
        "Content-Length: -1\r\n\r\n",
    ] {
        let mut client = Client::start(&faulty(), &[]);
        client.send_bytes(bytes.as_bytes());
        let (status, messages, log) = client.wait();
        assert_eq!((status, messages.len(), log.matches('\n').count()), (1, 0, 1), "{log}");
        assert!(log.starts_with("the host broke the protocol: "), "{log}");
    }
}

#[test]
fn what_is_printed_is_the_log_and_a_panic_is_answered() {
    let mut client = Client::open(&faulty(), &json!({ "secretkey": "hush hush" }));
    assert_eq!(code(&client.call("stat", &json!({ "path": "/print" }))), "UNAVAILABLE");
    assert_eq!(code(&client.call("stat", &json!({ "path": "/panic" }))), "INTERNAL");
    assert_eq!(client.call("ping", &json!({}))["result"], json!({}));
    client.end_input();
    let (status, _, log) = client.wait();
    assert_eq!(status, 0);
    assert!(log.contains("a line of println\n") && log.contains(r#""level":"error""#), "{log}");
    assert!(!log.contains("hush"), "{log}");
}

#[test]
fn secrets_are_masked_wherever_they_turn_up() {
    let mut client = Client::start(&faulty(), &["{}"]);
    let mut answers = vec![
        client.initialize(&json!({ "secretkey": "hush hush", "nosuch": "hush hush" }), &json!({})),
        client.initialize(&json!("hush hush"), &json!({})),
        client.initialize(&json!({ "secretkey": "refused secret" }), &json!({})),
        client.initialize(&json!({ "secretkey": "hush hush" }), &json!({})),
    ];
    let codes: Vec<_> = answers.iter().map(|answer| answer["error"]["code"].as_i64()).collect();
    assert_eq!(codes, [Some(1103), Some(-32602), Some(1009), None]);
    answers.push(client.call("stat", &json!({ "path": "/log" })));
    assert_eq!(answers[4]["error"]["message"], "the server said: no such key ***");
    client.end_input();
    let (_, _, log) = client.wait();
    assert!(log.contains("a key: ***"), "{log}");
    let all = format!("{answers:?} {log}");
    assert!(!all.contains("hush") && !all.contains("refused secret"), "{all}");
}

#[test]
fn what_a_backend_says_at_length_is_cut() {
    let mut client = Client::open(&faulty(), &json!({ "secretkey": "hush hush" }));
    let error = client.call("stat", &json!({ "path": "/long" }))["error"].clone();
    for text in [&error["message"], &error["data"]["path"]] {
        let text = text.as_str().unwrap();
        assert!(text.starts_with("*** \u{e9}") && text.chars().count() == 4096, "{}", text.len());
    }
    let error = client.call(&"x".repeat(500_000), &json!({}))["error"].clone();
    assert_eq!(error["code"], -32601);
    assert_eq!(error["message"].as_str().unwrap().len(), 4096);
    assert_eq!(client.call("ping", &json!({}))["result"], json!({}));
}

#[test]
fn a_panic_while_the_driver_is_made_is_answered_and_the_host_may_try_again() {
    let mut client = Client::start(&faulty(), &["{}"]);
    let answer = client.initialize(&json!({ "secretkey": "panic secret" }), &json!({}));
    assert_eq!(code(&answer), "INTERNAL");
    let answer = client.initialize(&json!({ "secretkey": "hush hush" }), &json!({}));
    assert_eq!(answer["result"]["protocolVersion"], 1, "{answer}");
    client.end_input();
    let (status, _, log) = client.wait();
    assert_eq!(status, 0);
    assert!(log.contains("panic: ") && !log.contains("panic secret"), "{log}");
}

#[test]
fn the_trace_context_reaches_the_driver() {
    let mut client = Client::open(&faulty(), &json!({}));
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    client.call("stat", &json!({ "path": "/trace", "traceparent": traceparent }));
    client.call("stat", &json!({ "path": "/trace", "traceparent": 7 }));
    client.end_input();
    let (_, _, log) = client.wait();
    assert!(log.contains(traceparent) && log.contains(r#""msg":"none""#), "{log}");
}

#[test]
fn answers_a_ping_while_all_threads_hang_and_says_that_they_work() {
    let (mut client, listener, _scratch) = gated("hang");
    let ids: Vec<Value> = (0..5).map(|_| client.ask("stat", &json!({ "path": "/hang" }))).collect();
    let gates = [wait(&listener), wait(&listener)];
    assert_eq!(client.call("ping", &json!({}))["result"], json!({}));
    let progress = client.receive();
    assert_eq!(progress["method"], "$/progress", "{progress}");
    assert!(ids.contains(&progress["params"]["id"]));
    drop((gates, listener));
    let mut left = ids;
    while !left.is_empty() {
        let message = client.receive();
        left.retain(|id| message["id"] != *id);
    }
}

#[test]
fn ends_within_its_time_although_calls_hang() {
    let (mut client, listener, _scratch) = gated("end");
    client.ask("put", &json!({ "path": "/a", "content": "" }));
    let _gate = wait(&listener);
    client.end_input();
    assert_eq!(client.wait().0, 0);
}

#[test]
fn ends_on_sigterm() {
    let client = Client::open(&faulty(), &json!({}));
    let pid = client.pid().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(client.wait().0, 0);
}

#[test]
fn a_shutdown_waits_for_a_put_and_for_no_look() {
    let (mut client, listener, _scratch) = gated("shutdown");
    let put = client.ask("put", &json!({ "path": "/a", "content": "" }));
    let gate = wait(&listener);
    let shutdown = client.ask("shutdown", &json!({}));
    // The order of stdin: when this is refused, the shutdown was read.
    assert_eq!(client.call("ping", &json!({}))["error"]["code"], -32002);
    drop(gate);
    let mut answered = Vec::new();
    while answered.len() < 2 {
        answered.extend(Some(client.receive()["id"].clone()).filter(|id| !id.is_null()));
    }
    assert_eq!(answered, [put, shutdown]);
    client.notify("exit", &json!({}));
    assert_eq!(client.wait().0, 0);
}

#[test]
fn a_host_that_does_not_read_is_heard() {
    let mut child = Command::new(faulty()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let frame = |message: &Value| {
        let body = message.to_string();
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    };
    let limits: Value = serde_json::from_str(LIMITS).unwrap();
    let params = json!({ "protocolVersions": [1], "host": {}, "dataPlanes": ["inline"], "limits": limits });
    let mut input = child.stdin.take().unwrap();
    let initialize = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params });
    input.write_all(frame(&initialize).as_bytes()).unwrap();
    // Much more than both pipes and all buffers hold.
    let count = 20_000;
    for id in 1..=count {
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": if id % 2 == 0 { "stat" } else { "ping" }, "params": { "path": "/a" } });
        input.write_all(frame(&request).as_bytes()).unwrap();
    }
    let mut output = child.stdout.take().unwrap();
    let mut answered = 0;
    let mut buffer = vec![0; 1 << 20];
    let mut rest = Vec::new();
    while answered <= count {
        let more = output.read(&mut buffer).unwrap();
        assert!(more > 0, "the driver ended after {answered} answers");
        rest.extend_from_slice(&buffer[..more]);
        let text = String::from_utf8_lossy(&rest);
        answered += text.matches(HEADER).count();
        // Half a header may be at the end.
        rest = rest[text.rfind(HEADER).map_or(0, |at| at + HEADER.len())..].to_vec();
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

const HEADER: &str = "Content-Length: ";

fn data_socket(client: &mut Client, listener: &UnixListener, path: &str) -> (Value, UnixStream, String) {
    let params = json!({ "path": path, "offset": 0, "plane": "socket", "token": "t0" });
    let id = client.ask("read", &params);
    let mut socket = wait(listener);
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\n") {
        socket.read_exact(&mut byte).unwrap();
        line.push(byte[0]);
    }
    (id, socket, String::from_utf8(line).unwrap())
}

/// A driver that is given a data socket, and waits at a gate.
fn with_data(name: &str) -> (Client, UnixListener, UnixListener, Scratch) {
    let scratch = Scratch::new(name);
    let [gate, data] = ["gate", "data"].map(|name| scratch.path.join(name));
    let listeners = [&gate, &data].map(|path| UnixListener::bind(path).unwrap());
    let mut client = Client::start(&faulty(), &["{}"]);
    let answer = client.initialize(
        &json!({ "gate": gate }),
        &json!({ "dataPlanes": ["socket", "inline"], "socketPath": data }),
    );
    assert_eq!(answer["result"]["dataPlanes"], json!(["inline", "socket"]));
    let [gate, data] = listeners;
    (client, gate, data, scratch)
}

#[test]
fn a_host_that_leaves_cancels_a_read_that_waits_for_its_backend() {
    let (mut client, gate, data, _scratch) = with_data("stuck");
    let id = client.ask("read", &json!({ "path": "/stuck", "offset": 0, "plane": "socket", "token": "t0" }));
    let _gate = wait(&gate);
    let mut socket = wait(&data);
    socket.read_exact(&mut vec![0; 50_000]).unwrap();
    drop(socket);
    assert_eq!(code(&client.answer_to(&id)), "CANCELLED");
}

#[test]
fn a_cancel_ends_a_stream() {
    let (mut client, _gate, data, _scratch) = with_data("cancel");
    let (id, mut socket, preamble) = data_socket(&mut client, &data, "/endless");
    assert_eq!(
        serde_json::from_str::<Value>(&preamble).unwrap(),
        json!({ "token": "t0", "size": 1_u64 << 40, "modTime": 0 })
    );
    client.notify("$/cancelRequest", &json!({ "id": id }));
    assert_eq!(code(&client.answer_to(&id)), "CANCELLED");
    socket.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn short_content_is_never_an_answer() {
    let (mut client, _gate, data, _scratch) = with_data("short");
    let (id, mut socket, _) = data_socket(&mut client, &data, "/short");
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len(), 100_000);
    let answer = client.answer_to(&id);
    assert_eq!(code(&answer), "UNAVAILABLE");
    let inline = client.call("read", &json!({ "path": "/short", "offset": 0, "plane": "inline" }));
    assert_eq!(code(&inline), "UNAVAILABLE");
}

#[test]
fn the_calls_of_a_writer_keep_their_order_on_all_planes() {
    let scratch = Scratch::new("order");
    let data = scratch.path.join("data");
    let listener = UnixListener::bind(&data).unwrap();
    let mut client = Client::start(&example("memory"), &["{}"]);
    client.initialize(&json!({}), &json!({ "dataPlanes": ["socket", "inline"], "socketPath": data }));
    let open = client.call("writer/open", &json!({ "path": "/a", "mode": "truncate" }));
    let writer = &open["result"]["writer"];
    // None of them waits for the one before.
    let first = client.ask("writer/write", &json!({ "writer": writer, "offset": 0, "token": "t1" }));
    let second = client.ask("writer/write", &json!({ "writer": writer, "offset": 100_000, "data": "YWJj" }));
    let commit = client.ask("writer/commit", &json!({ "writer": writer, "size": 100_003 }));
    let mut socket = wait(&listener);
    socket.write_all(&vec![b'x'; 100_000]).unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    for (id, size) in [(first, 100_000), (second, 100_003), (commit, 100_003)] {
        assert_eq!(client.answer_to(&id)["result"]["size"], size);
    }
    let read = client.ask("read", &json!({ "path": "/a", "offset": 1, "plane": "socket", "token": "t2" }));
    let mut socket = wait(&listener);
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).unwrap();
    assert!(bytes.starts_with(br#"{"token":"t2","size":100003"#) && bytes.ends_with(b"xabc"));
    assert_eq!(client.answer_to(&read)["result"]["bytes"], 100_002);
    assert_eq!(code(&client.call("writer/close", &json!({ "writer": writer }))), "ALREADY_CLOSED");
    assert!(fs::exists(&data).unwrap());
}

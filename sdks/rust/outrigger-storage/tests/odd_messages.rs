//! What the protocol says of messages that no good host sends.

use outrigger_storage_testing::{Client, LIMITS, code, example};
use serde_json::{Value, json};

fn memory() -> Client {
    Client::open(&example("memory"), &json!({}))
}

fn number(answer: &Value) -> i64 {
    answer["error"]["code"].as_i64().unwrap_or_default()
}

#[test]
fn params_are_an_object_with_the_fields_as_they_are_written() {
    let mut client = memory();
    for (method, params) in [
        ("ping", json!([])),
        ("stat", json!([])),
        ("stat", json!(["/a"])),
        ("stat", json!({ "PATH": "/a" })),
        ("stat", json!({ "path": null })),
        ("stat", json!({})),
    ] {
        assert_eq!(number(&client.call(method, &params)), -32602, "{method} {params}");
    }
}

#[test]
fn answers_of_the_host_are_ignored_and_logged() {
    let mut client = memory();
    client.send(&json!({ "jsonrpc": "2.0", "id": 5, "result": {} }));
    client.send(&json!({ "jsonrpc": "2.0", "id": "x", "error": { "code": 1, "message": "" } }));
    client.send(&json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32700, "message": "" } }));
    assert_eq!(client.call("ping", &json!({}))["result"], json!({}));
    client.end_input();
    let (status, messages, log) = client.wait();
    assert_eq!((status, messages.len(), log.matches("an answer of the host").count()), (0, 0, 3), "{log}");
}

#[test]
fn a_cancel_of_nothing_is_ignored() {
    let mut client = memory();
    client.send(&json!({ "jsonrpc": "2.0", "method": "$/cancelRequest" }));
    for params in [json!({}), json!([]), json!({ "id": null }), json!({ "id": {} }), json!({ "id": 1.5 })] {
        client.notify("$/cancelRequest", &params);
    }
    client.notify("initialized", &json!([7]));
    assert_eq!(client.call("ping", &json!({}))["result"], json!({}));
}

#[test]
fn what_is_no_base64_is_refused_and_not_taken() {
    let mut client = memory();
    let open = client.call("writer/open", &json!({ "path": "/w", "mode": "truncate" }));
    let writer = &open["result"]["writer"];
    for bad in ["%%%%", "YWJ", "Y===", "YQ==YQ=="] {
        assert_eq!(number(&client.call("put", &json!({ "path": "/p", "content": bad }))), -32602, "{bad}");
        let write = json!({ "writer": writer, "offset": 0, "data": bad });
        assert_eq!(number(&client.call("writer/write", &write)), -32602, "{bad}");
    }
    assert_eq!(code(&client.call("stat", &json!({ "path": "/p" }))), "PATH_NOT_FOUND");
    assert_eq!(client.call("writer/commit", &json!({ "writer": writer, "size": 0 }))["result"]["size"], 0);
}

#[test]
fn a_refused_commit_leaves_the_writer_open() {
    let mut client = memory();
    for mode in ["truncate", "put"] {
        let open = client.call("writer/open", &json!({ "path": "/w", "mode": mode }));
        let writer = &open["result"]["writer"];
        client.call("writer/write", &json!({ "writer": writer, "offset": 0, "data": "YWJj" }));
        let mut commit = |size: u64, more: Value| {
            let mut params = json!({ "writer": writer, "size": size });
            if let (Some(params), Value::Object(more)) = (params.as_object_mut(), more) {
                params.extend(more);
            }
            client.call("writer/commit", &params)
        };
        assert_eq!(code(&commit(2, json!({}))), "INVALID_OFFSET");
        assert_eq!(code(&commit(3, json!({ "to": "/elsewhere" }))), "UNSUPPORTED", "{mode}");
        // There is no file: nothing is told.
        assert_eq!(code(&commit(4, json!({ "written": 1 }))), "UNSUPPORTED", "{mode}");
        assert_eq!(commit(3, json!({}))["result"]["size"], 3, "{mode}");
        assert_eq!(code(&commit(3, json!({}))), "ALREADY_CLOSED");
    }
}

#[test]
fn a_negative_offset_is_refused() {
    let mut client = memory();
    client.call("put", &json!({ "path": "/a", "content": "YWJj" }));
    let read = json!({ "path": "/a", "offset": -1, "plane": "inline" });
    assert_eq!(code(&client.call("read", &read)), "INVALID_OFFSET");
}

#[test]
fn smaller_limits_hold_for_what_is_sent() {
    let mut client = Client::start(&example("memory"), &["{}"]);
    let mut limits: Value = serde_json::from_str(LIMITS).unwrap();
    for (name, value) in [("inlineChunkBytes", 1000), ("smallContentBytes", 100), ("pageEntries", 2)] {
        limits[name] = value.into();
    }
    client.initialize(&json!({}), &json!({ "limits": limits }));
    for path in ["/a", "/b", "/c"] {
        client.call("put", &json!({ "path": path, "content": "" }));
    }
    let open = client.call("writer/open", &json!({ "path": "/large", "mode": "truncate" }));
    let writer = &open["result"]["writer"];
    let data = "A".repeat(2000);
    client.call("writer/write", &json!({ "writer": writer, "offset": 0, "data": data }));
    client.call("writer/commit", &json!({ "writer": writer, "size": 1500 }));
    for params in [json!({ "path": "/" }), json!({ "path": "/", "limit": 5 })] {
        let page = &client.call("list", &params)["result"];
        assert_eq!((page["entries"].as_array().map(Vec::len), page["cursor"].as_str()), (Some(2), Some("b")));
    }
    let get = &client.call("get", &json!({ "path": "/large" }))["result"];
    assert!(get["size"] == 1500 && get.get("content").is_none(), "{get}");
    let read = client.call("read", &json!({ "path": "/large", "offset": 0, "plane": "inline" }));
    assert_eq!(read["result"]["data"].as_str().map(str::len), Some(1336));
}

//! Bytes that the host writes by itself, commits to another path, and moves to the same one.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use outrigger_storage_testing::{Client, Scratch, code};
use serde_json::{Value, json};

/// A driver that agreed on the plane `file`.
fn start(scratch: &Scratch) -> Client {
    let mut client = Client::start(Path::new(env!("CARGO_BIN_EXE_registry-storage-rs-fs")), &["{}"]);
    let planes = ["file", "inline"];
    let more = json!({ "dataPlanes": planes, "nonce": "00112233445566778899aabbccddeeff" });
    let answer = client.initialize(&json!({ "rootdirectory": scratch.path }), &more);
    assert_eq!(answer["result"]["capabilities"]["atomicDirectoryMove"], true, "{answer}");
    client.notify("initialized", &json!({ "dataPlanes": planes }));
    client
}

fn open(client: &mut Client, path: &str, mode: &str) -> Value {
    client.call("writer/open", &json!({ "path": path, "mode": mode }))["result"].clone()
}

fn fill(opened: &Value, bytes: &[u8]) {
    let file = opened["file"]["localPath"].as_str().unwrap();
    OpenOptions::new().write(true).open(file).unwrap().write_all_at(bytes, 0).unwrap();
}

#[test]
fn what_a_refused_commit_told_of_stays_told() {
    let scratch = Scratch::new("told");
    let mut client = start(&scratch);
    let opened = open(&mut client, "/upload", "truncate");
    fill(&opened, b"12345 and a rest that nobody tells of");
    let mut commit = |params: Value| {
        let mut all = json!({ "writer": opened["writer"] });
        all.as_object_mut().unwrap().extend(params.as_object().cloned().unwrap());
        client.call("writer/commit", &all)
    };
    let wrong = commit(json!({ "size": 9, "written": 5 }));
    assert_eq!((code(&wrong), &wrong["error"]["data"]["size"]), ("INVALID_OFFSET", &json!(0)));
    let too_much = commit(json!({ "size": 4, "written": 5 }));
    assert_eq!((code(&too_much), &too_much["error"]["data"]["size"]), ("INVALID_OFFSET", &json!(0)));
    assert_eq!(code(&commit(json!({ "size": 5, "written": 5, "to": "/a//b" }))), "INVALID_PATH");
    assert_eq!(commit(json!({ "size": 5, "to": "/blobs/b" }))["result"]["size"], 5);
    assert_eq!(fs::read(scratch.path.join("blobs/b")).unwrap(), b"12345");
    assert!(!scratch.path.join("upload").exists());
}

#[test]
fn an_isolated_writer_goes_nowhere_else() {
    let scratch = Scratch::new("isolated-to");
    let mut client = start(&scratch);
    let opened = open(&mut client, "/a", "isolated");
    fill(&opened, b"1234");
    let writer = &opened["writer"];
    let elsewhere = json!({ "writer": writer, "size": 4, "written": 4, "to": "/b" });
    assert_eq!(code(&client.call("writer/commit", &elsewhere)), "UNSUPPORTED");
    assert_eq!(client.call("writer/commit", &json!({ "writer": writer, "size": 4 }))["result"]["size"], 4);
    assert_eq!(fs::read(scratch.path.join("a")).unwrap(), b"1234");
}

#[test]
fn a_commit_to_its_own_path_is_a_commit() {
    let scratch = Scratch::new("own-path");
    let mut client = start(&scratch);
    let opened = open(&mut client, "/a", "truncate");
    fill(&opened, b"1234");
    let commit = json!({ "writer": opened["writer"], "size": 4, "written": 4, "to": "/a" });
    assert_eq!(client.call("writer/commit", &commit)["result"]["size"], 4);
    assert_eq!(fs::read(scratch.path.join("a")).unwrap(), b"1234");
}

#[test]
fn a_move_to_itself_changes_nothing() {
    let scratch = Scratch::new("itself");
    let mut client = start(&scratch);
    client.call("put", &json!({ "path": "/d/a", "content": "YWJj" }));
    let mut facts = |path: &str| client.call("stat", &json!({ "path": path }))["result"].clone();
    let before = [facts("/d/a"), facts("/d")];
    for path in ["/d/a", "/d"] {
        let moved = client.call("move", &json!({ "source": path, "destination": path }));
        assert_eq!(moved["result"], json!({}));
    }
    let mut facts = |path: &str| client.call("stat", &json!({ "path": path }))["result"].clone();
    assert_eq!([facts("/d/a"), facts("/d")], before);
    let absent = client.call("move", &json!({ "source": "/nothing", "destination": "/nothing" }));
    assert_eq!(code(&absent), "PATH_NOT_FOUND");
}

#[test]
fn a_walk_may_begin_anywhere_in_the_order() {
    let scratch = Scratch::new("walk-order");
    let mut client = start(&scratch);
    for path in ["/b/d/x", "/b/d/y", "/c"] {
        client.call("put", &json!({ "path": path, "content": "" }));
    }
    for (after, skip, expected) in [
        ("/a", false, 2),
        ("/a/z", true, 2),
        ("/b", false, 2),
        ("/b", true, 0),
        ("/b/d", false, 2),
        ("/b/d", true, 0),
        ("/b/d/x", false, 1),
        ("/c", false, 0),
        ("/b/e", false, 0),
    ] {
        let params = json!({ "path": "/b/d", "after": after, "skipChildren": skip });
        let page = &client.call("walk", &params)["result"];
        assert_eq!(page["entries"].as_array().map(Vec::len), Some(expected), "{after} {skip}");
        assert_eq!(page["done"], true);
    }
}

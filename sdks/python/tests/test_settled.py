"""What the protocol's document says of places that a driver's author may read in two ways."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import BUSY, FILESYSTEM, ODD, StartFilesystem, StartHost
from mini_host import LIMITS, MiniHost

from outrigger_storage import LocalFile
from outrigger_storage._session.local_files import location_of
from outrigger_storage._wire.framing import encode_frame

INVALID_PARAMS = -32602


def encode(content: bytes) -> str:
    return base64.b64encode(content).decode()


def code_of(host: MiniHost, method: str, /, **params: object) -> object:
    """The name of an error, or its number where it has none."""
    error = host.ask(method, **params)["error"]
    return error.get("data", {}).get("code", error["code"])


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("stat", ["/a"]),
        ("stat", {"PATH": "/a"}),
        ("stat", {"path": None}),
        ("read", {"path": "/a", "plane": "inline", "offset": None}),
        ("read", {"path": "/a", "plane": "inline", "offset": 0.5}),
        ("read", {"path": "/a", "plane": "inline", "offset": 2**53}),
        ("read", {"path": "/a", "plane": "carrier pigeon", "offset": 0}),
        ("writer/open", {"path": "/a", "mode": "sideways"}),
        ("list", {"path": "/", "limit": 1001}),
        ("put", {"path": "/a", "content": "%%%%"}),
        ("put", {"path": "/a", "content": "YWJ"}),
        ("put", {"path": "/a", "content": "Y==="}),
        ("put", {"path": "/a", "content": "YQ==YQ=="}),
        ("put", {"path": "/a", "content": "é"}),
    ],
)
def test_params_of_another_shape_are_refused(start: StartHost, method: str, params: object) -> None:
    host = start(ODD)
    host.initialize()
    host.write(encode_frame({"id": 99, "method": method, "params": params}))
    assert host.answer_of(99)["error"]["code"] == INVALID_PARAMS


def test_a_number_beyond_all_is_answered(start: StartHost) -> None:
    host = start(ODD)
    host.initialize()
    params = '{"path":"/a","plane":"inline","offset":1e999}'
    body = f'{{"jsonrpc":"2.0","id":99,"method":"read","params":{params}}}'.encode()
    host.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    assert host.answer_of(99)["error"]["code"] == INVALID_PARAMS


def test_a_negative_offset_of_a_read_is_one_that_is_invalid(filesystem: StartFilesystem) -> None:
    host = filesystem()
    host.result("put", path="/a", content=encode(b"abc"))
    for plane in ("inline", "file"):
        assert code_of(host, "read", path="/a", plane=plane, offset=-1) == "INVALID_OFFSET"


def test_an_answer_of_the_host_is_ignored(start: StartHost) -> None:
    host = start(ODD)
    host.initialize()
    host.write(encode_frame({"id": 1, "result": {}}))
    host.write(encode_frame({"id": None, "error": {"code": -32600, "message": "what?"}}))
    assert host.result("ping") == {}
    host.close_input()
    assert host.ends_with()[1].count("an answer came") == 2


@pytest.mark.parametrize("params", [{}, [], [1], {"id": None}, {"id": {}}, {"id": 1.5}, {"id": True}, {"id": "1"}])
def test_a_cancel_that_names_no_request_is_ignored(start: StartHost, params: object) -> None:
    host = start(BUSY)
    host.initialize()
    host.write(encode_frame({"id": 1, "method": "stat", "params": {"path": "/wait"}}))
    host.write(encode_frame({"method": "$/cancelRequest", "params": params}))
    assert host.result("ping") == {}
    host.notify("$/cancelRequest", id=1)
    assert host.answer_of(1)["error"]["data"]["code"] == "CANCELLED"


def test_a_refused_commit_leaves_the_writer_open(filesystem: StartFilesystem) -> None:
    host = filesystem()
    writer = host.result("writer/open", path="/a", mode="truncate")["writer"]
    host.result("writer/write", writer=writer, offset=0, data=encode(b"abc"))
    assert code_of(host, "writer/commit", writer=writer, size=4) == "INVALID_OFFSET"
    assert code_of(host, "writer/commit", writer=writer, size=3, to="/../b") == "INVALID_PATH"
    assert code_of(host, "writer/commit", writer=writer, size=3, to=7) == INVALID_PARAMS
    assert host.result("writer/write", writer=writer, offset=3, data=encode(b"d")) == {"size": 4}
    assert host.result("writer/commit", writer=writer, size=4, to="/b") == {"size": 4}
    assert code_of(host, "stat", path="/a") == "PATH_NOT_FOUND"
    assert code_of(host, "writer/commit", writer=writer, size=9, to="/../b") == "ALREADY_CLOSED"


@pytest.mark.parametrize(("mode", "to"), [("truncate", "/../b"), ("isolated", "/b")])
def test_what_a_refused_commit_told_of_is_counted(filesystem: StartFilesystem, mode: str, to: str) -> None:
    host = filesystem()
    opened = host.result("writer/open", path="/a", mode=mode)
    Path(opened["file"]["localPath"]).write_bytes(b"abc")
    writer = opened["writer"]
    # A size that is wrong has told of nothing.
    assert code_of(host, "writer/commit", writer=writer, size=4, written=3) == "INVALID_OFFSET"
    assert "error" in host.ask("writer/commit", writer=writer, size=3, written=3, to=to)
    assert host.result("writer/commit", writer=writer, size=3) == {"size": 3}
    assert host.result("get", path="/a")["content"] == encode(b"abc")


def test_a_writer_without_a_file_counts_nothing(start: StartHost) -> None:
    host = start(ODD)
    host.initialize()
    writer = host.result("writer/open", path="/a", mode="truncate")["writer"]
    assert code_of(host, "writer/commit", writer=writer, size=3, written=3) == "UNSUPPORTED"
    assert code_of(host, "writer/commit", writer=writer, size=0, to="/b") == "UNSUPPORTED"
    assert host.result("writer/commit", writer=writer, size=0) == {"size": 0}


@pytest.mark.parametrize("data", ["%%%%", "YWJ", "Y===", "YQ==YQ=="])
def test_what_is_no_base64_is_not_taken(filesystem: StartFilesystem, data: str) -> None:
    host = filesystem()
    writer = host.result("writer/open", path="/a", mode="truncate")["writer"]
    assert code_of(host, "writer/write", writer=writer, offset=0, data=data) == INVALID_PARAMS
    assert host.result("writer/commit", writer=writer, size=0) == {"size": 0}


def test_numbers_of_files_that_json_cannot_hold_are_those_of_no_file() -> None:
    for local in (LocalFile("/a", 2**53, 7), LocalFile("/a", 7, 2**60)):
        assert location_of(local) == {"localPath": "/a", "dev": 0, "ino": 0}


def test_smaller_limits_are_kept_to(filesystem: StartFilesystem) -> None:
    limits = {**LIMITS, "inlineChunkBytes": 1000, "smallContentBytes": 100, "pageEntries": 2}
    host = filesystem(limits=limits)
    writer = host.result("writer/open", path="/d/a", mode="truncate")["writer"]
    host.result("writer/write", writer=writer, offset=0, data=encode(bytes(3000)))
    host.result("writer/commit", writer=writer, size=3000)
    for name in ("b", "c"):
        host.result("put", path=f"/d/{name}", content="")
    assert "content" not in host.result("get", path="/d/a")
    assert host.result("read", path="/d/a", plane="inline", offset=0)["data"] == encode(bytes(1000))
    for more in ({}, {"limit": 1000}):
        assert len(host.result("list", path="/d", **more)["entries"]) == 2
        assert len(host.result("walk", path="/", **more)["entries"]) == 2


def test_a_driver_is_never_asked_to_move_something_to_itself(filesystem: StartFilesystem, start: StartHost) -> None:
    host = filesystem()
    host.result("put", path="/a", content=encode(b"abc"))
    before = host.result("stat", path="/a")
    assert host.result("move", source="/a", destination="/a") == {}
    assert host.result("stat", path="/a") == before
    assert code_of(host, "move", source="/b", destination="/b") == "PATH_NOT_FOUND"
    odd = start(ODD)
    odd.initialize()
    assert odd.result("move", source="/a", destination="/a") == {}
    odd.close_input()
    assert "moved" not in odd.ends_with()[1]


def test_a_commit_to_its_own_path_is_a_commit(filesystem: StartFilesystem) -> None:
    host = filesystem()
    writer = host.result("writer/open", path="/a", mode="truncate")["writer"]
    host.result("writer/write", writer=writer, offset=0, data=encode(b"abc"))
    assert host.result("writer/commit", writer=writer, size=3, to="/a") == {"size": 3}
    assert host.result("stat", path="/a")["size"] == 3


def test_an_exit_without_a_shutdown_keeps_what_writers_took(filesystem: StartFilesystem, tmp_path: Path) -> None:
    host = filesystem()
    writer = host.result("writer/open", path="/a", mode="truncate")["writer"]
    host.result("writer/write", writer=writer, offset=0, data=encode(b"abc"))
    host.notify("exit")
    assert host.ends_with()[0] == 1
    assert (tmp_path / "store" / "a").read_bytes() == b"abc"


def test_the_description_has_no_roots() -> None:
    command = [sys.executable, "-m", FILESYSTEM, "--describe"]
    described = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert described["capabilities"]["localFiles"] is True
    assert "roots" not in described["capabilities"]


def test_content_that_ends_early_is_never_a_result(start: StartHost) -> None:
    host = start(ODD)
    host.initialize(limits={**LIMITS, "smallContentBytes": 64 * 1024 * 1024})
    assert code_of(host, "read", path="/shorter", plane="inline", offset=0) == "UNAVAILABLE"
    assert code_of(host, "get", path="/shorter") == "UNAVAILABLE"

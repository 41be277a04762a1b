"""Content on data connections."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from conftest import BUSY, ODD, StartFilesystem, StartHost
from mini_host import receive_all

MIB = 1024 * 1024


def test_a_file_is_sent_whole_and_in_part(filesystem: StartFilesystem, tmp_path: Path) -> None:
    content = os.urandom(3 * MIB)
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "a").write_bytes(content)
    host = filesystem()
    for offset, length in ((0, None), (MIB, None), (5, MIB)):
        more = {} if length is None else {"length": length}
        reading = host.send("read", path="/a", offset=offset, plane="socket", token="t", **more)
        with host.accept() as (connection, preamble):
            sent = receive_all(connection)
        assert sent == content[offset : len(content) if length is None else offset + length]
        answer = host.answer_of(reading)["result"]
        assert (answer["bytes"], answer["size"]) == (len(sent), len(content))
        assert preamble == {"token": "t", **{key: answer[key] for key in ("size", "modTime", "version")}}


def test_small_content_comes_in_the_answer(filesystem: StartFilesystem) -> None:
    host = filesystem()
    host.result("put", path="/a", content="aGVsbG8=")
    assert host.result("read", path="/a", offset=1, plane="socket", token="t")["data"] == "ZWxsbw=="
    assert host.result("read", path="/a", offset=9, plane="socket", token="t")["data"] == ""


@pytest.mark.parametrize("program", [ODD, BUSY])
def test_chunks_are_sent(start: StartHost, program: str) -> None:
    host = start(program)
    host.initialize()
    reading = host.send("read", path="/a", offset=0, length=MIB, plane="socket", token="t")
    with host.accept() as (connection, _):
        assert len(receive_all(connection)) >= MIB
    assert host.answer_of(reading)


@pytest.mark.parametrize("program", [ODD, BUSY])
def test_a_host_that_leaves_wakes_a_reader_that_waits(start: StartHost, program: str) -> None:
    host = start(program)
    host.initialize()
    reading = host.send("read", path="/wait", offset=0, plane="socket", token="t")
    with host.accept() as (connection, _):
        assert connection.recv(1) == b"\0"
    assert host.answer_of(reading)["error"]["data"]["code"] == "CANCELLED"


@pytest.mark.parametrize("program", [ODD, BUSY])
def test_a_cancel_ends_a_stream_that_nobody_reads(start: StartHost, program: str) -> None:
    host = start(program)
    host.initialize()
    reading = host.send("read", path="/wait", offset=0, plane="socket", token="t")
    with host.accept() as (connection, _):
        host.notify("$/cancelRequest", id=reading)
        assert host.answer_of(reading)["error"]["data"]["code"] == "CANCELLED"
        assert len(receive_all(connection)) < MIB


@pytest.mark.parametrize("path", ["/break", "/short"])
def test_content_that_breaks_is_never_a_result(start: StartHost, path: str) -> None:
    host = start(ODD)
    host.initialize()
    reading = host.send("read", path=path, offset=0, plane="socket", token="t")
    with host.accept() as (connection, _):
        receive_all(connection)
    assert host.answer_of(reading)["error"]["data"]["code"] == "UNAVAILABLE"


def test_many_slow_streams_block_nobody(start: StartHost) -> None:
    host = start(ODD)
    host.initialize()
    readings = [host.send("read", path="/a", offset=0, plane="socket", token=str(i)) for i in range(40)]
    assert host.result("stat", path="/quick")["size"] == 0
    for request_id in readings:
        host.notify("$/cancelRequest", id=request_id)
    assert {host.answer_of(each)["error"]["data"]["code"] for each in readings} <= {"CANCELLED", "UNAVAILABLE"}


def test_content_is_received_until_the_half_close(filesystem: StartFilesystem, tmp_path: Path) -> None:
    host = filesystem()
    content = os.urandom(2 * MIB + 7)
    writer = host.result("writer/open", path="/w/a", mode="isolated")["writer"]
    writing = host.send("writer/write", writer=writer, offset=0, token="t")
    with host.accept() as (connection, preamble):
        connection.sendall(content)
        connection.shutdown(1)
        assert (preamble, host.answer_of(writing)["result"]) == ({"token": "t"}, {"size": len(content)})
    assert host.result("writer/commit", writer=writer, size=len(content)) == {"size": len(content)}
    assert (tmp_path / "store" / "w" / "a").read_bytes() == content


@pytest.mark.parametrize("most", [8 * MIB, 8 * MIB + 1])
def test_a_put_by_a_stream_takes_what_the_limits_allow(filesystem: StartFilesystem, most: int) -> None:
    host = filesystem()
    writer = host.result("writer/open", path="/a", mode="put")["writer"]
    writing = host.send("writer/write", writer=writer, offset=0, token="t")
    with host.accept() as (connection, _):
        # Too much is refused, and the driver closes the connection.
        with contextlib.suppress(OSError):
            connection.sendall(bytes(most))
            connection.shutdown(1)
        answer = host.answer_of(writing)
    if most > 8 * MIB:
        assert answer["error"]["data"]["code"] == "UNSUPPORTED"
    else:
        assert host.result("writer/commit", writer=writer, size=most) == {"size": most}


def test_an_error_in_the_middle_keeps_the_writer_open(start: StartHost) -> None:
    host = start(ODD)
    host.initialize()
    writer = host.result("writer/open", path="/full", mode="truncate")["writer"]
    writing = host.send("writer/write", writer=writer, offset=0, token="t")
    with host.accept() as (connection, _):
        # The error comes by the other way.
        with contextlib.suppress(OSError):
            connection.sendall(bytes(4 * MIB))
        assert host.answer_of(writing)["error"]["message"] == "no more"
    refused = host.ask("writer/write", writer=writer, offset=0, data="")["error"]
    assert 0 < refused["data"]["size"] <= 300_000
    assert host.result("writer/cancel", writer=writer) == {}


@pytest.mark.parametrize("params", [{}, {"token": "t", "data": ""}, {"data": "", "written": 0}])
def test_other_than_one_source_is_refused(start: StartHost, params: dict[str, object]) -> None:
    host = start(ODD)
    host.initialize()
    writer = host.result("writer/open", path="/w", mode="truncate")["writer"]
    answer = host.ask("writer/write", writer=writer, offset=0, **params)
    assert answer["error"]["data"]["code"] == "UNSUPPORTED"


@pytest.mark.parametrize("mode", ["isolated", "put"])
def test_only_writers_in_place_are_committed_to_another_path(filesystem: StartFilesystem, mode: str) -> None:
    host = filesystem()
    writer = host.result("writer/open", path="/a", mode=mode)["writer"]
    assert host.ask("writer/commit", writer=writer, size=0, to="/b")["error"]["data"]["code"] == "UNSUPPORTED"
    assert host.result("writer/commit", writer=writer, size=0) == {"size": 0}

"""What a driver's process does: arguments, streams, cancellation, the end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
from conftest import BUSY, ODD, PROGRAMS, StartHost


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAMS / ODD), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_describe() -> None:
    described = json.loads(run("--describe").stdout)
    assert described["parameters"]["properties"]["secretkey"] == {"type": "string", "x-secret": True}
    assert described["environment"] == ["ODD_*"]
    assert described["capabilities"] == {"redirectURL": True}
    assert described["dataPlanes"] == ["inline", "socket"]


def test_version() -> None:
    assert run("--version").stdout == "odd 1.2.3\n"


@pytest.mark.parametrize("argument", ["[]", "7", "--unknown", "{"])
def test_an_argument_that_is_no_map_is_refused(argument: str) -> None:
    ended = run(argument)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (64, "", 1)


def test_what_others_print_is_log(start: StartHost) -> None:
    host = start(ODD)
    host.initialize()
    assert host.result("stat", path="/print")["size"] == 0
    host.close_input()
    status, log = host.ends_with()
    assert status == 0
    assert "a line of somebody's library" in log
    assert "and of a library in C" in log


def test_secrets_are_masked_in_the_log_and_in_errors(start: StartHost) -> None:
    host = start(ODD)
    host.initialize({"secretkey": 'hush"hush'})
    error = host.ask("stat", path="/secret")["error"]
    assert (error["code"], "hush" in error["message"]) == (1002, False)
    host.close_input()
    _, log = host.ends_with()
    assert "hush" not in log
    line = json.loads(next(each for each in log.splitlines() if "the key is" in each))
    assert (line["level"], line["msg"], line["logger"]) == ("warn", "the key is ***", "odd")


def test_what_a_backend_says_at_length_is_cut(start: StartHost) -> None:
    host = start(ODD)
    error = host.initialize({"secretkey": "hush hush", "chatter": True})["error"]
    issues = error["data"]["issues"]
    assert (len(error["message"]), len(issues)) == (4096, 64)
    assert (len(issues[0]["key"]), len(issues[0]["message"])) == (256, 1024)
    assert issues[0]["message"].startswith("*** is no ")
    host.initialize({"secretkey": "hush hush"})
    error = host.ask("stat", path="/long")["error"]
    assert (error["code"], len(error["message"]), len(error["data"]["path"])) == (1007, 4096, 4096)
    assert error["message"].startswith("*** is no key")
    assert len(host.ask("x" * 500_000)["error"]["message"]) == 4096


def test_a_fault_of_the_driver_is_internal_and_in_the_log(start: StartHost) -> None:
    host = start(ODD)
    host.initialize()
    error = host.ask("stat", path="/fault")["error"]
    assert error["data"]["code"] == "INTERNAL"
    assert "told to nobody" not in error["message"]
    host.close_input()
    assert "ZeroDivisionError: told to nobody" in host.ends_with()[1]


def test_refused_parameters_name_their_keys(start: StartHost) -> None:
    host = start(ODD)
    error = host.initialize({"refuse": "yes", "another": 1})["error"]
    assert error["data"]["issues"] == [{"key": "another", "message": "unknown parameter"}]
    error = host.initialize({"refuse": "yes"})["error"]
    assert (error["code"], error["data"]["issues"]) == (1103, [{"key": "refuse", "message": "was asked for"}])
    assert host.initialize()["result"]["driver"] == {"name": "odd", "version": "1.2.3"}


def test_parameters_of_the_argument_hold_when_initialize_has_none(start: StartHost) -> None:
    host = start(ODD, '{"refuse": true}')
    message = {"protocolVersions": [1], "host": {"name": "t", "version": "0"}, "hostPid": 1, "dataPlanes": ["inline"]}
    limits = host.ask("initialize", **message, limits={})
    assert limits["error"]["code"] == -32602
    assert "headerBytes" in limits["error"]["message"]


@pytest.mark.parametrize(("value", "seen"), [("00-" + "a" * 32 + "-" + "b" * 16 + "-01", True), ("nonsense", False)])
def test_the_trace_context_reaches_the_driver(start: StartHost, value: str, seen: bool) -> None:
    host = start(ODD)
    host.initialize()
    assert host.result("stat", path="/trace", traceparent=value).get("version") == (value if seen else None)


def test_redirects(start: StartHost) -> None:
    host = start(ODD)
    host.initialize()
    assert host.result("redirectURL", path="/a", method="GET") == {"url": "https://example.com/a?GET", "expiresAt": 5}
    assert host.result("redirectURL", path="/none", method="GET") == {"url": None}


@pytest.mark.parametrize("program", [ODD, BUSY])
def test_a_cancel_wakes_a_request_that_waits(start: StartHost, program: str) -> None:
    host = start(program)
    host.initialize()
    waiting = host.send("stat", path="/wait")
    assert host.result("ping") == {}
    host.notify("$/cancelRequest", id=waiting)
    assert host.answer_of(waiting)["error"]["data"]["code"] == "CANCELLED"


def test_ping_is_answered_while_every_thread_is_busy(start: StartHost) -> None:
    host = start(ODD)
    host.initialize()
    for _ in range(20):
        host.send("stat", path="/hang")
    assert host.result("ping") == {}


def test_a_long_request_says_that_it_goes_on(start: StartHost) -> None:
    host = start(ODD)
    host.initialize()
    waiting = host.send("stat", path="/wait")
    host.wait_for_progress(waiting)
    host.notify("$/cancelRequest", id=waiting)
    assert "error" in host.answer_of(waiting)


@pytest.mark.parametrize(("program", "path"), [(ODD, "/hang"), (BUSY, "/busy"), (BUSY, "/wait")])
def test_the_end_of_stdin_ends_a_driver_that_hangs(start: StartHost, program: str, path: str) -> None:
    host = start(program)
    host.initialize()
    host.send("stat", path=path)
    host.close_input()
    assert host.ends_with()[0] == 0


def test_sigterm_gives_everything_back(start: StartHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODD_PATIENCE", "100")
    host = start(ODD)
    host.initialize()
    writer = host.result("writer/open", path="/w", mode="truncate")["writer"]
    host.result("writer/write", writer=writer, offset=0, data="AAAA")
    host.child.send_signal(signal.SIGTERM)
    status, log = host.ends_with()
    assert status == 0
    assert log.splitlines()[-2:] == ["closed at 3", "driver closed"]


def test_shutdown_gives_up_reads_and_keeps_writers(start: StartHost) -> None:
    host = start(ODD)
    host.initialize()
    writer = host.result("writer/open", path="/w", mode="truncate")["writer"]
    writing = host.send("writer/write", writer=writer, offset=0, token="t")
    with host.accept() as (connection, preamble):
        assert preamble == {"token": "t"}
        connection.sendall(bytes(1000))
        waiting = host.send("stat", path="/wait")
        leaving = host.send("shutdown")
        assert host.answer_of(leaving)["result"] == {}
        assert host.answer_of(waiting)["error"]["data"]["code"] == "CANCELLED"
        assert "result" in host.answer_of(writing)
    host.notify("exit")
    status, log = host.ends_with()
    assert (status, log.splitlines()[-1]) == (0, "driver closed")


def test_shutdown_waits_for_a_writer_that_is_being_opened(start: StartHost) -> None:
    host = start(ODD)
    host.initialize()
    # It comes to its end when reads are given up.
    host.send("stat", path="/until-the-end")
    opening = host.send("writer/open", path="/late", mode="truncate")
    assert host.result("shutdown") == {}
    assert host.answer_of(opening)["error"]["data"]["code"] == "UNAVAILABLE"
    host.notify("exit")
    status, log = host.ends_with()
    assert status == 0
    assert log.splitlines()[-2:] == ["closed at 0", "driver closed"]


@pytest.mark.parametrize("program", [ODD, BUSY])
def test_shutdown_gives_up_a_read_that_waits(start: StartHost, program: str) -> None:
    host = start(program)
    host.initialize()
    waiting = host.send("stat", path="/wait")
    assert host.result("ping") == {}
    assert host.result("shutdown") == {}
    assert host.answer_of(waiting)["error"]["data"]["code"] == "CANCELLED"


def test_an_answer_that_is_no_json_is_an_error(start: StartHost) -> None:
    host = start(ODD)
    host.initialize()
    assert host.ask("stat", path="/object")["error"]["data"]["code"] == "INTERNAL"


@pytest.mark.parametrize("end", ["shutdown", "exit"])
def test_what_fails_in_the_end_keeps_nothing_else_from_its_own(
    start: StartHost, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setenv("ODD_PATIENCE", "100")
    host = start(ODD)
    host.initialize()
    for path in ("/lost", "/w"):
        host.result("writer/open", path=path, mode="truncate")
    host.send("stat", path="/until-the-end")
    deleting = host.send("delete", path="/a")
    if end == "shutdown":
        assert host.result("shutdown") == {}
    host.notify("exit")
    assert host.answer_of(deleting)["error"]["data"]["code"] == "PATH_NOT_FOUND"
    status, log = host.ends_with()
    assert status == (0 if end == "shutdown" else 1)
    assert "OSError: the disk is gone" in log
    assert {"closed at 0", "driver closed"} <= set(log.splitlines())

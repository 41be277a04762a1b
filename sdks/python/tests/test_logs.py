"""Lines for the host."""

from __future__ import annotations

import io
import json
import logging

import pytest

from outrigger_storage import ProtocolLogHandler
from outrigger_storage.logs import Redaction
from outrigger_storage.trace_context import enter_trace_context


@pytest.fixture
def lines() -> tuple[logging.Logger, io.StringIO, Redaction]:
    stream, redaction = io.StringIO(), Redaction()
    log = logging.Logger("test")
    log.addHandler(ProtocolLogHandler(stream, redaction))
    return log, stream, redaction


@pytest.mark.parametrize(
    ("level", "name"), [(logging.DEBUG, "debug"), (logging.INFO, "info"), (logging.WARNING, "warn"), (50, "error")]
)
def test_one_object_a_line(lines: tuple[logging.Logger, io.StringIO, Redaction], level: int, name: str) -> None:
    log, stream, _ = lines
    log.log(level, "two\nlines of %s", "é", extra={"bucket": "b"})
    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue()) == {"level": name, "msg": "two\nlines of é", "logger": "test", "bucket": "b"}


def test_secrets_are_masked_wherever_they_stand(lines: tuple[logging.Logger, io.StringIO, Redaction]) -> None:
    log, stream, redaction = lines
    redaction.hide(["hunter2", 'a"quoted" one'])
    try:
        raise ValueError('hunter2 and a"quoted" one')
    except ValueError:
        log.exception("hunter2", extra={"url": "http://a:hunter2@b"})
    assert "hunter2" not in stream.getvalue()
    assert "quoted" not in stream.getvalue()
    assert "ValueError: *** and ***" in json.loads(stream.getvalue())["error"]


def test_a_line_is_never_so_long_that_the_host_cuts_it(
    lines: tuple[logging.Logger, io.StringIO, Redaction],
) -> None:
    log, stream, redaction = lines
    redaction.hide(["hunter2" * 10])
    try:
        raise ValueError("\0" * 5000 + "the end")
    except ValueError:
        log.exception("é" * 590 + "hunter2" * 10 + "\0" * 5000, extra={"bucket": "b" * 5000})
    assert len(stream.getvalue().encode()) <= 8192
    line = json.loads(stream.getvalue())
    assert (line["level"], line["msg"][:590], line["shortened"]) == ("error", "é" * 590, True)
    assert line["error"].endswith("the end")
    assert "hunter2" not in stream.getvalue()


def test_the_trace_context_is_a_field(lines: tuple[logging.Logger, io.StringIO, Redaction]) -> None:
    log, stream, _ = lines
    traceparent = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    enter_trace_context(traceparent)
    log.info("x")
    enter_trace_context(None)
    assert json.loads(stream.getvalue())["traceparent"] == traceparent


def test_a_broken_stream_ends_nothing() -> None:
    stream = io.StringIO()
    stream.close()
    log = logging.Logger("test")
    log.addHandler(ProtocolLogHandler(stream))
    log.info("x")

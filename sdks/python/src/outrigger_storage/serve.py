"""The whole of a driver's main."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from ._session.session import Session
from ._session.streams import FrameSink, read_from, take_descriptors, watch_end
from ._wire.framing import FrameParser, ProtocolViolation
from .definition import Definition
from .logs import ProtocolLogHandler, Redaction

#: What has to be given back within the two seconds that the protocol allows.
_CLOSE_SECONDS = 1.8
_USAGE_STATUS = 64


def serve(definition: Definition[Any], arguments: Sequence[str] | None = None) -> NoReturn:
    """Serves one host on stdin and stdout until `exit`, the end of stdin or SIGTERM, and ends the process.

    `--describe` prints the description, `--version` the version; otherwise argument 1 is the JSON map of parameters.
    """
    given = sys.argv[1:] if arguments is None else arguments
    argument = given[0] if given else "{}"
    if argument == "--describe":
        _print(json.dumps(definition.describe()))
    if argument == "--version":
        _print(f"{definition.name} {definition.version}")
    parameters = _parse_map(argument)
    if parameters is None:
        program = f"registry-storage-{definition.name}"
        sys.stderr.write(f"{program}: argument 1 is the JSON map of the parameters, or --describe\n")
        sys.exit(_USAGE_STATUS)
    redaction = Redaction()
    _log_to_host(redaction)
    _allow_many_files()
    asyncio.run(_serve(definition, parameters, redaction))


async def _serve(definition: Definition[Any], parameters: Mapping[str, object], redaction: Redaction) -> NoReturn:
    source, target = take_descriptors()
    sink = FrameSink(target)
    session = Session(definition, parameters, sink.write, redaction)
    sink.broken.add_done_callback(lambda _: session.end(0))
    parser = FrameParser()

    def on_data(data: bytes) -> None:
        if session.ended.done():
            return
        try:
            for message in parser.push(data):
                session.receive(message)
            if not data:
                parser.end()
                session.end(0)
        except ProtocolViolation as violation:
            logging.getLogger("outrigger_storage").error("the host broke the protocol: %s", violation)
            session.end(1)

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, session.end, 0)
    read_from(source, on_data)
    watch_end(source, lambda: _leave_later(0))
    status = await session.ended
    _leave_later(status)
    await session.close()
    await sink.drain()
    _leave(status)


def _leave_later(status: int) -> None:
    """Whatever hangs by then: a driver does not outlive its host."""
    timer = threading.Timer(_CLOSE_SECONDS, _leave, (status,))
    timer.daemon = True
    timer.start()


def _leave(status: int) -> NoReturn:
    """Without waiting for threads that may hang in a backend."""
    sys.stderr.flush()
    os._exit(status)


def _print(line: str) -> NoReturn:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    sys.exit(0)


def _parse_map(argument: str) -> dict[str, object] | None:
    try:
        value = json.loads(argument)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _log_to_host(redaction: Redaction) -> None:
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(ProtocolLogHandler(redaction=redaction))
        root.setLevel(logging.INFO)


def _allow_many_files() -> None:
    """256 streams, writers and what a driver opens are more than the usual soft limit."""
    try:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        return

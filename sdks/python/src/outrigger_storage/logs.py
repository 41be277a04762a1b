"""Log lines for the host: one JSON object a line on stderr, `level` and `msg` first."""

from __future__ import annotations

import json
import logging
import sys
import threading
from typing import TextIO

from .trace_context import current_traceparent

_LEVELS = ((logging.ERROR, "error"), (logging.WARNING, "warn"), (logging.INFO, "info"))
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Redaction:
    """Masks the secrets that a driver was given, wherever text leaves the process."""

    def __init__(self) -> None:
        self._secrets: tuple[str, ...] = ()

    def hide(self, secrets: list[str]) -> None:
        """Longer ones first: one may be a part of another. Very short ones would mask ordinary text."""
        escaped = [json.dumps(each, ensure_ascii=False)[1:-1] for each in secrets]
        known = {each for each in (*self._secrets, *secrets, *escaped) if len(each) >= 4}
        self._secrets = tuple(sorted(known, key=len, reverse=True))

    def mask(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


class ProtocolLogHandler(logging.Handler):
    """Writes records as the host reads them; `extra` fields and the trace context are fields of the object.

    `serve` puts it on the root logger if no handler is there.
    """

    def __init__(self, stream: TextIO | None = None, redaction: Redaction | None = None) -> None:
        super().__init__()
        self._stream = stream or sys.stderr
        self._redaction = redaction or Redaction()
        self._write_lock = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self._redaction.mask(json.dumps(self._fields_of(record), default=str, ensure_ascii=False))
            with self._write_lock:
                self._stream.write(line + "\n")
                self._stream.flush()
        except Exception:  # noqa: BLE001 -- a log that cannot be written must not end a request
            return

    def _fields_of(self, record: logging.LogRecord) -> dict[str, object]:
        fields: dict[str, object] = {
            "level": next((name for number, name in _LEVELS if record.levelno >= number), "debug"),
            "msg": record.getMessage(),
            "logger": record.name,
        }
        fields.update((key, value) for key, value in vars(record).items() if key not in _STANDARD)
        if record.exc_info and record.exc_info[0] is not None:
            fields["error"] = logging.Formatter().formatException(record.exc_info)
        traceparent = current_traceparent()
        return fields if traceparent is None else {**fields, "traceparent": traceparent}

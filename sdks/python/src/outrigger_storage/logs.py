"""Log lines for the host: one JSON object a line on stderr, `level` and `msg` first."""

from __future__ import annotations

import json
import logging
import sys
import threading
from typing import TextIO

from .trace_context import current_traceparent

_LEVELS = ((logging.ERROR, "error"), (logging.WARNING, "warn"), (logging.INFO, "info"))
#: A host cuts longer lines, and what is left is no JSON any more. In bytes, which are never fewer than characters.
_LINE_BYTES = 8192
#: What is kept of the message and of the error of such a line.
_TEXT_CHARACTERS = 600
_KEPT = ("level", "msg", "logger", "error", "traceparent")
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
            line = self._line_of(record)
            with self._write_lock:
                self._stream.write(line + "\n")
                self._stream.flush()
        except Exception:  # noqa: BLE001 -- a log that cannot be written must not end a request
            return

    def _line_of(self, record: logging.LogRecord) -> str:
        fields = self._fields_of(record)
        line = self._encode(fields)
        return line if len(line.encode(errors="replace")) < _LINE_BYTES else self._encode(self._shortened(fields))

    def _encode(self, fields: dict[str, object]) -> str:
        return self._redaction.mask(json.dumps(fields, default=str, ensure_ascii=False))

    def _shortened(self, fields: dict[str, object]) -> dict[str, object]:
        """The beginning of the message, and the end of the error, which tells most."""
        kept: dict[str, object] = {key: each for key, each in fields.items() if key in _KEPT}
        for key, part in (("msg", slice(_TEXT_CHARACTERS)), ("error", slice(-_TEXT_CHARACTERS, None))):
            if key in kept:
                # Half of a secret would not be found any more.
                kept[key] = self._redaction.mask(str(kept[key]))[part]
        kept["shortened"] = True
        return kept

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

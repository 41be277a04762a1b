"""Frames: a header with Content-Length, then so many bytes of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from .integers import to_integer
from .limits import VERSION_1, Limits

#: A parsed message: JSON whose envelope was checked, and whose fields were not.
Message = dict[str, Any]

_FIELD = re.compile(rb"content-(?:length:[ \t]*([0-9]{1,15})|type:[^\r\n]*)[ \t]*\Z", re.IGNORECASE)
_NAMES = (b"content-length:", b"content-type:")
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


class ProtocolViolation(Exception):
    """The other side sent what is no frame. There is no way back into step."""


class FrameParser:
    """Cuts a stream of bytes into messages, however it arrives."""

    def __init__(self, limits: Limits = VERSION_1) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._scanned = 0
        self._missing: int | None = None

    def push(self, chunk: bytes) -> Iterator[Message]:
        """The messages that are complete with these bytes, those before a violation too.

        Raises:
            ProtocolViolation: the parser is of no use afterwards.
        """
        self._buffer += chunk
        while self._buffer:
            if self._missing is None:
                self._missing = self._take_header()
            if self._missing is None or len(self._buffer) < self._missing:
                break
            with memoryview(self._buffer) as view:
                body = bytes(view[: self._missing])
            del self._buffer[: self._missing]
            self._missing = None
            yield parse_message(body, self._limits.nesting)

    def end(self) -> None:
        """Raises:
        ProtocolViolation: the stream ended inside a frame.
        """
        if self._buffer or self._missing is not None:
            raise ProtocolViolation(f"the stream ended inside a frame: {quote(self._buffer)}")

    def _take_header(self) -> int | None:
        buffer, most = self._buffer, self._limits.header_bytes
        start = bytes(buffer[:15]).lower()
        if not any(start.startswith(name[: len(start)]) or start.startswith(name) for name in _NAMES):
            raise ProtocolViolation(f"not a frame of the protocol: {quote(buffer)}")
        end = buffer.find(b"\r\n\r\n", max(0, self._scanned - 3), most)
        if end == -1:
            self._refuse_endless_header(most)
            self._scanned = len(buffer)
            return None
        length = _content_length(bytes(buffer[:end]), self._limits.message_bytes)
        del buffer[: end + 4]
        self._scanned = 0
        return length

    def _refuse_endless_header(self, most: int) -> None:
        """Lines that end in LF alone never make a header: to wait for more of them would be to wait for ever."""
        if re.search(rb"(?<!\r)\n", self._buffer):
            raise ProtocolViolation(f"a header line that does not end in CRLF: {quote(self._buffer)}")
        if len(self._buffer) >= most:
            raise ProtocolViolation(f"a header of more than {most} bytes: {quote(self._buffer)}")


class Base64(bytes):
    """Content as it travels in a message. JSON has nothing to escape in it."""


def encode_frame(message: Mapping[str, object]) -> bytes:
    """One frame of a message without its `jsonrpc`. A result may have a field that is Base64."""
    result = message.get("result")
    for key, value in result.items() if isinstance(result, dict) else ():
        if isinstance(value, Base64):
            return _frame(_splice(message, key, value))
    return _frame(_ENCODER.encode({"jsonrpc": "2.0", **message}).encode("ascii"))


def _frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def _splice(message: Mapping[str, Any], key: str, content: Base64) -> bytes:
    """Content goes past the encoder, which would look at each of its characters."""
    rest = {name: value for name, value in message["result"].items() if name != key}
    whole = _ENCODER.encode({"jsonrpc": "2.0", **message, "result": rest}).encode("ascii")
    # The result is the last field, and closes the message.
    comma = b"," if rest else b""
    return b'%b%b"%b":"%b"}}' % (whole[:-2], comma, key.encode("ascii"), content)


def parse_message(body: bytes, nesting: int) -> Message:
    """The content of a frame.

    Raises:
        ProtocolViolation: it is no JSON-RPC 2.0 message.
    """
    if not _is_nested_within(body, nesting):
        raise ProtocolViolation(f"a message of more than {nesting} levels: {quote(body)}")
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ProtocolViolation(f"a message that is not JSON in UTF-8: {quote(body)}") from error
    if not isinstance(value, dict) or not _is_message(value):
        raise ProtocolViolation(f"not a JSON-RPC 2.0 message: {quote(body)}")
    return value


def quote(data: bytes | bytearray) -> str:
    """The beginning, in printable characters."""
    return repr(bytes(data[:200])) + ("..." if len(data) > 200 else "")


def _content_length(header: bytes, most: int) -> int:
    lengths: list[int] = []
    for line in header.split(b"\r\n"):
        field = _FIELD.match(line)
        if field is None:
            raise ProtocolViolation(f"not a field of a frame header: {quote(line)}")
        if field[1] is not None:
            lengths.append(int(field[1]))
    if len(lengths) != 1:
        raise ProtocolViolation(f"a header with {len(lengths)} Content-Length fields: {quote(header)}")
    if not 0 < lengths[0] <= most:
        raise ProtocolViolation(f"a message of {lengths[0]} bytes; 1 to {most} are allowed")
    return lengths[0]


def _is_nested_within(body: bytes, limit: int) -> bool:
    """Before the parser, which is recursive. Most messages have few brackets, and that is counted quickly."""
    if body.count(b"{") + body.count(b"[") <= limit:
        return True
    depth = 0
    for token in _TOKENS.finditer(body):
        first = body[token.start()]
        if first in b"[{":
            depth += 1
            if depth > limit:
                return False
        elif first in b"]}":
            depth -= 1
    return True


def _is_message(value: Message) -> bool:
    if value.get("jsonrpc") != "2.0":
        return False
    answers = ("result" in value) + ("error" in value)
    if "method" in value:
        has_id = "id" not in value or _is_id(value["id"])
        has_params = "params" not in value or isinstance(value["params"], (dict, list))
        return isinstance(value["method"], str) and answers == 0 and has_id and has_params
    error = value.get("error")
    is_error = isinstance(error, dict) and _is_error(error)
    return answers == 1 and (value.get("id", 0) is None or _is_id(value.get("id"))) and ("result" in value or is_error)


def _is_error(value: Message) -> bool:
    return to_integer(value.get("code")) is not None and isinstance(value.get("message"), str)


def _is_id(value: object) -> bool:
    return len(value) <= 64 if isinstance(value, str) else to_integer(value) is not None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))

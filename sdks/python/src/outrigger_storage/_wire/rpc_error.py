"""Errors as they are on the wire."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import ErrorCode, StorageError

NUMBERS: Mapping[ErrorCode, int] = {
    "PATH_NOT_FOUND": 1001,
    "INVALID_PATH": 1002,
    "INVALID_OFFSET": 1003,
    "UNSUPPORTED": 1004,
    "ALREADY_CLOSED": 1005,
    "QUOTA_EXCEEDED": 1006,
    "UNAVAILABLE": 1007,
    "CANCELLED": 1008,
    "INTERNAL": 1009,
}

#: Of a message, or a path, in characters: whatever a backend says, the answer is far from the limit of a frame.
_MOST_CHARACTERS = 4096

METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
NOT_INITIALIZED = -32002
ALREADY_INITIALIZED = 1101
NO_COMMON_VERSION = 1102
INVALID_PARAMETERS = 1103


class RpcError(Exception):
    """What a request is answered with in place of a result."""

    def __init__(self, number: int, message: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.number = number
        self.data = data

    def to_wire(self) -> dict[str, object]:
        error: dict[str, object] = {"code": self.number, "message": str(self)}
        return error if self.data is None else {**error, "data": self.data}


def shortened(text: str, most: int = _MOST_CHARACTERS) -> str:
    """The beginning. Of a text whose secrets are masked: half of one would not be found any more."""
    return text[:most]


def invalid_params(message: str) -> RpcError:
    return RpcError(INVALID_PARAMS, message)


def from_storage_error(error: StorageError, driver: str) -> RpcError:
    """One line, whatever the driver wrote."""
    path = None if error.path is None else shortened(error.path)
    facts = {"path": path, "offset": error.offset, "size": error.size, "retryable": error.retryable}
    data = {"code": error.code, "driver": driver, **{key: each for key, each in facts.items() if each is not None}}
    return RpcError(NUMBERS[error.code], " ".join(str(error).split()), data)

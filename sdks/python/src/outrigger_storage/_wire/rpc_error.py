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


def invalid_params(message: str) -> RpcError:
    return RpcError(INVALID_PARAMS, message)


def from_storage_error(error: StorageError, driver: str) -> RpcError:
    """One line, whatever the driver wrote."""
    facts = {"path": error.path, "offset": error.offset, "size": error.size, "retryable": error.retryable}
    data = {"code": error.code, "driver": driver, **{key: each for key, each in facts.items() if each is not None}}
    return RpcError(NUMBERS[error.code], " ".join(str(error).split()), data)

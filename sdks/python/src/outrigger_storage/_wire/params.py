"""Typed access to the params of a request. What is not of the schema raises -32602, with the field's name."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from ..paths import check_path
from .integers import to_integer
from .rpc_error import RpcError, invalid_params


class Params:
    """Of one request. Fields that nobody asks for are ignored, as the protocol wants."""

    def __init__(self, values: object, at: str = "params") -> None:
        if not isinstance(values, dict):
            raise invalid_params(f"{at} is not an object")
        self._values: Mapping[str, object] = values

    def has(self, name: str) -> bool:
        return name in self._values

    def raw(self, name: str) -> object:
        return self._values.get(name)

    def string(self, name: str, most: int | None = None) -> str:
        value = self._values.get(name)
        if not isinstance(value, str):
            raise self._wrong(name, "a string")
        if most is not None and len(value) > most:
            raise self._wrong(name, f"a string of at most {most} characters")
        return value

    def optional_string(self, name: str, most: int | None = None) -> str | None:
        return self.string(name, most) if name in self._values else None

    def path(self, name: str = "path", *, root: bool = False) -> str:
        """Any string is well-formed here: a bad path is INVALID_PATH."""
        return check_path(self.string(name), root=root)

    def integer(self, name: str) -> int:
        value = to_integer(self._values.get(name))
        if value is None:
            raise self._wrong(name, "an integer")
        return value

    def size(self, name: str) -> int:
        value = self.integer(name)
        if value < 0:
            raise self._wrong(name, "not negative")
        return value

    def optional_size(self, name: str) -> int | None:
        return self.size(name) if name in self._values else None

    def flag(self, name: str) -> bool:
        """Absent: False."""
        value = self._values.get(name, False)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.string(name)
        if value not in choices:
            raise self._wrong(name, f"one of {', '.join(choices)}")
        return value

    def content(self, name: str) -> bytes:
        try:
            return base64.b64decode(self.string(name), validate=True)
        except (binascii.Error, ValueError):
            raise self._wrong(name, "base64") from None

    def items(self, name: str) -> list[object]:
        value = self._values.get(name)
        if not isinstance(value, list):
            raise self._wrong(name, "an array")
        return value

    def nested(self, name: str) -> Params:
        return Params(self._values.get(name), name)

    def optional_map(self, name: str) -> dict[str, object] | None:
        value = self._values.get(name)
        if name in self._values and not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return value if isinstance(value, dict) else None

    def _wrong(self, name: str, expected: str) -> RpcError:
        what = "has to be" if name in self._values else "is missing: it has to be"
        return invalid_params(f"{name} {what} {expected}")

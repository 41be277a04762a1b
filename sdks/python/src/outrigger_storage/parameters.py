"""The parameters of a driver as a dataclass: its JSON Schema for `--describe`, and a check of what the host sends.

    @dataclass(frozen=True)
    class Config:
        endpoint: str = parameter(description="URL of the server.")
        password: str = parameter(secret=True)
        timeout: int = parameter(default=30, minimum=1)
        mode: Literal["fast", "safe"] = parameter(default="safe")

Field names are the keys: lowercase letters and digits. Fields are str, int, float, bool, a Literal of strings, or one
of these `| None`. Scalars may come in any spelling that YAML knows. Checks across fields belong into
`__post_init__`, which raises InvalidParameters.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from .errors import InvalidParameters, Issue

C = TypeVar("C")

_KEY = re.compile(r"[a-z0-9]+\Z")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")
_TRUTHS = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}
_JSON_TYPES: dict[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def parameter(
    *,
    default: Any = dataclasses.MISSING,
    description: str | None = None,
    secret: bool = False,
    path: bool = False,
    minimum: int | None = None,
    maximum: int | None = None,
    pattern: str | None = None,
) -> Any:
    """A field of a dataclass of parameters; required without a default.

    Args:
        secret: keeps the value out of argv, and masks it in logs and errors.
        path: the value is a path of the file system.
        pattern: a regular expression that the whole string matches.
    """
    keywords: dict[str, object] = {"description": description, "minimum": minimum, "maximum": maximum}
    if pattern is not None:
        keywords["pattern"] = f"^(?:{pattern})$"
    if secret:
        keywords["x-secret"] = True
    if path:
        keywords["x-path"] = True
    metadata = {"schema": {key: value for key, value in keywords.items() if value is not None}}
    return dataclasses.field(default=default, metadata=metadata)


def schema_of(config: type[object]) -> dict[str, object]:
    """JSON Schema of a dataclass of parameters."""
    fields = _fields_of(config)
    required = [field.key for field in fields if field.required]
    return {
        "type": "object",
        "properties": {field.key: field.to_schema() for field in fields},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def parse_parameters(config: type[C], given: Mapping[str, object]) -> C:
    """The parameters as an instance. A null counts as absent, as an empty value of YAML is one.

    Raises:
        InvalidParameters: with every issue that was found.
    """
    fields = {field.key: field for field in _fields_of(config)}
    present = {key: value for key, value in given.items() if value is not None}
    issues = [Issue(key[:256], "unknown parameter") for key in present if key not in fields]
    values: dict[str, object] = {}
    for key, field in fields.items():
        if key not in present:
            if field.required:
                issues.append(Issue(key, "is required"))
            continue
        try:
            values[key] = field.parse(present[key])
        except ValueError as error:
            issues.append(Issue(key, str(error)))
    if issues:
        raise InvalidParameters(issues[:64])
    return config(**values)


def secrets_in(config: type[object], given: Mapping[str, object]) -> list[str]:
    """The values that may not be shown to anybody."""
    secret = {field.key for field in _fields_of(config) if field.keywords.get("x-secret")}
    return [str(value) for key, value in given.items() if key in secret and value not in (None, "")]


@dataclass(frozen=True)
class _Field:
    key: str
    kind: object
    choices: tuple[str, ...]
    required: bool
    default: object
    keywords: Mapping[str, object]

    def to_schema(self) -> dict[str, object]:
        shape: dict[str, object] = {"type": _JSON_TYPES[self.kind]}
        if self.choices:
            shape["enum"] = list(self.choices)
        if not self.required and self.default is not None and not self.keywords.get("x-secret"):
            shape["default"] = self.default
        return {**shape, **self.keywords}

    def parse(self, value: object) -> object:
        parsed = _SCALARS[self.kind](value)
        if self.choices and parsed not in self.choices:
            raise ValueError(f"must be one of {', '.join(self.choices)}")
        self._check_keywords(parsed)
        return parsed

    def _check_keywords(self, value: object) -> None:
        pattern, least, most = (self.keywords.get(key) for key in ("pattern", "minimum", "maximum"))
        if isinstance(value, str) and isinstance(pattern, str) and not re.search(pattern, value):
            raise ValueError(f"must match {pattern}")
        if isinstance(value, (int, float)) and isinstance(least, int) and value < least:
            raise ValueError(f"must be at least {least}")
        if isinstance(value, (int, float)) and isinstance(most, int) and value > most:
            raise ValueError(f"must be at most {most}")


def _fields_of(config: type[object]) -> list[_Field]:
    if not dataclasses.is_dataclass(config):
        raise TypeError(f"{config.__name__} is no dataclass")
    hints = typing.get_type_hints(config)
    return [_to_field(field, hints[field.name]) for field in dataclasses.fields(config)]


def _to_field(field: dataclasses.Field[Any], hint: object) -> _Field:
    if not _KEY.match(field.name):
        raise TypeError(f"{field.name}: a key is lowercase letters and digits")
    choices: tuple[str, ...] = ()
    kind = _without_none(hint)
    if typing.get_origin(kind) is Literal:
        choices, kind = typing.get_args(kind), str
    if kind not in _JSON_TYPES:
        raise TypeError(f"{field.name}: {hint!r} is no type of a parameter")
    required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    return _Field(field.name, kind, choices, required, field.default, field.metadata.get("schema", {}))


def _without_none(hint: object) -> object:
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return hint
    rest = [each for each in typing.get_args(hint) if each is not type(None)]
    return rest[0] if len(rest) == 1 else hint


def _parse_string(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
        raise ValueError("must be text")
    return str(value)


def _parse_integer(value: object) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.match(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be an integer")
    return value


def _parse_number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("must be a number")
    try:
        return float(value)
    except ValueError:
        raise ValueError("must be a number") from None


def _parse_truth(value: object) -> bool:
    known = _TRUTHS.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(known, bool):
        raise ValueError("must be true or false")
    return known


_SCALARS: dict[object, typing.Callable[[object], object]] = {
    str: _parse_string,
    int: _parse_integer,
    float: _parse_number,
    bool: _parse_truth,
}

"""Parameters as a dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pytest

from outrigger_storage import InvalidParameters, Issue, parameter, parse_parameters, schema_of
from outrigger_storage.parameters import secrets_in


@dataclass(frozen=True)
class Config:
    endpoint: str = parameter(description="URL of the server.", pattern="https?://.+")
    password: str | None = parameter(default=None, secret=True)
    rootdirectory: str = parameter(default="/srv", path=True)
    timeout: int = parameter(default=30, minimum=1, maximum=60)
    ratio: float = parameter(default=0.5)
    secure: bool = parameter(default=True)
    mode: Literal["fast", "safe"] = parameter(default="safe")


def issues_of(given: Mapping[str, object]) -> list[Issue]:
    with pytest.raises(InvalidParameters) as raised:
        parse_parameters(Config, given)
    return list(raised.value.issues)


def test_schema() -> None:
    assert schema_of(Config) == {
        "type": "object",
        "properties": {
            "endpoint": {"type": "string", "description": "URL of the server.", "pattern": "^(?:https?://.+)$"},
            "password": {"type": "string", "x-secret": True},
            "rootdirectory": {"type": "string", "default": "/srv", "x-path": True},
            "timeout": {"type": "integer", "default": 30, "minimum": 1, "maximum": 60},
            "ratio": {"type": "number", "default": 0.5},
            "secure": {"type": "boolean", "default": True},
            "mode": {"type": "string", "enum": ["fast", "safe"], "default": "safe"},
        },
        "required": ["endpoint"],
        "additionalProperties": False,
    }


def test_defaults_and_nulls() -> None:
    assert parse_parameters(Config, {"endpoint": "http://a", "timeout": None}) == Config(endpoint="http://a")


@pytest.mark.parametrize(
    ("key", "spelling", "value"),
    [
        ("timeout", "5", 5),
        ("timeout", 5.0, 5),
        ("secure", "false", False),
        ("secure", "Yes", True),
        ("ratio", "0.25", 0.25),
        ("ratio", 1, 1.0),
        ("rootdirectory", 7, "7"),
        ("mode", "fast", "fast"),
    ],
)
def test_spellings_of_yaml(key: str, spelling: object, value: object) -> None:
    parsed = parse_parameters(Config, {"endpoint": "http://a", key: spelling})
    assert getattr(parsed, key) == value


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("endpoint", "ftp://a", "must match ^(?:https?://.+)$"),
        ("endpoint", {}, "must be text"),
        ("timeout", "soon", "must be an integer"),
        ("timeout", True, "must be an integer"),
        ("timeout", 0, "must be at least 1"),
        ("timeout", 61, "must be at most 60"),
        ("ratio", "half", "must be a number"),
        ("secure", "maybe", "must be true or false"),
        ("mode", "other", "must be one of fast, safe"),
        ("unknown", 1, "unknown parameter"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(key: str, value: object, message: str) -> None:
    assert Issue(key, message) in issues_of({"endpoint": "http://a", key: value})


def test_every_issue_is_told() -> None:
    found = issues_of({"timeout": "x", "secure": "x"})
    assert [issue.key for issue in found] == ["endpoint", "timeout", "secure"]


def test_messages_never_have_the_value() -> None:
    assert "hunter2" not in str(issues_of({"endpoint": "hunter2", "timeout": "hunter2", "mode": "hunter2"}))


def test_secrets() -> None:
    assert secrets_in(Config, {"password": "hunter2", "endpoint": "http://a"}) == ["hunter2"]


def test_a_field_of_a_foreign_type_is_a_fault_of_the_program() -> None:
    @dataclass(frozen=True)
    class Wrong:
        hosts: list[str]

    with pytest.raises(TypeError, match="hosts"):
        schema_of(Wrong)

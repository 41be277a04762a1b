"""Plays the host's part of a transcript against a driver's executable: docs/protocol/transcripts/README.md."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outrigger_storage._wire.framing import FrameParser, Message, encode_frame

TRANSCRIPTS = Path(__file__).parents[3] / "docs" / "protocol" / "transcripts"
_NOTHING = object()


@dataclass(frozen=True)
class Transcript:
    """Its steps begin with those of the transcripts that it comes after."""

    name: str
    head: Mapping[str, Any]
    steps: Sequence[Mapping[str, Any]]

    def fits(self, powers: Sequence[str]) -> bool:
        needs = self.head.get("needs", {})
        wanted = [*needs.get("capabilities", []), *(["version"] if needs.get("version") else [])]
        return set(wanted) <= set(powers) and not set(needs.get("lacks", [])) & set(powers)


@dataclass(frozen=True)
class Program:
    """A driver under test."""

    command: Sequence[str]
    parameters: Mapping[str, object]


def transcripts_for(powers: Sequence[str]) -> list[Transcript]:
    found = [read_transcript(path.stem) for path in sorted(TRANSCRIPTS.glob("*.jsonl"))]
    return [each for each in found if "driver" in each.head["replay"] and each.fits(powers)]


def read_transcript(name: str) -> Transcript:
    head, *steps = (json.loads(line) for line in (TRANSCRIPTS / f"{name}.jsonl").read_text("utf-8").splitlines())
    before = read_transcript(head["after"]).steps if "after" in head else []
    return Transcript(name, head, [*before, *steps])


class Player:
    """One transcript against one process; raises AssertionError with the first difference."""

    def __init__(self, program: Program) -> None:
        self._named: dict[str, object] = {}
        self._given = {"parameters": dict(program.parameters), "hostPid": os.getpid()}
        self._child = subprocess.Popen([*program.command, "{}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._messages = _messages_of(self._child)

    def play(self, transcript: Transcript) -> None:
        try:
            for step in transcript.steps:
                self._act(step) if step["from"] == "host" else self._expect(step)
            self._child.kill()
            assert list(self._messages) == [], "the driver sent more"
        finally:
            self._child.kill()
            self._child.wait()
            for stream in (self._child.stdin, self._child.stdout):
                if stream is not None:
                    stream.close()

    def _act(self, step: Mapping[str, Any]) -> None:
        assert self._child.stdin is not None
        if "message" in step:
            message = self._value(step["message"])
            assert isinstance(message, dict)
            self._send(encode_frame(message))
        elif "bytes" in step:
            self._send(step["bytes"].encode())
        elif "writes" in step:
            with Path(str(self._value(step["into"]))).open("r+b") as file:
                file.seek(step["at"])
                file.write(step["writes"].encode())
        else:
            self._child.stdin.close()

    def _send(self, data: bytes) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(data)
        self._child.stdin.flush()

    def _expect(self, step: Mapping[str, Any]) -> None:
        if "exits" in step:
            assert self._child.wait(timeout=200) == step["exits"]
            return
        expected = [step["message"]] if "message" in step else list(step["anyOrder"])
        while expected:
            actual = next(each for each in self._messages if each.get("method") != "$/progress")
            found = [self._differences(pattern, actual, "message") for pattern in expected]
            assert [] in found, "\n".join(line for each in found for line in each)
            expected.pop(found.index([]))

    def _value(self, pattern: Any) -> Any:
        if isinstance(pattern, list):
            return [self._value(each) for each in pattern]
        if not isinstance(pattern, dict):
            return pattern
        if "$absent" in pattern:
            return _NOTHING
        if "$id" in pattern:
            return pattern["$id"]
        if "$the" in pattern:
            return self._named.get(pattern["$the"], _NOTHING)
        if "$may" in pattern:
            return self._value(pattern["$may"])
        if "$oneOf" in pattern:
            return self._value(pattern["$oneOf"][0])
        if "$like" in pattern:
            value = self._given.get(pattern.get("$given", ""), self._value(pattern["$like"]))
            if "$as" in pattern:
                self._named[pattern["$as"]] = value
            return value
        fields = {key: self._value(each) for key, each in pattern.items()}
        return {key: each for key, each in fields.items() if each is not _NOTHING}

    def _differences(self, pattern: Any, actual: Any, at: str) -> list[str]:  # noqa: C901 -- a table
        if isinstance(pattern, list):
            if not isinstance(actual, list) or len(actual) != len(pattern):
                return [f"{at}: expected {pattern}, got {actual}"]
            pairs = zip(pattern, actual, strict=True)
            return [line for i, (p, a) in enumerate(pairs) for line in self._differences(p, a, f"{at}[{i}]")]
        if not isinstance(pattern, dict):
            same = type(pattern) is type(actual) and pattern == actual
            return [] if same else [f"{at}: expected {pattern!r}, got {actual!r}"]
        if "$absent" in pattern:
            return [] if actual is _NOTHING else [f"{at}: expected nothing, got {actual!r}"]
        if "$may" in pattern:
            return [] if actual is _NOTHING else self._differences(pattern["$may"], actual, at)
        if "$id" in pattern:
            return self._differences(pattern["$id"], actual, at)
        if "$the" in pattern:
            return self._differences(self._named.get(pattern["$the"], _NOTHING), actual, at)
        if "$oneOf" in pattern:
            each = [self._differences(option, actual, at) for option in pattern["$oneOf"]]
            return [] if [] in each else [line for lines in each for line in lines]
        if "$like" in pattern:
            if type(pattern["$like"]) is not type(actual):
                return [f"{at}: expected a value like {pattern['$like']!r}, got {actual!r}"]
            if "$as" in pattern:
                self._named[pattern["$as"]] = actual
            return []
        if not isinstance(actual, dict):
            return [f"{at}: expected {pattern}, got {actual!r}"]
        return [
            line
            for key, each in pattern.items()
            for line in self._differences(each, actual.get(key, _NOTHING), f"{at}.{key}")
        ]


def _messages_of(child: subprocess.Popen[bytes]) -> Iterator[Message]:
    assert child.stdout is not None
    parser = FrameParser()
    while chunk := os.read(child.stdout.fileno(), 65536):
        yield from parser.push(chunk)
    parser.end()

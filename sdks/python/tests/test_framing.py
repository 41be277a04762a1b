"""The vectors of frames.json, and bytes that nobody thought of."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from transcript_player import TRANSCRIPTS

from outrigger_storage._wire.framing import Base64, FrameParser, Message, ProtocolViolation, encode_frame

VECTORS = json.loads((TRANSCRIPTS / "frames.json").read_text("utf-8"))["vectors"]
PING = encode_frame({"id": 1, "method": "ping", "params": {}})


def to_bytes(pieces: Sequence[Any]) -> bytes:
    return b"".join(map(_piece, pieces))


def _piece(piece: Any) -> bytes:
    if isinstance(piece, str):
        return piece.encode()
    return bytes.fromhex(piece["hex"]) if "hex" in piece else piece["repeat"].encode() * piece["times"]


def feed(pieces: Iterator[bytes]) -> tuple[list[Message], str | None]:
    """The messages, and where the parser refused the stream."""
    parser = FrameParser()
    messages: list[Message] = []
    try:
        for piece in pieces:
            for message in parser.push(piece):
                messages.append(message)
    except ProtocolViolation:
        return messages, "push"
    try:
        parser.end()
    except ProtocolViolation:
        return messages, "end"
    return messages, None


def cuts_of(data: bytes) -> list[Iterator[bytes]]:
    places = range(len(data) + 1) if len(data) < 300 else random.Random(1).sample(range(len(data)), 20)
    whole, single = iter([data]), (data[i : i + 1] for i in range(min(len(data), 20_000)))
    rest = [iter([data[:place], data[place:]]) for place in places]
    return [whole, *([single] if len(data) <= 20_000 else []), *rest]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: each["name"])
def test_vector(vector: dict[str, Any]) -> None:
    for pieces in cuts_of(to_bytes(vector["bytes"])):
        messages, refused = feed(pieces)
        if "violation" in vector:
            assert refused is not None
            assert refused == vector["violation"] or vector["violation"] == "end"
        else:
            assert (messages, refused) == (vector["messages"], None)


@pytest.mark.parametrize("seed", range(50))
def test_mutated_frames_are_taken_or_refused(seed: int) -> None:
    """Whatever comes, the outcome is the same however it is cut, and nothing else is raised."""
    chance = random.Random(seed)
    data = bytearray(PING * 3)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data))
        data[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
    outcomes = [feed(pieces) for pieces in cuts_of(bytes(data))]
    assert all(each == outcomes[0] for each in outcomes)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_only_python_takes_for_json_is_refused(text: str) -> None:
    body = f'{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"x":{text}}}}}'.encode()
    assert feed(iter([b"Content-Length: %d\r\n\r\n%b" % (len(body), body)])) == ([], "push")


def test_a_declared_length_allocates_nothing() -> None:
    parser = FrameParser()
    with pytest.raises(ProtocolViolation, match="1048577"):
        list(parser.push(b"Content-Length: 1048577\r\n\r\n"))


@pytest.mark.parametrize("rest", [{}, {"size": 3, "modTime": 0, "version": 'v"1}'}])
def test_content_goes_past_the_encoder(rest: dict[str, object]) -> None:
    frame = encode_frame({"id": 7, "result": {"data": Base64(b"YWJj"), **rest}})
    assert list(FrameParser().push(frame)) == [{"jsonrpc": "2.0", "id": 7, "result": {"data": "YWJj", **rest}}]


def test_encoded_frames_are_parsed() -> None:
    message = {"id": "é\ud800", "result": {"data": "a" * 5000}}
    assert list(FrameParser().push(encode_frame(message))) == [{"jsonrpc": "2.0", **message}]

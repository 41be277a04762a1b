"""The recorded conversations, against the example drivers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import FILESYSTEM, PROJECT
from transcript_player import Player, Program, Transcript, transcripts_for

MODULE = [sys.executable, "-m", FILESYSTEM]
MEMORY = [sys.executable, str(PROJECT / "examples" / "async_memory" / "async_memory.py")]


@pytest.mark.parametrize(
    "transcript",
    transcripts_for(["walk", "copy", "isolatedWriters", "commitTo", "localFiles", "version"]),
    ids=lambda each: each.name,
)
def test_filesystem(transcript: Transcript, tmp_path: Path) -> None:
    Player(Program(MODULE, {"rootdirectory": str(tmp_path / "store")})).play(transcript)


@pytest.mark.parametrize(
    "transcript",
    transcripts_for(["walk", "copy", "isolatedWriters", "commitTo", "version"]),
    ids=lambda each: each.name,
)
def test_asyncio(transcript: Transcript) -> None:
    Player(Program(MEMORY, {})).play(transcript)

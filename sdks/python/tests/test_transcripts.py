"""The recorded conversations, against the example drivers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from transcript_player import Player, Program, Transcript, transcripts_for

EXAMPLES = Path(__file__).parents[1] / "examples"
FILESYSTEM = [sys.executable, "-m", "registry_storage_py_fs"]
MEMORY = [sys.executable, str(EXAMPLES / "async_memory" / "async_memory.py")]


@pytest.fixture(autouse=True)
def _source_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs run from the source."""
    root = EXAMPLES.parent
    monkeypatch.setenv("PYTHONPATH", f"{root / 'src'}:{EXAMPLES / 'py-fs' / 'src'}")


@pytest.mark.parametrize(
    "transcript",
    transcripts_for(["walk", "copy", "isolatedWriters", "commitTo", "localFiles", "version"]),
    ids=lambda each: each.name,
)
def test_filesystem(transcript: Transcript, tmp_path: Path) -> None:
    Player(Program(FILESYSTEM, {"rootdirectory": str(tmp_path / "store")})).play(transcript)


@pytest.mark.parametrize(
    "transcript",
    transcripts_for(["walk", "copy", "isolatedWriters", "commitTo", "version"]),
    ids=lambda each: each.name,
)
def test_asyncio(transcript: Transcript) -> None:
    Player(Program(MEMORY, {})).play(transcript)

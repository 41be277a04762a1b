"""Programs run from the source, and hosts end with their test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mini_host import MiniHost

PROJECT = Path(__file__).parents[1]
PROGRAMS = Path(__file__).parent / "programs"
#: What `start` takes: programs of PROGRAMS, and a module.
ODD, BUSY, FILESYSTEM = "odd_driver.py", "busy_driver.py", "registry_storage_py_fs"

StartHost = Callable[..., MiniHost]
StartFilesystem = Callable[..., MiniHost]


@pytest.fixture(autouse=True)
def _source_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{PROJECT / 'src'}:{PROJECT / 'examples' / 'py-fs' / 'src'}")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartHost]:
    """Starts a program of `programs`, or a module, under a host."""
    hosts: list[MiniHost] = []

    def begin(program: str, argument: str = "{}") -> MiniHost:
        target = [str(PROGRAMS / program)] if program.endswith(".py") else ["-m", program]
        directory = tmp_path / f"host{len(hosts)}"
        directory.mkdir()
        hosts.append(MiniHost([sys.executable, *target], directory, argument))
        return hosts[-1]

    yield begin
    for host in hosts:
        host.close()


@pytest.fixture
def filesystem(start: StartHost, tmp_path: Path) -> StartFilesystem:
    """The filesystem driver over `store`, initialized."""

    def begin(**more: object) -> MiniHost:
        host = start(FILESYSTEM)
        host.initialize({"rootdirectory": str(tmp_path / "store")}, **more)
        return host

    return begin

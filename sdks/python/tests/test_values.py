"""Paths, times, errors and readers."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

from outrigger_storage import (
    BytesReader,
    Capabilities,
    FileReader,
    FileSlice,
    InvalidOffset,
    InvalidPath,
    VersionChanged,
    check_path,
    is_below,
    join_path,
    milliseconds,
    split_path,
    walk_key,
)
from outrigger_storage._wire.rpc_error import from_storage_error


@pytest.mark.parametrize("path", ["/a", "/a/b.c", "/..a/...", "/" + "a" * 1023, "/_-.x", "/-"])
def test_good_paths(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "a", "/", "/a/", "//a", "/a//b", "/.", "/a/..", "/../a", "/é", "/a b", "/a\n", "/a\0", "/" + "a" * 1024],
)
def test_bad_paths(path: str) -> None:
    with pytest.raises(InvalidPath):
        check_path(path)


def test_the_root_is_a_path_where_it_is_meant() -> None:
    assert check_path("/", root=True) == "/"


def test_walk_order() -> None:
    assert sorted(["/a-b", "/a", "/a/x", "/a.b", "/a0"], key=walk_key) == ["/a", "/a/x", "/a-b", "/a.b", "/a0"]


def test_parts_of_paths() -> None:
    assert (join_path("/", "a"), join_path("/a", "b")) == ("/a", "/a/b")
    assert [split_path(path) for path in ("/a", "/a/b", "/a/b/c")] == [("/", "a"), ("/a", "b"), ("/a/b", "c")]
    assert [is_below(path, "/a") for path in ("/a/b", "/a", "/ab", "/")] == [True, False, False, False]
    assert is_below("/a", "/")


def test_times_are_cut_to_milliseconds() -> None:
    assert milliseconds(datetime(2025, 11, 22, 0, 0, 0, 123_999, timezone.utc)) == 1763769600123


def test_errors_on_the_wire() -> None:
    assert from_storage_error(InvalidOffset("/a", 5, 3), "x").to_wire() == {
        "code": 1003,
        "message": "invalid offset: 5 for path /a, the size is 3",
        "data": {"code": "INVALID_OFFSET", "driver": "x", "path": "/a", "offset": 5, "size": 3},
    }
    changed = from_storage_error(VersionChanged("/a"), "x")
    assert (changed.number, dict(changed.data or {})["retryable"]) == (1007, False)


def test_readers(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    descriptor = os.open(tmp_path / "a", os.O_RDONLY)
    file = FileReader(descriptor, size=10, mod_time=0, offset=2, length=5)
    memory = BytesReader(b"0123456789", mod_time=0, offset=2, length=5)
    assert file.file_slice() == FileSlice(descriptor, 2, 5)
    for reader in (file, memory):
        assert [reader.read(3), reader.read(3), reader.read(3)] == [b"234", b"56", b""]
        reader.close()
        reader.close()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(descriptor)


def test_readers_behind_the_end() -> None:
    assert BytesReader(b"ab", mod_time=0, offset=5).read(1) == b""
    assert FileReader(-1, size=2, mod_time=0, offset=5).file_slice().count == 0


def test_capabilities_are_read_off_the_methods() -> None:
    class Copies:
        atomic_move = True

        def copy(self) -> None: ...

    assert Capabilities.of(Copies).to_wire() == {"copy": True, "atomicMove": True}

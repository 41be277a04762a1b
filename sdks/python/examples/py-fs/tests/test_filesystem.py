"""What the driver promises of a file system, beyond what the conformance suite can see."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from registry_storage_py_fs import FilesystemConfig, FilesystemDriver
from registry_storage_py_fs.removing import sweep_temporaries

from outrigger_storage import (
    InvalidParameters,
    InvalidPath,
    PathNotFound,
    QuotaExceeded,
    StorageError,
    Unavailable,
    walk_key,
)

TEMPORARY = "a.01234567-89ab-cdef-0123-456789abcdef.tmp"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def driver(root: Path) -> Iterator[FilesystemDriver]:
    made = FilesystemDriver(FilesystemConfig(rootdirectory=str(root)))
    yield made
    made.close()


def content_of(driver: FilesystemDriver, path: str) -> bytes:
    reader = driver.reader(path, offset=0, length=None, if_match=None)
    try:
        return reader.read(1 << 20)
    finally:
        reader.close()


def names_below(root: Path) -> list[str]:
    return sorted(str(each.relative_to(root)) for each in root.rglob("*") if not each.is_dir())


class Calls:
    """What is asked of the system, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        for name in ("fsync", "rename", "mkdir"):
            self._record(monkeypatch, name)

    def _record(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        real = getattr(os, name)

        def call(*args: object, **more: object) -> object:
            what = os.readlink(f"/proc/self/fd/{args[0]}") if name == "fsync" else str(args[0])
            self.made.append(f"{name} {what}")
            return real(*args, **more)

        monkeypatch.setattr(os, name, call)


def test_a_put_is_synced_before_and_after_its_rename(
    driver: FilesystemDriver, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Calls(monkeypatch).made
    driver.put("/x/y/a", b"1")
    content = next(i for i, each in enumerate(calls) if each.startswith(f"fsync {root}/x/y/a."))
    rename = next(i for i, each in enumerate(calls) if each.startswith("rename a."))
    behind = [each for each in calls[rename:] if each.startswith("fsync")]
    assert content < rename
    assert behind == [f"fsync {root}/x/y", f"fsync {root}/x", f"fsync {root}"]
    calls.clear()
    driver.put("/x/y/b", b"2")
    assert [each for each in calls if each.startswith("fsync")][1:] == [f"fsync {root}/x/y"]


def test_a_directory_that_was_deleted_is_synced_anew(
    driver: FilesystemDriver, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.put("/x/y/a", b"1")
    driver.delete("/x")
    calls = Calls(monkeypatch).made
    driver.put("/x/y/a", b"1")
    assert calls[-3:] == [f"fsync {root}/x/y", f"fsync {root}/x", f"fsync {root}"]


def test_relaxed_syncs_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = FilesystemDriver(FilesystemConfig(rootdirectory=str(root), commit="relaxed"))
    calls = Calls(monkeypatch).made
    driver.put("/x/a", b"1")
    writer = driver.writer("/x/b", mode="truncate", expected_size=None)
    writer.write(memoryview(bytes(9 << 20)))
    writer.commit_to("/x/c")
    assert [each for each in calls if each.startswith("fsync")] == []
    driver.close()


def test_a_failed_fsync_leaves_the_old_content_and_no_rest(
    driver: FilesystemDriver, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.put("/a", b"old")
    writer = driver.isolated_writer("/a", expected_size=None)
    writer.write(memoryview(b"new"))

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "lost")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Unavailable):
        driver.put("/a", b"new")
    with pytest.raises(Unavailable):
        writer.commit()
    writer.cancel()
    assert content_of(driver, "/a") == b"old"
    assert names_below(root) == ["a"]


def test_a_failed_early_sync_fails_the_commit(driver: FilesystemDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "lost")

    monkeypatch.setattr(os, "fdatasync", fail)
    writer = driver.writer("/a", mode="truncate", expected_size=None)
    writer.write(memoryview(bytes(5 << 20)))
    with pytest.raises(Unavailable):
        writer.commit()
    with pytest.raises(PathNotFound):
        driver.stat("/a")


def test_a_full_disk_takes_back_what_was_not_accepted(
    driver: FilesystemDriver, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = driver.writer("/a", mode="truncate", expected_size=None)
    writer.write(memoryview(b"abc"))
    real = os.pwrite

    def fill(descriptor: int, data: bytes, position: int) -> int:
        if position > 3:
            raise OSError(errno.ENOSPC, "full")
        return real(descriptor, data[:2], position)

    monkeypatch.setattr(os, "pwrite", fill)
    with pytest.raises(QuotaExceeded):
        writer.write(memoryview(b"defgh"))
    assert (writer.size, (root / "a").read_bytes()) == (3, b"abc")


def test_more_than_the_disk_has_is_refused_at_the_open(driver: FilesystemDriver, root: Path) -> None:
    with pytest.raises(QuotaExceeded):
        driver.writer("/a", mode="truncate", expected_size=1 << 60)
    assert names_below(root) == []


@pytest.mark.parametrize("place", ["/link/a", "/leaf", "/pipe"])
def test_nothing_is_followed_and_nothing_foreign_is_shown(driver: FilesystemDriver, root: Path, place: str) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "a").write_bytes(b"secret")
    (root / "link").symlink_to(outside)
    (root / "leaf").symlink_to(outside / "a")
    os.mkfifo(root / "pipe")
    for read in (driver.stat, driver.local_file, driver.delete, lambda path: content_of(driver, path)):
        with pytest.raises(PathNotFound):
            read(place)
    with pytest.raises(InvalidPath):
        driver.writer(place, mode="truncate", expected_size=None)
    with pytest.raises(PathNotFound):
        driver.copy(place, "/b")
    with pytest.raises(PathNotFound):
        driver.move(place, "/b")
    assert driver.list("/", cursor=None, limit=10).entries == []
    assert driver.walk("/", after=None, skip_children=False, limit=10).entries == []
    with pytest.raises(InvalidPath):
        driver.put("/link/b", b"")
    assert sorted(os.listdir(outside)) == ["a"]
    assert (outside / "a").read_bytes() == b"secret"


def test_a_put_replaces_a_link_and_not_its_target(driver: FilesystemDriver, root: Path) -> None:
    target = root.parent / "target"
    target.write_bytes(b"old")
    (root / "a").symlink_to(target)
    driver.put("/a", b"new")
    assert (target.read_bytes(), content_of(driver, "/a")) == (b"old", b"new")


def test_a_directory_is_deleted_and_its_links_are_not_followed(driver: FilesystemDriver, root: Path) -> None:
    kept = root.parent / "kept"
    kept.mkdir()
    (kept / "a").write_bytes(b"1")
    driver.put("/x/y/z", b"1")
    (root / "x" / "y" / "link").symlink_to(kept)
    driver.delete("/x")
    assert (kept / "a").exists()
    assert os.listdir(root) == []


def test_temporary_files_are_no_part_of_the_store(driver: FilesystemDriver, root: Path) -> None:
    driver.put("/x/a", b"1")
    (root / "x" / TEMPORARY).write_bytes(b"half")
    assert [each.path for each in driver.list("/x", cursor=None, limit=9).entries] == ["/x/a"]
    with pytest.raises(PathNotFound):
        driver.stat(f"/x/{TEMPORARY}")
    with pytest.raises(InvalidPath):
        driver.put(f"/x/{TEMPORARY}", b"")
    with pytest.raises(InvalidPath):
        driver.put(f"/x/{TEMPORARY}/b", b"")


def test_old_temporary_files_are_swept(driver: FilesystemDriver, root: Path) -> None:
    driver.put("/x/y/a", b"1")
    old, young = root / "x" / TEMPORARY, root / "x" / "y" / TEMPORARY
    for each in (old, young):
        each.write_bytes(b"half")
    os.utime(old, (time.time() - 90_000,) * 2)
    assert sweep_temporaries(str(root), 86_400, threading.Event()) == 1
    assert (old.exists(), young.exists(), (root / "x" / "y" / "a").exists()) == (False, True, True)


def test_an_upload_of_the_other_registry_is_gone_on_with(driver: FilesystemDriver, root: Path) -> None:
    (root / "_uploads").mkdir()
    (root / "_uploads" / "data").write_bytes(b"half")
    writer = driver.writer("/_uploads/data", mode="append", expected_size=None)
    assert writer.size == 4
    writer.write(memoryview(b"whole"))
    writer.commit_to("/blobs/data")
    assert names_below(root) == ["blobs/data"]
    assert content_of(driver, "/blobs/data") == b"halfwhole"


def test_what_the_host_wrote_and_did_not_tell_is_cut(driver: FilesystemDriver, root: Path) -> None:
    writer = driver.isolated_writer("/a", expected_size=None)
    Path(writer.local.local_path).write_bytes(b"hello world")
    writer.accept(5)
    writer.commit()
    assert content_of(driver, "/a") == b"hello"
    short = driver.isolated_writer("/b", expected_size=None)
    short.accept(5)
    with pytest.raises(Unavailable):
        short.commit()
    assert names_below(root) == ["a"]


def test_a_copy_works_without_the_kernels_help(driver: FilesystemDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EXDEV, "no")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    content = os.urandom(2_500_000)
    writer = driver.writer("/a", mode="truncate", expected_size=None)
    writer.write(memoryview(content))
    writer.commit()
    driver.copy("/a", "/x/b")
    reader = driver.reader("/x/b", offset=0, length=None, if_match=None)
    assert reader.read(3_000_000) == content
    reader.close()


def test_walks_in_pages_are_the_sorted_tree(driver: FilesystemDriver, root: Path) -> None:
    chance = random.Random(7)
    for _ in range(120):
        parts = [chance.choice("ab-0Z_") + chance.choice("x-.0") for _ in range(chance.randint(1, 4))]
        try:
            driver.put("/" + "/".join(parts), b"")
        except InvalidPath:
            continue
    every = ["/" + str(each.relative_to(root)) for each in root.rglob("*")]
    for limit in (1, 7, 1000):
        seen: list[str] = []
        done = False
        while not done:
            after = seen[-1] if seen else None
            page = driver.walk("/", after=after, skip_children=False, limit=limit)
            seen += [entry.path for entry in page.entries]
            done = page.done
        assert seen == sorted(every, key=walk_key)


@pytest.mark.parametrize("after", ["/", "/a", "/a-", "/a/b/c", "/b", "/zz", "/nothing/below"])
def test_a_walk_behind_any_path_is_the_rest(driver: FilesystemDriver, after: str) -> None:
    for path in ("/a/b/c", "/a/b-d", "/a-x", "/b", "/z/z"):
        driver.put(path, b"")
    every = [entry.path for entry in driver.walk("/", after=None, skip_children=False, limit=99).entries]
    page = driver.walk("/", after=after, skip_children=False, limit=99)
    assert [entry.path for entry in page.entries] == [each for each in every if walk_key(each) > walk_key(after)]


def test_a_large_directory_is_remembered_while_it_is_the_same(
    driver: FilesystemDriver, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "x").mkdir()
    for i in range(1001):
        (root / "x" / f"{i:04}").touch()
    long_ago = time.time_ns() + 10_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: long_ago)
    assert driver.list("/x", cursor=None, limit=1).entries[0].path == "/x/0000"
    scanned: list[object] = []
    real = os.scandir

    def scan(each: int) -> object:
        scanned.append(each)
        return real(each)

    monkeypatch.setattr(os, "scandir", scan)
    assert driver.list("/x", cursor="0999", limit=9).entries[0].path == "/x/1000"
    assert scanned == []
    (root / "x" / "2").touch()
    assert driver.list("/x", cursor="1000", limit=9).entries[0].path == "/x/2"
    assert len(scanned) == 1


def test_versions_change_with_every_replacement(driver: FilesystemDriver) -> None:
    driver.put("/a", b"1")
    first = driver.stat("/a").version
    driver.put("/a", b"2")
    assert driver.stat("/a").version != first
    with pytest.raises(Unavailable) as raised:
        driver.reader("/a", offset=0, length=None, if_match=first)
    assert raised.value.retryable is False


def test_a_root_that_cannot_be_is_a_bad_parameter(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidParameters) as raised:
        FilesystemDriver(FilesystemConfig(rootdirectory=str(tmp_path / "file" / "store")))
    assert [issue.key for issue in raised.value.issues] == ["rootdirectory"]


def test_a_root_that_was_removed_is_empty_and_comes_back(driver: FilesystemDriver, root: Path) -> None:
    root.rmdir()
    assert driver.list("/", cursor=None, limit=9).entries == []
    driver.put("/a", b"1")
    assert names_below(root) == ["a"]


def test_messages_have_no_local_path(driver: FilesystemDriver, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> int:
        raise OSError(errno.EACCES, "no", str(root / "a"))

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(StorageError) as raised:
        driver.reader("/a", offset=0, length=None, if_match=None)
    assert (raised.value.code, str(raised.value)) == ("INTERNAL", "unexpected error: /a (EACCES)")


def put_often(driver: FilesystemDriver, errors: list[Exception]) -> None:
    try:
        for i in range(60):
            driver.put(f"/x/y/{i % 3}", b"1")
    except StorageError as error:
        errors.append(error)


def delete_often(driver: FilesystemDriver) -> None:
    """Fewer times than a put tries."""
    for _ in range(8):
        # Nothing is there, or somebody goes on putting files into it.
        with contextlib.suppress(StorageError):
            driver.delete("/x")


def test_puts_beside_deletes_never_fail(driver: FilesystemDriver) -> None:
    """A directory that somebody deletes meanwhile is made again."""
    errors: list[Exception] = []
    puts = [threading.Thread(target=put_often, args=(driver, errors)) for _ in range(2)]
    threads = [*puts, threading.Thread(target=delete_often, args=(driver,))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_what_is_put_while_its_directory_is_moved_goes_with_it(
    driver: FilesystemDriver, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.put("/here/d/a", b"1")
    real = os.rename

    def move_first(source: str, destination: str, **more: int) -> None:
        monkeypatch.setattr(os, "rename", real)
        driver.move("/here", "/aside")
        real(source, destination, **more)

    monkeypatch.setattr(os, "rename", move_first)
    driver.put("/here/d/b", b"2")
    assert names_below(root) == ["aside/d/a", "aside/d/b"]

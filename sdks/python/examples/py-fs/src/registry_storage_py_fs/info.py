"""What is known of a file."""

from __future__ import annotations

import os
import stat

from outrigger_storage import FileInfo


def version_of(found: os.stat_result) -> str:
    """Every replacement of content makes a new file, and writing in place changes size or time."""
    return f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}"


def mod_time_of(found: os.stat_result) -> int:
    return found.st_mtime_ns // 1_000_000


def to_file_info(path: str, found: os.stat_result) -> FileInfo:
    if stat.S_ISDIR(found.st_mode):
        return FileInfo(path, 0, mod_time_of(found), is_dir=True)
    return FileInfo(path, found.st_size, mod_time_of(found), version=version_of(found))

"""Readers that most drivers can use as they are."""

from __future__ import annotations

import os

from .values import FileSlice


class FileReader:
    """Reads an open regular file, and closes it. The plane `socket` sends its bytes without copying them."""

    def __init__(
        self,
        fd: int,
        *,
        size: int,
        mod_time: int,
        version: str | None = None,
        offset: int = 0,
        length: int | None = None,
    ) -> None:
        self.size = size
        self.mod_time = mod_time
        self.version = version
        self._fd = fd
        self._position = offset
        self._end = size if length is None else min(size, offset + length)

    def read(self, count: int) -> bytes:
        """The next bytes; none at the end."""
        chunk = os.pread(self._fd, max(0, min(count, self._end - self._position)), self._position)
        self._position += len(chunk)
        return chunk

    def file_slice(self) -> FileSlice:
        """All that was not read yet."""
        return FileSlice(self._fd, self._position, max(0, self._end - self._position))

    def close(self) -> None:
        """Again is nothing."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


class BytesReader:
    """Reads content that is in memory."""

    def __init__(
        self, content: bytes, *, mod_time: int, version: str | None = None, offset: int = 0, length: int | None = None
    ) -> None:
        self.size = len(content)
        self.mod_time = mod_time
        self.version = version
        end = len(content) if length is None else min(len(content), offset + length)
        self._rest = memoryview(content)[min(offset, len(content)) : end]

    def read(self, count: int) -> bytes:
        """The next bytes; none at the end."""
        chunk, self._rest = self._rest[:count], self._rest[count:]
        return bytes(chunk)

    def close(self) -> None:
        """Nothing to give back."""

"""Names: a directory is the omap of an object with its path; values are content, or nothing for a directory."""

from __future__ import annotations

from contextlib import suppress

import rados
from outrigger_storage import InvalidPath, split_path

from .cluster import Cluster

_PAGE = 1000


class References:
    """Of one pool. `/` is always there."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def find(self, path: str) -> str | None:
        """Content of an object, "" of a directory, None of nothing."""
        if path == "/":
            return ""
        directory, name = split_path(path)
        with rados.ReadOpCtx() as operation:
            found, _ = self._cluster.pool().get_omap_vals_by_keys(operation, (name,))
            try:
                self._cluster.pool().operate_read_op(operation, directory)
            except rados.ObjectNotFound:
                return None
            return next(((value or b"").decode() for _, value in found), None)

    def set(self, path: str, oid: str) -> None:
        directory, name = split_path(path)
        with rados.WriteOpCtx() as operation:
            self._cluster.pool().set_omap(operation, (name,), (oid.encode(),))
            self._cluster.operate(operation, directory)

    def remove(self, path: str) -> None:
        directory, name = split_path(path)
        with rados.WriteOpCtx() as operation, suppress(rados.ObjectNotFound):
            self._cluster.pool().remove_omap_keys(operation, (name,))
            self._cluster.operate(operation, directory)

    def remove_directory(self, path: str) -> None:
        """The omap itself; the reference to it goes by `remove`."""
        with suppress(rados.ObjectNotFound):
            self._cluster.pool().remove_object(path)

    def children(self, directory: str, after: str = "", limit: int = _PAGE) -> list[tuple[str, str]]:
        """The names behind one, in byte order, with their values."""
        with rados.ReadOpCtx() as operation:
            # One more: the old driver has the root refer to itself as `/`.
            found, _ = self._cluster.pool().get_omap_vals(operation, after, "", limit + 1)
            try:
                self._cluster.pool().operate_read_op(operation, directory)
            except rados.ObjectNotFound:
                return []
            return [(name, (value or b"").decode()) for name, value in found if name != "/"][:limit]

    def all_children(self, directory: str) -> list[tuple[str, str]]:
        """Every one."""
        found = page = self.children(directory)
        while len(page) == _PAGE:
            page = self.children(directory, after=page[-1][0])
            found = found + page
        return found

    def make_parents(self, path: str) -> None:
        """From the top down: a process that is killed meanwhile leaves empty directories.

        Raises:
            InvalidPath: one of them is an object.
        """
        missing: list[str] = []
        directory, _ = split_path(path)
        while (value := self.find(directory)) != "":
            if value:
                raise InvalidPath(path, "a part of it is an object")
            missing.append(directory)
            directory, _ = split_path(directory)
        for each in reversed(missing):
            self.set(each, "")

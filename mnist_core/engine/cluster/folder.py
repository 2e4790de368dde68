"""A folder that follows another one on another machine: what has changed in the one, and the same change in the other.

Records that only grow travel as their new lines. Other files travel whole, because they are replaced whole.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mnist_core.common.errors import StudioError
from mnist_core.common.files import remove, replacing, storage_errors
from mnist_core.common.language import _
from mnist_core.common.leftovers import TEMPORARY

GROWING = ".jsonl"
"""The ending of files that only grow, unless they are replaced."""
_Mark = tuple[int, int, int]
"""A file's inode, its time, its size."""


@dataclass(frozen=True)
class Changes:
    """What has changed. The paths are relative."""

    added: dict[str, bytes] = field(default_factory=dict)
    """What files have at their end in addition."""
    written: dict[str, bytes] = field(default_factory=dict)
    removed: tuple[str, ...] = ()


class Watch:
    """Notices what changes in a folder."""

    def __init__(self, folder: Path, leave_out: Sequence[str] = ()) -> None:
        """What is in the folder so far counts as known.

        Args:
            leave_out: names of files that are not watched.
        """
        self._folder, self._leave_out = folder, leave_out
        self._known = self._look()

    def changes(self) -> Changes:
        """Since the last call. Checkpoints come before the records, so those are never older."""
        now = self._look()
        added: dict[str, bytes] = {}
        written: dict[str, bytes] = {}
        for name, mark in sorted(now.items()):
            before = self._known.get(name)
            if mark == before:
                continue
            grows = name.endswith(GROWING) and before is not None and before[0] == mark[0] and before[2] <= mark[2]
            start = before[2] if grows and before else 0
            try:
                content = self._content(name, start)
            except FileNotFoundError:  # removed since the look
                del now[name]
                continue
            now[name] = (mark[0], mark[1], start + len(content))
            (added if grows else written)[name] = content
        removed = tuple(name for name in self._known if name not in now)
        self._known = now
        return Changes(added, written, removed)

    def _look(self) -> dict[str, _Mark]:
        return {name: mark for name, mark in _marks(self._folder) if name not in self._leave_out}

    def _content(self, name: str, start: int) -> bytes:
        with (self._folder / name).open("rb") as file:
            file.seek(start)
            content = file.read()
        return content[: content.rfind(b"\n") + 1] if name.endswith(GROWING) else content


def _marks(folder: Path) -> Iterator[tuple[str, _Mark]]:
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and not any(map(TEMPORARY.fullmatch, path.relative_to(folder).parts)):
                found = path.stat()
                yield path.relative_to(folder).as_posix(), (found.st_ino, found.st_mtime_ns, found.st_size)


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    names = [name for name, _mark in _marks(folder)]
    return {name: (folder / name).read_bytes() for name in names}


def apply(changes: Changes, folder: Path) -> None:
    """Make the same changes in another folder.

    Raises:
        StorageError: the disk is full, or the like.
        StudioError: a path leads out of the folder.
    """
    for name, content in changes.added.items():
        path = inside(folder, name)
        with storage_errors(path), path.open("ab") as file:
            file.write(content)
    for name, content in changes.written.items():
        path = inside(folder, name)
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, durable=path.suffix == ".npz") as temporary:
            temporary.write_bytes(content)
    for path in (inside(folder, name) for name in changes.removed):
        with storage_errors(path):
            remove(path)
            if path.parent not in (folder, folder / "checkpoints"):
                _remove_if_empty(path.parent)


def inside(folder: Path, name: str) -> Path:
    """The file of that name, which another machine has sent.

    Raises:
        StudioError: it is not in the folder.
    """
    path = folder / name
    if folder.resolve() not in path.resolve().parents:
        raise StudioError(_("The cluster has sent a file with a name that is not allowed: {name!r}", name=name))
    return path


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()

"""Files are written whole or not at all, and what the disk refuses is told in a sentence."""

import errno
import json
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mnist_core.common.errors import InputError, StorageError

IS_WINDOWS = os.name == "nt"
_SHARING_S = 2.0
"""How long `replace` waits on Windows, where a file that another process reads cannot be replaced."""

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The errors of a write that would have gone well on a larger disk."""
REASONS = {
    errno.ENOSPC: "the disk is full. Free some space, then try again",
    errno.EDQUOT: "your share of the disk is used up. Free some space, then try again",
    errno.EFBIG: "this system does not allow files of that size",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.ENOENT: "it or its folder is missing",
    errno.ENOTDIR: "a file stands where its folder should be",
    errno.EISDIR: "it is a folder",
    errno.ENAMETOOLONG: "its name is too long. Choose a shorter one",
    errno.EMFILE: "too many files are open. Close some programs, then try again",
    errno.EIO: "the disk reports an error",
}


def reason(error: OSError) -> str:
    """Why the operating system refused, and what to do about it, as the end of a sentence."""
    return REASONS.get(error.errno or 0, error.strerror or type(error).__name__)


def storage_error(error: OSError, path: Path | None = None) -> StorageError:
    """The sentence for what the operating system refused.

    Args:
        path: what was used; None: what the error names, if anything.
    """
    named = path if path is not None else error.filename
    why = reason(error)
    if error.errno == errno.ENOENT and named is not None:
        folder = Path(str(named)).parent
        why = "it is missing" if folder.is_dir() else f"the folder {folder} is missing"
    return StorageError(f"{'A file' if named is None else named} could not be used: {why}.")


@contextmanager
def storage_errors(path: Path, *, by_way_of: Path | None = None) -> Iterator[None]:
    """Raise `StorageError` for an OSError of the block, which uses `path` and perhaps reads another file.

    Args:
        by_way_of: a temporary file or folder in its stead, whose name means nothing to a person.
    """
    try:
        yield
    except OSError as error:
        raise storage_error(error, None if _is_other(error, path, by_way_of) else path) from error


def _is_other(error: OSError, path: Path, by_way_of: Path | None) -> bool:
    """Whether the error names another file than `path` or what stands for it."""
    if error.filename is None or error.filename2 is not None:
        return False
    named = Path(str(error.filename))
    return named != path and (by_way_of is None or not named.is_relative_to(by_way_of))


def check_regular(path: Path, limit: int) -> None:
    """Refuse what would never end, or would fill the memory: a device, a pipe, a huge file.

    Args:
        limit: the most bytes that are allowed.

    Raises:
        InputError: nothing is there, it is no regular file, it is empty, or it is larger.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}.") from None
    except ValueError:
        raise InputError(f"{str(path)!r} cannot be read: its name contains a NUL character.") from None
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a device or a pipe"
        raise InputError(f"{path} is {kind}, not a file.")
    if not found.st_size:  # those of /proc say so, and some of them never end
        raise InputError(f"{path} is empty.")
    if found.st_size > limit:
        raise InputError(f"{path} has {found.st_size:,} bytes; {limit:,} are allowed.")


def read_regular(path: Path, limit: int) -> bytes:
    """The content of a file that a person named.

    Raises:
        InputError: as for `check_regular`, or it cannot be read.
    """
    check_regular(path, limit)
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}.") from None
    if len(content) > limit:
        raise InputError(f"{path} has more than the {limit:,} bytes that are allowed.")
    return content


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`; what is written there replaces `path` at once, or not at all.

    Args:
        durable: the data are on the disk before the name changes, and the name before this returns, so that not
            even a power cut leaves half a file under the good name. It takes milliseconds.

    Raises:
        StorageError: the disk is full, the folder is gone, or the like.
    """
    temporary = path.parent / f".{secrets.token_hex(8)}{path.suffix}"
    with storage_errors(path, by_way_of=temporary):
        try:
            yield temporary
            if durable:
                with temporary.open("rb+") as file:
                    os.fsync(file.fileno())
            replace(temporary, path)
            if durable:
                sync_folder(path.parent)
        finally:
            with suppress(OSError):  # it must not hide why it is still there
                temporary.unlink(missing_ok=True)


@contextmanager
def exporting(path: Path) -> Iterator[Path]:
    """Like `replacing`, for a file that a person wants somewhere.

    Raises:
        InputError: it cannot be written there.
    """
    if path.is_reserved():
        raise InputError(f"{path.name} is the name of a device on Windows. Choose another name.")
    try:
        with replacing(path) as temporary:
            yield temporary
    except StorageError as error:
        raise InputError(str(error)) from None


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Like `replacing`, for a new folder: it appears under `path` complete, or not at all."""
    temporary = path.parent / f".{secrets.token_hex(8)}"
    with storage_errors(path, by_way_of=temporary):
        try:
            temporary.mkdir()
            yield temporary
            for file in temporary.iterdir():
                with file.open("rb+") as opened:
                    os.fsync(opened.fileno())
            replace(temporary, path)
            sync_folder(path.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for temporary files, which goes with what is in it at the end of the block.

    Raises:
        StorageError: there is no place for one, or it is full.
    """
    try:
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    except OSError:
        raise StorageError(
            "There is no room for temporary files. Free some space, or name another folder with TMPDIR."
        ) from None
    with folder as name, storage_errors(Path(name)):
        yield Path(name)


def replace(source: Path, target: Path) -> None:
    """Rename `source` to `target`, which may exist; on Windows, wait while another process reads `target`."""
    deadline = time.monotonic() + _SHARING_S
    while True:
        try:
            source.replace(target)
        except PermissionError:
            if not IS_WINDOWS or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def sync_folder(folder: Path) -> None:
    """Put a folder's names on the disk (Windows does that by itself, and cannot open a folder)."""
    if not IS_WINDOWS:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Replace `path` by `value` as JSON, whole or not at all; see `replacing`."""
    with replacing(path, durable=durable) as temporary:
        temporary.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")

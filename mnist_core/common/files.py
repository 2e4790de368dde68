"""Files are written completely or not at all. A refusal by the disk becomes a sentence."""

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
from mnist_core.common.language import N_, Text, _

IS_WINDOWS = os.name == "nt"
_SHARING_S = 2.0
"""How long `replace` waits on Windows, where a file that another process reads cannot be replaced."""

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The errors of a write that would have succeeded on a larger disk."""
REASONS = {
    errno.ENOSPC: N_("The disk is full. Free some space, then try again."),
    errno.EDQUOT: N_("Your disk quota is used up. Free some space, then try again."),
    errno.EFBIG: N_("This system does not allow files of that size."),
    errno.EROFS: N_("The disk is read-only."),
    errno.EACCES: N_("Permission is denied."),
    errno.EPERM: N_("Permission is denied."),
    errno.ENOENT: N_("The file or its folder is missing."),
    errno.ENOTDIR: N_("A part of its path is a file, not a folder."),
    errno.EISDIR: N_("It is a folder."),
    errno.ENAMETOOLONG: N_("The name is too long. Choose a shorter one."),
    errno.EMFILE: N_("Too many files are open. Close some programs, then try again."),
    errno.EIO: N_("The disk reports an error."),
}


def reason(error: OSError) -> Text:
    """Why the operating system refused, and what to do about it, in a sentence."""
    if error.errno in REASONS:
        return _(REASONS[error.errno])
    return _("The system reports: {error}.", error=error.strerror or type(error).__name__)


def storage_error(error: OSError, path: Path | None = None) -> StorageError:
    """The sentence for what the operating system refused.

    Args:
        path: what was used; None: what the error names, if anything.
    """
    named = path if path is not None else error.filename
    if named is None:
        return StorageError(_("A file could not be used. {reason}", reason=reason(error)))
    why, folder = reason(error), Path(str(named)).parent
    if error.errno == errno.ENOENT:
        why = _("The file is missing.") if folder.is_dir() else _("The folder {folder} is missing.", folder=str(folder))
    return StorageError(_("{file} could not be used. {reason}", file=str(named), reason=why))


@contextmanager
def storage_errors(path: Path, *, by_way_of: Path | None = None) -> Iterator[None]:
    """Raise `StorageError` for an OSError of the block, which uses `path` and perhaps reads another file.

    Args:
        by_way_of: a temporary file or folder that stands for it, whose name means nothing to a person.
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


def expanded(name: str) -> Path:
    """The path, in which ~ stands for the home folder of a person who exists."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def check_regular(path: Path, limit: int) -> None:
    """Refuse what would never end or would fill the memory: a device, a pipe, a huge file.

    Args:
        limit: the most bytes that are allowed.

    Raises:
        InputError: it is missing, not a regular file, empty, or larger.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        raise InputError(_("{file} does not exist.", file=str(path))) from None
    except OSError as error:
        raise unreadable(path, error) from None
    except ValueError:
        raise InputError(_("{file!r} cannot be read: its name contains a NUL character.", file=str(path))) from None
    if stat.S_ISDIR(found.st_mode):
        raise InputError(_("{file} is a folder, not a file.", file=str(path)))
    if not stat.S_ISREG(found.st_mode):
        raise InputError(_("{file} is a device or a pipe, not a file.", file=str(path)))
    if not found.st_size:  # files of /proc report no size, and some of them never end
        raise InputError(_("{file} is empty.", file=str(path)))
    if found.st_size > limit:
        size = found.st_size
        raise InputError(_("{file} has {size:,} bytes; {limit:,} are allowed.", file=str(path), size=size, limit=limit))


def unreadable(path: Path, error: OSError) -> InputError:
    """The error for a file that a person named and the operating system does not let be read."""
    return InputError(_("{file} cannot be read. {reason}", file=str(path), reason=reason(error)))


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
        raise unreadable(path, error) from None
    if len(content) > limit:
        raise InputError(_("{file} has more than the {limit:,} bytes that are allowed.", file=str(path), limit=limit))
    return content


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`. The file or folder that is written there replaces `path`, or nothing does.

    Args:
        durable: write the data to the disk before the name changes, and the name before this returns. So even a power
            cut leaves no partial file under the final name. It takes milliseconds.

    Raises:
        StorageError: the disk is full, the folder is gone, or the like.
    """
    temporary = path.parent / f".{secrets.token_hex(8)}{path.suffix}"
    with storage_errors(path, by_way_of=temporary):
        try:
            yield temporary
            if durable:
                _flush(temporary)
            replace(temporary, path)
            if durable:
                sync_folder(path.parent)
        finally:
            with suppress(OSError):  # this must not hide the first error
                remove(temporary)


def _flush(path: Path) -> None:
    """Write a file, or all files in a folder, to the disk."""
    for file in (each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]:
        with file.open("rb+") as opened:
            os.fsync(opened.fileno())


def remove(path: Path) -> None:
    """Delete a file, or a folder with its content, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def exporting(path: Path) -> Iterator[Path]:
    """Like `replacing`, for a file or folder that a person exports.

    Raises:
        InputError: it cannot be written there.
    """
    if path.is_reserved():
        raise InputError(_("{name} is the name of a device on Windows. Choose another name.", name=path.name))
    try:
        with replacing(path) as temporary:
            yield temporary
    except StorageError as error:
        raise InputError(error.text) from None


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Like `replacing`, for a new folder, which is there already for what is to be in it."""
    with replacing(path) as temporary:
        temporary.mkdir()
        yield temporary


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for temporary files. It is removed with its content at the end of the block.

    Raises:
        StorageError: there is no place for one, or it is full.
    """
    try:
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    except OSError:
        raise StorageError(
            _("There is no room for temporary files. Free some space, or name another folder with TMPDIR.")
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
    """Write a folder's names to the disk. Windows does that by itself, and it cannot open a folder."""
    if not IS_WINDOWS:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Replace `path` by `value` as JSON, completely or not at all; see `replacing`."""
    with replacing(path, durable=durable) as temporary:
        temporary.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")


def bytes_in(folder: Path) -> int:
    """The size of all files below a folder; what is deleted meanwhile does not count."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file():
                total += path.lstat().st_size
    return total

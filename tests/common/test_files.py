"""Files are written whole or not at all; what the disk refuses, and what is no file, is told in a sentence."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path, PureWindowsPath

import pytest

from mnist_core.common import files
from mnist_core.common.errors import InputError, StorageError
from mnist_core.common.files import exporting, read_regular, replace, replacing, replacing_folder, write_json
from tests.conftest import ROOT

WRITERS: list[Callable[[Path], AbstractContextManager[Path]]] = [replacing, exporting, replacing_folder]


def test_replacing_writes_all_or_nothing(tmp_path: Path) -> None:
    """A failure inside leaves the old file and nothing else; success leaves the new one and nothing else."""
    path = tmp_path / "f.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:  # noqa: PT012 – a failure half-way is the point
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_replacing_with_nothing_written_is_an_error(tmp_path: Path) -> None:
    """A writer that wrote nothing does not delete the old file."""
    path = tmp_path / "f.txt"
    path.write_text("old")
    with pytest.raises(StorageError), replacing(path):
        pass
    assert path.read_text() == "old"


def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    """A process that dies while it writes has changed nothing under the good name."""
    path = tmp_path / "f.txt"
    path.write_text("old")
    program = (
        "import os, sys; from pathlib import Path; from mnist_core.common.files import replacing\n"
        "with replacing(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half'); os._exit(9)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(path)], cwd=ROOT, check=False)
    assert ended.returncode == 9
    assert path.read_text() == "old"


def test_a_folder_appears_complete_or_not_at_all(tmp_path: Path) -> None:
    """As `replacing`, for a folder of files."""
    path = tmp_path / "folder"
    with pytest.raises(RuntimeError), replacing_folder(path) as temporary:  # noqa: PT012 – as above
        (temporary / "a").write_text("1")
        raise RuntimeError
    assert not list(tmp_path.iterdir())
    with replacing_folder(path) as temporary:
        (temporary / "a").write_text("1")
        assert not path.exists()
    assert (path / "a").read_text() == "1"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_may_take_the_place_of_a_file(tmp_path: Path) -> None:
    """A person exports either. A folder that fails leaves nothing behind."""
    path = tmp_path / "exported"
    for failing in (True, False):
        with suppress(RuntimeError), exporting(path) as temporary:
            (temporary / "deep").mkdir(parents=True)
            (temporary / "deep" / "a").write_text("1")
            if failing:
                raise RuntimeError
        assert [*tmp_path.iterdir()] == ([] if failing else [path])
    assert (path / "deep" / "a").read_text() == "1"


def test_an_export_to_nowhere_is_refused_with_its_path(tmp_path: Path) -> None:
    """A folder that does not exist is the person's mistake, and is named."""
    path = tmp_path / "nowhere" / "f.zip"
    with (
        pytest.raises(InputError, match=r"f\.zip could not be used\. The folder .*nowhere is missing"),
        exporting(path) as temporary,
    ):
        temporary.write_text("x")


def test_json_keeps_any_text(tmp_path: Path) -> None:
    """Accents, emoji, right-to-left and control characters come back as they were."""
    value = {"name": "Zoë 🐈 \u202eabc\x00\n<img onerror>"}
    write_json(tmp_path / "v.json", value)
    assert json.loads((tmp_path / "v.json").read_text(encoding="utf-8")) == value


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.ENOSPC, "The disk is full"), (errno.EFBIG, "files of that size"), (errno.EIO, "reports an error")],
)
def test_what_a_disk_refuses_is_a_sentence(
    writer: Callable[[Path], AbstractContextManager[Path]], number: int, reason: str, tmp_path: Path
) -> None:
    """It names the file that was wanted, not the temporary one, and nothing is left of that."""
    path = tmp_path / "wanted.bin"
    with pytest.raises((StorageError, InputError), match=rf"wanted\.bin could not be used\. .*{reason}"), writer(path):
        raise OSError(number, os.strerror(number))
    assert not list(tmp_path.iterdir())


def test_a_file_in_a_new_folder_is_told_by_the_folders_name(tmp_path: Path) -> None:
    """The folder has a temporary name as long as it is being written."""
    with pytest.raises(StorageError, match=r"wanted could not be used\. The disk is full"):  # noqa: SIM117
        with replacing_folder(tmp_path / "wanted") as temporary:
            raise OSError(errno.ENOSPC, "No space left on device", str(temporary / "a"))


@pytest.mark.parametrize("writer", WRITERS)
def test_the_file_that_is_missing_is_the_one_that_is_named(
    writer: Callable[[Path], AbstractContextManager[Path]], tmp_path: Path
) -> None:
    """A source that is gone is not blamed on the target."""
    with pytest.raises((StorageError, InputError), match=r"source\.bin could not be used\. .*missing"):  # noqa: SIM117
        with writer(tmp_path / "target.bin") as temporary:
            shutil.copyfile(tmp_path / "source.bin", temporary)


def test_a_name_that_is_too_long_is_a_sentence(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(StorageError, match=r"name is too long\. Choose a shorter one"):
        write_json(tmp_path / ("n" * 300), {})


def test_a_file_that_another_process_reads_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Windows refuses to replace it as long as it is open; other systems refuse for another reason, at once."""
    source, target, refused = tmp_path / "new", tmp_path / "old", iter([True, True, False])
    source.write_text("new")
    original = Path.replace

    def shared(self: Path, to: Path) -> Path:
        if next(refused):
            raise PermissionError
        return original(self, to)

    with monkeypatch.context() as windows:
        windows.setattr(files, "IS_WINDOWS", True)
        windows.setattr(Path, "replace", shared)
        replace(source, target)
    assert target.read_text() == "new"
    refused = iter([True])
    monkeypatch.setattr(Path, "replace", shared)
    with pytest.raises(PermissionError):
        replace(source, target)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other special files")
def test_what_is_no_file_is_refused_unread(tmp_path: Path) -> None:
    """A device, a pipe that nobody writes to, a folder, a file that is all holes, nothing."""
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(60 * 2**30)
    (tmp_path / "empty").touch()
    for path, reason in {
        Path("/dev/zero"): "a device or a pipe",
        tmp_path / "pipe": "a device or a pipe",
        tmp_path: "a folder",
        tmp_path / "empty": "is empty",  # so is, by its own word, each file of /proc
        tmp_path / "holes": "64,424,509,440 bytes; 100 are allowed",
        tmp_path / "nothing": "does not exist",
        tmp_path / "a\0b": "contains a NUL character",
        tmp_path / ("n" * 300): "too long",
    }.items():
        with pytest.raises(InputError, match=reason):
            read_regular(path, 100)


def test_a_small_file_is_read(tmp_path: Path) -> None:
    """Up to the limit."""
    (tmp_path / "f").write_bytes(b"12345")
    assert read_regular(tmp_path / "f", 5) == b"12345"
    with pytest.raises(InputError, match="5 bytes; 4 are allowed"):
        read_regular(tmp_path / "f", 4)


def test_an_export_to_a_device_of_windows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file called NUL.zip would be written to nowhere there."""
    monkeypatch.setattr(type(tmp_path), "is_reserved", lambda path: PureWindowsPath(path).is_reserved())
    with pytest.raises(InputError, match=r"NUL\.zip is the name of a device"), exporting(tmp_path / "NUL.zip"):
        pass
    with exporting(tmp_path / "null.zip") as temporary:
        temporary.touch()


def test_a_folder_has_the_size_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "inner" / "b").write_bytes(b"123")
    assert files.bytes_in(tmp_path) == 8
    assert files.bytes_in(tmp_path / "missing") == 0

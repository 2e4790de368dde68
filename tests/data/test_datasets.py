"""MNIST and other digits → arrays: files, folders, and what is refused."""

import gzip
import io
import os
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets, idx, npz
from tests.data.mnist_files import Arrays, save, write_idx


def npy_header(header: str) -> bytes:
    """The beginning of an .npy member with this header, and nothing after it."""
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def zip_of(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


# ---- IDX


@pytest.mark.parametrize("shape", [(3,), (2, 28, 28)])
def test_idx_goes_there_and_back(shape: tuple[int, ...]) -> None:
    """`unpack` undoes `pack`."""
    array = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    np.testing.assert_array_equal(idx.unpack(idx.pack(array), "x"), array)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\0\0\x08", b"\0\0\x08\x01", b"not idx at all", b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", b"\0\0\x08\xff\0\0",
        b"\0\0\x08\x01\0\0\0\x05abc", b"\0\0\x08\x01\0\0\0\x02abc", b"\0\0\x08\x03" + b"\xff" * 12,
        b"\0\0\x08\x01\0\0\0\0",
    ],
)  # fmt: skip
def test_idx_refuses_what_is_none_or_is_cut_off(content: bytes) -> None:
    """Wrong magic numbers, other types, and lengths that differ from the header are refused."""
    with pytest.raises(InputError, match="x is "):
        idx.unpack(content, "x")


@pytest.mark.parametrize("gz", [False, True])
@pytest.mark.parametrize("dots", [False, True])
def test_a_folder_of_idx_files_is_a_data_set(
    gz: bool, dots: bool, tmp_path: Path, arrays: Arrays, workspace: Workspace
) -> None:
    """Plain or gzipped, and also under the names that some unpackers make of them."""
    loaded = datasets.load(str(write_idx(tmp_path / "idx", arrays, gz=gz, dots=dots)), workspace)
    np.testing.assert_array_equal(loaded.x_train, arrays["x_train"])
    np.testing.assert_array_equal(loaded.y_test, arrays["y_test"])


def test_a_missing_idx_file_is_named(tmp_path: Path, arrays: Arrays, workspace: Workspace) -> None:
    """The message says which of the four files is lacking."""
    folder = write_idx(tmp_path / "idx", arrays)
    (folder / idx.FILES["y_test"]).unlink()
    with pytest.raises(InputError, match="t10k-labels"):
        datasets.load(str(folder), workspace)
    assert not idx.is_complete(folder)


def test_damaged_gzip_is_refused(tmp_path: Path, arrays: Arrays, workspace: Workspace) -> None:
    """Cut off, or with a flipped bit anywhere, a .gz is refused with its name."""
    folder = write_idx(tmp_path / "idx", arrays, gz=True)
    path = folder / (idx.FILES["x_train"] + ".gz")
    good = path.read_bytes()
    random = np.random.default_rng(0)
    damaged = [good[: len(good) // 2], b""]
    for place in random.integers(10, len(good), 20):
        flipped = bytearray(good)
        flipped[place] ^= 1 << random.integers(8)
        damaged.append(bytes(flipped))
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(InputError, match="train-images"):
            datasets.load(str(folder), workspace)


def test_a_gzip_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unpacking stops at the cap."""
    monkeypatch.setattr(idx, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="larger than"):
        idx.decompress(gzip.compress(bytes(2000)), "bomb")


# ---- .npz


def test_an_npz_is_a_data_set(tiny_npz: Path, arrays: Arrays, workspace: Workspace) -> None:
    """Its four arrays come back as they are; its name is the file's."""
    loaded = datasets.load(str(tiny_npz), workspace)
    assert loaded.name == "tiny"
    for name, array in arrays.items():
        np.testing.assert_array_equal(getattr(loaded, name), array)


def test_labels_of_any_whole_number_type_become_uint8(tmp_path: Path, arrays: Arrays, workspace: Workspace) -> None:
    """int64 labels, which NumPy makes by itself, are as good as any."""
    path = save(tmp_path / "d.npz", {**arrays, "y_train": arrays["y_train"].astype(np.int64)})
    loaded = datasets.load(str(path), workspace)
    assert loaded.y_train.dtype == np.uint8
    np.testing.assert_array_equal(loaded.y_train, arrays["y_train"])


def _with(**changes: Callable[[Arrays], Any]) -> Callable[[Arrays], Arrays]:
    return lambda arrays: {**arrays, **{name: np.asarray(change(arrays)) for name, change in changes.items()}}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda a: {k: v for k, v in a.items() if k != "y_test"}, "no array 'y_test'"),
        (_with(x_train=lambda a: a["x_train"].astype(np.float32) - 300), "the values are from -300"),
        (_with(x_train=lambda a: np.where(a["x_train"] > 254, np.nan, a["x_train"])), "missing or infinite"),
        (_with(x_train=lambda a: a["x_train"].astype(str)), "must be numbers"),
        (_with(x_train=lambda a: a["x_train"][:, :27]), "27"),
        (_with(x_train=lambda a: a["x_train"][:10]), "10 images"),
        (_with(x_test=lambda a: a["x_test"][:0], y_test=lambda a: a["y_test"][:0]), "no images"),
        (_with(y_train=lambda a: a["y_train"] + 0.5), "whole numbers from 0 to 9. Row 0 has"),
        (_with(y_train=lambda a: np.char.add("digit ", a["y_train"].astype(str))), "whole numbers"),
        (_with(y_train=lambda a: np.ones((300, 10))), "not exactly one 1"),
        (_with(y_train=lambda a: np.eye(11)[a["y_train"]]), "whole numbers"),
        (_with(y_train=lambda a: np.where(np.arange(300) == 7, -1, a["y_train"].astype(int))), "row 7: -1"),
        (_with(y_test=lambda a: np.where(np.arange(60) == 3, 10, a["y_test"])), "row 3: 10"),
        (_with(y_test=lambda a: np.array([object()] * 60)), "Python objects"),
    ],
)
def test_wrong_arrays_are_refused(
    change: Callable[[Arrays], Arrays], says: str, tmp_path: Path, arrays: Arrays, workspace: Workspace
) -> None:
    """Missing arrays, wrong types, shapes and labels are each named, with the row where there is one."""
    with pytest.raises(InputError, match=says):
        datasets.load(str(save(tmp_path / "d.npz", change(arrays))), workspace)


def test_a_header_that_claims_32_gib_is_refused(tmp_path: Path) -> None:
    """80 bytes of header are not believed, and nothing of that size is made."""
    content = npy_header("{'descr': '|u1', 'fortran_order': False, 'shape': (34359738368,)}")
    with pytest.raises(InputError, match="34,359,738,368 bytes"):
        npz.read(zip_of(tmp_path / "bomb.npz", {"x.npy": content}), ("x",))


@pytest.mark.parametrize(
    "header",
    [
        "", "{", "(" * 100, "-" * 110 + "1", "{'descr': '|u1'}", "'" * 7,
        "{'descr': 5, 'fortran_order': 0, 'shape': 1}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (-5,)}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': ('a',)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (5,)}",
    ],
)  # fmt: skip
def test_hostile_headers_are_refused(header: str, tmp_path: Path) -> None:
    """NumPy reads a header as Python; whatever that raises ends in one sentence."""
    with pytest.raises(InputError):
        npz.read(zip_of(tmp_path / "bad.npz", {"x.npy": npy_header(header)}), ("x",))


@pytest.mark.parametrize("content", [b"PK", b"<html>", b"\x93NUMPY"])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path, workspace: Workspace) -> None:
    """A file of another kind is refused by its content."""
    path = tmp_path / "d.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"d\.npz is not a readable"):
        datasets.load(str(path), workspace)


def test_damaged_archives_are_refused_or_read_right(tmp_path: Path, arrays: Arrays) -> None:
    """Any flipped bit is noticed, or lies where it changes nothing; a cut is always noticed."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, x=arrays["x_test"])
    good, path = buffer.getvalue(), tmp_path / "d.npz"
    random = np.random.default_rng(0)
    for number in range(200):
        damaged = bytearray(good)
        damaged[random.integers(len(good))] ^= 1 << random.integers(8)
        path.write_bytes(damaged if number % 4 else good[: random.integers(len(good))])
        try:
            read = npz.read(path, ("x",))["x"]
        except InputError:
            continue
        assert number % 4
        np.testing.assert_array_equal(read, arrays["x_test"])


def test_an_unknown_name_says_what_there_is(workspace: Workspace) -> None:
    """The message lists what is allowed."""
    with pytest.raises(InputError, match="Allowed: mnist, digits"):
        datasets.load("nmist", workspace)


# ---- splitting


def test_the_split_is_stratified_and_stays_the_same(arrays: Arrays) -> None:
    """Every digit is on both sides in proportion; the same seed gives the same split, another another."""
    labels = arrays["y_train"]
    train, validation = datasets.split(labels, 0.2, seed=1)
    assert sorted([*train, *validation]) == list(range(300))
    assert np.bincount(labels[validation]).tolist() == [6] * 10
    np.testing.assert_array_equal(datasets.split(labels, 0.2, seed=1)[1], validation)
    assert not np.array_equal(datasets.split(labels, 0.2, seed=2)[1], validation)


def test_the_only_image_of_a_digit_is_for_training() -> None:
    """And the others are split; without any pair there is nothing to split."""
    train, validation = datasets.split(np.array([1, 1, 0, 2, 2], np.uint8), 0.1)
    assert (len(train), len(validation)) == (3, 2)
    assert 2 in train
    with pytest.raises(InputError, match="no digit has two"):
        datasets.split(np.array([0, 5], np.uint8), 0.5)


def test_a_small_data_set_has_an_image_of_each_digit_for_validation() -> None:
    """Although the share alone would be less than one."""
    train, validation = datasets.split(np.array(list(range(10)) * 30, np.uint8), 0.01)
    assert (len(train), sorted(validation % 10)) == (290, [*range(10)])


# ---- scikit-learn's digits


def test_the_small_digits_have_mnist_s_geometry(workspace: Workspace) -> None:
    """1,797 digits, every fifth for testing, at most 20 pixels large and centred."""
    digits = datasets.load("digits", workspace)
    assert len(digits.x_train) == 1438
    assert len(digits.x_test) == 359
    datasets.check_images(digits.x_train, digits.y_train, "digits")
    sides, centres = [], []
    for image in digits.x_train[::10]:
        rows, columns = np.nonzero(image > 64)
        sides.append(1 + max(np.ptp(rows), np.ptp(columns)))
        ink = image / image.sum()
        centres.append([(ink.sum(axis=1) * np.arange(28)).sum(), (ink.sum(axis=0) * np.arange(28)).sum()])
    assert 18 <= np.median(sides) <= 20
    np.testing.assert_allclose(np.mean(centres, axis=0), 14, atol=0.6)


# ---- MNIST: found, checked, imported


def test_the_real_mnist_passes_its_check(real_mnist: Path, workspace: Workspace) -> None:
    """Its four arrays have the published MD5 sums, and an import puts them where they are found next time."""
    assert datasets.find_mnist(workspace) is None
    datasets.import_mnist(real_mnist, workspace)
    assert datasets.find_mnist(workspace) == workspace.datasets / "mnist.npz"
    assert len(datasets.mnist(workspace).x_train) == 60_000


def test_mnist_is_found_where_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, as_mnist: Arrays, workspace: Workspace
) -> None:
    """In the folder or file that MNIST_STUDIO_DATA names, in Keras' cache, and first in the workspace."""
    folder = write_idx(tmp_path / "idx", as_mnist, gz=True)
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    assert datasets.find_mnist(workspace) == folder
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(save(tmp_path / "other.npz", as_mnist)))
    assert datasets.find_mnist(workspace) == tmp_path / "other.npz"
    cache = tmp_path / "keras" / "datasets"
    cache.mkdir(parents=True)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    save(cache / "mnist.npz", as_mnist)
    assert datasets.find_mnist(workspace) == cache / "mnist.npz"
    save(workspace.datasets / "mnist.npz", as_mnist)
    assert datasets.find_mnist(workspace) == workspace.datasets / "mnist.npz"
    np.testing.assert_array_equal(datasets.load("mnist", workspace).x_test, as_mnist["x_test"])


def test_what_is_not_mnist_is_not_called_so(tiny_npz: Path, workspace: Workspace) -> None:
    """Another data set is refused as MNIST, with the first array that differs; nothing is stored."""
    with pytest.raises(InputError, match="x_train differs"):
        datasets.import_mnist(tiny_npz, workspace)
    assert not list(workspace.datasets.iterdir())


def test_mnist_is_known_by_its_content(tmp_path: Path, arrays: Arrays, as_mnist: Arrays, workspace: Workspace) -> None:
    """By whatever file name; and a file with a known name is not taken for that data set."""
    other = {**as_mnist, "x_test": as_mnist["x_test"][::-1]}
    for file_name, content, name in (
        ("a.npz", as_mnist, "mnist"),
        ("mnist.npz", as_mnist, "mnist"),
        ("mnist.npz", other, "mnist.npz"),
        ("MNIST.npz", other, "MNIST.npz"),
        ("digits.npz", other, "digits.npz"),
        ("b.npz", other, "b"),
    ):
        assert datasets.load(str(save(tmp_path / file_name, content)), workspace).name == name
    assert datasets.load(str(write_idx(tmp_path / "mnist", other)), workspace).name == "mnist/"
    assert datasets.load(str(write_idx(tmp_path / "idx", as_mnist)), workspace).name == "mnist"


def test_a_bad_copy_of_mnist_is_named(
    tmp_path: Path, as_mnist: Arrays, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off, of other content, or no file at all: the message has its whole path and says what to do."""
    path = workspace.datasets / "mnist.npz"
    save(path, {**as_mnist, "y_test": as_mnist["y_test"][::-1].copy()})
    with pytest.raises(InputError, match=f"{re.escape(str(path))} should be MNIST but is not.*y_test.*Delete it"):
        datasets.mnist(workspace)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match=f"{re.escape(str(path))} should be MNIST but is not.*Delete it"):
        datasets.mnist(workspace)
    path.unlink()
    named = tmp_path / "named"
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(named))
    with pytest.raises(InputError, match=f"MNIST_STUDIO_DATA names {re.escape(str(named))}, which is neither"):
        datasets.mnist(workspace)
    with named.open("wb") as file:
        file.truncate(60 * 2**30)
    with pytest.raises(InputError, match=f"{re.escape(str(named))} should be MNIST but is not.*64,424,509,440 bytes"):
        datasets.mnist(workspace)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other special files")
def test_what_is_no_file_is_no_data_set(
    tmp_path: Path, as_mnist: Arrays, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device, a pipe that nobody writes to, a file that is all holes: refused unread, by the first check."""
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(60 * 2**30)
    for path in (Path("/dev/zero"), tmp_path / "pipe", tmp_path / "holes", tmp_path):
        with pytest.raises(InputError, match=re.escape(str(path))):
            datasets.check_name(str(path))
        with pytest.raises(InputError, match=re.escape(str(path))):
            datasets.load(str(path), workspace)
    folder = write_idx(tmp_path / "idx", as_mnist)
    (folder / "train-images-idx3-ubyte").unlink()
    os.mkfifo(folder / "train-images-idx3-ubyte")
    with pytest.raises(InputError, match="lacks train-images"):
        datasets.load(str(folder), workspace)
    monkeypatch.setenv("MNIST_STUDIO_DATA", "/dev/zero")
    with pytest.raises(InputError, match="MNIST_STUDIO_DATA names /dev/zero, which is neither"):
        datasets.mnist(workspace)


def test_one_wrong_pixel_is_noticed(tmp_path: Path, as_mnist: Arrays, workspace: Workspace) -> None:
    """MNIST with a single changed value is not MNIST."""
    wrong = as_mnist["x_test"].copy()
    wrong[5, 5, 5] ^= 1
    save(workspace.datasets / "mnist.npz", {**as_mnist, "x_test": wrong})
    with pytest.raises(InputError, match="x_test differs"):
        datasets.load("mnist", workspace)


def test_somebody_without_a_home_has_data_sets(
    monkeypatch: pytest.MonkeyPatch, tiny_npz: Path, workspace: Workspace
) -> None:
    """Containers and services run as users of whom nothing is known."""
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert datasets.find_mnist(workspace) is None
    assert datasets.load(str(tiny_npz), workspace).name == "tiny"
    with pytest.raises(InputError, match=r"There is no data set '~/a\.npz'"):
        datasets.load("~/a.npz", workspace)

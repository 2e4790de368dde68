"""Labelled digits in other people's files: every usual form becomes the same images and labels."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets, idx, own, preview, synthetic
from mnist_core.data.files import folders, tables, together, tree
from tests.conftest import SHARED_DATA
from tests.data.mnist_files import write_idx

X, Y = synthetic.generate(60, seed=3)
"""Sixty digits, of which the forms below are made."""
FLAT = X.reshape(60, 784)
ROLES = ("images-idx3", "labels-idx1")
NUMBERED = ",".join(map(str, range(784))) + ",class"
HEADER = "label," + ",".join(f"pixel{n}" for n in range(784))


def table(rows: npt.NDArray[Any], *, sep: str = ",", form: str = "%d", header: str = "") -> bytes:
    text = io.StringIO()
    np.savetxt(text, rows, fmt=form, delimiter=sep)
    return ((header + "\n" if header else "") + text.getvalue()).encode()


LABEL_FIRST = table(np.column_stack([Y, FLAT]))


def arrays(**named: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **named)
    return buffer.getvalue()


def png(image: npt.NDArray[np.uint8], format: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format)
    return buffer.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


PICTURES = {
    f"digits/{label}/{number:02}.png": png(image) for number, (image, label) in enumerate(zip(X, Y, strict=True))
}


def in_folders(names: list[str]) -> dict[str, bytes]:
    """The pictures in folders with these names."""
    return {f"digits/{names[label]}/{n:02}.png": png(X[n]) for n, label in enumerate(Y.tolist())}


SYSTEM = {"__MACOSX/digits/0/._00.png": b"\0\5\26\7", "digits/.DS_Store": b"?", "digits/3/Thumbs.db": b"?",
          "digits/desktop.ini": b"?", "digits/3/._x.png": b"?"}  # fmt: skip

FORMS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "label first": ("a.csv", lambda: LABEL_FIRST),
    "label last": ("a.csv", lambda: table(np.column_stack([FLAT, Y]))),
    "Kaggle's header": ("train.csv", lambda: table(np.column_stack([Y, FLAT]), header=HEADER)),
    "label last, named": ("a.csv", lambda: table(np.column_stack([FLAT, Y]), header=NUMBERED)),
    "an index column": ("a.csv", lambda: table(np.column_stack([np.arange(60), Y, FLAT]), header="," + HEADER)),
    "an index without a header": ("a.csv", lambda: table(np.column_stack([np.arange(60), Y, FLAT]))),
    "columns with numbers": ("a.csv", lambda: table(np.column_stack([Y, FLAT]), header=",".join(map(str, range(785))))),
    "semicolons": ("a.csv", lambda: table(np.column_stack([Y, FLAT]), sep=";")),
    "tabs": ("a.tsv", lambda: table(np.column_stack([Y, FLAT]), sep="\t")),
    "compressed": ("a.csv.gz", lambda: gzip.compress(LABEL_FIRST)),
    "of Windows": ("a.csv", lambda: b"\xef\xbb\xbf" + LABEL_FIRST.replace(b"\n", b"\r\n")),
    "fractions": ("a.csv", lambda: table(np.column_stack([Y, FLAT / 255]), form="%.5f")),
    "UTF-16, as Excel writes it": ("a.csv", lambda: LABEL_FIRST.decode().encode("utf-16")),
    "UTF-16 in a zip": ("a.zip", lambda: zipped({"a.csv": LABEL_FIRST.decode().encode("utf-16")})),
    "decimal commas": (
        "a.csv",
        lambda: table(np.column_stack([Y, FLAT / 255]), form="%.5f", sep=";").replace(b".", b","),
    ),
    "padded to 32×32": ("a.npz", lambda: arrays(x=np.pad(X, ((0, 0), (2, 2), (2, 2))), y=Y)),
    "colours": ("a.npz", lambda: arrays(x=np.repeat(X[..., None], 3, axis=3), y=Y)),
    "colours, 0 to 1, first": ("a.npz", lambda: arrays(x=np.repeat(X[:, None] / 255, 3, axis=1), y=Y)),
    "dark on light": ("a.csv", lambda: table(np.column_stack([Y, 255 - FLAT]))),
    "a table in a zip": ("a.zip", lambda: zipped({"archive/mnist.csv": LABEL_FIRST, **SYSTEM})),
    "Kaggle's zip": (
        "digit-recognizer.zip",
        lambda: zipped(
            {"train.csv": LABEL_FIRST, "test.csv": table(FLAT), "sample_submission.csv": b"ImageId,Label\n1,0\n"}
        ),
    ),
    "x and y": ("a.npz", lambda: arrays(x=X, y=Y)),
    "X and y, 0 to 1": ("a.npz", lambda: arrays(X=X / 255, y=Y.astype(np.int64))),
    "images and labels, a channel": ("a.npz", lambda: arrays(images=X[..., None], labels=Y)),
    "data and target, NCHW": ("a.npz", lambda: arrays(data=X[:, None].astype(np.float32), target=Y)),
    "features and targets, 784": ("a.npz", lambda: arrays(features=FLAT, targets=Y.astype(np.float32))),
    "one-hot": ("a.npz", lambda: arrays(x=X, y=np.eye(10)[Y])),
    "one-hot, as pandas gives it": ("a.npz", lambda: arrays(x=X, y=np.eye(10, dtype=bool)[Y])),
    "labels in a column": ("a.npz", lambda: arrays(x=X, y=Y[:, None])),
    "labels as text": ("a.npz", lambda: arrays(x=X, y=Y.astype(str))),
    "−1 to 1": ("a.npz", lambda: arrays(x=(X / 127.5 - 1).astype(np.float32), y=Y)),
    "−0.5 to 0.5": ("a.npz", lambda: arrays(x=X / 255 - 0.5, y=Y)),
    "standardised": ("a.npz", lambda: arrays(x=(X / 255 - 0.1307) / 0.3081, y=Y)),
    "64 bits": ("a.npz", lambda: arrays(x=X.astype(np.float64), y=Y)),
    "black and white": ("a.npz", lambda: arrays(x=X > 127, y=Y)),
    "columns first": ("a.npz", lambda: arrays(x=np.asfortranarray(X), y=Y)),
    "without names": ("a.npz", lambda: arrays_in_order(X, Y)),
    "folders in words": ("a.zip", lambda: zipped(in_folders(folders.WORDS))),
    "folders with a prefix": ("a.zip", lambda: zipped(in_folders([f"digit_{n}" for n in range(10)]))),
    "Chars74K": ("a.zip", lambda: zipped(in_folders([f"Sample{n + 1:03}" for n in range(10)]))),
    "pictures": ("a.zip", lambda: zipped({**PICTURES, **SYSTEM})),
    "IDX in a zip": (
        "a.zip",
        lambda: zipped(
            {"r/train-images.idx3-ubyte": idx.pack(X), "r/train-labels.idx1-ubyte.gz": gzip.compress(idx.pack(Y))}
        ),
    ),
    "IDX, each file twice": (
        "a.zip",
        lambda: zipped({f"{folder}train-{role}.idx{n}-ubyte": idx.pack(values)
                        for role, n, values in (("images", 3, X), ("labels", 1, Y))
                        for folder in ("", f"train-{role}-idx{n}-ubyte/")}),
    ),
}  # fmt: skip
"""What it is → the file's name and content. All have the same digits, in any order."""


def arrays_in_order(*given: npt.NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, *given)
    return buffer.getvalue()


def write(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def in_order(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> list[tuple[int, bytes]]:
    return sorted((int(label), image.tobytes()) for image, label in zip(images, labels, strict=True))


@pytest.mark.parametrize("form", FORMS)
def test_every_usual_form_is_read(form: str, tmp_path: Path, workspace: Workspace) -> None:
    """The same images and labels; nothing says which are for testing."""
    name, content = FORMS[form]
    dataset = datasets.load(write(tmp_path, name, content()), workspace)
    images, labels = dataset.all
    assert dataset.undivided
    expected = (X > 127).astype(np.uint8) * 255 if form == "black and white" else X
    assert in_order(images, labels) == in_order(expected, Y)
    assert set(np.bincount(dataset.y_test)) == {1}, "every fifth of each digit is for testing"


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("fractions", "Values: 0 to 1 → 0 to 255."),
        ("dark on light", "Dark digits on a light background were inverted."),
        ("one-hot", "Labels: one column for each digit → the digit."),
        ("label last", "Table: the label is in column 785."),
        ("data and target, NCHW", "Shape: (1, 28, 28) → (28, 28)."),
        ("data and target, NCHW", "Arrays: data has the images, target the labels."),
        ("Kaggle's zip", "Left out, because they have no labelled images: sample_submission.csv, test.csv."),
    ],
)
def test_conversions_are_told(form: str, says: str, tmp_path: Path, workspace: Workspace) -> None:
    """Each in a sentence."""
    name, content = FORMS[form]
    assert says in datasets.load(write(tmp_path, name, content()), workspace).told


@pytest.mark.parametrize(
    ("train", "test"), [("train", "test"), ("training", "testing"), ("MNIST - PNG - train", "t10k")]
)
@pytest.mark.parametrize("unpacked", [False, True])
def test_folders_say_which_pictures_are_for_testing(
    train: str, test: str, unpacked: bool, tmp_path: Path, workspace: Workspace
) -> None:
    """In a zip or unpacked."""
    members = {f"latest/{train if n < 40 else test}/{Y[n]}/{n}.png": png(X[n]) for n in range(60)}
    place = Path(write(tmp_path, "a.zip", zipped(members)))
    if unpacked:
        zipfile.ZipFile(place).extractall(place := tmp_path / "a")
    dataset = datasets.load(str(place), workspace)
    assert (len(dataset.x_train), len(dataset.x_test), dataset.undivided) == (40, 20, False)
    assert in_order(dataset.x_test, dataset.y_test) == in_order(X[40:], Y[40:])


def test_pictures_of_other_sizes_are_framed_and_damaged_ones_left_out(tmp_path: Path, workspace: Workspace) -> None:
    """Both are told, and so are pictures outside the folders."""
    large = np.repeat(np.repeat(255 - X[0], 4, axis=0), 4, axis=1)
    members = {"1/a.png": png(large), "1/b.jpg": b"no picture", "c.png": png(X[1]), "2/d.png": png(X[2])}
    dataset = datasets.load(write(tmp_path, "a.zip", zipped(members)), workspace)
    assert len(dataset.all[0]) == 2
    told = " ".join(dataset.told)
    assert "1 picture was scaled to 28×28 pixels" in told
    assert "1 damaged picture was left out: 1/b.jpg." in told
    assert "1 picture outside the folders 0 to 9 was left out." in told


def test_pictures_are_judged_one_by_one(tmp_path: Path, workspace: Workspace) -> None:
    """In colours or not, light or dark: 28×28 pixels stay as they are."""
    members = {f"{Y[n]}/{n}.png": png(np.repeat(X[n][..., None], 3, axis=2)) for n in range(5)}
    members |= {f"{Y[n]}/{n}.png": png(255 - X[n]) for n in range(5, 10)}
    dataset = datasets.load(write(tmp_path, "a.zip", zipped(members)), workspace)
    assert in_order(*dataset.all) == in_order(X[:10], Y[:10])
    assert dataset.told[0] == "Dark digits on a light background were inverted."
    assert not any("28×28" in text for text in dataset.told)


def test_a_torchvision_folder_is_read(tmp_path: Path, workspace: Workspace) -> None:
    """It has its files twice, as they came and unpacked."""
    parts = {"x_train": X[:40], "y_train": Y[:40], "x_test": X[40:], "y_test": Y[40:]}
    (tmp_path / "data" / "MNIST").mkdir(parents=True)
    write_idx(tmp_path / "data" / "MNIST" / "raw", parts)
    write_idx(tmp_path / "data" / "MNIST" / "raw", parts, gz=True)
    dataset = datasets.load(str(tmp_path / "data"), workspace)
    np.testing.assert_array_equal(dataset.x_train, X[:40])
    np.testing.assert_array_equal(dataset.y_test, Y[40:])
    one = datasets.load(str(tmp_path / "data" / "MNIST" / "raw" / "t10k-images-idx3-ubyte"), workspace)
    np.testing.assert_array_equal(one.x_test, X[40:])


@pytest.mark.parametrize(
    "members",
    [
        {f"emnist-{of}-train-{role}-ubyte": b"" for of in ("digits", "mnist") for role in ROLES},
        {"a/x.npz": b"", "b/y.npz": b""},
        {"MNIST/raw/train-images-idx3-ubyte": b"", "FashionMNIST/raw/train-labels-idx1-ubyte.gz": b""},
    ],
)  # fmt: skip
def test_several_data_sets_are_refused(members: dict[str, bytes], tmp_path: Path, workspace: Workspace) -> None:
    """Nobody can know which one is meant."""
    with pytest.raises(InputError, match="more than one data set"):
        datasets.load(write(tmp_path, "a.zip", zipped(members)), workspace)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", table(FLAT), "784 values in each row and no label"),
        ("a.csv", table(FLAT[:, :64]), "64 columns. A row must have 785"),
        ("a.csv", LABEL_FIRST.replace(b"0,0,0\n", b"0,x,0\n", 1), "line 1: 'x' is not a number"),
        ("a.csv", LABEL_FIRST + b"1,2,3\n", "line 61: the row has 3 values"),
        ("a.csv", table(np.column_stack([Y + 5, FLAT])), "labels must be 0 to 9"),
        ("a.csv", b"1" + b",0" * 100_000, "has more than 64 kB"),
        ("a.csv.gz", gzip.compress(LABEL_FIRST)[:-500], "a.csv.gz is damaged"),
        ("a.npz", arrays(first=X, second=Y), "has no array 'x'. It has: first, second"),
        ("a.npz", arrays(x=X * 2.0, y=Y), "the values are from 0 to 510"),
        ("a.npz", arrays(x=X[:, :20], y=Y), r"an image has the shape \(20, 28\)"),
        ("a.zip", zipped({"notes.txt": b"?"}), "is no data set.*It has: notes.txt"),
        ("a.zip", zipped({"3.png": png(X[0])}), "no labels. Put them into folders named 0 to 9"),
        ("a.zip", b"PK", "a.zip is damaged"),
        ("a.parquet", b"PAR1", "is no data set. Allowed: .npz, .csv"),
        ("train-images-idx3-ubyte", idx.pack(X), "lacks train-labels-idx1-ubyte"),
    ],
)  # fmt: skip
def test_refusals_are_short(name: str, content: bytes, says: str, tmp_path: Path, workspace: Workspace) -> None:
    """What was found, what is allowed, what to do."""
    with pytest.raises(InputError, match=says) as caught:
        datasets.load(write(tmp_path, name, content), workspace)
    assert len(str(caught.value).replace(str(tmp_path), "")) < 400
    assert "\n" not in str(caught.value)


def test_a_damaged_table_is_not_left_out(tmp_path: Path, workspace: Workspace) -> None:
    """Otherwise the test images would become the training images."""
    content = zipped({"train.csv": LABEL_FIRST + b"1,2,3\n", "test.csv": LABEL_FIRST})
    with pytest.raises(InputError, match=r"train\.csv, line 61: the row has 3 values"):
        datasets.load(write(tmp_path, "a.zip", content), workspace)


def test_a_first_line_that_is_cut_off_is_left_out(tmp_path: Path, workspace: Workspace) -> None:
    """And told; the other rows are read."""
    (tmp_path / "train.csv").write_bytes(table(np.column_stack([Y, FLAT]))[300:])
    found = datasets.load(str(tmp_path / "train.csv"), workspace)
    assert len(found.all[0]) == len(Y) - 1
    assert any("the first line is incomplete" in text for text in found.told)


def test_a_stray_table_beside_pictures_is_left_out(tmp_path: Path, workspace: Workspace) -> None:
    """It lists the pictures, and has no digits."""
    content = zipped({**PICTURES, "labels.csv": b"file,label\n00.png,1\n"})
    dataset = datasets.load(write(tmp_path, "a.zip", content), workspace)
    assert in_order(*dataset.all) == in_order(X, Y)
    assert "Left out, because they have no labelled images: labels.csv." in dataset.told


def test_a_member_without_a_name_is_left_out(tmp_path: Path, workspace: Workspace) -> None:
    """Nothing is in it."""
    dataset = datasets.load(write(tmp_path, "a.zip", zipped({".": b"?", **PICTURES})), workspace)
    assert len(dataset.all[0]) == 60
    assert tree.added_by_system("")


def test_a_long_list_of_names_is_cut(tmp_path: Path, workspace: Workspace) -> None:
    """A message stays short, whatever the file has."""
    content = zipped({f"{n:0200}.txt": b"" for n in range(2000)})
    with pytest.raises(InputError) as caught:
        datasets.load(write(tmp_path, "a.zip", content), workspace)
    assert len(str(caught.value)) < 800


def test_a_folder_with_too_many_files_is_refused(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may name the whole disk."""
    monkeypatch.setattr(tree, "MAX_FILES", 3)
    for number in range(4):
        (tmp_path / f"{number}.png").write_bytes(b"?")
    with pytest.raises(InputError, match=r"more than 3 files\. Name the folder of the data set itself"):
        datasets.load(str(tmp_path), workspace)


def test_a_table_that_fills_the_memory_is_refused(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its values are counted while it is read."""
    monkeypatch.setattr(tables, "MAX_HELD", 10_000)
    with pytest.raises(InputError, match="is too large"):
        datasets.load(write(tmp_path, "a.csv", LABEL_FIRST), workspace)


# ---- the preview, and what the app keeps


def test_a_preview_has_some_of_each_digit(tmp_path: Path, workspace: Workspace) -> None:
    """Thirty images, three of each, with their labels; the same each time."""
    dataset = datasets.load(write(tmp_path, "a.csv", LABEL_FIRST), workspace)
    found = preview.of(dataset)
    assert found.count == 60
    assert found.labels.tolist() == [digit for digit in range(10) for _ in range(3)]
    assert set(in_order(found.images, found.labels)) <= set(in_order(X, Y))
    assert "Table: the label is in column 1." in found.conversions


@pytest.mark.parametrize("turned", [False, True])
def test_what_the_app_keeps_is_loaded_as_it_was(turned: bool, tmp_path: Path, workspace: Workspace) -> None:
    """Divided or not, turned or not; MNIST's name is never taken."""
    loaded = datasets.load(write(tmp_path, "mnist.csv", LABEL_FIRST), workspace)
    dataset = loaded.turned() if turned else loaded
    name = own.save(dataset, workspace)
    again = datasets.load(name, workspace)
    assert in_order(*again.all) == in_order(X.transpose(0, 2, 1) if turned else X, Y)
    assert again.undivided
    assert own.saved(workspace) == [Path(name)]
    assert datasets.find_mnist(workspace) is None


def test_other_images_of_the_same_name_replace_nothing(tmp_path: Path, workspace: Workspace) -> None:
    """The same images are kept once."""
    first, second = (
        datasets.load(write(tmp_path, "a.csv", table(np.column_stack([Y, flat]))), workspace)
        for flat in (FLAT, FLAT[:, ::-1])
    )
    names = [Path(own.save(each, workspace)).name for each in (first, second, first, second)]
    assert names == ["a.npz", "a-2.npz", "a.npz", "a-2.npz"]
    assert in_order(*datasets.load(str(workspace.datasets / "a.npz"), workspace).all) == in_order(X, Y)


def test_the_cases_from_elsewhere(workspace: Workspace) -> None:
    """Small files of other people, where they are at hand."""
    cases = SHARED_DATA / "cases"
    if not cases.is_dir():
        pytest.skip(f"{cases} is not on this machine")
    loaded = datasets.load(str(cases / "tables" / "label-and-784-pixels.csv"), workspace)
    assert len(loaded.all[0]) == 10
    assert datasets.load(str(cases / "zips" / "made-on-a-mac.zip"), workspace).all[1].tolist() == list(range(10))


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (["a.csv", "b.zip"], ["b.zip"]),
        (["a.npz", "b.csv"], ["b.csv"]),
        (["a.csv", "a.csv"], ["a.csv"]),
        (["train.csv", "a.zip", "test.csv"], ["train.csv", "test.csv"]),
        (["train.csv", "mnist_train.csv", "mnist_test.csv"], ["mnist_train.csv", "mnist_test.csv"]),
        (["train.csv", "b.csv"], ["b.csv"]),
        (["b.npz", "t10k-labels-idx1-ubyte", "t10k-images-idx3-ubyte.gz"],
         ["t10k-labels-idx1-ubyte", "t10k-images-idx3-ubyte.gz"]),
    ],
)  # fmt: skip
def test_the_newest_files_form_a_data_set(names: list[str], kept: list[str]) -> None:
    """With those that belong to it; the others are named."""
    places = together.with_the_newest(names)
    assert [names[place] for place in places] == kept
    assert (together.left_out(names, places) is None) == (names == kept)


def test_digits_in_names_are_named_as_a_way(tmp_path: Path, workspace: Workspace) -> None:
    """Pictures without folders cannot be a data set, but drawings."""
    for name, says in (("3_12.png", "--labels-from-names"), ("img0012.png", r"img0012\.png\.$")):
        with pytest.raises(InputError, match=says):
            datasets.load(write(tmp_path, "a.zip", zipped({name: png(X[0])})), workspace)

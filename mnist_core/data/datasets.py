"""MNIST and other digits → arrays, from any place that has them.

MNIST is known by the MD5 sums of its published IDX files. So the mirror, the file format and
the cache that they come from do not matter.
"""

import hashlib
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_core.common.errors import InputError
from mnist_core.common.files import expanded, replacing
from mnist_core.common.language import Text, _, advice
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import BY_NAME as BY_NAME
from mnist_core.data import idx, npz
from mnist_core.data.download import download_mnist
from mnist_core.data.files import convert, reading
from mnist_core.drawing import framing, paper

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]

MNIST_MD5 = {
    "x_train": "6bbc9ace898e44ae57da46a324031adb",
    "y_train": "a25bea736e30d166cdddb491f175f624",
    "x_test": "2646ac647ad5339dbf082846283269ea",
    "y_test": "27ae3e4e09519cfbb04c329615203637",
}
"""MD5 of each array as an uncompressed IDX file, as published at yann.lecun.com."""

SPLIT_SEED = 0


@dataclass(frozen=True)
class Dataset:
    """Labelled digits for training and for testing: images (N, 28, 28) uint8, labels (N,) uint8."""

    name: str
    x_train: Images
    y_train: Labels
    x_test: Images
    y_test: Labels
    told: tuple[Text, ...] = ()
    """What was found in its files and converted, in sentences."""
    undivided: bool = False
    """Whether its files do not say which images are for testing."""

    @property
    def all(self) -> tuple[Images, Labels]:
        """All images and labels."""
        return np.concatenate([self.x_train, self.x_test]), np.concatenate([self.y_train, self.y_test])

    @property
    def examples(self) -> tuple[Images, Labels]:
        """Images to look at and their labels: the training images, or all if nothing says which are for testing."""
        return self.all if self.undivided else (self.x_train, self.y_train)

    def turned(self) -> "Dataset":
        """The same with rows and columns exchanged, as EMNIST's images need it."""
        x_train, x_test = (np.ascontiguousarray(x.transpose(0, 2, 1)) for x in (self.x_train, self.x_test))
        told = (*self.told, _("The images were turned: rows and columns were swapped."))
        return replace(self, x_train=x_train, x_test=x_test, told=told)


def load(
    name: str, workspace: Workspace, progress: Callable[[float], None] | None = None, *, turn: bool = False
) -> Dataset:
    """The data set called `name`: mnist, digits, or the path of a file, a folder or a zip with labelled digits.

    Args:
        progress: called with the completed share (0…1) of a download.
        turn: whether the images of files have their rows and columns exchanged, as EMNIST's do.

    Raises:
        InputError: the name is unknown, or the file is not such a data set.
        StudioError: MNIST is not on this machine and cannot be downloaded; the message says what to do.
    """
    if (handed_over := _handed_over.pop(settled(name), None)) is not None:
        found = handed_over
    elif name == "mnist":
        found = mnist(workspace, progress)
    elif name == "digits":
        found = small_digits()
    else:
        check_name(name)
        found = _of_files(expanded(name))
    return found.turned() if turn and name not in BY_NAME else found


_handed_over: dict[str, Dataset] = {}


def hand_over(name: str, dataset: Dataset) -> None:
    """Keep a data set that has just been loaded for the next `load` of that name in this process."""
    _handed_over[settled(name)] = dataset


def _of_files(path: Path) -> Dataset:
    train, test = reading.read(path)
    told = reading.once([*train.told, *(test.told if test else ())])
    if test is None:
        tested = _every_fifth(train.labels)
        x, y = train.images, train.labels
        told = (
            *told,
            _("The data set has no test images. A training sets aside every fifth image of each digit for testing."),
        )
        return Dataset(_name(path), x[~tested], y[~tested], x[tested], y[tested], told, undivided=True)
    found = Dataset(_name(path), train.images, train.labels, test.images, test.labels, told)
    arrays = {name: getattr(found, name) for name in MNIST_MD5}
    return replace(found, name="mnist") if differing_array(arrays) is None else found


def _every_fifth(labels: Labels) -> npt.NDArray[np.bool_]:
    """(N,): every fifth image of each digit, at least one of two."""
    tested = np.zeros(len(labels), bool)
    for digit in range(10):
        places = np.nonzero(labels == digit)[0]
        tested[places[4::5] if len(places) >= 5 else places[1:][-1:]] = True
    return tested


def _name(path: Path) -> str:
    """The file's name without its ending. If that is in `BY_NAME`, the ending stays; a folder gets a slash."""
    stem = path.stem.removesuffix(".csv").removesuffix(".tsv")  # of .csv.gz
    if stem.casefold() not in BY_NAME:
        return stem
    return f"{path.name}/" if path.is_dir() else path.name


def check_name(name: str) -> None:
    """Raises:
    InputError: this is not the name of a data set; it may be a device or another folder.
    """
    if name in BY_NAME:
        return
    path = _path(name)
    if path is None:
        raise InputError(
            _(
                "There is no data set {name!r}. Allowed: mnist, digits, or the path of a data set: an .npz, .csv or "
                ".zip file, or a folder with IDX files or pictures.",
                name=name[:200],
            )
        )
    reading.check(path)


def is_here(name: str) -> bool:
    """Whether `load` knows where to find it: by its name, or because there is something at its path."""
    return name in BY_NAME or _path(name) is not None


def settled(name: str) -> str:
    """The name that means the same data set from any working folder: a path becomes absolute."""
    path = None if name in BY_NAME else _path(name)
    return name if path is None else str(path.absolute())


def _path(name: str) -> Path | None:
    """The path, if something is there; else None."""
    try:
        path = expanded(name)
        return path if name and path.exists() else None
    except OSError:  # too long for a path
        return None


def split(labels: Labels, share: float, seed: int = SPLIT_SEED) -> tuple[Indices, Indices]:
    """Indices for training and for validation: stratified by label, the same for the same seed.

    A small data set has at least as many images for validation as it has digits, whatever the share. The only image of
    a digit is for training.

    Raises:
        InputError: no digit has two images.
    """
    check_split(labels)
    from sklearn.model_selection import train_test_split  # takes two seconds; the app does not wait for it

    several = np.bincount(labels, minlength=10)[labels] > 1
    places, alone = np.nonzero(several)[0], np.nonzero(~several)[0]
    digits = len(np.unique(labels[places]))
    validated = min(max(math.ceil(share * len(labels)), digits), len(places) - digits)
    train, validation = train_test_split(places, test_size=validated, stratify=labels[places], random_state=seed)
    return np.concatenate([train, alone]), validation


def check_split(labels: Labels) -> None:
    """Raises:
    InputError: these labels of training images cannot be split for training and validation.
    """
    if np.bincount(labels).max() < 2:
        raise InputError(_("A training needs at least 2 training images of some digit. Here, no digit has two."))


def find_mnist(workspace: Workspace) -> Path | None:
    """Where MNIST is on this machine: the workspace, Keras' cache, `MNIST_STUDIO_DATA`; None if nowhere."""
    keras_home = expanded(os.environ.get("KERAS_HOME", "~/.keras"))
    places = [workspace.datasets / "mnist.npz", keras_home / "datasets" / "mnist.npz"]
    if named := os.environ.get("MNIST_STUDIO_DATA"):
        folder = expanded(named)
        places += [folder, folder / "mnist.npz"]
    return next((place for place in places if place.is_file() or idx.is_complete(place)), None)


def mnist(workspace: Workspace, progress: Callable[[float], None] | None = None) -> Dataset:
    """MNIST, found on this machine or downloaded into the workspace, checked by the MD5 sums of its arrays.

    Raises:
        InputError: a file that should be MNIST is not; the message names the file and says what to do.
        StudioError: it is not on this machine and cannot be downloaded; the message says what to do.
    """
    if _kept:
        return _kept[0]
    if found := find_mnist(workspace):
        return _mnist_of(_mnist_at(found))
    if named := os.environ.get("MNIST_STUDIO_DATA"):
        raise InputError(
            _(
                "MNIST_STUDIO_DATA names {path}, which is neither an .npz file nor a folder with MNIST. {advice}",
                path=named,
                advice=advice(
                    app=_("Import MNIST on the Train page."),
                    command_line=_("Put MNIST there, name another place, or unset MNIST_STUDIO_DATA."),
                ),
            )
        )
    arrays = download_mnist(lambda arrays: check_mnist(arrays, _("The download")), progress)
    save_mnist(arrays, workspace)
    return _mnist_of(arrays)


def _mnist_of(arrays: dict[str, npt.NDArray[np.uint8]]) -> Dataset:
    return Dataset("mnist", arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"])


def _mnist_at(place: Path) -> dict[str, npt.NDArray[np.uint8]]:
    try:
        arrays = _arrays(place)
        if name := differing_array(arrays):
            raise InputError(_("Its {array} differs from the published one.", array=name))
    except InputError as error:
        raise InputError(
            _(
                "{file} should be MNIST but is not. {reason} Delete it and get MNIST again, or replace it with a good "
                "copy. {advice}",
                file=str(place),
                reason=error.text,
                advice=_as_it_is(),
            )
        ) from None
    return arrays


_kept: list[Dataset] = []


def keep_mnist(workspace: Workspace) -> None:
    """Load MNIST now if it is on this machine, and keep it, so that this process has it at once later."""
    if find_mnist(workspace) and not _kept:
        _kept.append(mnist(workspace))


def import_mnist(path: Path, workspace: Workspace) -> None:
    """Copy MNIST from a file or folder that the user has, after checking it.

    Raises:
        InputError: it is not MNIST.
    """
    arrays = _arrays(path)
    check_mnist(arrays, path.name)
    save_mnist(arrays, workspace)


def save_mnist(arrays: dict[str, npt.NDArray[np.uint8]], workspace: Workspace) -> None:
    with replacing(workspace.datasets / "mnist.npz") as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)


def check_mnist(arrays: dict[str, npt.NDArray[np.uint8]], source: str) -> None:
    """Raises:
    InputError: these are not MNIST's arrays; the message names the first that differs.
    """
    if name := differing_array(arrays):
        raise InputError(
            _(
                "{source} is not MNIST: its {array} differs from the published one. {advice}",
                source=source,
                array=name,
                advice=_as_it_is(),
            )
        )


def _as_it_is() -> Text:
    return advice(
        app=_("To train on it as it is, enter the file's path as the dataset on the Train page."),
        command_line=_("To use it as it is, name it with --dataset."),
    )


def differing_array(arrays: dict[str, npt.NDArray[np.uint8]]) -> str | None:
    """The name of the first array that is not MNIST's; None if these are MNIST."""
    for name, expected in MNIST_MD5.items():
        if hashlib.md5(idx.pack(arrays[name]), usedforsecurity=False).hexdigest() != expected:
            return name
    return None


def small_digits() -> Dataset:
    """The 1,797 digits of 8×8 pixels in scikit-learn, brought to MNIST's geometry.

    Every fifth one is for testing. Source: UCI "Optical Recognition of Handwritten Digits", Alpaydin and
    Kaynak 1998.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    large = np.repeat(np.repeat(digits.images, 8, axis=1), 8, axis=2)  # (1797, 64, 64), 0…16
    images = np.stack([framing.framed(image > paper.otsu(np.pad(image, 4))) for image in large])
    labels = digits.target.astype(np.uint8)
    test = np.arange(len(labels)) % 5 == 4
    return Dataset("digits", images[~test], labels[~test], images[test], labels[test])


def _arrays(path: Path) -> dict[str, npt.NDArray[np.uint8]]:
    """x_train, y_train, x_test, y_test of an .npz file or of a folder with the four IDX files."""
    arrays = idx.read_folder(path) if path.is_dir() else npz.read(path, tuple(MNIST_MD5))
    for part in ("train", "test"):
        check_images(arrays[f"x_{part}"], arrays[f"y_{part}"], f"{path.name}, {part}")
        arrays[f"y_{part}"] = arrays[f"y_{part}"].astype(np.uint8)
    return arrays


def check_images(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8], source: str) -> None:
    """Raises:
    InputError: not (N, 28, 28) uint8 with N labels from 0 to 9; the message names the first wrong rows.
    """
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (28, 28):
        given = f"{images.shape} {images.dtype}"
        raise InputError(_("{source}: images must be (N, 28, 28) uint8, not {given}.", source=source, given=given))
    if labels.shape != (len(images),) or not np.issubdtype(labels.dtype, np.integer):
        given = f"{labels.shape} {labels.dtype}"
        raise InputError(
            _(
                "{source}: {count:,} images need as many whole-number labels, not {given}.",
                source=source,
                count=len(images),
                given=given,
            )
        )
    convert.check_labels(labels, source)
    if not len(images):
        raise InputError(_("{source}: there are no images.", source=source))

"""A file, a folder or a zip with labelled digits → their parts, whatever the form."""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mnist_core.common.errors import InputError
from mnist_core.common.language import Text, _
from mnist_core.data.files import arrays, folders, idx_files, tables, tree
from mnist_core.data.files.convert import Part
from mnist_core.data.files.tree import Tree, part_of, several, shortened

ALLOWED = (*arrays.ENDINGS, *tables.ENDINGS, ".zip")
"""The endings of files that may hold a data set. IDX files have none."""


def read(path: Path) -> tuple[Part, Part | None]:
    """The training images and the test images; None where nothing says which are for testing.

    Raises:
        InputError: it is missing, damaged, too large, or holds no labelled digits.
    """
    with tree.opened(_place(path)) as files:
        return _divided(_parts(files))


def is_data_set(files: Tree) -> bool:
    """Whether a zip has tables, arrays or IDX files, or pictures in a train and a test folder."""
    pictures_in = {part_of(name.rpartition("/")[0]) for name in files.files if folders.is_picture(name)}
    return any(map(_is_data, files.files)) or {"train", "test"} <= pictures_in


def check(path: Path) -> None:
    """Check the names in a folder, or that a file may be a data set, without reading anything.

    Raises:
        InputError: there is nothing that could be a data set, or a file is no regular one or too large.
    """
    path = _place(path)
    if path.is_dir():
        with tree.opened(path) as files:
            if not any(_is_data(name) or folders.is_picture(name) for name in files.files):
                raise _nothing(files)
            idx_files.check(files)
    else:
        tree.check_file(path)


def _place(path: Path) -> Path:
    """The folder of a single IDX file, because images and labels are in two files; otherwise the path itself."""
    return path.parent if idx_files.is_idx(path.name) and path.is_file() else path


def _is_data(name: str) -> bool:
    return idx_files.is_idx(name) or name.lower().endswith((*arrays.ENDINGS, *tables.ENDINGS))


def _parts(files: Tree) -> dict[str, Part]:
    if any(map(idx_files.is_idx, files.files)):
        return idx_files.read(files)
    if found := _ending(files, arrays.ENDINGS):
        if len(found) > 1:
            raise several(files, found)
        return arrays.read(files, found[0])
    left_out: list[str] = []
    pictures = any(map(folders.is_picture, files.files))
    if found := _ending(files, tables.ENDINGS):
        try:
            return _tables(files, found)
        except tables.OtherTable:
            if not pictures:
                raise
            left_out = found
    if pictures:
        return _telling(folders.read(files), left_out)
    if len(files.files) == 1 and not re.search(r"\.\w+$", files.files[0]):
        return arrays.read(files, files.files[0])  # a name without an ending
    raise _nothing(files)


def _ending(files: Tree, endings: tuple[str, ...]) -> list[str]:
    return sorted(name for name in files.files if name.lower().endswith(endings))


def _nothing(files: Tree) -> InputError:
    return InputError(
        _(
            "{file} is no data set. Allowed: .npz, .csv, IDX files, or pictures in folders named 0 to 9; each also in "
            "a folder or a .zip. It has: {names}.",
            file=files.name,
            names=shortened(list(files.files)) or "–",
        )
    )


def _tables(files: Tree, names: list[str]) -> dict[str, Part]:
    """Kaggle's test.csv has no labels, and its sample_submission.csv has no images.

    Raises:
        OtherTable: no table has labelled digits.
    """
    found: dict[str, Part] = {}
    left_out: list[str] = []
    problem: tables.OtherTable | None = None
    for name in names:
        try:
            one = tables.read(files, name)
        except tables.OtherTable as error:
            left_out.append(name)
            problem = problem or error
            continue
        if (which := part_of(name)) in found:
            raise several(files, names)
        found[which] = one
    if not found and problem:
        raise problem
    return _telling(found, left_out)


def _telling(parts: dict[str, Part], left_out: list[str]) -> dict[str, Part]:
    """The same parts, with a sentence about the tables that are not among them."""
    if not left_out:
        return parts
    told = _("Left out, because they have no labelled images: {names}.", names=shortened(left_out))
    return {which: one.also(told) for which, one in parts.items()}


def _divided(parts: dict[str, Part]) -> tuple[Part, Part | None]:
    """The training and the test part of whatever parts there are."""
    test = parts.pop("test", None) or (parts.pop("validation", None) if len(parts) > 1 else None)
    rest = [parts[which] for which in ("train", "", "validation") if which in parts]
    if not rest:
        assert test is not None
        return test, None
    return _joined(rest), test


def _joined(parts: list[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    images = np.concatenate([each.images for each in parts])
    labels = np.concatenate([each.labels for each in parts])
    return Part(images, labels, once(text for each in parts for text in each.told))


def once(texts: Iterable[Text]) -> tuple[Text, ...]:
    """Each sentence once."""
    return tuple(dict.fromkeys(texts))

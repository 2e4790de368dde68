"""Digits in IDX files under their usual names, wherever in a folder or a zip they are."""

import re

from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.data import idx
from mnist_core.data.files.convert import Part, Rows, part
from mnist_core.data.files.tree import Tree, part_of, several

NAME = re.compile(r"(.*?)(images|labels)[-._]idx[13][-._]ubyte(\.gz)?", re.IGNORECASE)
"""`train-images-idx3-ubyte`, `t10k-labels.idx1-ubyte`, `emnist-digits-test-images-idx3-ubyte.gz`, …"""


def is_idx(name: str) -> bool:
    """Whether a file is called as IDX files are."""
    return NAME.fullmatch(name.rpartition("/")[2]) is not None


def read(tree: Tree) -> dict[str, Part]:
    """Part (train, test, or "") → its images and labels.

    Raises:
        InputError: a file is missing or damaged, or there is more than one data set.
    """
    return {which: _pair(tree, files) for which, files in sorted(check(tree).items())}


def check(tree: Tree) -> dict[str, dict[str, str]]:
    """Part → role (images, labels) → the name of its file.

    Raises:
        InputError: a file is missing, or there is more than one data set.
    """
    files: dict[tuple[str, str], dict[str, str]] = {}
    for name in sorted(filter(is_idx, tree.files), key=lambda name: (name.lower().endswith(".gz"), len(name))):
        found = NAME.fullmatch(name.rpartition("/")[2])
        assert found is not None
        pair = files.setdefault((_folder(name), found[1].lower()), {})
        pair.setdefault(found[2].lower(), name)  # the plain one of two copies
    if len({folder for folder, _prefix in files}) > 1:
        raise several(tree, sorted("/".join(filter(None, key)) for key in files))
    parts: dict[str, dict[str, str]] = {}
    for (_place, prefix), pair in files.items():
        for role, dimensions in (("images", 3), ("labels", 1)):
            if role not in pair:
                missing = f"{prefix}{role}-idx{dimensions}-ubyte"
                raise InputError(_("{folder} lacks {file} (or {file}.gz).", folder=tree.name, file=missing))
        if (which := part_of(prefix)) in parts:
            raise several(tree, sorted(prefix for _place, prefix in files))
        parts[which] = pair
    return parts


def _folder(name: str) -> str:
    """The folder of a file, without folders that are called as a file is: some archivers give each file its own."""
    folders = name.split("/")[:-1]
    while folders and is_idx(folders[-1]):
        folders.pop()
    return "/".join(folders)


def _pair(tree: Tree, files: dict[str, str]) -> Part:
    images, labels = (idx.unpack(tree.read(files[role], idx.MAX_BYTES), files[role]) for role in ("images", "labels"))
    return part(Rows.of([images], images.shape[1:]), labels, files["images"])

"""predict: the pictures of a file, a folder or a zip, one by one."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mnist_core.cli.shared import errors
from mnist_core.collection import file_formats, picture_sets
from mnist_core.collection.picture_sets import Found
from mnist_core.common.errors import InputError
from mnist_core.common.language import Text, _, sentences
from mnist_core.data.files import tree
from mnist_core.data.files.folders import folder_label
from mnist_core.drawing import picture_files

Read = Callable[[bytes, str], dict[str, Any]]
"""A picture's content and name → what is printed of it; it raises an InputError if the picture is damaged."""


def are_pictures(path: Path) -> bool:
    """Whether a file is a picture, or holds pictures."""
    return path.is_dir() or path.name.lower().endswith((".zip", *picture_files.ENDINGS))


def rows(path: Path, read: Read) -> Iterator[dict[str, Any]]:
    """One for each picture. Those of a folder or a zip have their names, and a label if their folders do.

    Damaged pictures of a folder or a zip are left out and named on standard error.

    Raises:
        InputError: the file cannot be read, or no picture in it.
    """
    if not path.is_dir():
        file_formats.check(path)
    damaged: dict[str, Text] = {}
    index = itertools.count()
    with tree.opened(path) as files:
        alone = files.files == (path.name,) and not path.is_dir()
        for name in picture_sets.names(files):
            try:
                row = read(files.read(name, picture_sets.MAX_PICTURE), name)
            except InputError as error:
                if alone:
                    raise
                damaged[name] = error.text
                continue
            place = {"file": str(path), "index": next(index)} | ({} if alone else {"picture": name})
            label = None if alone else folder_label(name)
            yield {**place, **row} if label is None else {**place, **row, "label": label}
    if damaged and not next(index):
        raise InputError(sentences([_("{file} is damaged.", file=path.name), *damaged.values()][:2]))
    if damaged:
        message = Found([], damaged=tuple(damaged)).damage
        errors.print(_("warning: {message}", message=message), soft_wrap=True)


def place(row: dict[str, Any]) -> str:
    """Where the picture or drawing of a row comes from."""
    return f"{row['file']}: {row['picture']}" if "picture" in row else str(row["file"])

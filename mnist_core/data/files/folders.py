"""Pictures of digits in folders named 0 to 9."""

import io
import re
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.common.errors import InputError
from mnist_core.common.language import Text, _, advice, n_, sentences
from mnist_core.data.files import convert
from mnist_core.data.files.convert import MAX_IMAGES, Part, Rows, part
from mnist_core.data.files.tree import Tree, part_of, shortened
from mnist_core.drawing import picture_files, pictures

MAX_PICTURE = 40 * 2**20

Gray = npt.NDArray[np.uint8]


WORDS = "zero one two three four five six seven eight nine".split()
NAMED = re.compile(r"(?:digit|class|label|number|num)s?[ _-]?([0-9])", re.IGNORECASE)
CHARS74K = re.compile(r"Sample0(0[1-9]|10)")
"""Its folders Sample001 to Sample010 have the digits, and the later ones letters."""


def folder_label(name: str) -> int | None:
    """The digit that the nearest folder with such a name is called; None if there is none.

    A folder named 3 comes first. Without one, `three`, `digit_3` and Chars74K's `Sample004` are 3, too.
    """
    folders = [*reversed(PurePosixPath(name).parts[:-1])]
    plain = next((int(each) for each in folders if re.fullmatch(r"[0-9]", each)), None)
    return plain if plain is not None else next((d for each in folders if (d := _in_words(each)) is not None), None)


def _in_words(folder: str) -> int | None:
    if folder.casefold() in WORDS:
        return WORDS.index(folder.casefold())
    if found := NAMED.fullmatch(folder):
        return int(found[1])
    found = CHARS74K.fullmatch(folder)
    return int(found[1]) - 1 if found else None


def is_picture(name: str) -> bool:
    """Whether a file's ending is that of a picture."""
    return name.lower().endswith(picture_files.ENDINGS)


def read(tree: Tree) -> dict[str, Part]:
    """Part (train, test, validation, or "") → its images and labels.

    Raises:
        InputError: no picture is in a folder named 0 to 9, or all are damaged.
    """
    names = sorted(filter(is_picture, tree.files))
    labelled = {name: label for name in names if (label := folder_label(name)) is not None}
    if not labelled:
        raise InputError(_without_labels(tree, names))
    if len(labelled) > MAX_IMAGES:
        raise InputError(
            _(
                "{source} has {count:,} images; {limit:,} are allowed.",
                source=tree.name,
                count=len(labelled),
                limit=MAX_IMAGES,
            )
        )
    by_part: dict[str, list[str]] = {}
    for name in labelled:
        by_part.setdefault(part_of(name.rpartition("/")[0]), []).append(name)
    told = []
    if without := len(names) - len(labelled):
        told.append(
            n_(
                "{n} picture outside the folders 0 to 9 was left out.",
                "{n:,} pictures outside the folders 0 to 9 were left out.",
                without,
            )
        )
    return {which: _part(tree, by_part[which], labelled).also(*told) for which in sorted(by_part)}


def _without_labels(tree: Tree, names: list[str]) -> Text:
    found = _(
        "The pictures of {file} have no labels. Put them into folders named 0 to 9. It has: {names}.",
        file=tree.name,
        names=shortened(names),
    )
    if not all(re.match(r"\D*\d(?!\d)", PurePosixPath(name).stem) for name in names):
        return found
    from_names = advice(
        app=_("If the digits in their names are the labels, import them on the Fine-tune page."),
        command_line=_(
            "If the digits in their names are the labels: mnist-studio drawings import FILE --labels-from-names"
        ),
    )
    return sentences([found, from_names])


def _part(tree: Tree, names: list[str], labels: dict[str, int]) -> Part:
    damaged: list[str] = []
    images: list[Gray] = []
    kept: list[int] = []
    done: list[str] = []
    for name in names:
        try:
            image, what = _image(tree.read(name, MAX_PICTURE), name)
        except InputError as error:
            damaged.append(name)
            problem = error
            continue
        images.append(image)
        kept.append(labels[name])
        done.append(what)
    if not images:
        raise problem
    one = part(Rows.of([np.stack(images)], (28, 28)), np.array(kept), tree.name)
    return one.also(*_told(done, damaged))


def _told(done: list[str], damaged: list[str]) -> list[Text]:
    told = [convert.inverted_text()] if "inverted" in done else []
    if framed := done.count("framed"):
        told.append(
            n_(
                "{n} picture was scaled to 28×28 pixels and framed like MNIST's digits.",
                "{n:,} pictures were scaled to 28×28 pixels and framed like MNIST's digits.",
                framed,
            )
        )
    if damaged:
        told.append(
            n_(
                "{n} damaged picture was left out: {names}.",
                "{n:,} damaged pictures were left out: {names}.",
                len(damaged),
                names=shortened(damaged),
            )
        )
    return told


def _image(content: bytes, name: str) -> tuple[Gray, str]:
    """The picture as (28, 28) uint8, and what was done: framed, inverted, or "".

    Raises:
        InputError: it is damaged or no picture.
    """
    gray = _gray(content, name)
    if gray.shape != (28, 28):
        return pictures.digit(gray).image, "framed"
    return (255 - gray, "inverted") if convert.is_inverted(gray[None]) else (gray, "")


def _gray(content: bytes, name: str) -> Gray:
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if picture.size == (28, 28) and picture.mode == "L":  # as in most data sets, and fast
                return np.array(picture)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        pass  # `read_gray` says what is wrong with it
    return picture_files.read_gray(content, name)

"""Digits in .npz files, whatever their arrays are called."""

import re

from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.data import npz
from mnist_core.data.files.convert import Part, part
from mnist_core.data.files.tree import PARTS, Tree, shortened

ENDINGS = (".npz",)
IMAGES = "x images image imgs img data features feature pixels inputs input digits".split()
LABELS = "y labels label lbls targets target classes class output outputs".split()


def read(tree: Tree, name: str) -> dict[str, Part]:
    """Part (train, test, validation, or "") → its images and labels.

    Raises:
        InputError: it is no .npz file, or it has no images with labels.
    """
    with tree.stream(name) as opened:
        file = npz.Arrays(opened, name)
        places = _places(file.headers())
        return {which: _part(file, which, places) for which in sorted({which for which, _role in places} or {""})}


def _part(file: npz.Arrays, which: str, places: dict[tuple[str, str], str]) -> Part:
    images, labels = places.get((which, "images")), places.get((which, "labels"))
    usual = (f"x_{which}", f"y_{which}") if which else ("x", "y")
    if images is None or labels is None:
        raise InputError(
            _(
                "{file} has no array {missing!r}. It has: {names}. Allowed names: x_train, y_train, x_test and "
                "y_test, or x and y.",
                file=file.source,
                missing=usual[0] if images is None else usual[1],
                names=shortened([*file.headers()]) or "–",
            )
        )
    found = part(file.rows(images), file.array(labels), _("{file}, {array}", file=file.source, array=images[:40]))
    if (images, labels) == usual:
        return found
    return found.also(
        _("Arrays: {images} has the images, {labels} the labels.", images=images[:40], labels=labels[:40])
    )


def _places(headers: dict[str, npz.Header]) -> dict[tuple[str, str], str]:
    """(Part, role) → the array's name; the role is images or labels."""
    places: dict[tuple[str, str], str] = {}
    for name in headers:
        part, role = _meaning(name)
        if role:
            places.setdefault((part, role), name)
    if places:
        return places
    unnamed = [name for name in headers if re.fullmatch(r"arr_\d+", name)]  # as `np.savez` calls them
    images = [name for name in unnamed if len(headers[name].shape) > 1 and headers[name].shape[-1] != 10]
    labels = [name for name in unnamed if name not in images]
    if len(images) == len(labels) and len(images) in (1, 2):
        for part, image, label in zip(("train", "test") if len(images) == 2 else ("",), images, labels, strict=True):
            places[part, "images"], places[part, "labels"] = image, label
    return places


def _meaning(name: str) -> tuple[str, str]:
    """Part and role of an array: `X_train`, `trainImages`, `test_labels`, `data`; "" for what is unknown."""
    rest, part = name.casefold().rpartition("/")[2], ""
    for each, beginning in PARTS.items():
        word = re.compile(rf"({beginning})(ing|uation|idation|id)?(set)?")
        if word.search(rest):
            part, rest = each, word.sub("", rest, count=1)
            break
    rest = re.sub(r"[^a-z]", "", rest)
    role = "images" if rest in IMAGES else "labels" if rest in LABELS else ""
    return part, role

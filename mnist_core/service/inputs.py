"""A request's body → the drawings in it: JSON of strokes or 28×28 images, or a PNG or JPEG file."""

import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from starlette.datastructures import Headers

from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from mnist_core.drawing import picture_files, pictures, strokes
from mnist_core.service.limits import Limits
from mnist_core.service.problems import Problem, of_input

JSON = "application/json"
PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG"}
"""Media type → Pillow's name."""
FORM = '{"strokes": [[[x, y], …], …]} or {"image": 28 rows of 28 values from 0 to 255}'


@dataclass(frozen=True)
class Drawings:
    """What a body in JSON holds."""

    items: list[Drawing]
    many: bool
    """Whether it is a list, so that the answer is one, too."""


def media_type(headers: Headers) -> str:
    """The media type of a request.

    Raises:
        Problem: 415, because it is none that the service takes, or the body is compressed.
    """
    if (encoding := headers.get("content-encoding", "identity").strip().lower()) != "identity":
        raise Problem(415, f"Content-Encoding is {encoding[:80]!r}. The body must not be compressed.")
    content_type = headers.get("content-type", "")
    found = content_type.split(";")[0].strip().lower()
    if found != JSON and found not in PICTURES:
        given = f"Content-Type is {found[:80]!r}" if found else "Content-Type is missing"
        raise Problem(415, f"{given}. Allowed: {', '.join([JSON, *PICTURES])}.")
    return found


def drawings(body: bytes, limits: Limits, most: int) -> Drawings:
    """The drawings in a JSON body; their images are made.

    Args:
        most: how many a list may have.

    Raises:
        Problem: 400, it is not JSON; 413, it has too many drawings; 422, a drawing is wrong.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Problem(400, f"The body is not JSON. {_reason(error)}") from None
    if not isinstance(found, list):
        return Drawings([_drawing(found, "", limits)], many=False)
    if len(found) > most:
        raise Problem(413, f"A list may have {most:,} drawings; this one has {len(found):,}.")
    return Drawings([_drawing(each, f"/{place}", limits) for place, each in enumerate(found)], many=True)


def _drawing(given: Any, where: str, limits: Limits) -> Drawing:
    if not isinstance(given, dict) or len(named := given.keys() & {"strokes", "image"}) != 1 or len(given) > 1:
        raise Problem(422, f"A drawing must have the form {FORM}.", where=where)
    (name,) = named
    try:
        if name == "image":
            bitmap = strokes.parse_bitmap(given[name])
            if bitmap.max() <= 1 and np.max(given[name]) > 0:  # scaled, as networks elsewhere want it
                raise Problem(422, "The values are from 0 to 1. They must be from 0 to 255.", where=f"{where}/image")
            return Drawing(None, bitmap=bitmap)
        drawing = Drawing(None, strokes=strokes.parse(given[name], limits.points))
    except InputError as error:
        raise of_input(error, f"{where}/{name}") from None
    drawing.image  # noqa: B018 – it is made here, perhaps in a thread, and kept
    return drawing


def picture(body: bytes, kind: str, limits: Limits, *, side: int) -> npt.NDArray[np.uint8]:
    """The grey values of a picture, reduced to this many pixels at the longer side.

    Args:
        kind: a key of `PICTURES`.

    Raises:
        Problem: 422, it is no such file, is damaged, or has too many pixels.
    """
    try:
        with Image.open(io.BytesIO(body), formats=[PICTURES[kind]]) as opened:
            width, height = opened.size
        if width * height > limits.pixels:
            raise Problem(422, f"A picture may have {limits.pixels:,} pixels; this one has {width:,}×{height:,}.")
        return picture_files.read_gray(body, "The picture", side=side)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Problem(422, f"A picture may have {limits.pixels:,} pixels; this one has far more.") from None
    except picture_files.BROKEN:
        raise Problem(422, f"The body is not a {PICTURES[kind]} file, or the file is damaged.") from None
    except InputError as error:
        raise of_input(error) from None


def digit_in(body: bytes, kind: str, limits: Limits) -> Drawing:
    """The digit in a picture.

    Raises:
        Problem: as for `picture`.
    """
    return Drawing(None, bitmap=pictures.digit(picture(body, kind, limits, side=picture_files.WORKING_SIDE)).image)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error}."
    if isinstance(error, UnicodeDecodeError):
        return "Its text is not UTF-8."
    return "It is nested too deeply." if isinstance(error, RecursionError) else "A number has too many digits."

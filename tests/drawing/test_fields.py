"""Boxes with paper around them and sheets on a desk: what is inside is read, and nothing else."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mnist_core.drawing import fields, pictures
from mnist_core.drawing.strokes import Gray

Mask = npt.NDArray[np.bool_]
SEVEN = [(170, 110), (230, 112), (195, 200)]
TOUCHES = [(170, 92), (230, 112), (195, 208)]


def written(*paths: list[tuple[int, int]], size: tuple[int, int] = (400, 300), paper: int = 235, ink: int = 40) -> Gray:
    """Strokes on a sheet with a little grain."""
    picture = Image.new("L", size, paper)
    for path in paths:
        ImageDraw.Draw(picture).line(path, ink, 9, "curve")
    grain = np.random.default_rng(0).normal(0, 3, (size[1], size[0]))
    return np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8)


def boxed(gray: Gray, box: tuple[int, int, int, int], turned: float = 0.0) -> Gray:
    """With a rectangle of a line of 4 pixels around a place, turned by so many degrees."""
    line = Image.new("L", gray.shape[::-1])
    ImageDraw.Draw(line).rectangle(box, outline=255, width=4)
    mask = np.asarray(line.rotate(turned, center=((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)))
    return np.where(mask > 127, np.uint8(60), gray)


def on_desk(sheet: Gray, desk: int, turned: float) -> Gray:
    """In the middle of a desk."""
    picture = Image.new("L", (700, 700), desk)
    paper, cover = Image.fromarray(sheet), Image.new("L", sheet.shape[::-1], 255)
    picture.paste(paper.rotate(turned, expand=True), (120, 160), cover.rotate(turned, expand=True))
    return np.asarray(picture)


def overlap(one: Mask, other: Mask) -> float:
    """1 if they are the same, 0 if they have nothing in common."""
    return float((one & other).sum() / (one | other).sum())


@pytest.mark.parametrize("light_on_dark", [False, True])
@pytest.mark.parametrize("turned", [0.0, 2.0])
@pytest.mark.parametrize("box", [(150, 90, 250, 220), (140, 30, 260, 280), (60, 60, 330, 250)])
def test_a_box_with_paper_around_it_is_removed(
    box: tuple[int, int, int, int], turned: float, light_on_dark: bool
) -> None:
    """Wherever it stands; what is outside goes with it."""
    gray = boxed(written(SEVEN, [(10, 10), (20, 30)]), box, turned)
    found = pictures.ink(255 - gray if light_on_dark else gray) >= 0.5
    assert overlap(found, pictures.ink(written(SEVEN)) >= 0.5) > 0.9


def test_a_digit_may_touch_its_box() -> None:
    """Above and below; only what lies on the line is lost."""
    found = pictures.ink(boxed(written(TOUCHES), (140, 90, 260, 210))) >= 0.5
    assert overlap(found, pictures.ink(written(TOUCHES)) >= 0.5) > 0.8


def test_an_empty_box_is_no_digit() -> None:
    """There is no ink then, unless a digit stands beside it."""
    assert not pictures.digit(boxed(written(), (80, 60, 300, 250))).image.any()
    found = pictures.ink(boxed(written(SEVEN), (20, 90, 140, 210))) >= 0.5
    assert overlap(found, pictures.ink(written(SEVEN)) >= 0.5) > 0.9


@pytest.mark.parametrize("desk", [60, 120])
@pytest.mark.parametrize("turned", [0, 3, 15])
def test_a_sheet_on_a_desk_is_found(desk: int, turned: int) -> None:
    """The desk is seen on all four sides. What is dark on the sheet is ink, whatever the desk is."""
    gray = on_desk(written(SEVEN), desk, turned)
    assert not pictures.digit(gray).light_on_dark
    wanted = on_desk(255 * (written(SEVEN) < 128).astype(np.uint8), 0, turned) > 127
    assert overlap(pictures.ink(gray) >= 0.5, wanted) > 0.7


ZERO = [(180, 60), (240, 62), (238, 240), (178, 238), (180, 60)]


@pytest.mark.parametrize(
    "paths",
    [
        [ZERO],  # with corners, as on a clock
        [ZERO, [(90, 60), (90, 240)], [(310, 60), (312, 240)]],  # 101
        [ZERO, [(180, 150), (240, 150)]],  # 8
        [[(180, 60), (140, 160), (250, 160)], [(230, 60), (228, 240)]],  # 4
    ],
)
def test_digits_are_no_boxes(paths: list[list[tuple[int, int]]]) -> None:
    """Dark or light."""
    ink = pictures.ink(written(*paths))
    assert fields.in_boxes(ink) is ink
    light = written(*paths, paper=40, ink=235)
    assert fields.on_sheet(light) is None
    assert pictures.digit(light).light_on_dark

"""An uploaded picture: what is taken for the digit, and what a person makes of it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from mnist_core.drawing import pictures, png_files
from pages.widgets import source
from tests.pages.app import open_page


def seven(light_on_dark: bool) -> bytes:
    """A file."""
    ground, ink = (20, 230) if light_on_dark else (230, 20)
    picture = Image.new("L", (200, 160), ground)
    ImageDraw.Draw(picture).line([(80, 40), (120, 40), (95, 120)], fill=ink, width=8)
    return png_files.png(np.asarray(picture))


def upload(app: AppTest, content: bytes) -> AppTest:
    app.session_state["source"] = "upload"
    page = open_page(app, "draw")
    return page.file_uploader[0].upload("seven.png", content).run()


def test_polarity_is_found_and_can_be_turned_over(app: AppTest) -> None:
    """What the network sees follows at once."""
    page = upload(app, seven(light_on_dark=False))
    (toggle,) = [each for each in page.toggle if each.label == "Light digit on a dark background"]
    assert not toggle.value
    before = page.session_state["picture"].drawing.image
    toggle.set_value(True).run()
    assert (page.session_state["picture"].drawing.image != before).any()


def test_the_found_digit_is_what_the_network_sees(app: AppTest) -> None:
    """A light seven on dark ground."""
    page = upload(app, seven(light_on_dark=True))
    assert [each.value for each in page.toggle if each.label == "Light digit on a dark background"] == [True]
    gray = page.session_state["picture"].gray
    np.testing.assert_array_equal(page.session_state["picture"].drawing.image, pictures.digit(gray).image)


def test_an_empty_box_and_an_empty_picture_are_told_apart(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only for the latter it helps to move the camera closer."""
    blank = png_files.png(np.full((160, 200), 230, np.uint8))
    assert any(each.value.startswith("## No ink found") for each in upload(app, blank).markdown)
    page = upload(app, seven(light_on_dark=False))
    monkeypatch.setattr(source, "chosen_box", lambda *_given: pictures.Box(0, 0, 30, 30))
    assert any(each.value.startswith("## The box is empty") for each in page.run().markdown)

"""Drawing with a real mouse, in a real browser, against the real server and SQLite."""

import re
from pathlib import Path

import numpy as np
from playwright.sync_api import expect

from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import write
from mnist_core.drawing.pictures import png
from mnist_core.drawing.strokes import rasterize
from tests.browser.window import Window


def test_a_new_user_draws_and_the_network_predicts(window: Window) -> None:
    """The first page invites to draw; after the stroke the digit, its probability and what the network sees show."""
    expect(window.page.get_by_text("Draw a digit", exact=True)).to_be_visible()
    window.draw(7, seed=1)
    expect(window.prediction).to_contain_text("7")
    expect(window.page.get_by_alt_text("what the network sees")).to_be_visible()
    expect(window.page.locator(".st-key-probabilities .bars path").first).to_be_attached()


def test_undo_and_clear(window: Window) -> None:
    """Undo takes back the last stroke, Clear all of them; then nothing is predicted."""
    window.draw(1, seed=3)
    expect(window.prediction).to_be_visible()
    window.button("Clear").click()
    expect(window.prediction).to_be_hidden()
    window.draw(0, seed=2)
    expect(window.prediction).to_contain_text("0")
    window.button("Undo").click()
    expect(window.prediction).to_be_hidden()
    window.draw(3, seed=2)
    expect(window.prediction).to_contain_text("3")


def test_the_components_own_tools_cannot_be_reached(window: Window) -> None:
    """Its tool bar, which opens above the canvas when the mouse is there, has a button that switches drawing off."""
    window.draw(3, seed=4)
    expect(window.prediction).to_contain_text("3")
    box = window.canvas.bounding_box()
    assert box is not None
    window.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    window.page.wait_for_timeout(500)  # it fades in
    for x in range(round(box["x"]), round(box["x"] + box["width"]), 8):
        for y in range(round(box["y"]) - 45, round(box["y"]), 5):
            assert not window.page.evaluate(
                "([x, y]) => document.elementFromPoint(x, y)?.closest('.st-key-canvas') !== null", [x, y]
            ), f"something of the canvas lies at {x}, {y}, above it"


def test_a_drawing_survives_a_page_switch(window: Window) -> None:
    """A look at another page changes neither the drawing nor the prediction."""
    window.draw(3, seed=4)
    expect(window.prediction).to_contain_text("3")
    window.go("Models")
    window.go("Draw")
    expect(window.prediction).to_contain_text("3")
    window.label(3)


def test_a_key_saves_the_corrected_drawing(window: Window, workspace: Workspace) -> None:
    """One press of a digit's key stores strokes, prediction, model and label, clears the field, and can be undone."""
    window.draw(4, seed=5)
    window.label(9)
    (saved,) = DrawingStore(workspace).all()
    assert saved.label == 9
    assert saved.prediction == 4
    assert saved.model_id == "shipped"
    assert saved.strokes
    window.button("Undo save").click()
    expect(window.button("Undo save")).to_be_hidden()
    expect(window.page.get_by_text("Your collection is empty", exact=False)).to_be_visible()
    assert DrawingStore(workspace).all() == []


def test_a_dot_is_no_digit(window: Window, workspace: Workspace) -> None:
    """A mere click on the canvas is not predicted and cannot be saved."""
    box = window.canvas.bounding_box()
    assert box is not None
    window.page.mouse.click(box["x"] + 100, box["y"] + 100)
    window.page.wait_for_timeout(1000)
    expect(window.prediction).to_be_hidden()
    window.page.keyboard.press("1")
    window.settle()
    assert DrawingStore(workspace).all() == []


def test_a_drawing_survives_a_look_at_the_upload(window: Window) -> None:
    """Whoever switches to Upload and back finds the drawing as it was."""
    window.draw(0, seed=8)
    expect(window.prediction).to_contain_text("0")
    for source in ("Upload", "Draw"):
        window.page.get_by_test_id("stButtonGroup").get_by_text(source, exact=True).click()
        window.settle()
    expect(window.prediction).to_contain_text("0")


def test_an_uploaded_photograph_is_predicted_and_saved(window: Window, workspace: Workspace, tmp_path: Path) -> None:
    """Dark ink on light paper, any size: predicted like a drawing, and one key stores its bitmap."""
    strokes = write(2, np.random.default_rng(4))
    paper = 255 - np.kron(rasterize(strokes), np.ones((9, 9), np.uint8))
    photograph = tmp_path / "photograph.png"
    photograph.write_bytes(png(np.pad(paper, 60, constant_values=255)))
    window.page.get_by_test_id("stButtonGroup").get_by_text("Upload", exact=True).click()
    window.page.set_input_files('input[type="file"]', photograph)
    expect(window.prediction).to_contain_text("2")
    window.label(2)
    (saved,) = DrawingStore(workspace).all()
    assert (saved.label, saved.prediction) == (2, 2)
    assert saved.bitmap is not None


def test_a_double_press_labels_nothing_else(window: Window, workspace: Workspace) -> None:
    """The second press of one key is not kept for the next drawing."""
    window.draw(6, seed=9)
    expect(window.prediction).to_be_visible()
    window.page.keyboard.press("6")
    window.page.keyboard.press("6")
    expect(window.prediction).to_be_hidden()
    window.draw(1, seed=9)
    expect(window.prediction).to_be_visible()
    assert [drawing.label for drawing in DrawingStore(workspace).all()] == [6]


def test_a_quiz_asks_takes_and_asks_on(window: Window, workspace: Workspace) -> None:
    """It asks for a digit; Enter saves what was drawn as that digit, and the next one is another."""
    window.page.get_by_text("Quiz me", exact=True).click()
    question = window.page.get_by_role("heading", name=re.compile(r"^Draw an? \d$"))
    expect(question).to_be_visible()
    asked = int(question.inner_text().split()[-1])
    window.draw(asked, seed=11)
    expect(window.prediction).to_be_visible()
    window.page.keyboard.press("Enter")
    expect(window.prediction).to_be_hidden()
    (saved,) = DrawingStore(workspace).all()
    assert saved.label == asked
    expect(question).not_to_have_text(re.compile(rf"^Draw an? {asked}$"))
    expect(window.page.get_by_text(re.compile(r"Correct predictions: [01] of 1"))).to_be_visible()


def test_a_cleared_drawing_is_asked_about_later(window: Window, workspace: Workspace) -> None:
    """A drawing that was cleared without a label waits on the Fine-tune page until it gets one."""
    window.draw(3, seed=12)
    expect(window.prediction).to_be_visible()
    window.button("Clear").click()
    expect(window.prediction).to_be_hidden()
    window.go("Fine-tune")
    expect(window.page.get_by_text("What are these?")).to_be_visible()
    window.page.get_by_role("combobox", name=re.compile("What is drawing 1")).click()
    window.page.get_by_role("option", name="3", exact=True).click()
    expect(window.page.get_by_text("What are these?")).to_be_hidden()
    assert [drawing.label for drawing in DrawingStore(workspace).all()] == [3]

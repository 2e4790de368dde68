"""Drawing with a real mouse, in a real browser, against the real server and SQLite."""

from playwright.sync_api import expect

from mnist_core.drawings import DrawingStore
from mnist_core.workspace import Workspace
from tests.browser.window import Window


def test_a_new_user_draws_and_the_network_answers(window: Window) -> None:
    """The first page invites to draw; after the stroke the digit, its probability and what the network sees show."""
    expect(window.page.get_by_text("Draw a digit", exact=True)).to_be_visible()
    window.draw(7, seed=1)
    expect(window.answer).to_contain_text("7")
    expect(window.page.get_by_alt_text("what the network sees")).to_be_visible()
    expect(window.page.locator(".st-key-probabilities .bars path").first).to_be_attached()


def test_undo_and_clear(window: Window) -> None:
    """Undo takes back the last stroke, Clear all of them; then nothing is read."""
    window.draw(1, seed=3)
    expect(window.answer).to_be_visible()
    window.button("Clear").click()
    expect(window.answer).to_be_hidden()
    window.draw(0, seed=2)
    expect(window.answer).to_contain_text("0")
    window.button("Undo").click()
    expect(window.answer).to_be_hidden()
    window.draw(3, seed=2)
    expect(window.answer).to_contain_text("3")


def test_a_drawing_survives_a_page_switch(window: Window) -> None:
    """Whoever looks at another page finds drawing and reading as they were, and can draw on."""
    window.draw(3, seed=4)
    expect(window.answer).to_contain_text("3")
    window.go("Models")
    window.go("Draw")
    expect(window.answer).to_contain_text("3")
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
    window.button("Take it back").click()
    expect(window.page.get_by_text("Your collection is empty", exact=False)).to_be_visible()
    assert DrawingStore(workspace).all() == []


def test_a_dot_is_no_digit(window: Window, workspace: Workspace) -> None:
    """A mere click on the canvas is not read, and its label cannot be saved."""
    box = window.canvas.bounding_box()
    assert box is not None
    window.page.mouse.click(box["x"] + 100, box["y"] + 100)
    window.page.wait_for_timeout(1000)
    expect(window.answer).to_be_hidden()
    window.page.keyboard.press("1")
    window.settle()
    assert DrawingStore(workspace).all() == []

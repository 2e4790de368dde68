"""Drawing with a real mouse, in a real browser, against the real server and SQLite."""

import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import write
from mnist_core.drawing.png_files import png
from mnist_core.drawing.strokes import rasterize
from pages.widgets import canvas
from tests.browser.conftest import Server
from tests.browser.window import Window

CANVAS = Path(canvas.__file__).with_suffix(".js")


def heights(window: Window) -> list[float]:
    """How high each bar is filled, in pixels."""
    filled = "bars => bars.map(bar => parseFloat(getComputedStyle(bar, '::before').height))"
    found: list[float] = window.page.locator(".st-key-labels button").evaluate_all(filled)
    return found


def test_a_new_user_draws_and_the_network_predicts(window: Window) -> None:
    """The first page invites to draw; the stroke brings the digit, what the network sees, and the digit's bar."""
    expect(window.page.get_by_text("Draw a digit", exact=True)).to_be_visible()
    window.draw(7, seed=1)
    expect(window.prediction).to_contain_text("7")
    expect(window.page.get_by_alt_text("what the network sees")).to_be_visible()
    expect(window.bar(7)).to_have_accessible_name(re.compile("Label as 7.*%"))
    assert heights(window)[7] > 100 + max(heights(window)[:7])


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


def test_a_key_on_an_empty_canvas_labels_nothing(window: Window, workspace: Workspace) -> None:
    """Nor does it label what is drawn right after it; the next press does."""
    window.draw(1, seed=3)
    expect(window.prediction).to_be_visible()
    window.button("Clear").click()
    expect(window.prediction).to_be_hidden()
    window.page.keyboard.press("5")
    window.draw(3, seed=4)
    expect(window.prediction).to_contain_text("3")
    window.settle()
    assert DrawingStore(workspace).all() == []
    window.label(3)
    assert [drawing.label for drawing in DrawingStore(workspace).all()] == [3]


def test_a_key_pressed_at_once_saves_the_whole_drawing(window: Window, workspace: Workspace) -> None:
    """Before the app has predicted anything; a key pressed while the pen is down waits for the stroke's end."""
    window.draw(7, seed=1)
    window.page.keyboard.press("7")
    expect(window.page.get_by_text("Saved with the label 7")).to_be_visible()
    window.page.mouse.move(*window.at(60, 60))
    window.page.mouse.down()
    window.page.mouse.move(*window.at(160, 160), steps=5)
    window.page.keyboard.press("4")
    window.page.mouse.move(*window.at(160, 280), steps=5)
    window.page.mouse.up()
    expect(window.page.get_by_text("Saved with the label 4")).to_be_visible()
    first, second = DrawingStore(workspace).all()
    assert (first.label, second.label) == (7, 4)
    assert second.strokes is not None
    assert len(second.strokes) == 1
    assert max(y for _, y in second.strokes[0]) > 250, "the stroke is whole"


def test_nothing_drawn_in_a_hurry_is_lost_or_mixed_up(window: Window, workspace: Workspace) -> None:
    """Ten digits with a key after each, faster than the app answers, and one that is not labelled."""
    box = window.place_of_the_canvas()
    for digit in range(10):
        window.draw_at(box, digit, seed=digit)
        window.page.keyboard.press(str(digit))
    window.draw_at(box, 6, seed=9)
    expect(window.page.get_by_text("Saved with the label 9")).to_be_visible()
    expect(window.prediction).to_contain_text("6")
    saved = DrawingStore(workspace).all()
    assert [drawing.label for drawing in saved] == list(range(10))
    for digit, drawing in enumerate(saved):
        assert drawing.strokes is not None
        assert len(drawing.strokes) == len(write(digit, np.random.default_rng(digit)))


OVERTAKEN = """async (script) => {
  document.body.innerHTML = "<div><canvas></canvas></div>";
  const component = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  const parentElement = document.querySelector("div");
  const empty = { strokes: [], gone: [], boxes: [] };
  const data = [{ width: 300, height: 300, pen: 18, label: "", keys: { 5: 5 }, buttons: {}, ...empty }];
  window.sent = [];
  const setStateValue = (name, marks) => sent.push(marks.length);
  const show = () => component.default({ data, parentElement, setStateValue });
  window.update = () => { show()(); show(); };
  window.end = show();
}"""
"""Shows the field. `update` does what Streamlit does if new data overtake others: it ends the older call at once."""


def test_an_update_that_overtakes_another_leaves_the_stroke_whole(browser: Browser) -> None:
    """Updates may come at once, in the middle of a stroke. A field that has left the page hears no more."""
    page = browser.new_page()
    page.evaluate(OVERTAKEN, CANVAS.read_text("utf-8"))
    page.mouse.move(50, 50)
    page.mouse.down()
    page.evaluate("update()")
    page.mouse.move(150, 150, steps=5)
    page.mouse.up()
    assert page.evaluate("sent") == [1]
    page.evaluate("document.querySelector('div').remove(), end()")
    page.keyboard.press("5")
    assert page.evaluate("sent") == [1]
    page.close()


def test_a_stroke_after_clear_begins_the_next_drawing(window: Window, workspace: Workspace) -> None:
    """Cleared by a key, at once: what was drawn goes into the review queue whole, and what is drawn then stays."""
    box = window.place_of_the_canvas()
    window.draw_at(box, 4, seed=5)
    window.page.keyboard.press("Escape")
    window.draw_at(box, 1, seed=3)
    expect(window.prediction).to_contain_text("1")
    (waiting,) = ReviewQueue(workspace).next(8)
    assert waiting.strokes is not None
    assert len(waiting.strokes) == len(write(4, np.random.default_rng(5)))
    window.label(1)


def test_a_number_is_labelled_digit_by_digit(window: Window, workspace: Workspace) -> None:
    """A key corrects the first digit, another one confirms the second; each is a drawing of its own."""
    window.page.locator(".st-key-wide label").first.click()
    expect(window.page.get_by_role("application", name="Field to draw a number on")).to_be_visible()
    window.settle()
    window.draw_number("42", seed=3)
    expect(window.prediction).to_have_text("42")
    window.page.keyboard.press("9")
    expect(window.page.get_by_text("Saved with the label 9. The network predicted 4.")).to_be_visible()
    expect(window.prediction).to_contain_text("2")
    window.label(2)
    first, second = DrawingStore(workspace).all()
    assert (first.label, first.prediction, second.label) == (9, 4, 2)
    ends = [[x for stroke in each.strokes or [] for x, _ in stroke] for each in (first, second)]
    assert np.mean(ends[0]) < np.mean(ends[1])


def test_the_arrow_keys_draw(window: Window, workspace: Workspace) -> None:
    """Two at once draw aslant; the pen is lifted when the focus leaves the field."""
    window.place_of_the_canvas()
    window.draw_one_by_keys()
    expect(window.prediction).to_have_text("1")
    keyboard = window.page.keyboard
    keyboard.press(" ")
    keyboard.down("ArrowUp")
    keyboard.press("ArrowLeft")
    keyboard.up("ArrowUp")
    keyboard.press("Tab")
    window.settle()
    window.page.keyboard.press("1")
    expect(window.prediction).to_be_hidden()
    (saved,) = DrawingStore(workspace).all()
    assert saved.strokes is not None
    line, slant = saved.strokes
    assert {x for x, _ in line} == {canvas.SIDE / 2}
    (x, y), (last_x, last_y) = slant[0], slant[-1]
    assert last_x < x
    assert last_y < y


@pytest.mark.parametrize("by", ["key", pytest.param("button", marks=pytest.mark.slow)])
def test_a_label_waits_for_a_locked_database(window: Window, workspace: Workspace, by: str) -> None:
    """However long it takes, the drawing stays until it is saved; what was drawn meanwhile is the next one."""
    box = window.place_of_the_canvas()
    window.draw_at(box, 2, seed=6)
    expect(window.prediction).to_be_visible()
    with closing(sqlite3.connect(workspace.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        if by == "key":
            window.page.keyboard.press("2")
        else:
            window.bar(2).click()
        window.page.wait_for_timeout(3000)
        window.draw_at(box, 1, seed=3)
        window.page.wait_for_timeout(500)
        other.execute("ROLLBACK")
    expect(window.page.get_by_text("Saved with the label 2")).to_be_visible()
    expect(window.prediction).to_contain_text("1")
    (saved,) = DrawingStore(workspace).all()
    assert saved.strokes is not None
    assert len(saved.strokes) == len(write(2, np.random.default_rng(6)))


@pytest.mark.skipif(sys.platform != "linux", reason="another process' limits can be set on Linux only")
def test_a_full_disk_leaves_the_drawing_where_it_is(window: Window, server: Server, workspace: Workspace) -> None:
    """The error is told beside the canvas; when there is room again the same key saves."""
    import resource

    window.draw(2, seed=6)
    expect(window.prediction).to_be_visible()
    pid = server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    window.page.keyboard.press("2")
    expect(window.page.get_by_test_id("stAlert")).to_be_visible()
    expect(window.canvas).to_be_visible()
    expect(window.prediction).to_contain_text("2")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    assert DrawingStore(workspace).all() == []
    window.label(2)
    expect(window.page.get_by_test_id("stAlert")).to_be_hidden()
    assert len(DrawingStore(workspace).all()) == 1


@pytest.mark.slow
def test_the_canvas_has_no_tools_of_its_own(window: Window) -> None:
    """Nothing that could switch drawing off: not for the Tab key, and not for a screen reader."""
    window.place_of_the_canvas()
    walked = " ".join(" ".join(window.walk_by_tab()).split())
    assert "Label as 8 Label as 9" in walked, "it has walked as far as the labels"
    tree = window.page.locator("body").aria_snapshot()
    assert not re.search(r"button.*(Edit|Redo|Reset|Send)", tree)
    assert 'application "Field to draw a digit on.' in tree
    window.draw(3, seed=4)
    expect(window.prediction).to_contain_text("3")


@pytest.mark.slow
def test_the_canvas_fits_its_column(window: Window) -> None:
    """At every width it is square, wholly visible, covered by nothing, and takes the pen where it touches."""
    for width, height in ((390, 844), (768, 1024), (1024, 768), (1280, 800), (1920, 1080)):
        window.page.set_viewport_size({"width": width, "height": height})
        window.open()
        canvas = window.place_of_the_canvas()
        column = window.page.locator('[data-testid="stColumn"]', has=window.canvas).first.bounding_box()
        assert column is not None
        assert canvas["x"] >= column["x"]
        assert canvas["x"] + canvas["width"] <= min(column["x"] + column["width"], width) + 1
        assert abs(canvas["width"] - canvas["height"]) < 2
        assert 280 <= canvas["width"] <= 560
        window.draw(3, seed=4)
        expect(window.prediction).to_have_text("3")
        for seen in (window.prediction, window.page.get_by_alt_text("what the network sees"), window.bar(9)):
            expect(seen).to_be_in_viewport(ratio=1)
        assert window.page.evaluate("document.documentElement.scrollWidth") <= width
        expect(window.page.get_by_role("link", name="Draw", exact=True)).to_be_in_viewport()


def test_a_finger_draws(browser: Browser, server: Server) -> None:
    """On a small screen the page does not scroll under it; a second finger meanwhile draws nothing."""
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    window = Window(context.new_page(), server.url)
    window.open()
    box = window.place_of_the_canvas()
    touch = context.new_cdp_session(window.page)
    other = {"x": box["x"] + 5, "y": box["y"] + 5, "id": 2}

    def fingers(kind: str, *points: dict[str, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    for number in range(40):  # a one, from the top to the bottom
        finger = {"x": box["x"] + 170, "y": box["y"] + 60 + 5 * number, "id": 1}
        fingers("touchMove" if number else "touchStart", finger)
        if number == 20:
            fingers("touchStart", finger, other)
            fingers("touchEnd", finger)
    fingers("touchEnd")
    expect(window.prediction).to_contain_text("1")
    assert window.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    context.close()


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
    """A mere click on the canvas is not predicted and cannot be saved, and the page says so."""
    box = window.canvas.bounding_box()
    assert box is not None
    window.page.mouse.click(box["x"] + 100, box["y"] + 100)
    expect(window.page.get_by_text("Only a dot")).to_be_visible()
    expect(window.prediction).to_be_hidden()
    window.page.keyboard.press("1")
    window.settle()
    assert DrawingStore(workspace).all() == []


@pytest.mark.slow
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
    seen = window.page.get_by_alt_text("what the network sees: 28 × 28")
    before = seen.get_attribute("src") or ""
    for corner, towards in (("nw", 0.5), ("nw", -1.0)):  # the lower half alone, then the whole digit again
        handle = window.page.locator(f'.picture-box [data-corner="{corner}"]')
        box = window.page.locator(".picture-box .box").bounding_box()
        assert box is not None
        handle.hover()
        window.page.mouse.down()
        window.page.mouse.move(box["x"], box["y"] + towards * box["height"], steps=4)
        window.page.mouse.up()
        (expect(seen).not_to_have_attribute if towards > 0 else expect(seen).to_have_attribute)("src", before)
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
    window.draw(1, seed=3)
    expect(window.prediction).to_be_visible()
    assert [drawing.label for drawing in DrawingStore(workspace).all()] == [6]


def test_a_quiz_asks_takes_and_asks_on(window: Window, workspace: Workspace) -> None:
    """It asks for a digit; Enter saves what was drawn as that digit, and the next one is another."""
    window.page.get_by_text("Quiz me", exact=True).click()
    question = window.page.get_by_role("heading", name=re.compile(r"^Draw the digit \d$"))
    expect(question).to_be_visible()
    asked = int(question.inner_text().split()[-1])
    window.draw(asked, seed=11)
    expect(window.prediction).to_be_visible()
    window.page.keyboard.press("Enter")
    expect(window.prediction).to_be_hidden()
    (saved,) = DrawingStore(workspace).all()
    assert saved.label == asked
    expect(question).not_to_have_text(re.compile(rf"^Draw the digit {asked}$"))
    expect(window.page.get_by_text(re.compile(r"Correct predictions: [01] of 1"))).to_be_visible()


@pytest.mark.slow
def test_a_cleared_drawing_is_asked_about_later(window: Window, workspace: Workspace) -> None:
    """A drawing that was cleared without a label waits on the Fine-tune page until it gets one."""
    window.draw(3, seed=12)
    expect(window.prediction).to_be_visible()
    window.button("Clear").click()
    expect(window.prediction).to_be_hidden()
    window.go("Fine-tune")
    expect(window.page.get_by_text("Which digits are these?")).to_be_visible()
    window.page.get_by_role("combobox", name=re.compile("Which digit is drawing 1")).click()
    window.page.get_by_role("option", name="3", exact=True).click()
    expect(window.page.get_by_text("Which digits are these?")).to_be_hidden()
    assert [drawing.label for drawing in DrawingStore(workspace).all()] == [3]


def test_a_click_in_a_picture_takes_another_digit(window: Window, tmp_path: Path) -> None:
    """A click on a digit boxes it, one beside all digits changes nothing, and the whole picture can be had again."""
    paper = np.full((120, 260), 255, np.uint8)
    for place, digit in enumerate((4, 7)):
        paper[30:86, 40 + 110 * place :][:, :56] = 255 - np.kron(
            rasterize(write(digit, np.random.default_rng(7))), np.ones((2, 2), np.uint8)
        )
    picture = tmp_path / "47.png"
    picture.write_bytes(png(paper))
    window.page.get_by_test_id("stButtonGroup").get_by_text("Upload").click()
    window.page.set_input_files('input[type="file"]', picture)
    expect(window.prediction).to_have_text("47")
    area = window.page.locator(".picture-box")
    box = area.bounding_box()
    assert box is not None
    scale = box["width"] / paper.shape[1]
    area.click(position={"x": 5 * scale, "y": 5 * scale})
    window.settle()
    expect(window.prediction).to_have_text("47")
    area.click(position={"x": 178 * scale, "y": 58 * scale})
    expect(window.prediction).to_contain_text(re.compile("^7"))
    window.button("Whole picture").click()
    expect(window.prediction).to_have_text("47")

"""A number on the Draw page: each digit is labelled in turn and saved as a drawing of its own."""

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.workspace import Workspace
from mnist_core.data import outliers, synthetic
from mnist_core.data.numbers import put_together
from mnist_core.drawing import paper, png_files
from mnist_core.drawing.strokes import Strokes
from pages.widgets.labelling import ALL, CLEAR, MARK, NEXT, PREVIOUS, UNDO
from tests.pages.app import button, draw, predicted, put, texts, verdict


def write(number: str, seed: int = 3) -> Strokes:
    rng = np.random.default_rng(seed)
    return put_together([synthetic.write(int(digit), rng) for digit in number], rng).strokes


def put_in_turn(app: AppTest, number: str, order: str) -> list[list[dict[str, Any]]]:
    """The marks of the number's digits, for several messages.

    Args:
        order: the places of the digits, such as "120" if the first digit is drawn last.
    """
    rng = np.random.default_rng(3)
    written = put_together([synthetic.write(int(digit), rng) for digit in number], rng)
    put(app, written.strokes, "number")
    marks = app.session_state["canvas"]["marks"]
    return [[mark for mark, owner in zip(marks, written.owners, strict=True) if owner == int(place)] for place in order]


def send(app: AppTest, *marks: dict[str, Any]) -> AppTest:
    app.session_state["canvas"] = {"marks": [*marks]}
    return app.run()


def upload(app: AppTest) -> str:
    """A picture of three digits, dark on light."""
    images, labels = synthetic.generate(3, seed=9)
    app.session_state["source"] = "upload"
    app.run()
    app.file_uploader[0].upload("number.png", png_files.png(255 - np.hstack([*images]), scale=6)).run()
    return "".join(map(str, labels))


def saved(workspace: Workspace) -> list[int | None]:
    return [each.label for each in DrawingStore(workspace).all()]


def shown(app: AppTest) -> str:
    """The text on the buttons of the digits."""
    return "".join(each.label[2] for each in app.button if (each.key or "").startswith(MARK))


def marked(app: AppTest) -> list[int]:
    digits = [each for each in app.button if (each.key or "").startswith(MARK)]
    return [place for place, each in enumerate(digits) if each.proto.type == "primary"]


def test_each_key_saves_one_digit(app: AppTest, workspace: Workspace) -> None:
    """Right or wrong, from left to right, with its own strokes; the next digit is marked."""
    app.run()
    put(app, write("402"), "number")
    app.run()
    assert (shown(app), marked(app)) == ("402", [0])
    assert predicted(app) == 4
    put(app, [], "first", keys=[4])
    app.run()
    assert (saved(workspace), shown(app), marked(app)) == ([4], "02", [0])
    put(app, [], "others", keys=[6, 2])
    app.run()
    drawings = DrawingStore(workspace).all()
    assert [(each.label, each.prediction) for each in drawings] == [(4, 4), (6, 0), (2, 2)]
    assert sum(len(each.strokes or []) for each in drawings) == len(write("402"))
    assert shown(app) == ""
    assert not app.exception


def test_keys_may_come_before_the_answer(app: AppTest, workspace: Workspace) -> None:
    """All digits and their keys in one message; what is drawn then is the next number."""
    app.run()
    put(app, write("8114"), "number", keys=[8, 1, 1, 4])
    draw(app, 7)
    app.run()
    assert saved(workspace) == [8, 1, 1, 4]
    assert predicted(app) == 7


def test_enter_saves_all_as_read(app: AppTest, workspace: Workspace) -> None:
    """Undo save takes them all back."""
    app.run()
    put(app, write("402"), "number")
    app.run()
    button(app, "Save as 402").click().run()
    assert saved(workspace) == [4, 0, 2]
    assert "Saved 3 drawings with their predicted labels: **402**." in texts(app)
    button(app, "Undo save").click().run()
    assert saved(workspace) == []


def test_any_digit_can_be_marked(app: AppTest, workspace: Workspace) -> None:
    """By its button and by the arrow keys, around the ends."""
    app.run()
    put(app, write("402"), "number")
    app.run()
    next(each for each in app.button if each.key == f"{MARK}1").click().run()
    assert marked(app) == [1]
    put(app, [], "right", keys=[NEXT, NEXT])
    app.run()
    assert marked(app) == [0]
    put(app, [], "left", keys=[PREVIOUS, 3])
    app.run()
    assert saved(workspace) == [3]
    assert (shown(app), marked(app)) == ("40", [0])
    put(app, [], "rest", keys=[ALL])
    app.run()
    assert saved(workspace) == [3, 4, 0]


def test_an_arrow_concerns_what_was_drawn_before_it(app: AppTest, workspace: Workspace) -> None:
    """Also if a digit and the arrow come in one message."""
    app.run()
    four, zero, two = put_in_turn(app, "402", "012")
    send(app, *four, *zero)
    assert (shown(app), marked(app)) == ("40", [0])
    send(app, *four, *zero, *two, {"id": "right", "press": NEXT}, {"id": "five", "press": 5})
    assert [(each.label, each.prediction) for each in DrawingStore(workspace).all()] == [(5, 0)]
    assert shown(app) == "42"


def test_the_mark_stays_with_its_digit(app: AppTest, workspace: Workspace) -> None:
    """When another digit is drawn."""
    app.run()
    four, zero, two = put_in_turn(app, "402", "012")
    send(app, *four, *zero, {"id": "right", "press": NEXT})
    assert marked(app) == [1]
    send(app, *four, *zero, *two)
    assert (shown(app), marked(app)) == ("402", [1])
    send(app, *four, *zero, *two, {"id": "seven", "press": 7})
    assert [(each.label, each.prediction) for each in DrawingStore(workspace).all()] == [(7, 0)]


def test_the_first_digit_is_marked_whenever_it_is_drawn(app: AppTest) -> None:
    app.run()
    zero, two, four = put_in_turn(app, "402", "120")
    send(app, *zero, *two)
    assert (shown(app), marked(app)) == ("02", [0])
    send(app, *zero, *two, *four)
    assert (shown(app), marked(app)) == ("402", [0])


def test_clear_puts_each_digit_into_the_review_queue(app: AppTest, workspace: Workspace) -> None:
    app.run()
    put(app, write("402"), "number", keys=[CLEAR])
    app.run()
    assert saved(workspace) == []
    assert sorted(each.prediction for each in ReviewQueue(workspace).next(9)) == [0, 2, 4]


@pytest.mark.parametrize("press", [0, ALL])
def test_undo_save_brings_digits_back(press: int | str, app: AppTest, workspace: Workspace) -> None:
    """The first with a wrong label, or all of them: the number is on the field again."""
    app.run()
    put(app, write("402"), "number", keys=[press])
    app.run()
    app.button(key="undo-save").click().run()
    assert saved(workspace) == []
    assert shown(app) == "402"
    app.button(key="label-4").click().run()
    assert saved(workspace) == [4]


def test_undo_save_brings_a_digit_of_a_picture_back(app: AppTest, workspace: Workspace) -> None:
    """The same digit is marked again."""
    number = upload(app)
    app.button(key="label-9").click().run()
    assert shown(app) == number[1:]
    app.button(key="undo-save").click().run()
    assert saved(workspace) == []
    assert (shown(app), marked(app)) == (number, [0])
    assert not app.exception


def test_undo_reads_anew(app: AppTest) -> None:
    """Without the last stroke there is another number."""
    app.run()
    put(app, write("482"), "number")
    app.run()
    put(app, [], "undo", keys=[UNDO])
    app.run()
    assert shown(app) == "48"


def test_what_is_no_digit_has_a_question_mark(app: AppTest, workspace: Workspace) -> None:
    """It is saved at the second press only; saving all leaves it on the field."""
    rng = np.random.default_rng(6)
    letter = [[(x + 110, y) for x, y in stroke] for stroke in outliers.KINDS["letter-A"](rng)]
    six = [[(x + 220, y) for x, y in stroke] for stroke in synthetic.write(6, rng)]
    app.run()
    put(app, [*synthetic.write(2, rng), *letter, *six], "number")
    app.run()
    assert shown(app) == "2?6"
    assert "Not every part looks like a digit" in texts(app)
    put(app, [], "all", keys=[ALL])
    app.run()
    assert saved(workspace) == [2, 6]
    put(app, [], "once", keys=[9])
    app.run()
    assert saved(workspace) == [2, 6]
    put(app, [], "twice", keys=[9])
    app.run()
    assert saved(workspace) == [2, 6, 9]


def test_a_drawing_that_is_no_number_is_one_drawing(app: AppTest, workspace: Workspace) -> None:
    """On the square field; the field for numbers shows its parts."""
    rng = np.random.default_rng(6)
    pair = [*outliers.KINDS["letter-A"](rng)]
    pair += [[(x + 130, y) for x, y in stroke] for stroke in outliers.KINDS["letter-M"](rng)]
    app.run()
    put(app, pair, "pair")
    app.run()
    assert shown(app) == ""
    assert verdict(app) == "not a digit"
    next(each for each in app.toggle if each.label == "Number").set_value(True).run()
    assert shown(app) == "??"
    assert button(app, "Save as ??").disabled


def test_the_quiz_takes_all_for_one_drawing(app: AppTest) -> None:
    """It asks for one digit at a time."""
    app.run()
    next(each for each in app.toggle if each.label == "Quiz me").set_value(True).run()
    put(app, write("402"), "number")
    app.run()
    assert shown(app) == ""
    assert verdict(app) == "several"


@pytest.mark.parametrize("digit", range(10))
def test_one_digit_is_as_ever(app: AppTest, workspace: Workspace, digit: int) -> None:
    """No buttons of digits, on either field."""
    app.run()
    next(each for each in app.toggle if each.label == "Number").set_value(digit % 2 == 1).run()
    draw(app, digit)
    app.run()
    assert shown(app) == ""
    assert predicted(app) == digit
    put(app, [], "key", keys=[digit])
    app.run()
    assert saved(workspace) == [digit]


def test_a_number_in_a_picture_is_labelled_in_turn(app: AppTest, workspace: Workspace) -> None:
    """Each digit is saved with its own image; after the last one, the page asks for another picture."""
    wanted = upload(app)
    assert (shown(app), marked(app)) == (wanted, [0])
    next(each for each in app.button if each.key == f"{MARK}1").click().run()
    next(each for each in app.button if each.key == "label-3").click().run()
    assert saved(workspace) == [3]
    assert shown(app) == wanted[0] + wanted[2]
    button(app, f"Save as {wanted[0] + wanted[2]}").click().run()
    assert saved(workspace) == [3, int(wanted[0]), int(wanted[2])]
    assert shown(app) == ""
    assert all(each.bitmap is not None for each in DrawingStore(workspace).all())
    assert not app.exception


@pytest.mark.parametrize("together", [False, True])
def test_a_box_takes_one_digit_of_a_picture(app: AppTest, workspace: Workspace, together: bool) -> None:
    """A label saves what is in the box, also if the box and the press come in one message."""
    upload(app)
    given = app.session_state["picture"]
    second = given.number.digits[1]
    app.session_state[given.box_key] = {"box": [*second.box]}
    if not together:
        app.run()
        assert shown(app) == ""
    app.button(key="label-7").click().run()
    (drawing,) = DrawingStore(workspace).all()
    assert (drawing.label, drawing.prediction) == (7, second.prediction.digit)
    assert app.session_state["picture"] is None


def test_another_polarity_reads_the_picture_anew(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program takes the background for ink, and the person says so."""
    monkeypatch.setattr(paper, "is_light_on_dark", lambda _gray: True)
    wanted = upload(app)
    assert shown(app) != wanted
    next(each for each in app.toggle if each.label == "Light digit on a dark background").set_value(False).run()
    assert (shown(app), marked(app)) == (wanted, [0])


def test_a_saved_digit_stays_away_in_another_polarity(app: AppTest, workspace: Workspace) -> None:
    """There and back."""
    wanted = upload(app)
    app.button(key="label-3").click().run()
    for light in (True, False):
        next(each for each in app.toggle if each.label == "Light digit on a dark background").set_value(light).run()
    assert shown(app) == wanted[1:]
    assert saved(workspace) == [3]


def test_a_box_can_be_taken_back(app: AppTest) -> None:
    """The number shows again."""
    wanted = upload(app)
    assert "whole-picture" not in [each.key for each in app.button]
    given = app.session_state["picture"]
    app.session_state[given.box_key] = {"box": [*given.number.digits[1].box]}
    app.run()
    assert shown(app) == ""
    button(app, "Whole picture").click().run()
    assert shown(app) == wanted
    assert "whole-picture" not in [each.key for each in app.button]


def test_a_press_after_the_picture_is_gone_does_nothing(app: AppTest, workspace: Workspace) -> None:
    """For a number that the page still shows."""
    wanted = upload(app)
    app.session_state["picture"] = None
    button(app, f"Save as {wanted}").click().run()
    assert not app.toast
    assert saved(workspace) == []

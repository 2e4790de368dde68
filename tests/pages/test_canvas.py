"""The sheet: whatever the order of strokes, keys and messages, a key means what was drawn when it was pressed."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mnist_core.common.errors import InputError
from pages.widgets.canvas import Press, Sheet

Mark = dict[str, Any]


def stroke(name: str) -> Mark:
    return {"id": name, "pen": 18, "points": [[10.0, 10.0], [10.0, 200.0]]}


def key(name: str, meaning: Any) -> Mark:
    return {"id": name, "press": meaning}


class Field:
    """What `canvas.js` does."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []

    def add(self, mark: Mark) -> list[Mark]:
        """The message that is sent."""
        self.marks.append(mark)
        return copy.deepcopy(self.marks)

    def show(self, sheet: Sheet) -> None:
        settled = {*sheet.gone, *sheet.marks}
        self.marks = [*sheet.marks.values(), *(mark for mark in self.marks if mark["id"] not in settled)]

    @property
    def shown(self) -> list[str]:
        return [mark["id"] for mark in self.marks if "points" in mark]


def act(sheet: Sheet) -> list[tuple[Any, list[str]]]:
    """Each pressed key with the strokes that it takes off the sheet; a key that finds none is left out."""
    done = []
    while sheet.presses:
        press = sheet.presses.pop(0)
        if taken := [each for each in press.strokes if each in sheet.marks]:
            sheet.remove(taken)
            done.append((press.meaning, taken))
    return done


a, b, c = (stroke(name) for name in "abc")
three, four, again = key("k3", 3), key("k4", 4), key("k3 again", 3)

ORDERS: dict[str, tuple[list[Mark], list[tuple[int, list[str]]], list[str]]] = {
    "stroke, key": ([a, three], [(3, ["a"])], []),
    "two strokes, key": ([a, b, three], [(3, ["a", "b"])], []),
    "key, stroke": ([three, a], [], ["a"]),
    "key, stroke, the same key": ([three, a, again], [(3, ["a"])], []),
    "stroke, key, stroke": ([a, three, b], [(3, ["a"])], ["b"]),
    "stroke, key, stroke, key": ([a, three, b, four], [(3, ["a"]), (4, ["b"])], []),
    "a double press, stroke": ([a, three, again, b], [(3, ["a"])], ["b"]),
    "two different keys": ([a, three, four], [(3, ["a"])], []),
}
"""What the person does → what each key takes, and what stays on the sheet."""

DELIVERIES: dict[str, Callable[[int, int], bool]] = {
    "each by its own message": lambda n, count: True,
    "all by one message": lambda n, count: n == count - 1,
    "the first alone": lambda n, count: n in (0, count - 1),
    "the last alone": lambda n, count: n >= count - 2,
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("delivery", DELIVERIES)
@pytest.mark.parametrize("answered", [True, False], ids=["answered", "unanswered"])
def test_a_key_means_what_was_drawn_when_it_was_pressed(order: str, delivery: str, answered: bool) -> None:
    """However many messages it takes, and whether the browser hears of the sheet in between or only in the end."""
    marks, taken, left = ORDERS[order]
    field, sheet, done = Field(), Sheet(), []
    for n, mark in enumerate(marks):
        message = field.add(mark)
        if DELIVERIES[delivery](n, len(marks)):
            sheet.receive(message)
            done += act(sheet)
            if answered:
                field.show(sheet)
    assert (done, [*sheet.marks]) == (taken, left)
    field.show(sheet)
    assert field.shown == left


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
def test_a_stroke_after_clear_is_the_next_drawing(told: bool) -> None:
    """Clear's button takes what the app knows of; a stroke that comes later stays on the canvas, and on the sheet."""
    field, sheet = Field(), Sheet()
    sheet.receive(field.add(a))
    late = field.add(b) if not told else None
    sheet.remove([*sheet.marks])
    field.show(sheet)
    sheet.receive(late or field.add(b))
    field.show(sheet)
    assert [*sheet.marks] == field.shown == ["b"]


def test_a_key_that_could_not_be_acted_on_is_forgotten_and_its_strokes_stay() -> None:
    """So the next press means all that is drawn, and nothing is done twice."""
    field, sheet = Field(), Sheet()
    sheet.receive(field.add(a))
    sheet.receive(field.add(three))
    assert sheet.presses.pop() == Press(3, ("a",))
    field.show(sheet)
    sheet.receive(field.add(again))
    assert act(sheet) == [(3, ["a"])]


def test_a_click_is_no_drawing() -> None:
    """It lies on the sheet, but is too small to be a digit; with a stroke beside it, both are the drawing."""
    sheet = Sheet()
    dot = {"id": "dot", "pen": 18, "points": [[5.0, 5.0]]}
    sheet.receive([dot])
    assert sheet.drawing is None
    sheet.receive([dot, a])
    drawing = sheet.drawing
    assert drawing is not None
    assert drawing.strokes is not None
    assert len(drawing.strokes) == 2


@pytest.mark.parametrize("points", [[], [[1]], [["x", 1]], [[float("nan"), 1]], [[1, 2]] * 20_001, None])
def test_an_invalid_stroke_is_told_once(points: Any) -> None:
    """And the field forgets it; the others are there."""
    field, sheet = Field(), Sheet()
    message = [*field.add(a), {"id": "bad", "pen": 18, "points": points}]
    with pytest.raises(InputError):
        sheet.receive(message)
    sheet.receive(message)
    assert [*sheet.marks] == ["a"]
    assert "bad" in sheet.gone


class Sheets(RuleBasedStateMachine):
    """A browser, the app's sheet, and a person who draws, presses keys, undoes and clears at any moment.

    Messages arrive in their order and some time later; the app's answers, too.
    """

    def __init__(self) -> None:
        super().__init__()
        self.field, self.sheet = Field(), Sheet()
        self.sent: list[list[Mark]] = []
        self.last: list[Mark] | None = None
        self.count = 0
        self.reached: list[str] = []
        self.drawn_before: dict[str, list[str]] = {}
        """Each key → the strokes that had been drawn when it was pressed."""
        self.taken: dict[str, list[str]] = {}
        """Each key → what it took."""
        self.removed: list[str] = []

    def _name(self) -> str:
        self.count += 1
        return str(self.count)

    @rule()
    def draw(self) -> None:
        self.sent.append(self.field.add(stroke(self._name())))

    @rule()
    def press(self) -> None:
        name = self._name()
        self.drawn_before[name] = [str(n) for n in range(1, self.count)]
        self.sent.append(self.field.add(key(name, name)))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """Some of the messages: the app sees the last of them."""
        count = data.draw(st.integers(1, len(self.sent)))
        self.last, self.sent = self.sent[count - 1], self.sent[count:]
        self.reached = [mark["id"] for mark in self.last if "points" in mark] + self.reached
        self.run()

    @rule()
    def run(self) -> None:
        """The last message comes with every run of the page."""
        if self.last is not None:
            self.sheet.receive(copy.deepcopy(self.last))
        self.taken.update(act(self.sheet))

    @rule()
    def answer(self) -> None:
        self.field.show(self.sheet)

    @rule()
    def undo(self) -> None:
        self.removed += [*self.sheet.marks][-1:]
        self.sheet.undo(self.sheet.marks)

    @rule()
    def clear(self) -> None:
        self.removed += self.sheet.marks
        self.sheet.remove(self.sheet.marks)

    @precondition(lambda self: not self.sent)
    @rule()
    def leave_the_page_and_come_back(self) -> None:
        """Another field is mounted, which has said nothing yet."""
        self.field, self.last = Field(), None
        self.field.show(self.sheet)

    @invariant()
    def every_stroke_that_arrived_is_in_one_place(self) -> None:
        places = [*self.sheet.marks, *self.removed, *(each for taken in self.taken.values() for each in taken)]
        assert len(places) == len(set(places))
        assert set(places) == set(self.reached)

    @invariant()
    def a_key_takes_only_what_was_drawn_before(self) -> None:
        for name, taken in self.taken.items():
            assert set(taken) <= set(self.drawn_before[name])

    @invariant()
    def the_field_shows_what_is_on_the_sheet_and_what_the_app_has_not_heard_of(self) -> None:
        field = copy.deepcopy(self.field)
        field.show(self.sheet)
        shown, on_sheet = field.shown, [*self.sheet.marks]
        assert shown[: len(on_sheet)] == on_sheet
        assert not set(shown[len(on_sheet) :]) & set(self.reached)


Sheets.TestCase.settings = settings(max_examples=300, stateful_step_count=25)
TestSheets = Sheets.TestCase

"""The sheet: whatever the order of the browser's messages and the person's wishes, no stroke is lost or doubled."""

import copy
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mnist_core.drawing.strokes import Strokes
from pages.widgets.canvas import Sheet

Objects = list[dict[str, Any]]

CLEARED = -1


class Sheets(RuleBasedStateMachine):
    """A canvas in a browser, the app's sheet, and a person who draws, undoes, clears and saves at any moment.

    The component reports a stroke after a while and tells its last message again with every run of the page. When
    the sheet shows something else it loads that, forgets what it had not reported, and reports what it has loaded.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sheet = Sheet()
        self.on_canvas: Objects = []
        self.message: dict[str, Any] | None = None
        """What the component has last said."""
        self.loaded = 0
        """The revision of the sheet that the browser shows."""
        self.shows: int | None = None
        """The saved drawing, or `CLEARED`, that is still to be seen in the browser."""
        self.drawn = 0
        self.reported: set[int] = set()
        self.gone: set[int] = set()
        """The strokes that the person took away, or the browser when it loaded another drawing."""
        self.saved: dict[int, list[int]] = {}
        self.promised: dict[int, list[int]] = {}
        """The strokes that each saved drawing must have: also those that came while it was still to be seen."""

    # ---- the person

    @rule(count=st.integers(1, 3), at_leisure=st.booleans())
    def draw(self, count: int, at_leisure: bool) -> None:
        """So slowly that the strokes are reported, or not. The n-th one begins at (n, 0)."""
        for _ in range(count):
            self.drawn += 1
            self.on_canvas.append({"type": "path", "path": [["M", self.drawn, 0], ["L", self.drawn, 10]]})
        if at_leisure:
            self.report()

    @precondition(lambda self: self.sheet.strokes)
    @rule()
    def save(self) -> None:
        """What the sheet knows of, and what the browser reports before it has heard of it."""
        new = len(self.saved)
        self.saved[new] = self.promised[new] = numbers(self.sheet.strokes)
        self.sheet.clear(saved_as=new)
        self.shows = new
        assert self.sheet.strokes == []

    @rule()
    def clear(self) -> None:
        if self.sheet.strokes:  # else it has just been cleared or saved
            self.gone |= set(numbers(self.sheet.strokes))
            self.shows = CLEARED
        self.sheet.clear()
        assert self.sheet.strokes == []

    @rule()
    def undo(self) -> None:
        before = numbers(self.sheet.strokes)
        self.sheet.undo()
        assert numbers(self.sheet.strokes) == before[:-1]
        self.gone |= set(before[-1:])

    @rule()
    def leave_the_page_and_come_back(self) -> None:
        """Another canvas is mounted, which has said nothing yet."""
        before = numbers(self.sheet.strokes)
        self.sheet.show_again()
        assert numbers(self.sheet.strokes) == before
        self.load()
        self.message = None

    # ---- the browser

    @rule()
    def report(self) -> None:
        """Strokes that were added to a saved drawing, before the browser had cleared it, belong to it."""
        if self.shows == CLEARED:
            self.gone |= set(on(self.on_canvas))
        elif self.shows is not None and set(on(self.on_canvas)) - self.reported:
            self.promised[self.shows] = on(self.on_canvas)
        self.reported |= set(on(self.on_canvas))
        self.message = {"objects": copy.deepcopy(self.on_canvas)}
        self.receive()

    @rule()
    def run_the_page_again(self) -> None:
        """The last message comes with every run: it is old news."""
        before = numbers(self.sheet.strokes), copy.deepcopy(self.saved)
        self.receive()
        assert (numbers(self.sheet.strokes), self.saved) == before

    @precondition(lambda self: self.loaded < self.sheet.revision)
    @rule()
    def show_what_the_sheet_shows(self) -> None:
        self.load()
        self.report()
        assert on(self.on_canvas) == numbers(self.sheet.strokes)

    def load(self) -> None:
        new = copy.deepcopy(self.sheet.initial["objects"])
        self.gone |= set(on(self.on_canvas)) - set(on(new))
        self.on_canvas, self.loaded, self.shows = new, self.sheet.revision, None

    def receive(self) -> None:
        if self.message is not None and (late := self.sheet.receive(copy.deepcopy(self.message))) is not None:
            assert self.sheet.saved_as is not None
            self.saved[self.sheet.saved_as] = numbers(late)

    # ---- what always holds

    @invariant()
    def saved_drawings_are_complete(self) -> None:
        assert self.saved == self.promised

    @invariant()
    def no_stroke_is_in_two_drawings_or_twice_in_one(self) -> None:
        every = [number for strokes in self.saved.values() for number in strokes]
        every += numbers(self.sheet.strokes)
        assert len(every) == len(set(every))

    @invariant()
    def no_stroke_is_lost(self) -> None:
        kept = {number for strokes in self.saved.values() for number in strokes} | set(numbers(self.sheet.strokes))
        assert self.reported <= kept | self.gone

    @invariant()
    def what_the_canvas_is_given_is_a_copy(self) -> None:
        """Streamlit keeps it: a later change of the drawing must not reach it."""
        assert self.sheet.initial["objects"] is not self.sheet.drawing["objects"]


def on(objects: Objects) -> list[int]:
    return [int(each["path"][0][1]) for each in objects]


def numbers(strokes: Strokes) -> list[int]:
    return [int(stroke[0][0]) for stroke in strokes]


Sheets.TestCase.settings = settings(max_examples=400, stateful_step_count=25)
TestSheets = Sheets.TestCase


def message(*strokes: int) -> dict[str, Any]:
    return {"objects": [{"type": "path", "path": [["M", number, 0], ["L", number, 10]]} for number in strokes]}


def saved(*strokes: int) -> Sheet:
    """A sheet on which these were drawn, and saved as 7."""
    sheet = Sheet()
    assert sheet.receive(message(*strokes)) is None
    assert numbers(sheet.strokes) == list(strokes)
    sheet.clear(saved_as=7)
    return sheet


def test_a_late_stroke_belongs_to_what_was_saved() -> None:
    """The whole drawing is given back; the sheet stays empty, and so it does for one that comes even later."""
    sheet = saved(1, 2)
    for strokes in ((1, 2, 3), (1, 2, 3, 4)):
        assert numbers(sheet.receive(message(*strokes)) or []) == list(strokes)
        assert sheet.receive(message(*strokes)) is None, "old news"
        assert (sheet.strokes, sheet.saved_as) == ([], 7)


def test_a_second_press_changes_nothing() -> None:
    """Clear, pressed right after a save: the late stroke still belongs to what was saved."""
    sheet = saved(1)
    sheet.clear()
    assert numbers(sheet.receive(message(1, 2)) or []) == [1, 2]
    assert sheet.strokes == []


def test_a_late_stroke_of_a_cleared_drawing_is_gone_with_it() -> None:
    """Nothing comes back onto the sheet."""
    sheet = Sheet()
    sheet.receive(message(1))
    sheet.clear()
    assert sheet.receive(message(1, 2)) is None
    assert sheet.strokes == []


def test_the_next_drawing_is_a_new_one() -> None:
    """Once the browser has cleared its canvas."""
    sheet = saved(1)
    assert sheet.receive(message()) is None
    assert sheet.receive(message(2)) is None
    assert numbers(sheet.strokes) == [2]


def test_clearing_twice_reaches_the_canvas_twice() -> None:
    """The component loads what differs: so each wish has a number of its own."""
    sheet, seen = Sheet(), []
    for _ in range(3):
        sheet.clear()
        seen.append(sheet.initial)
    assert all(seen[n] != seen[n + 1] for n in range(2))


def test_what_was_saved_does_not_come_back() -> None:
    """Undo, and save before the browser has reported what the undo left: that report is no new drawing."""
    sheet = Sheet()
    sheet.receive(message(1, 2))
    sheet.undo()
    sheet.clear(saved_as=7)
    assert sheet.receive(message(1)) is None
    assert sheet.strokes == []

"""What becomes of a drawing on the Draw page, also where the database refuses."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common import database
from mnist_core.common.errors import StorageError
from mnist_core.common.workspace import Workspace
from mnist_core.data import outliers
from mnist_core.monitoring.log import PredictionLog
from pages.studio import open_studio as studio
from pages.widgets.labelling import CLEAR, UNDO
from tests.pages.app import draw, predicted, put, texts


@contextmanager
def locked(workspace: Workspace) -> Iterator[None]:
    """Another program writes for a long time; neither reading nor writing is possible."""
    with closing(sqlite3.connect(workspace.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def labelled(workspace: Workspace) -> list[tuple[int | None, int]]:
    """Each saved drawing's label and number of strokes."""
    return [(each.label, len(each.strokes or [])) for each in DrawingStore(workspace).all()]


def strokes_of(app: AppTest, digit: int, name: str = "") -> int:
    return sum(
        "points" in mark and mark["id"].startswith(f"{digit}{name}-") for mark in app.session_state.canvas["marks"]
    )


def test_keys_and_strokes_of_one_message_keep_their_order(app: AppTest, workspace: Workspace) -> None:
    """As after a moment in which the app was busy: each key labels what was drawn before it and not labelled yet."""
    app.run()
    app.session_state["canvas"] = {"marks": [{"id": "early", "press": 9}]}
    draw(app, 3, keys=[3, 3])
    draw(app, 4, keys=[4])
    draw(app, 7)
    app.run()
    assert labelled(workspace) == [(3, strokes_of(app, 3)), (4, strokes_of(app, 4))]
    assert predicted(app) == 7
    app.run()
    assert len(labelled(workspace)) == 2, "what was done is not done again"
    assert not app.exception


def test_finished_drawings_are_logged_with_their_labels(app: AppTest, workspace: Workspace) -> None:
    """Those that are saved or cleared, once each, and not each stroke of them."""
    app.run()
    draw(app, 3, keys=[3])
    draw(app, 4, keys=[CLEAR])
    draw(app, 7)
    app.run()
    studio().seen.flush()
    log = PredictionLog(workspace)
    (stream,) = log.streams()
    assert (stream.source, stream.count) == ("draw", 2)
    found = log.read(stream, 10)
    assert found.digit.tolist() == [3, 4]
    assert found.label.tolist() == [3, -1]
    app.button(key="undo-save").click().run()
    studio().seen.flush()
    assert log.read(stream, 10).label.tolist() == [-1, -1]


def test_a_non_digit_is_saved_at_the_second_press(app: AppTest, workspace: Workspace) -> None:
    """The first press of a label asks, and so does another label. The next drawing is not asked about."""
    app.run()
    put(app, outliers.KINDS["face"](np.random.default_rng(1)), "face", keys=[8])
    app.run()
    assert "Press **8** again" in texts(app)
    put(app, [], "another", keys=[0])
    app.run()
    assert labelled(workspace) == []
    assert "Press **0** again" in texts(app)
    put(app, [], "again", keys=[0])
    app.run()
    assert [label for label, _ in labelled(workspace)] == [0]
    assert "does not look like one digit" not in texts(app)
    draw(app, 7, keys=[7])
    app.run()
    assert [label for label, _ in labelled(workspace)] == [0, 7]


def test_undo_save_brings_the_drawing_back(app: AppTest, workspace: Workspace) -> None:
    """Onto the empty field, under new ids; beside a new drawing it waits in the review queue instead."""
    app.run()
    draw(app, 3, keys=[9])
    app.run()
    gone = set(app.session_state["sheet"].gone)
    app.button(key="undo-save").click().run()
    assert labelled(workspace) == []
    assert app.session_state["sheet"].marks
    assert not gone & app.session_state["sheet"].marks.keys()
    app.button(key="label-3").click().run()
    assert [label for label, _ in labelled(workspace)] == [3]
    draw(app, 4)
    app.run()
    assert "The drawing before: Saved with the label **3**" in texts(app)
    drawn = {*app.session_state["sheet"].marks}
    app.button(key="undo-save").click().run()
    assert app.session_state["sheet"].marks.keys() == drawn
    assert [each.prediction for each in ReviewQueue(workspace).next(9)] == [3]
    assert not app.exception


def test_the_question_leaves_the_last_save_as_it_is(app: AppTest, workspace: Workspace) -> None:
    """It can still be undone, and is named with its own label."""
    app.run()
    draw(app, 7, keys=[7])
    app.run()
    put(app, outliers.KINDS["face"](np.random.default_rng(1)), "face", keys=[8])
    app.run()
    assert "Press **8** again" in texts(app)
    assert "Saved with the label **7**" in texts(app)
    app.button(key="undo-save").click().run()
    assert labelled(workspace) == []
    assert "Press **8** again" in texts(app)


def test_a_key_on_an_empty_field_says_so(app: AppTest, workspace: Workspace) -> None:
    """And labels nothing that is drawn later."""
    app.run()
    app.session_state["canvas"] = {"marks": [{"id": "early", "press": 9}]}
    app.run()
    assert "There is nothing to save yet" in texts(app)
    draw(app, 3)
    app.run()
    assert "There is nothing to save yet" not in texts(app)
    assert labelled(workspace) == []


@pytest.mark.parametrize("by", ["key", "button"])
def test_what_cannot_be_saved_stays_and_is_saved_later(
    app: AppTest, workspace: Workspace, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full; the error is told, the drawing is there, and the same press saves when there is room."""

    def refuse(*_: Any) -> None:
        raise StorageError("The disk is full.")

    def press(name: str) -> None:
        if by == "button":
            app.button(key="label-3").click().run()
        else:
            app.session_state["canvas"] = {"marks": [*app.session_state.canvas["marks"], {"id": name, "press": 3}]}
            app.run()

    app.run()
    draw(app, 3)
    app.run()
    with monkeypatch.context() as full:
        full.setattr(DrawingStore, "add", refuse)
        press("first")
        assert [error.value for error in app.error] == ["The disk is full\\."]
        assert predicted(app) == 3
    press("second")
    assert not app.error
    assert [label for label, _ in labelled(workspace)] == [3]
    assert predicted(app) is None


def test_a_database_that_stays_locked_is_told(
    app: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is saved later without a press: the drawing waits on the field, which never goes."""
    app.run()
    draw(app, 3, keys=[3])
    with monkeypatch.context() as impatient, locked(workspace):
        impatient.setattr(database, "BUSY_TIMEOUT_S", 0.05)
        app.run()
        assert any("locked" in error.value for error in app.error)
        assert "Clear" in [button.label for button in app.button]
    app.run()
    assert labelled(workspace) == []
    app.button(key="label-3").click().run()
    assert len(labelled(workspace)) == 1
    assert not app.error


def test_clear_empties_the_field_whatever_the_database_says(
    app: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its key; that the drawing is not in the review queue is told."""
    app.run()
    draw(app, 3, keys=[CLEAR])
    draw(app, 4)
    with monkeypatch.context() as impatient, locked(workspace):
        impatient.setattr(database, "BUSY_TIMEOUT_S", 0.05)
        app.run()
        assert any("locked" in error.value for error in app.error)
    app.run()
    assert predicted(app) == 4
    assert ReviewQueue(workspace).count() == 0
    draw(app, 5, keys=[CLEAR])
    app.run()
    assert ReviewQueue(workspace).count() == 1
    assert len(ReviewQueue(workspace).next(1)[0].strokes or []) == strokes_of(app, 4) + strokes_of(app, 5)


def test_undo_takes_the_last_stroke_that_had_been_drawn(app: AppTest, workspace: Workspace) -> None:
    """Not one that was drawn after it was pressed."""
    app.run()
    draw(app, 4, keys=[UNDO])
    draw(app, 1, keys=[7, 7])  # twice, because that is not a digit
    app.run()
    assert labelled(workspace) == [(7, strokes_of(app, 4) - 1 + strokes_of(app, 1))]
    draw(app, 4, "again")
    app.run()
    app.button(key="undo").click().run()
    for _ in range(2):  # half a 4 is not a digit
        app.button(key="label-4").click().run()
    assert labelled(workspace)[1:] == [(4, strokes_of(app, 4, "again") - 1)]


def test_enter_saves_as_the_digit_that_was_asked_for_then(app: AppTest, workspace: Workspace) -> None:
    """A quiz asks for one digit after the other; the browser says which it showed when Enter was pressed."""
    app.run()
    app.toggle(key="quiz.on").set_value(True).run()
    asked = app.session_state["quiz"].asked
    draw(app, 1, keys=[asked])
    draw(app, 2, keys=[asked])
    app.run()
    assert [label for label, _ in labelled(workspace)] == [asked, asked]
    assert not app.exception

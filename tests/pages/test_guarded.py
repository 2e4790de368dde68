"""What a page does with a click."""

import pytest
import streamlit as st

from mnist_core.common.errors import StudioError
from pages.widgets.guarded import once


def test_a_click_does_its_work_once() -> None:
    """However many messages carry it; a button that is drawn again can be clicked again."""
    done: list[int] = []
    drawn, drawn_again = once(done.append), once(done.append)
    drawn(1)
    drawn(1)
    assert done == [1]
    drawn_again(2)
    assert done == [1, 2]


def test_a_click_whose_work_fails_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page goes on, with a message in which no word is taken for Markdown."""
    told: list[str] = []
    monkeypatch.setattr(st, "toast", lambda text, **_: told.append(text))

    def fail() -> None:
        raise StudioError("the disk is *full*")

    click = once(fail)
    click()
    click()
    assert told == ["the disk is \\*full\\*"]

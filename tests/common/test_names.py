"""Names and notes, however strange."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.common import names
from mnist_core.common.errors import InputError

ORDINARY = (
    *("cnn, 98%", "Zoë's", "数字", "می\u200cشوم", "\N{WOMAN}\u200d\N{MICROSCOPE}"),
    *("<b>[x](y)</b>", "=1+2", "a  b"),
)
HOSTILE = (
    *("\x1b[31mred", "a\nb", "a\0b", "a\x9bb", "a\ud800b"),
    *("a\u202eb", "a\u2066b", "a\u200eb", "a\u2028b", "\ufeffa"),
)
BLANK = ("", "   ", "\t\n", "\u00a0\u3000", "\u200b", "\u200d\u200d", "\u3164", "\u2800", "\x1b\x1b")


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_name_stays_what_it_is(name: str) -> None:
    """In every script, with emojis, with signs that mean something elsewhere."""
    assert names.plain(name) == names.cleaned(f" {name} ") == names.of_model(f" {name}") == name


@pytest.mark.parametrize("name", HOSTILE)
def test_what_acts_is_shown_and_not_obeyed(name: str) -> None:
    """Escape sequences, line breaks, NUL, marks that turn the direction, halves of characters."""
    assert names.plain(name).count("\N{REPLACEMENT CHARACTER}") == 1
    assert names.cleaned(name) == names.of_model(name) == names.plain(name)


@pytest.mark.parametrize("name", BLANK)
def test_a_blank_name_is_none(name: str) -> None:
    """Also where it consists of characters that show nothing."""
    assert names.cleaned(name) == ""
    with pytest.raises(InputError, match="A model's name must have 1 to 100 visible characters"):
        names.of_model(name)


def test_a_name_has_at_most_a_hundred_characters() -> None:
    """Blanks around it do not count."""
    assert names.of_model(f"  {'x' * 100}  ") == "x" * 100
    with pytest.raises(InputError, match="1 to 100"):
        names.of_model("x" * 101)


def test_a_note_may_have_lines() -> None:
    """But nothing else that acts, and an end."""
    assert names.note(" one\ntwo\x1b ") == "one\ntwo\N{REPLACEMENT CHARACTER}"
    assert len(names.note("x" * 600)) == 500


@given(st.text())
def test_any_text_is_plain_and_can_be_encoded(text: str) -> None:
    """And stays so."""
    shown = names.plain(text)
    assert len(shown) == len(text)
    assert shown.encode().decode() == shown
    assert names.plain(shown) == shown
    assert names.cleaned(names.cleaned(text)) == names.cleaned(text)

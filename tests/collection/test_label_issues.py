"""Label issues: labels that are probably typing errors."""

import numpy as np
import numpy.typing as npt

from mnist_core.collection.drawing import Drawing, images
from mnist_core.collection.label_issues import FEWEST_ALIKE, LabelIssue, find, too_many
from mnist_core.data import synthetic


def sure_of(*digits: int, by: float = 12.0) -> npt.NDArray[np.float32]:
    """Logits (N, 10) of a model that is as good as sure of these digits."""
    return np.eye(10, dtype=np.float32)[list(digits)] * by


def labels(*digits: int) -> npt.NDArray[np.uint8]:
    return np.array(digits, np.uint8)


OTHERS = (1, 1, 1, 4, 4, 4, 7, 7, 7)
"""Enough correct drawings of each label to know how the person writes it."""


def found(label: int, base: int, unseen: int, base_by: float = 12.0, unseen_by: float = 12.0) -> list[LabelIssue]:
    """The label issues among one drawing with this label and these predictions, and the others."""
    first = sure_of(base, by=base_by), sure_of(unseen, by=unseen_by)
    logits = [np.concatenate([one, sure_of(*OTHERS)]) for one in first]
    indices = np.arange(1 + len(OTHERS))
    return find(pictures(base, *OTHERS), labels(label, *OTHERS), logits[0], logits[1], indices)


def pictures(*drawn: int) -> npt.NDArray[np.uint8]:
    """A drawing of each of these digits: a line, whose place tells the digit."""
    shown = np.zeros((len(drawn), 28, 28), np.uint8)
    shown[np.arange(len(drawn)), 3 * np.array(drawn)] = 255
    return shown


def test_a_label_that_both_models_contradict_is_an_issue() -> None:
    """The person said 4; the base and a model that knows the person's other drawings both say 9."""
    assert found(4, base=9, unseen=9) == [LabelIssue(index=0, label=4, digit=9)]


def test_a_correction_is_no_issue() -> None:
    """The base is sure of another digit, but one's other drawings say that this is how one writes it."""
    assert found(7, base=1, unseen=7) == []
    assert found(7, base=1, unseen=2) == []


def test_what_either_is_not_sure_of_is_no_issue() -> None:
    """A hard drawing may well be what its writer says."""
    assert found(7, base=1, unseen=1, base_by=2.0) == []
    assert found(7, base=1, unseen=1, unseen_by=2.0) == []


def test_a_label_without_others_like_it_is_no_issue() -> None:
    """In the quiz's first round each digit comes once: nothing can tell yet how its writer writes it."""
    for others in range(FEWEST_ALIKE):
        given, drawn = [4] * (1 + others) + [9], [9] + [4] * others + [9]
        found = find(pictures(*drawn), labels(*given), sure_of(*drawn), sure_of(*drawn), np.arange(len(given)))
        assert len(found) == (1 + others >= FEWEST_ALIKE)


def test_only_the_given_indices_are_searched() -> None:
    """A drawing that has been left out already is not found again."""
    drawn = 9, 9, 4, 4, 4, 9
    given, logits, indices = labels(4, 4, 4, 4, 4, 9), sure_of(*drawn), np.array([1, 2, 3, 4, 5])
    assert find(pictures(*drawn), given, logits, logits, indices) == [LabelIssue(index=1, label=4, digit=9)]


def crossed_zero(random: np.random.Generator) -> list[list[tuple[float, float]]]:
    """A circle and a line through it, each time a little different."""
    width, height, lean = random.uniform([28, 45, -6], [34, 52, 6])
    turns = np.linspace(0, 2 * np.pi, 40)
    circle = [(50 + width * float(np.sin(t)), 50 - height * float(np.cos(t))) for t in turns]
    return [circle, [(85 + lean, -5 + lean), (15 + lean, 105 - lean)]]


def test_a_style_is_no_issue_and_a_typing_error_among_fifty_is() -> None:
    """Both models take three crossed zeros for eights. They look like each other, so they are what their writer says.

    A nine that was labelled 4 looks like the other nines.
    """
    random = np.random.default_rng(0)
    digits = [0, 0, 0, *(n % 10 for n in range(47))]
    strokes = [crossed_zero(random) if n < 3 else synthetic.write(digit, random) for n, digit in enumerate(digits)]
    shown = images([Drawing(digit, each) for digit, each in zip(digits, strokes, strict=True)])
    slip = digits.index(9)
    given = labels(*digits)
    given[slip] = 4
    logits = sure_of(8, 8, 8, *digits[3:])
    assert find(shown, given, logits, logits, np.arange(50)) == [LabelIssue(index=slip, label=4, digit=9)]


def test_very_many_are_no_typing_errors() -> None:
    """More than a third of all labels: something else is wrong."""
    issues = [LabelIssue(index=n, label=4, digit=9) for n in range(4)]
    assert too_many(issues, 11)
    assert not too_many(issues, 12)

"""Label issues: labels that are probably typing errors."""

import numpy as np
import numpy.typing as npt

from mnist_core.collection.label_issues import FEWEST_ALIKE, LabelIssue, find, too_many


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
    return find(labels(label, *OTHERS), logits[0], logits[1], np.arange(1 + len(OTHERS)))


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
        given = labels(*[4] * (1 + others))
        logits = np.concatenate([sure_of(9), sure_of(4).repeat(others, axis=0)])
        assert len(find(given, logits, logits, np.arange(1 + others))) == (1 + others >= FEWEST_ALIKE)


def test_only_the_given_indices_are_searched() -> None:
    """A drawing that has been left out already is not found again."""
    logits = np.concatenate([sure_of(9, 9), sure_of(4, 4, 4)])
    assert find(labels(4, 4, 4, 4, 4), logits, logits, np.array([1, 2, 3, 4])) == [
        LabelIssue(index=1, label=4, digit=9)
    ]


def test_very_many_are_no_typing_errors() -> None:
    """More than a third of all labels: something else is wrong."""
    issues = [LabelIssue(index=n, label=4, digit=9) for n in range(4)]
    assert too_many(issues, 11)
    assert not too_many(issues, 12)

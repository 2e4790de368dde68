"""Which digit the quiz asks for."""

import numpy as np
import pytest

from mnist_core.collection.quiz import Quiz, weakest

WELL_READ = (50, 0)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_digit_that_is_badly_read_comes_first(random: np.random.Generator) -> None:
    """All others have many drawings and correct predictions."""
    assert weakest([WELL_READ] * 4 + [(30, 20)] + [WELL_READ] * 5, None, random) == 4


def test_a_digit_of_which_nothing_is_known_comes_before_one_that_is_sometimes_misclassified(
    random: np.random.Generator,
) -> None:
    """It may be worse: its interval reaches to 100% errors."""
    assert weakest([(30, 20)] * 9 + [(0, 0)], None, random) == 9


def test_few_right_predictions_say_less_than_many(random: np.random.Generator) -> None:
    """Two of two correct is less certain than fifty of fifty."""
    assert weakest([WELL_READ, (2, 0), *[WELL_READ] * 8], None, random) == 1


def test_the_last_digit_is_never_asked_again_at_once(random: np.random.Generator) -> None:
    """Not even where it is by far the weakest: two digits take turns then."""
    outcomes = [WELL_READ] * 8 + [(5, 5), (0, 10)]
    assert [weakest(outcomes, last, random) for last in (9, 8, None)] == [8, 9, 9]


def test_ties_are_broken_by_the_given_generator() -> None:
    """With nothing known each digit but the last comes up; the same seed asks for the same digits."""

    def asked(seed: int) -> list[int]:
        random = np.random.default_rng(seed)
        return [weakest([(0, 0)] * 10, 3, random) for _ in range(200)]

    assert asked(1) == asked(1) != asked(2)
    assert set(asked(1)) == set(range(10)) - {3}


def test_a_quiz_of_a_new_hand_goes_through_all_digits() -> None:
    """Each digit is asked for once before one comes a second time, if all predictions are correct."""
    quiz, outcomes = Quiz(np.random.default_rng(5)), [(0, 0)] * 10
    asked = []
    for number in range(10):
        quiz.ask(outcomes)
        assert quiz.asked is not None
        asked.append(quiz.asked)
        outcomes[quiz.asked] = (1, 0)
        quiz.predicted_right[number] = number != 2
    assert sorted(asked) == list(range(10))
    assert (quiz.score.right, quiz.score.count) == (9, 10)

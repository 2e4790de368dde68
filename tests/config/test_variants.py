"""Several values of settings, and the trainings that they make."""

import pytest

from mnist_core.common.errors import InputError
from mnist_core.config.schema import TrainConfig
from mnist_core.config.variants import MOST, combinations, parsed


@pytest.mark.parametrize(
    "text", ["0.002, 0.004,0.008", "0.002 0.004 0.008", "0.002；0.004、0.008", "0.002,0.004,0.008,0.002"]
)
def test_values_are_separated_as_people_write_them(text: str) -> None:
    """A value that stands there twice counts once."""
    assert parsed(TrainConfig, "learning_rate", text) == [0.002, 0.004, 0.008]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("epochs", "3, three", "Epochs must be a whole number, not 'three'."),
        ("epochs", "2.5", "Epochs must be a whole number"),
        ("learning_rate", "0.1, -1", "Learning rate must be more than 0, not -1."),
        ("batch_size", "", "Batch size must be a whole number, not ''."),
    ],
)
def test_a_wrong_value_is_named(name: str, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parsed(TrainConfig, name, text)


def test_every_combination_is_a_training_with_a_name_of_its_own() -> None:
    """What has one value stays as it is, and is not in the name."""
    made = combinations(
        TrainConfig(architecture="fast"), {"learning_rate": [0.002, 0.004], "epochs": [1, 2], "batch_size": [128]}
    )
    assert [(each.learning_rate, each.epochs) for each in made] == [(0.002, 1), (0.002, 2), (0.004, 1), (0.004, 2)]
    assert made[1].name == "learning_rate 0.002, epochs 2 (fast network)"
    assert combinations(TrainConfig(name="mine"), {"epochs": [3]}) == [TrainConfig(name="mine")]


def test_too_many_trainings_are_refused() -> None:
    with pytest.raises(InputError, match=f"make 21 trainings. At most {MOST}"):
        combinations(TrainConfig(), {"epochs": [1, 2, 3], "seed": [*range(7)]})

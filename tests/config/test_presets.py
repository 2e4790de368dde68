"""The presets: each can be trained, and is what is said of it."""

import re

import pytest

from mnist_core.config.presets import NOTES, PRESETS, preset_of
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.networks.build import build
from tests.conftest import ROOT

NUMBERS = {"three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "fifteen": 15, "thirty": 30}
README = ROOT / "README.md"
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", README.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_allowed(preset: str) -> None:
    """Every preset makes a config, which is known again, whatever a person said of what presets leave open."""
    config = TrainConfig.checked(**PRESETS[preset])
    assert preset_of(config.model_copy(update={"seed": 7, "dataset": "digits", "name": "mine"})) == preset
    assert preset_of(config.model_copy(update={"shear": 0.77})) == ""


@pytest.mark.parametrize("said", [*NOTES.items(), *ROWS.items()], ids=lambda said: said[0])
def test_what_is_said_of_a_preset_is_true(said: tuple[str, str]) -> None:
    """The epochs, members and images that its note, or the README, tells of are those that it has."""
    preset, text = said
    config = TrainConfig.checked(**PRESETS[preset])
    if epochs := re.search(r"(\w+) epochs", text):
        assert config.epochs == NUMBERS[epochs[1]]
    if times := re.search(r"of MNIST (four) times", text):
        assert config.epochs == NUMBERS[times[1]]
    if images := re.search(r"(fifth|half) of MNIST once", text):
        assert (config.epochs, config.train_subset) == (1, {"fifth": 12_000, "half": 30_000}[images[1]])
    if members := re.search(r"(\w+) of th(?:e accurate on|os)es?", text):
        assert config.ensemble_size == NUMBERS[members[1].lower()]


def test_the_readme_has_every_preset() -> None:
    """And the Train page offers those that it has."""
    assert set(ROWS) == set(NOTES)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_builds(preset: str) -> None:
    """Each can be trained, and a network, or each of an ensemble's, is small enough for a laptop."""
    config = TrainConfig(**PRESETS[preset])
    assert build(config).count_params() < 1_000_000 * config.ensemble_size

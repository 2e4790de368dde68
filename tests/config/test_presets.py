"""The presets: each can be trained, and is what is said of it."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from mnist_core.config.presets import OFFERED, PRESETS, offered, preset_of
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.networks.build import build
from mnist_core.evaluation.training_time import work
from tests.conftest import ROOT

NUMBERS = {
    "one": 1, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "fifteen": 15, "thirty": 30,
}  # fmt: skip
CLAIMS: dict[str, Callable[[str], dict[str, Any]]] = {
    r"(\w+) epochs?\b": lambda word: {"epochs": NUMBERS[word]},
    r"(fifth|half) of MNIST": lambda word: {"train_subset": {"fifth": 12_000, "half": 30_000}[word]},
    r"(?:ensemble of )?(\w+) `?accurate`? networks": lambda word: {"ensemble_size": NUMBERS[word]},
    r"(\w+) (?:test-time )?views": lambda word: {"test_time_views": NUMBERS[word]},
    r"[Tt]he `?(cnn|fast|deep)`? network": lambda name: {"architecture": name},
    "(one hidden layer)": lambda _: {"architecture": "mlp"},
    "(LeCun)": lambda _: {"architecture": "lenet"},
    "(recurrent)": lambda _: {"architecture": "lstm"},
    "([Aa]ttention)": lambda _: {"architecture": "transformer"},
    "([Rr]esidual)": lambda _: {"architecture": "resnet"},
    "(Fewer than 10,000|9,226) weights": lambda _: {"architecture": "tiny"},
}
"""What may be said of a preset → the fields that this is about."""
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \|$", re.MULTILINE)
README = dict(ROW.findall((ROOT / "README.md").read_text(encoding="utf-8")))
"""Preset → its cells in the README's table: accuracy and time."""
TRAIN = dict(ROW.findall((ROOT / "docs" / "train.md").read_text(encoding="utf-8").split("## Settings")[0]))
"""Preset → its cells in the table of docs/train.md: the network, and the same."""


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_allowed(preset: str) -> None:
    """Every preset makes a config, which is known again, whatever a person said of what presets leave open."""
    config = TrainConfig.checked(**PRESETS[preset])
    assert preset_of(config.model_copy(update={"seed": 7, "dataset": "digits", "name": "mine"})) == preset
    assert preset_of(config.model_copy(update={"shear": 0.77})) == ""


@pytest.mark.parametrize(
    "said", [*((name, offer.teaches) for name, offer in OFFERED.items()), *TRAIN.items()], ids=lambda said: said[0]
)
def test_what_is_said_of_a_preset_is_true(said: tuple[str, str]) -> None:
    """Its epochs, images, ensemble, views and architecture are those in its note and in docs/train.md."""
    preset, text = said
    fields: dict[str, Any] = {}
    for claim, meaning in CLAIMS.items():
        if words := re.search(claim, text):
            fields |= meaning(words[1])
    assert fields, "no claim of CLAIMS is in this text"
    config = TrainConfig.checked(**PRESETS[preset]).model_dump()
    assert {name: config[name] for name in fields} == fields


def test_both_tables_have_every_preset_that_the_page_offers() -> None:
    """With the same figures."""
    assert {name: cells.split(" | ", 1)[1] for name, cells in TRAIN.items()} == README
    assert list(README) == list(TRAIN)
    assert set(TRAIN) == set(OFFERED)


def test_those_of_the_program_itself_are_not_offered() -> None:
    """They train the shipped model."""
    assert offered() == ", ".join(map(repr, OFFERED))
    assert set(OFFERED) < set(PRESETS)
    assert all(name.startswith("shipped") for name in set(PRESETS) - set(OFFERED))


def test_the_quickest_comes_first() -> None:
    """On the page, in the command's help and in the documents."""
    took = {name: work(TrainConfig(**PRESETS[name]), 60_000) for name in OFFERED}
    assert list(OFFERED) == sorted(OFFERED, key=took.__getitem__) == list(README)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_builds(preset: str) -> None:
    """Each can be trained, and a network, or each of an ensemble's, is small enough for a laptop."""
    config = TrainConfig(**PRESETS[preset])
    assert build(config).count_params() < 1_000_000 * config.ensemble_size

"""What a compression trains on, by what is known of its base."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.file_formats import to_jsonl
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import CompressConfig, FineTuneConfig, TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.compression.material import OUTLIERS, SYNTHETIC, gather, training_of
from mnist_core.models.card import Card
from mnist_core.models.learned import Learned
from mnist_core.models.registry import Registry, shipped
from tests.models.files import copy_shipped

TRAINS = CompressConfig(sparsity="50")
DRAWN = [Drawing(number, [[(10.0 * number, 0.0), (50.0, 100.0)]]) for number in range(6)]


def test_it_is_what_the_base_learned(workspace: Workspace) -> None:
    """Its augmentation, synthetic digits and outliers; a file of drawings that is not here is named."""
    how, warnings = training_of(TRAINS, workspace, shipped())
    given = shipped().card.config
    assert isinstance(given, TrainConfig)
    assert (how.elastic, how.synthetic_samples, how.outliers) == (given.elastic, 16_000, 12_000)
    assert (how.drawings, how.outlier_drawings, how.validation_share, how.seed) == ("", "", 0.05, given.seed)
    assert len(warnings) == 2
    assert "unipen-digits.jsonl.gz" in warnings[0]


def test_files_of_drawings_are_found_in_the_workspace(workspace: Workspace) -> None:
    """Under the names that the card has."""
    path = workspace.datasets / "unipen-digits.jsonl.gz"
    path.parent.mkdir(exist_ok=True)
    path.touch()
    how, warnings = training_of(TRAINS, workspace, shipped())
    assert (how.drawings, len(warnings)) == (str(path), 1)


def test_int8_alone_needs_the_data_set_only(workspace: Workspace) -> None:
    """Nothing is trained, so nothing is missing."""
    how, warnings = training_of(CompressConfig(), workspace, shipped())
    assert (how.synthetic_samples, how.outliers, warnings) == (0, 0, [])


@pytest.mark.parametrize("score", [False, True])
def test_an_unknown_training(score: bool, workspace: Workspace) -> None:
    """As of an imported model: synthetic digits and, if it tells what is no digit, outliers."""
    card = Card(name="m", kind="imported", architecture="x", parameters=5, created="", digit_score=score)
    base = Registry(workspace).add(card, copy_shipped)
    how, warnings = training_of(TRAINS, workspace, base)
    assert (how.synthetic_samples, how.outliers, warnings) == (SYNTHETIC, OUTLIERS if score else 0, [])


def test_a_fine_tuned_model_repeats_its_drawings(workspace: Workspace, tiny_npz: Path) -> None:
    """It was trained as its root was. Drawings that it has learned prove nothing, so others measure it."""
    card = Card(
        name="tuned", kind="fine-tuned", architecture="deep", parameters=5, created="", base="shipped",
        config=FineTuneConfig(), digit_score=True,
    )  # fmt: skip

    def write(folder: Path) -> None:
        copy_shipped(folder)
        (folder / "learned.jsonl").write_bytes(to_jsonl(DRAWN[:4]))

    base = Registry(workspace).add(card, write, Learned(learned=frozenset(each.sha256 for each in DRAWN[:4])))
    how, _warnings = training_of(TRAINS, workspace, base)
    assert (how.drawings, how.synthetic_samples) == (str(base.drawings), 16_000)
    DrawingStore(workspace).add(DRAWN)
    config = CompressConfig(dataset=str(tiny_npz))
    material = gather(config, workspace, base, datasets.load(config.dataset, workspace))
    assert material.own.labels.tolist() == [4, 5]
    assert len(material.drawings.labels) == 0
    assert len(material.calibration) > 200
    digits = material.data.images[material.data.validation]
    assert np.array_equal(digits, material.validation.images)
    shutil.rmtree(base.folder)
    assert training_of(TRAINS, workspace, replace(base, folder=Path("gone")))[0].drawings == ""

"""What a compression trains on, by what is known of its base."""

import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawing import images as images_of
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.file_formats import to_jsonl
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import CompressConfig, FineTuneConfig, TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.compression.material import OUTLIERS, SYNTHETIC, UNUSED_SEED, Material, gather, training_of
from mnist_core.jobs import preflight
from mnist_core.models.card import Card
from mnist_core.models.learned import Learned
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry, shipped
from tests.models.files import copy_shipped

TRAINS = CompressConfig(sparsity="50")
MANY = [Drawing(number % 10, [[(10.0 * number, 9.0), (50.0, 100.0 + number)]]) for number in range(60)]
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
    assert (how.synthetic_samples, how.outliers) == (16_000, 12_000)
    DrawingStore(workspace).add(DRAWN)
    material = gather(CompressConfig(dataset=str(tiny_npz)), workspace, base)
    assert material.own.labels.tolist() == [4, 5]
    assert len(material.drawings.labels) == 0
    assert len(material.calibration) == 60
    digits = material.data.images[material.data.validation]
    assert np.array_equal(digits, material.validation.images)


def _base(workspace: Workspace, learned: list[Drawing] | None = None, **training: object) -> Model:
    """A fine-tuned model with these drawings, whose root was trained so."""
    config = TrainConfig.checked(architecture="mlp", **{"dataset": "digits", **training})
    card = Card(name="root", kind="trained", architecture="mlp", parameters=5, created="", config=config)
    root = Registry(workspace).add(card, copy_shipped)

    def write(folder: Path) -> None:
        copy_shipped(folder)
        if learned:
            (folder / "learned.jsonl").write_bytes(to_jsonl(learned))

    tuned = card.model_copy(update={"name": "tuned", "kind": "fine-tuned", "config": FineTuneConfig(), "base": root.id})
    return Registry(workspace).add(tuned, write)


def test_both_files_of_drawings_are_trained_on(workspace: Workspace, tiny_npz: Path, tmp_path: Path) -> None:
    """The root's and that of the fine-tuning. No drawing that the base has learned is a validation image."""
    path = tmp_path / "pens.jsonl"
    path.write_bytes(to_jsonl(MANY))
    base = _base(workspace, MANY[:30] + DRAWN, dataset=str(tiny_npz), drawings=str(path), validation_share=0.5)
    data = gather(TRAINS, workspace, base).data
    learned, others, tuned = (_bytes(images_of(each)) for each in (MANY[:30], MANY[30:], DRAWN))
    train, validation = (_bytes(data.images[each]) for each in (data.train, data.validation))
    assert train & learned
    assert train & others
    assert train & tuned
    assert validation & others
    assert not validation & (learned | tuned)


def _bytes(images: npt.NDArray[np.uint8]) -> set[bytes]:
    return {each.tobytes() for each in images}


def test_the_data_set_is_that_of_the_base(workspace: Workspace, tiny_npz: Path, tmp_path: Path) -> None:
    """As it was trained on, such as with its images turned; another one only if a person wants it or it is missing."""
    path = tmp_path / "mine.npz"
    shutil.copy(tiny_npz, path)
    base = _base(workspace, dataset=str(path), turn_images=True)
    material = gather(CompressConfig(), workspace, base)
    given = datasets.load(str(tiny_npz), workspace)
    assert (material.dataset.name, material.warnings) == ("mine", [])
    np.testing.assert_array_equal(material.test.images, given.x_test.transpose(0, 2, 1))
    wanted = gather(CompressConfig(dataset=str(tiny_npz)), workspace, base)
    np.testing.assert_array_equal(wanted.test.images, given.x_test)
    assert preflight.settled(CompressConfig(model=base.id), workspace).dataset == str(path)
    assert preflight.problems(CompressConfig(model=base.id), workspace) == {}
    path.unlink()
    assert preflight.settled(CompressConfig(model=base.id), workspace).dataset == "mnist"
    how, (warning,) = training_of(CompressConfig(), workspace, base)
    assert how.dataset == "mnist"
    assert warning.startswith("tuned was trained on mine.npz, which is not on this machine.")


def test_no_training_can_learn_the_non_digits() -> None:
    """Whatever its seed is."""
    assert Material.non_digits.func(None).shape == (40, 28, 28)  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="seed"):
        TrainConfig.checked(seed=UNUSED_SEED)

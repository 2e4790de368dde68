"""Which images are trained on, and in which order."""

from pathlib import Path

import numpy as np
import pytest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.file_formats import to_jsonl
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets, outliers, synthetic
from mnist_core.engine.training import training_data
from mnist_core.evaluation.outputs import NO_DIGIT


def test_train_subset_and_synthetic_digits_count(config: TrainConfig, workspace: Workspace) -> None:
    """Few samples are trained on, and what the program writes is added, never to the validation images."""
    chosen = config.model_copy(update={"train_subset": 50, "synthetic_samples": 30})
    data = training_data.prepare(chosen, datasets.load(chosen.dataset, workspace))
    assert len(data.train) == 80
    assert len(data.validation) == 30
    assert (data.train >= 300).sum() == 30
    assert (data.validation < 300).all()
    assert not set(data.train) & set(data.validation)


def test_every_epoch_shows_every_image_once_in_another_order(config: TrainConfig) -> None:
    """The batches are a function of seed and step alone."""
    indices = np.arange(100)
    plan = training_data.epoch_plan(config.model_copy(update={"batch_size": 10, "epochs": 2}), indices)
    epochs = [np.concatenate([plan.batch(step) for step in range(start, start + 10)]) for start in (0, 10)]
    assert plan.total_steps == 20
    assert all(sorted(epoch) == list(range(100)) for epoch in epochs)
    assert (epochs[0] != epochs[1]).any()
    np.testing.assert_array_equal(plan.batch(3), epochs[0][30:40])


def digits(path: Path, *, writers: int, each: int) -> Path:
    """A file of drawings by several writers."""
    random = np.random.default_rng(0)
    drawn = [
        Drawing(n % 10, synthetic.write(n % 10, random), writer=f"writer {writer}")
        for writer in range(writers)
        for n in range(each)
    ]
    path.write_bytes(to_jsonl(drawn))
    return path


def letters(path: Path, characters: str) -> Path:
    random = np.random.default_rng(0)
    path.write_bytes(to_jsonl([Drawing(None, outliers.KINDS["face"](random), character=each) for each in characters]))
    return path


def test_drawings_and_outliers_are_added(config: TrainConfig, workspace: Workspace, tmp_path: Path) -> None:
    """Each with images for validation; those of a writer are all on one side."""
    chosen = config.model_copy(
        update={
            "drawings": str(digits(tmp_path / "digits.jsonl", writers=10, each=20)),
            "outliers": 40,
            "outlier_drawings": str(letters(tmp_path / "letters.jsonl", "AKo" * 20)),
            "synthetic_samples": 0,
            "validation_share": 0.2,
        }
    )
    data = training_data.prepare(chosen, datasets.load(chosen.dataset, workspace))
    drawn, scribbled, written = (np.arange(*span) for span in ((300, 500), (500, 540), (540, 580)))
    assert (data.labels[drawn] == np.tile(np.arange(20) % 10, 10)).all()
    assert (data.labels[scribbled] == NO_DIGIT).all()
    assert (data.labels[written] == NO_DIGIT).all(), "without the 'o', which may be a 0"
    assert len(data.images) == 580
    assert data.targets.shape == (580, 11)
    assert not set(data.train) & {*data.validation, *data.validation_outliers}
    assert (data.labels[data.validation] < NO_DIGIT).all()
    assert (data.labels[data.validation_outliers] == NO_DIGIT).all()
    held_out = {(n - 300) // 20 for n in data.validation if n in drawn}
    assert len(held_out) == 2
    assert not held_out & {(n - 300) // 20 for n in data.train if n in drawn}
    assert len(data.validation_outliers) == 8 + 8
    assert np.isin(data.train, drawn).sum() == training_data.SEEN_AN_EPOCH * 160


def test_rare_styles_are_seen_more_often(config: TrainConfig, workspace: Workspace, tmp_path: Path) -> None:
    """A hundred zeros of one stroke and four of two: those four are seen more than 3 times an epoch."""
    ring = [(float(x), float(y)) for x, y in ((0, 0), (4, 0), (4, 6), (0, 6), (0, 0))]
    slash = [(-1.0, 7.0), (5.0, -1.0)]
    drawn = [Drawing(0, [ring], writer=str(n)) for n in range(100)]
    drawn += [Drawing(0, [ring, slash], writer=f"slashed {n}") for n in range(4)]
    path = tmp_path / "zeros.jsonl"
    path.write_bytes(to_jsonl(drawn))
    chosen = config.model_copy(update={"drawings": str(path), "synthetic_samples": 0, "validation_share": 0.1})
    data = training_data.prepare(chosen, datasets.load(chosen.dataset, workspace))
    slashed = (data.train >= 400).sum()
    assert slashed > 2 * training_data.SEEN_AN_EPOCH * 4


def test_a_file_of_digits_needs_labels(config: TrainConfig, workspace: Workspace, tmp_path: Path) -> None:
    """The message says which file."""
    chosen = config.model_copy(update={"drawings": str(letters(tmp_path / "letters.jsonl", "AB"))})
    with pytest.raises(InputError, match=r"letters\.jsonl: 2 drawings have no label"):
        training_data.prepare(chosen, datasets.load(chosen.dataset, workspace))


@pytest.mark.parametrize("count", [1, 2, 40])
def test_one_writer_is_enough(count: int, config: TrainConfig, workspace: Workspace, tmp_path: Path) -> None:
    """A person's own file: some of the drawings are held out, unless there is only one."""
    chosen = config.model_copy(
        update={"drawings": str(digits(tmp_path / "mine.jsonl", writers=1, each=count)), "synthetic_samples": 0}
    )
    data = training_data.prepare(chosen, datasets.load(chosen.dataset, workspace))
    held_out = (data.validation >= 300).sum()
    assert (data.train >= 300).any()
    assert held_out == 0 if count == 1 else 0 < held_out < count


def test_a_file_with_nothing_to_refuse_is_named(config: TrainConfig, workspace: Workspace, tmp_path: Path) -> None:
    """All its letters can pass for a digit."""
    chosen = config.model_copy(update={"outlier_drawings": str(letters(tmp_path / "letters.jsonl", "oOl"))})
    with pytest.raises(InputError, match=r"letters\.jsonl has no drawing to refuse"):
        training_data.prepare(chosen, datasets.load(chosen.dataset, workspace))

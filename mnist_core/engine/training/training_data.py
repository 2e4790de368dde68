"""The data of a training, and their order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawing import images as images_of
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.config import schedules
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets, outliers, synthetic
from mnist_core.engine.training.plan import Plan
from mnist_core.evaluation.outputs import NO_DIGIT

SEEN_AN_EPOCH = 3
"""How many times an epoch has each drawing of a file, on average: they are few, and unlike the data set's images."""
MANY_STROKES = 3
"""Drawings with this many strokes or more count as one style."""

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]


def _none() -> Indices:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class Data:
    """Everything the graph holds, and which of it is for training, which for validation."""

    images: Images
    labels: Labels
    """0 to 9, or `NO_DIGIT`."""
    train: Indices
    """An index may occur several times."""
    validation: Indices
    """Digits."""
    validation_outliers: Indices = field(default_factory=_none)

    @property
    def targets(self) -> npt.NDArray[np.float32]:
        """(N, 10) one-hot, or (N, 11) if there are outliers."""
        return np.eye(max(10, int(self.labels.max()) + 1), dtype=np.float32)[self.labels]


@dataclass(frozen=True)
class _Part:
    """Images of one origin, (N, 28, 28), and which of them are for what."""

    images: Images
    labels: Labels
    train: Indices
    validation: Indices = field(default_factory=_none)


def prepare(config: TrainConfig, dataset: datasets.Dataset, learned: Sequence[Drawing] = ()) -> Data:
    """Everything that the config asks for, each with its own share for validation.

    Synthetic digits are for training only.

    Args:
        learned: drawings that the network knows already. They are for training only, wherever else they are.

    Raises:
        InputError: a file cannot be read, a drawing of digits has no label, or there are too few images.
    """
    parts = [_dataset(config, dataset)]
    if config.synthetic_samples:
        images, labels = synthetic.generate(config.synthetic_samples, seed=config.seed)
        parts.append(_Part(images, labels, np.arange(len(images))))
    if config.drawings:
        read = file_formats.read(Path(config.drawings))
        known = {each.sha256 for each in learned}
        labelled = file_formats.labelled(read, Path(config.drawings).name)
        if new := [each for each in labelled if each.sha256 not in known]:
            parts.append(_drawings(config, new, _digit))
    if learned:
        parts.append(_learned(config, learned))
    if config.outliers:
        parts.append(_outliers(config))
    if config.outlier_drawings:
        clear = [each for each in file_formats.read(Path(config.outlier_drawings)) if outliers.is_clear(each.character)]
        if not clear:
            raise InputError(
                _(
                    "{file} has no drawing to refuse. Letters that can pass for a digit, such as o, do not count.",
                    file=Path(config.outlier_drawings).name,
                )
            )
        parts.append(_drawings(config, clear, lambda _: NO_DIGIT))
    return _joined(parts)


def _joined(parts: Sequence[_Part]) -> Data:
    starts = np.cumsum([0, *(len(part.images) for part in parts)])
    labels = np.concatenate([part.labels for part in parts])
    train, validation = (
        np.concatenate([start + indices for start, indices in zip(starts, each, strict=False)])
        for each in ([part.train for part in parts], [part.validation for part in parts])
    )
    digits = labels[validation] != NO_DIGIT
    images = np.concatenate([part.images for part in parts])
    return Data(images, labels, train, validation[digits], validation[~digits])


def _dataset(config: TrainConfig, dataset: datasets.Dataset) -> _Part:
    """Split off the validation share, and take `train_subset` of the rest."""
    train, validation = datasets.split(dataset.y_train, config.validation_share, config.seed)
    if config.train_subset:
        train = np.random.default_rng(config.seed).permutation(train)[: config.train_subset]
    return _Part(dataset.x_train, dataset.y_train, train, validation)


def _outliers(config: TrainConfig) -> _Part:
    images = outliers.generate(config.outliers, seed=config.seed)
    order = np.random.default_rng(config.seed).permutation(len(images))
    held_out = round(config.validation_share * len(images))
    labels = np.full(len(images), NO_DIGIT, np.uint8)
    return _Part(images, labels, order[held_out:], order[:held_out])


def _drawings(config: TrainConfig, drawings: Sequence[Drawing], label: Callable[[Drawing], int]) -> _Part:
    """Hold out all drawings of some writers, or some drawings of a single writer, and balance the others by style."""
    from sklearn.model_selection import GroupShuffleSplit  # takes two seconds; the app does not wait for it

    labels = np.array([label(each) for each in drawings], np.uint8)
    writers = [each.writer or str(number) for number, each in enumerate(drawings)]
    if len(set(writers)) == 1:
        writers = [str(number) for number in range(len(drawings))]
    train: Indices = np.arange(len(drawings))
    validation = _none()
    if len(drawings) > 1:
        splitter = GroupShuffleSplit(1, test_size=config.validation_share, random_state=config.seed)
        train, validation = next(splitter.split(labels, groups=writers))
    chosen = train[_balanced([_style(drawings[n]) for n in train.tolist()], config.seed)]
    return _Part(images_of(drawings), labels, chosen, validation)


def _learned(config: TrainConfig, drawings: Sequence[Drawing]) -> _Part:
    labels = np.array([_digit(each) for each in drawings], np.uint8)
    return _Part(images_of(drawings), labels, _balanced([_style(each) for each in drawings], config.seed))


def _digit(drawing: Drawing) -> int:
    assert drawing.label is not None
    return drawing.label


def _style(drawing: Drawing) -> tuple[object, ...]:
    """What is drawn and with how many strokes: a slashed zero has two, a barred seven as well."""
    return drawing.label, drawing.character, min(len(drawing.strokes or ()), MANY_STROKES)


def _balanced(styles: Sequence[tuple[object, ...]], seed: int) -> Indices:
    """Indices, `SEEN_AN_EPOCH` times as many as there are styles: a style's share grows as the root of its count."""
    _, style, counts = np.unique([repr(each) for each in styles], return_inverse=True, return_counts=True)
    weights = counts[style] ** -0.5
    random = np.random.default_rng(seed)
    return random.choice(len(styles), SEEN_AN_EPOCH * len(styles), p=weights / weights.sum())


def epoch_plan(config: TrainConfig, train: npt.NDArray[np.int64]) -> Plan:
    """Each epoch has its own permutation of the training indices, made from the seed and its number."""
    size = min(config.batch_size, len(train))
    steps = len(train) // size  # the last, smaller batch is left out: its shape would have to be compiled separately
    total = steps * config.epochs
    order: dict[int, npt.NDArray[np.int64]] = {}

    def batch(step: int) -> npt.NDArray[np.integer]:
        epoch, place = divmod(step, steps)
        if epoch not in order:
            order.clear()
            order[epoch] = np.random.default_rng((config.seed, epoch)).permutation(train).astype(np.int32)
        return order[epoch][place * size : (place + 1) * size]

    def learning_rate(step: int) -> float:
        return config.learning_rate * schedules.factor(config.schedule, step / max(1, total - 1))

    return Plan(total, steps, batch, learning_rate, config.early_stopping)

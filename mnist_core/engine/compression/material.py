"""What a compression trains on and what it measures on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawing import images as images_of
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.language import Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import LARGEST_SEED, CompressConfig, TrainConfig
from mnist_core.data import datasets, outliers
from mnist_core.data.datasets import Dataset
from mnist_core.engine.export.int8 import calibration_images
from mnist_core.engine.training.training_data import Data, prepare
from mnist_core.evaluation.outputs import NO_DIGIT
from mnist_core.jobs import preflight
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry

SYNTHETIC = 8000
"""Synthetic digits for a model whose training is unknown."""
OUTLIERS = 8000
"""Outliers for a model with a digit score whose training is unknown."""
NON_DIGITS = 1000
"""Outliers that no model learns, on which the share of refused ones is measured."""
UNUSED_SEED = LARGEST_SEED + 1
"""No training can have this seed, so none has drawn and learned these outliers."""

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Labelled:
    """Images (N, 28, 28) and their labels (N,)."""

    images: Images
    labels: Labels

    @classmethod
    def of(cls, drawings: list[Drawing]) -> "Labelled":
        """The images of labelled drawings."""
        return cls(images_of(drawings), np.array([each.label for each in drawings], np.uint8))


@dataclass(frozen=True)
class Material:
    """The images of one compression."""

    config: TrainConfig
    """The training of the base as far as its data matter; the settings of each training are the compression's."""
    data: Data
    dataset: Dataset
    own: Labelled
    """The collected drawings that the base has not learned."""
    drawings: Labelled
    """Those of the file that is only measured on."""
    warnings: list[Text] = field(default_factory=list)

    @cached_property
    def validation(self) -> Labelled:
        """Digits that no training of the base has seen, if it was trained on this data set."""
        return Labelled(self.data.images[self.data.validation], self.data.labels[self.data.validation])

    @cached_property
    def test(self) -> Labelled:
        """The test images of the data set, which choose nothing."""
        return Labelled(self.dataset.x_test, self.dataset.y_test)

    @cached_property
    def non_digits(self) -> Images:
        """Outliers that no model learns."""
        return outliers.generate(NON_DIGITS, seed=UNUSED_SEED)

    @cached_property
    def calibration(self) -> Images:
        """Images that show an int8 file how large its values become."""
        digits = self.data.train[self.data.labels[self.data.train] != NO_DIGIT]
        return calibration_images(self.data.images[np.unique(digits)])


def gather(
    config: CompressConfig, workspace: Workspace, base: Model, progress: Callable[[float], None] | None = None
) -> Material:
    """
    Args:
        progress: called with the completed share (0…1) of a download of the data set.

    Raises:
        InputError: the data set or the file of drawings cannot be read, or there are too few images.
        StudioError: MNIST is not on this machine and cannot be downloaded.
    """
    how, warnings = training_of(config, workspace, base)
    dataset = datasets.load(how.dataset, workspace, progress, turn=how.turn_images)
    registry = Registry(workspace)
    learned = learned_drawings(registry.lineage(base)) if config.trains else []
    seen = registry.seen_along(base)
    own = [each for each in DrawingStore(workspace).all() if each.sha256 not in seen]
    path = Path(config.drawings)
    given = file_formats.labelled(file_formats.read(path), path.name) if config.drawings else []
    return Material(how, prepare(how, dataset, learned), dataset, Labelled.of(own), Labelled.of(given), warnings)


def learned_drawings(line: Sequence[Model]) -> list[Drawing]:
    """The drawings of the newest fine-tuning in this lineage; none if it was not fine-tuned."""
    path = next((each.drawings for each in line if each.drawings.exists()), None)
    return file_formats.read(path) if path else []


def training_of(config: CompressConfig, workspace: Workspace, base: Model) -> tuple[TrainConfig, list[Text]]:
    """How the base was trained, as far as it can be done again here; and what cannot.

    A fine-tuned model was trained as its root was. Without a training, the data are the data set, synthetic digits and,
    for a model with a digit score, outliers.
    """
    known = Registry(workspace).training_of(base)
    how = known or TrainConfig(synthetic_samples=SYNTHETIC)
    name = config.dataset or preflight.dataset_of(base, workspace)
    warnings = _another_dataset(how, name, base.name) if known else []
    changes = {"dataset": name, "turn_images": how.turn_images and how.dataset == name, "precision": "float32"}
    changes |= {"early_stopping": 0, "ensemble_size": 1, "test_time_views": 1, "start_from": ""}
    if not config.trains:
        return how.model_copy(update={**changes, **_NO_MORE}), warnings
    files, missing = _files(how, workspace, base.name)
    warnings += missing
    how = how.model_copy(update=changes | files)
    if not base.card.digit_score:
        return how.model_copy(update={"outliers": 0, "outlier_drawings": ""}), warnings
    return how if how.learns_outliers else how.model_copy(update={"outliers": OUTLIERS}), warnings


_NO_MORE = {"synthetic_samples": 0, "drawings": "", "outliers": 0, "outlier_drawings": ""}
"""The data set alone, with which int8 is measured."""


def _another_dataset(how: TrainConfig, name: str, base: str) -> list[Text]:
    """A warning if the data set of a training is not here and this other one takes its place."""
    if how.dataset == name or datasets.is_here(how.dataset):
        return []
    return [
        _(
            "{model} was trained on {own}, which is not on this machine. Its smaller versions are made with {other}.",
            model=base, own=Path(how.dataset).name, other=Path(name).name,
        )
    ]  # fmt: skip


def _files(how: TrainConfig, workspace: Workspace, base: str) -> tuple[dict[str, str], list[Text]]:
    """Where the files of drawings of a training are, and warnings about those that are not here."""
    found, warnings = {}, []
    for name in preflight.DRAWINGS:
        given = getattr(how, name)
        places = (Path(given), workspace.datasets / Path(given).name)
        found[name] = next((str(each) for each in places if given and each.is_file()), "")
        if given and not found[name]:
            warnings.append(
                _(
                    "{model} learned the drawings in {file}. The file is not on this machine, so the smaller models do "
                    "not learn them.",
                    model=base,
                    file=Path(given).name,
                )
            )
    return found, warnings

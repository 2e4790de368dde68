"""A point of a compression → its figures."""

import statistics
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_core.common.language import Text, _
from mnist_core.engine.compression.material import Labelled, Material
from mnist_core.engine.compression.thresholds import Thresholds
from mnist_core.evaluation.compression import CompressedPoint, CompressionStep, Score, key_of
from mnist_core.evaluation.outputs import Outputs
from mnist_core.models.predictor import Predictor

ROUNDS = 300
"""How often each point predicts an image while it is timed."""
WARM_UP = 20
LITTLE = 0.5
"""An int8 form usually has little more than a quarter of the size. A recurrent network has most of it."""

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Candidate:
    """The files of a point."""

    steps: tuple[CompressionStep, ...]
    onnx: Path
    parameters: int
    nonzero: int
    epochs: int = 0
    """For which it was trained, in all stages."""
    fit_seconds: float = 0.0

    @property
    def key(self) -> str:
        return key_of(self.steps)


@dataclass(frozen=True)
class Measured:
    """A point, and the threshold that belongs to its scores."""

    candidate: Candidate
    point: CompressedPoint
    threshold: float


def measure(
    candidates: Sequence[Candidate], material: Material, base_threshold: float | None, check: Callable[[], object]
) -> list[Measured]:
    """The figures of each candidate, in their order. The first one is the base.

    Args:
        base_threshold: the threshold of "not a digit" on the base's card.
        check: called between any two.
    """
    images = material.validation.images[: ROUNDS // 2]
    times = milliseconds([each.onnx for each in candidates], images, check)
    predictors = [Predictor(each.onnx, threads=0) for each in candidates]
    validated = [each.outputs(material.validation.images) for each in predictors]
    thresholds = Thresholds.of_base(base_threshold, validated[0])
    found = []
    for candidate, took, predictor, outputs in zip(candidates, times, predictors, validated, strict=True):
        check()
        found.append(_measured(candidate, took, predictor, outputs, thresholds.of(outputs), material))
    return found


def _measured(
    candidate: Candidate, took: float, predictor: Predictor, validated: Outputs, threshold: float, material: Material
) -> Measured:
    point = CompressedPoint(
        key=candidate.key,
        steps=candidate.steps,
        parameters=candidate.parameters,
        nonzero=candidate.nonzero,
        bytes=candidate.onnx.stat().st_size,
        zipped=zipped(candidate.onnx),
        milliseconds=round(took, 4),
        validation=_score(validated, material.validation),
        test=_of(predictor, material.test),
        own_drawings=_of(predictor, material.own),
        drawings=_of(predictor, material.drawings),
        refused=float((predictor.outputs(material.non_digits).digit_scores < threshold).mean()),
    )
    return Measured(candidate, point, threshold)


def _of(predictor: Predictor, labelled: Labelled) -> Score | None:
    return _score(predictor.outputs(labelled.images), labelled) if len(labelled.labels) else None


def _score(outputs: Outputs, labelled: Labelled) -> Score:
    return Score(right=int((outputs.logits.argmax(axis=1) == labelled.labels).sum()), count=len(labelled.labels))


def little_smaller(measured: Sequence[Measured]) -> list[Text]:
    """A warning for each int8 form that has more than `LITTLE` of the size of what it was made from."""
    sizes = {each.candidate.steps: each.point.bytes for each in measured}
    found = []
    for steps, size in sizes.items():
        if steps and steps[-1].kind == "int8" and (share := size / sizes[steps[:-1]]) > LITTLE:
            found.append(
                _(
                    "The model {key} has {share:.0%} of its size without int8, because few layers of this network can "
                    "be in int8.",
                    key=key_of(steps), share=share,
                )
            )  # fmt: skip
    return found


def zipped(path: Path) -> int:
    """The bytes of a zip file with this file in it."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(path, path.name)
    return len(archive.getvalue())


def milliseconds(files: Sequence[Path], images: Images, check: Callable[[], object]) -> list[float]:
    """The median time of each ONNX file for one image on one core.

    The files take turns image by image, so whatever else the machine does slows all of them alike.
    """
    predictors = [Predictor(each) for each in files]
    took: list[list[float]] = [[] for _ in files]
    for number in range(WARM_UP + ROUNDS):
        check()
        image = images[number % len(images)][None]
        for predictor, times in zip(predictors, took, strict=True):
            started = time.perf_counter()
            predictor.outputs(image)
            times.append(time.perf_counter() - started)
    return [1000 * statistics.median(times[WARM_UP:]) for times in took]

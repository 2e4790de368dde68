"""An exported model → its predictions, by ONNX Runtime: no Keras, 0.1 ms a digit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import onnxruntime
import scipy

from mnist_core.common.errors import InputError, UnreadableError
from mnist_core.common.language import N_, _
from mnist_core.drawing.strokes import Strokes, rasterize
from mnist_core.evaluation import metrics
from mnist_core.evaluation.outputs import Outputs
from mnist_core.models.model import Model
from mnist_core.models.stroke_groups import Groups, digit_scores, divide

Probabilities = npt.NDArray[np.float32]
Verdict = Literal["sure", "not sure", "not a digit", "nothing drawn", "several"]
VERDICTS: dict[Verdict, str] = {
    "sure": N_("sure"),
    "not sure": N_("not sure"),
    "not a digit": N_("not a digit"),
    "nothing drawn": N_("nothing drawn"),
    "several": N_("several digits"),
}
"""Verdict → what people call it."""

SURE = 0.7
"""The verdict on a prediction with a lower probability is "not sure"."""
LIKELY_INK = (0.02, 0.45)
"""The range of mean ink (0…1) of digits; MNIST's are between 0.03 and 0.38."""
MAX_MARKS = 4
DARK = 64
"""Pixels above this belong to a mark."""
BATCH = 64
"""Images at once. With 256, the layers' outputs leave the processor's cache, and predicting takes 10% longer."""


@dataclass(frozen=True)
class Prediction:
    """A model's prediction for one image."""

    verdict: Verdict
    digit: int
    probability: float
    probabilities: tuple[float, ...]
    score: float
    """How much the image looks like a digit; see `Outputs.digit_scores`."""

    @property
    def recognised(self) -> bool:
        """Whether the image shows one digit."""
        return self.verdict in ("sure", "not sure")


class Predictor:
    """Logits and probabilities for batches of images, with one exported model."""

    def __init__(self, path: Path, *, digit_threshold: float | None = None, threads: int = 1) -> None:
        """
        Args:
            path: a model.onnx.
            digit_threshold: an image is "not a digit" if its `Outputs.digit_scores` is below this; None turns this
                rule off.
            threads: 1 for single drawings, which are too little work to share; 0 for all cores.

        Raises:
            UnreadableError: the file cannot be opened as a model.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that wait by spinning take the processor from whatever else runs, such as a trainer.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4  # errors are raised, not printed to the terminal
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except BROKEN as error:
            reason = _("ONNX Runtime reports: {error}", error=str(error))
            raise UnreadableError(
                _("The file {file} is damaged or is not a model. {reason}", file=str(path), reason=reason)
            ) from None
        self.digit_threshold = digit_threshold

    @classmethod
    def of(cls, model: Model, *, threads: int = 1) -> Self:
        """The predictor of a registered model, with the threshold of its card.

        Raises:
            InputError: it is not a digit model, or its ONNX file is missing or incomplete.
            UnreadableError: its ONNX file is damaged.
        """
        if not model.card.usable:
            raise InputError(
                _("{name} does not map (28, 28) images to 10 logits, so it cannot predict.", name=model.name)
            )
        if missing := model.without_onnx:
            raise InputError(missing)
        try:
            predictor = cls(model.onnx, digit_threshold=model.card.digit_threshold, threads=threads)
            found = predictor.outputs(np.zeros((1, 28, 28), np.uint8))  # some damage shows only when it is run
        except BROKEN:
            raise UnreadableError(model.damaged(model.onnx)) from None
        if found.with_no_digit.shape not in ((1, 10), (1, 11)):
            fault = _("{file} belongs to another model.", file=model.onnx.name)
            raise UnreadableError(model.damaged(model.onnx, fault))
        return predictor

    @cached_property
    def _input(self) -> str:
        return str(self._session.get_inputs()[0].name)

    def outputs(self, images: npt.NDArray[np.uint8]) -> Outputs:
        """(N, 28, 28) uint8 → the outputs for all."""
        batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
        found = [self._session.run(None, {self._input: np.ascontiguousarray(batch)}) for batch in batches]
        return Outputs.joined([Outputs(*each[:2]) for each in found])

    def logits(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """(N, 28, 28) uint8 → (N, 10) float32."""
        return self.outputs(images).logits

    def probabilities(self, images: npt.NDArray[np.uint8]) -> Probabilities:
        """(N, 28, 28) uint8 → (N, 10) float32; each row sums to 1."""
        return _softmax(self.logits(images))

    def accuracy(self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> metrics.Accuracy:
        """How many of (N, 28, 28) images with these labels (N,) the model predicts correctly."""
        return metrics.accuracy(labels, self.logits(images).argmax(axis=1))

    def predict(self, image: npt.NDArray[np.uint8], strokes: Strokes | None = None) -> Prediction:
        """One (28, 28) uint8 image → the digit and how reliable it is.

        Args:
            strokes: what the image was made from. Only they can show that it is several digits.
        """
        return self.predict_all(image[None], [strokes])[0]

    def predict_all(
        self, images: npt.NDArray[np.uint8], strokes: Sequence[Strokes | None] | None = None
    ) -> list[Prediction]:
        """(N, 28, 28) uint8 → for each image the same as `predict`."""
        found = self._predict_each(images)
        if strokes is None:
            return found
        return [
            replace(one, verdict="several") if one.verdict == "not a digit" and drawn and self._several(drawn) else one
            for one, drawn in zip(found, strokes, strict=True)
        ]

    def divide(self, drawings: Sequence[Strokes]) -> list[Groups]:
        """For each drawing, which strokes are which digit; see `stroke_groups.divide`."""
        return divide(drawings, self.outputs, self.digit_threshold)

    def scores(self, images: npt.NDArray[np.uint8], *, no_digit_cost: float) -> npt.NDArray[np.float64]:
        """(N, 28, 28) uint8 → (N,); see `stroke_groups.digit_scores`."""
        return digit_scores(self.outputs(images), self.digit_threshold, no_digit_cost=no_digit_cost)

    def _several(self, strokes: Strokes) -> bool:
        """Whether these are digits beside each other, each of which the model recognises."""
        groups = self.divide([strokes])[0]
        if len(groups) < 2:
            return False
        images = [rasterize([strokes[each] for each in group]) for group in groups]
        return all(one.recognised for one in self._predict_each(np.stack(images)))

    def _predict_each(self, images: npt.NDArray[np.uint8]) -> list[Prediction]:
        outputs = self.outputs(images)
        probabilities = _softmax(outputs.logits).tolist()
        ink = (images.mean(axis=(1, 2)) / 255).tolist()
        each = zip(outputs.digit_scores.tolist(), probabilities, ink, _marks(images), strict=True)
        return [
            Prediction(
                verdict=self._verdict(score, max(shares), inked, marks),
                digit=shares.index(max(shares)),
                probability=max(shares),
                probabilities=tuple(shares),
                score=score,
            )
            for score, shares, inked, marks in each
        ]

    def _verdict(self, score: float, probability: float, ink: float, marks: int) -> Verdict:
        if not ink:
            return "nothing drawn"
        strange = self.digit_threshold is not None and score < self.digit_threshold
        if strange or marks > MAX_MARKS or not LIKELY_INK[0] <= ink <= LIKELY_INK[1]:
            return "not a digit"
        return "sure" if probability >= SURE else "not sure"


def _marks(images: npt.NDArray[np.uint8]) -> list[int]:
    """For each of (N, 28, 28) images, how many connected marks it has."""
    within_an_image = np.zeros((3, 3, 3), bool)
    within_an_image[1] = True
    numbered = scipy.ndimage.label(images > DARK, structure=within_an_image)[0]  # from the first image to the last
    last = np.maximum.accumulate(numbered.max(axis=(1, 2), initial=0))
    counts: list[int] = np.diff(last, prepend=0).tolist()
    return counts


def _softmax(logits: npt.NDArray[np.float32]) -> Probabilities:
    result: Any = scipy.special.softmax(logits, axis=1)
    return np.asarray(result, np.float32)


BROKEN: tuple[type[Exception], ...] = (
    UnreadableError,  # from `Predictor`
    ValueError,  # from bytes that are not text
    *(
        each
        for each in vars(onnxruntime.capi.onnxruntime_pybind11_state).values()
        if isinstance(each, type) and issubclass(each, Exception)
    ),
)
"""All that ONNX Runtime raises for a damaged file. Its errors have no public name and no common class."""

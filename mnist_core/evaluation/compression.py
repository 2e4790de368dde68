"""What was done to a compressed model, and what was measured of it."""

from typing import Literal

from mnist_core.common.language import N_, Text, _, listed
from mnist_core.common.records import Part

StepKind = Literal["distilled", "low_rank", "pruned", "int8"]
STEPS: dict[StepKind, str] = {
    "distilled": N_("distilled into {architecture}"),
    "low_rank": N_("low rank {share}"),
    "pruned": N_("{share} pruned"),
    "int8": N_("int8"),
}
"""What was done → what people call it."""
BASE = "base"
"""The key of the point of the model that was compressed."""


class CompressionStep(Part):
    """One change of a model."""

    kind: StepKind
    architecture: str = ""
    """Of a distillation: the student's."""
    share: float | None = None
    """Of the weights: kept at a low rank, or 0 after pruning."""

    @property
    def text(self) -> Text:
        """What was done, in a few words."""
        return _(STEPS[self.kind], architecture=self.architecture, share=f"{self.percent}%")

    @property
    def percent(self) -> str:
        """The share, such as "50" or "0.5"."""
        return f"{100 * (self.share or 0):g}"

    @property
    def code(self) -> str:
        """The step in the key of a point."""
        match self.kind:
            case "distilled":
                return self.architecture
            case "low_rank":
                return f"rank{self.percent}"
            case "pruned":
                return f"sparse{self.percent}"
            case "int8":
                return "int8"


Steps = tuple[CompressionStep, ...]
"""What was done, in order; nothing for the model itself."""


def key_of(steps: Steps) -> str:
    """The key of the point that these steps lead to, such as "fast-sparse80-int8"."""
    return "-".join(step.code for step in steps) or BASE


class Score(Part):
    """How many images of how many a model predicts correctly."""

    right: int
    count: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.right / self.count


class CompressedPoint(Part):
    """One model of a compression with its figures; the first one of a report is the model that was compressed."""

    key: str
    """It names the point in its run, and the folder of its files. That of the base is `BASE`."""
    steps: Steps = ()
    parameters: int
    nonzero: int
    """Parameters that are not 0 in float32. The int8 form has some zeros more."""
    bytes: int
    """Of model.onnx."""
    zipped: int
    """Bytes of model.onnx in a zip file. Pruning shows here only."""
    milliseconds: float
    """For one image, on one core: the median. All points were measured in turns."""
    validation: Score
    """On images held out of the training."""
    test: Score | None = None
    """On the test images of the data set."""
    own_drawings: Score | None = None
    """On the collected drawings that the base has not learned; None if there are none."""
    drawings: Score | None = None
    """On the file of drawings that the config names."""
    refused: float | None = None
    """The share of non-digits that are "not a digit"."""

    @property
    def is_base(self) -> bool:
        """Whether it is the model itself, which there is no need to keep."""
        return self.key == BASE

    @property
    def is_int8(self) -> bool:
        """Whether its ONNX file is in int8. Its Keras file is in float32."""
        return any(step.kind == "int8" for step in self.steps)

    @property
    def text(self) -> Text:
        """What was done, in a few words; "the model itself" for the base."""
        return listed(step.text for step in self.steps) if self.steps else _("the model itself")

"""How far a run is: status.json."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from mnist_core.common.language import N_, Text

Phase = Literal[
    "loading", "downloading", "building", "training", "raising_rate", "teacher_logits", "cross_validation",
    "comparing", "testing", "exporting", "exporting_files", "distilling", "low_rank", "pruning", "quantizing",
    "measuring", "searching", "searching_on", "federating", "awaiting_clients", "connecting", "waiting",
    "loading_drawings", "accepting",
]  # fmt: skip
PHASES: dict[str, str] = {
    "": N_("Starting"),
    "loading": N_("Loading data"),
    "loading_drawings": N_("Loading your drawings"),
    "downloading": N_("Downloading MNIST: {share:.0%}"),
    "building": N_("Building the network"),
    "training": N_("Training the network"),
    "raising_rate": N_("Raising the learning rate"),
    "teacher_logits": N_("Computing teacher logits"),
    "cross_validation": N_("Cross-validation: fold {fold} of {folds}"),
    "accepting": N_("Acceptance test"),
    "comparing": N_("Comparing before and after"),
    "testing": N_("Testing and exporting"),
    "exporting": N_("Making the ONNX file"),
    "exporting_files": N_("Making and checking the files"),
    "distilling": N_("Distilling"),
    "low_rank": N_("Training the low-rank layers"),
    "pruning": N_("Pruning {share:.0%} of the weights"),
    "quantizing": N_("Making the int8 file"),
    "measuring": N_("Measuring all models"),
    "searching": N_("Trial {trial} of {trials}"),
    "searching_on": N_("Trial {trial}"),
    "awaiting_clients": N_("Waiting for the clients"),
    "federating": N_("Round {trial} of {trials}"),
    "connecting": N_("Connecting to the cluster"),
    "waiting": N_("Waiting for a worker of the cluster"),
}
"""Phase → what people read. The placeholders are fields of `Progress`."""
TRAINING: tuple[Phase, ...] = ("training", "distilling", "low_rank", "pruning")
"""The phases in which steps and epochs are counted."""

FINE_TUNING: tuple[Phase, ...] = (
    "loading_drawings", "building", "teacher_logits", "training", "cross_validation", "accepting", "testing",
)  # fmt: skip
"""The stages of a fine-tuning in order."""


class Progress(BaseModel):
    """Times are durations in seconds, from a monotonic clock."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    phase: str = ""
    """A `Phase`; empty before the first one. Earlier versions wrote a sentence."""
    share: float = 0.0
    """Of a download, or of the weights that are pruned; between 0 and 1."""
    trial: int = 0
    trials: int = 0
    """Of a search, 0 where their number has no limit; or the rounds of federated learning."""
    fold: int = 0
    """Of a cross-validation, from 1."""
    folds: int = 0
    overall: float | None = None
    """The share of all stages that is done, where that is known; `eta_s` counts all of them then."""
    step: int = 0
    total_steps: int = 0
    epoch: int = 0
    epochs: int = 0
    elapsed_s: float = 0.0
    eta_s: float | None = None
    images_per_s: float | None = None
    device: str = ""
    gpu: dict[str, float] = {}
    process: dict[str, float] = {}
    """What the trainer itself uses: `own_use.figures`."""
    accuracies: list[float] = []
    """Validation accuracy after each epoch: the sparkline in the list of runs."""
    warnings: list[Text] = []
    """What the loop noticed (NaN, vanishing gradients, …), each with what to try."""

    @property
    def counts_steps(self) -> bool:
        """Whether this phase counts steps and epochs."""
        return self.phase in TRAINING and self.total_steps > 0

    @property
    def share_done(self) -> float:
        """Of all stages, or of the steps; between 0 and 1."""
        share = self.step / self.total_steps if self.total_steps else 0.0
        return min(1.0, share if self.overall is None else self.overall)

    @property
    def phase_text(self) -> Text:
        """The phase in the current language; a sentence of an earlier version as it is."""
        if self.phase not in PHASES:
            return Text(self.phase)
        values = {
            "share": self.share, "trial": self.trial, "trials": self.trials, "fold": self.fold, "folds": self.folds,
        }  # fmt: skip
        return Text(PHASES[self.phase], values=values)

"""How far a run is: status.json."""

from pydantic import BaseModel, ConfigDict


class Progress(BaseModel):
    """Times are durations in seconds, from a monotonic clock."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    phase: str = ""
    step: int = 0
    total_steps: int = 0
    epoch: int = 0
    epochs: int = 0
    elapsed_s: float = 0.0
    eta_s: float | None = None
    images_per_s: float | None = None
    device: str = ""
    gpu: dict[str, float] = {}
    accuracies: list[float] = []
    """Validation accuracy after each epoch: the sparkline in the list of runs."""
    warnings: list[str] = []
    """What the loop noticed (NaN, vanishing gradients, …), each with what to try."""

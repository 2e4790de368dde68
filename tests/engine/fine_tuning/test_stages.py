"""The progress over all stages of a fine-tuning."""

from types import SimpleNamespace
from typing import Any

from mnist_core.engine.fine_tuning.stages import Stages
from mnist_core.jobs.progress import FINE_TUNING, Progress


class Context:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Progress] = []
        self.control = SimpleNamespace(check=lambda: 0.0)

    def tell(self, phase: str, **figures: Any) -> None:
        self.told.append(Progress(phase=phase, **figures))


def test_the_share_and_the_time_left_never_jump_back() -> None:
    """Also if label issues make it train again."""
    context = Context()
    stages = Stages(context)  # type: ignore[arg-type]
    stages.prepared()
    for stage in (*FINE_TUNING[:5], "training", *FINE_TUNING[4:]):
        stages.begin(stage)  # type: ignore[arg-type]
        context.told.append(Progress(phase=stage, **stages.figures(0.5)))
    shares = [each.overall for each in context.told]
    left = [each.eta_s for each in context.told if each.eta_s is not None]
    assert shares == sorted(shares)
    assert shares[-1] < 1
    assert left == sorted(left, reverse=True)
    assert len(left) > 10


def test_it_tells_each_fold_once() -> None:
    context = Context()
    stages = Stages(context)  # type: ignore[arg-type]
    stages.folds = 3
    stages.begin("cross_validation")
    for finished in (0, 0, 1, 1, 2, 2, 3):
        stages.fold = finished
        stages.check()
    assert [each.phase_text for each in context.told] == [
        f"Cross-validation: fold {fold} of 3" for fold in (1, 2, 3, 3)
    ]

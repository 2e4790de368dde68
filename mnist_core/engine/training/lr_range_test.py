"""The learning-rate range test (Smith 2017): a short training whose rate rises from step to step.

The loss falls, faster and faster, then rises, then explodes. A tenth of the rate at which it is smallest is a
good highest rate for a schedule.
"""

import math
import time
from typing import Any

import keras
import numpy as np

from mnist_core.common.errors import StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.backends import devices
from mnist_core.engine.control import Control, OnProgress
from mnist_core.engine.training.health import NOT_FINITE
from mnist_core.engine.training.plan import Plan
from mnist_core.engine.training.train import build_graph, starting_model
from mnist_core.engine.training.training_data import epoch_plan, prepare
from mnist_core.evaluation.charts import smooth
from mnist_core.jobs.runs import Progress, Run

STEPS = 160
STEPS_AT_ONCE = 4
LOWEST, HIGHEST = 1e-5, 3.0
HOPELESS = 4.0
"""How many times the smallest loss ends the test."""
SMOOTHING = 0.9


def find_learning_rate(
    config: TrainConfig, workspace: Workspace, run: Run, control: Control, on_progress: OnProgress = lambda _: None
) -> dict[str, Any]:
    """Test the network, the data and the optimizer of `config`; record the loss by rate; suggest a rate.

    Raises:
        Stop, Discard, Interrupted: as `Control.check` does.
    """
    started = time.monotonic()
    device = devices.choose(config.device)
    run.rewind(-1)

    def tell(phase: str, step: int = 0) -> None:
        control.check()
        progress = Progress(phase=phase, step=step, total_steps=STEPS, device=device)
        run.write_progress(progress)
        on_progress(progress)

    tell("loading data")
    dataset = datasets.load(config.dataset, workspace, lambda share: tell(f"downloading MNIST, {share:.0%}"))
    data = prepare(config, dataset)
    tell("building the network")
    with keras.device(device), devices.naming_out_of_held_out_images():
        _, _, executor = build_graph(config, data, starting_model(config, workspace))
        batches = epoch_plan(config, data.train).batch
        plan = Plan(STEPS, STEPS, batches, lambda step: LOWEST * (HIGHEST / LOWEST) ** (step / (STEPS - 1)))
        losses: list[float] = []
        for first in range(0, STEPS, STEPS_AT_ONCE):
            tell("raising the learning rate", first)
            indices, rates = plan.steps(first, STEPS_AT_ONCE)
            losses += executor.train(indices, rates).loss.tolist()
            if not math.isfinite(losses[-1]) or _has_exploded(losses):
                break
    losses = [loss for loss in losses if math.isfinite(loss)]
    if not losses:
        raise StudioError(NOT_FINITE)
    tried = [plan.learning_rate(step) for step in range(len(losses))]
    pairs = zip(tried, losses, strict=True)
    run.append(*({"step": step, "learning_rate": rate, "loss": loss} for step, (rate, loss) in enumerate(pairs)))
    return {
        "suggested_learning_rate": suggestion(tried, losses),
        "total_seconds": round(time.monotonic() - started, 3),
        "device": device,
    }


def _has_exploded(losses: list[float]) -> bool:
    """Whether the smoothed loss is hopelessly above its smallest, and above where it began: not mere noise."""
    smoothed = smooth(losses, SMOOTHING)
    return smoothed[-1] > HOPELESS * min(smoothed) and smoothed[-1] > losses[0]


def suggestion(rates: list[float], losses: list[float]) -> float:
    """A tenth of the rate with the smallest smoothed loss, rounded to two digits.

    Args:
        rates, losses: of each step; at least one.
    """
    best = rates[int(np.argmin(smooth(losses, SMOOTHING)))]
    return float(f"{best / 10:.1e}")

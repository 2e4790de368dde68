"""The learning-rate range test (Smith 2017): a short training whose rate rises from step to step.

The loss falls, faster and faster, then rises, then explodes. A tenth of the rate at which it is smallest is a
good highest rate for a schedule.
"""

import math
import time

import numpy as np

from mnist_core.common.errors import StudioError
from mnist_core.common.language import _
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.backends import devices
from mnist_core.engine.backends.executor import Executor
from mnist_core.engine.context import RunContext
from mnist_core.engine.training.health import NOT_FINITE
from mnist_core.engine.training.plan import Plan
from mnist_core.engine.training.train import base_model, compile_network
from mnist_core.engine.training.training_data import epoch_plan, prepare
from mnist_core.evaluation.metrics import smooth
from mnist_core.evaluation.reports import LearningRateReport
from mnist_core.jobs.progress import Progress

STEPS = 160
STEPS_AT_ONCE = 4
LOWEST, HIGHEST = 1e-5, 3.0
HOPELESS = 4.0
"""The test ends at this multiple of the smallest loss."""
SMOOTHING = 0.9


def find_learning_rate(context: RunContext[TrainConfig]) -> LearningRateReport:
    """Test the network, the data and the optimizer of the config; record the loss by rate; suggest a rate.

    Raises:
        Stop, Discard, Interrupted: as `Control.check` does.
        StudioError: the loss is not a finite number from the first step on.
    """
    started = time.monotonic()
    config, workspace, run = context.config, context.workspace, context.run
    device = devices.choose(config.device)
    run.rewind(-1)
    run.write_progress(Progress(total_steps=STEPS, device=device))
    context.tell("loading")
    dataset = datasets.load(
        config.dataset,
        workspace,
        lambda share: context.tell("downloading", share=share),
        turn=config.turn_images,
    )
    data = prepare(config, dataset)
    context.tell("building")
    batches = epoch_plan(config, data.train).batch
    plan = Plan(STEPS, STEPS, batches, lambda step: LOWEST * (HIGHEST / LOWEST) ** (step / (STEPS - 1)))
    devices.check_batch(len(plan.batch(0)), device)
    with devices.using(device):
        executor = compile_network(config, data, base_model(config, workspace)).executor
        losses = _losses(context, executor, plan)
    rates = [plan.learning_rate(step) for step in range(len(losses))]
    pairs = zip(rates, losses, strict=True)
    run.append(*({"step": step, "learning_rate": rate, "loss": loss} for step, (rate, loss) in enumerate(pairs)))
    return LearningRateReport(
        suggested_learning_rate=suggestion(rates, losses),
        total_seconds=round(time.monotonic() - started, 3),
        device=device,
    )


def _losses(context: RunContext[TrainConfig], executor: Executor, plan: Plan) -> list[float]:
    """The finite losses of the steps, up to the end of the plan or to where the loss has exploded."""
    losses: list[float] = []
    for first in range(0, STEPS, STEPS_AT_ONCE):
        context.tell("raising_rate", step=first)
        losses += executor.train(*plan.steps(first, STEPS_AT_ONCE)).loss.tolist()
        if not math.isfinite(losses[-1]) or _has_exploded(losses):
            break
    finite = [loss for loss in losses if math.isfinite(loss)]
    if not finite:
        raise StudioError(_(NOT_FINITE))
    return finite


def _has_exploded(losses: list[float]) -> bool:
    """Whether the smoothed loss is far above its smallest value and above its first one, so that it is not noise."""
    smoothed = smooth(losses, SMOOTHING)
    return smoothed[-1] > HOPELESS * min(smoothed) and smoothed[-1] > losses[0]


def suggestion(rates: list[float], losses: list[float]) -> float:
    """A tenth of the rate with the smallest smoothed loss, rounded to two digits.

    Args:
        rates, losses: of each step; at least one.
    """
    best = rates[int(np.argmin(smooth(losses, SMOOTHING)))]
    return float(f"{best / 10:.1e}")

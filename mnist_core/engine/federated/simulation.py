"""A simulation of federated learning: all clients in this process, and what each model is worth to each of them."""

import keras
import numpy as np

from mnist_core.config.federated import FederateConfig
from mnist_core.engine.backends import devices
from mnist_core.engine.context import RunContext
from mnist_core.engine.federated.client_app import client_app
from mnist_core.engine.federated.clients import Client
from mnist_core.engine.federated.federation import Federation, UntilStopped
from mnist_core.engine.federated.grid import FIRST_CLIENT, InMemoryGrid
from mnist_core.engine.federated.kept_clients import clients_of
from mnist_core.engine.federated.local_training import LocalTraining
from mnist_core.engine.federated.rounds import Counts
from mnist_core.engine.fine_tuning.learner import Weights
from mnist_core.evaluation.reports import FederateReport
from mnist_core.jobs import preflight
from mnist_core.jobs.progress import Progress
from mnist_core.models.registry import Registry


def simulate(context: RunContext[FederateConfig]) -> FederateReport:
    """Train the clients of the config. A run that was cut off continues after its last complete round.

    Raises:
        Stop: before a round was complete.
        Discard, Interrupted: as `Control.check` does.
        InputError: the model cannot be tuned, or there are too few clients or drawings.
        StudioError: a training diverged.
    """
    config = context.config
    context.run.write_progress(Progress())
    around = context.with_control(UntilStopped(context.control))
    around.tell("loading")
    base = Registry(context.workspace).of_config(config.model)
    preflight.check_tunable(base)
    clients, warnings = clients_of(context.run, config)
    device = devices.choose(config.device)
    with keras.device(device):
        around.tell("building")
        training = LocalTraining(config, context.workspace, base, clients, around.control)
        try:
            here = dict(enumerate(clients, FIRST_CLIENT))
            app = client_app(config, training, lambda app_context: here[app_context.node_id])
            grid = InMemoryGrid(app, len(clients))
            names = {number: client.name for number, client in here.items()}

            def pooled(initial: Weights) -> dict[int, Counts]:
                return _pooled(config, training, here, initial)

            return Federation(around, base, training, grid, names, warnings).run(pooled)
        finally:
            training.tuner.release()


def _pooled(
    config: FederateConfig, training: LocalTraining, here: dict[int, Client], initial: Weights
) -> dict[int, Counts]:
    """Learn everybody's drawings in one place, as often as the clients do together."""
    x = np.concatenate([each.x for each in here.values()])
    y = np.concatenate([each.y for each in here.values()])
    weights = training.fit(initial, x, y, config.rounds * config.local_epochs, config.seed)
    return {number: {"right": training.right(weights, client)} for number, client in here.items()}

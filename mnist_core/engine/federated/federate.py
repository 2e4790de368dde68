"""The jobs' functions, which can be loaded without Flower."""

from mnist_core.config.federated import FederateConfig, FederateServeConfig
from mnist_core.engine.context import RunContext
from mnist_core.evaluation import federated
from mnist_core.evaluation.reports import FederateReport


def federate(context: RunContext[FederateConfig]) -> FederateReport:
    """Simulate federated learning by the config; see `simulation.simulate`.

    Raises:
        InputError: Flower is not installed.
    """
    federated.check()
    from mnist_core.engine.federated.simulation import simulate

    return simulate(context)


def serve(context: RunContext[FederateServeConfig]) -> FederateReport:
    """Federated learning with clients in other processes; see `server.serve`.

    Raises:
        InputError: Flower is not installed.
    """
    federated.check()
    from mnist_core.engine.federated import server

    return server.serve(context)

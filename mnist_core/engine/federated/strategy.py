"""How the server combines what the clients have learned: Flower's FedAvg or FedProx, with noise if it is asked for."""

import math

from flwr.serverapp.strategy import DifferentialPrivacyServerSideFixedClipping, FedAvg, FedProx, Strategy
from flwr.supercore.privacy_accounting import (
    GaussianPrivacyEvent,
    NeighboringRelation,
    PrivacyConfig,
    PrivacySpent,
    SamplingMethod,
)

from mnist_core.config.federated import FederateConfig
from mnist_core.engine.federated.client_app import WEIGHT
from mnist_core.evaluation import privacy


class ExactAccountant:
    """Flower's protocol of an accountant. With one, Flower refuses a round that ε would not cover."""

    def __init__(self, config: FederateConfig, clients: int) -> None:
        self.config = PrivacyConfig(
            config.delta, clients, NeighboringRelation.ADD_OR_REMOVE_ONE, SamplingMethod.NO_AMPLIFICATION
        )
        self._noise_multiplier, self._releases = 0.0, 0

    def compose(self, event: GaussianPrivacyEvent, count: int = 1) -> None:
        """Count releases, all of which have the same noise."""
        self._noise_multiplier, self._releases = event.noise_multiplier, self._releases + count

    def get_privacy_spent(self, delta: float | None = None) -> PrivacySpent:
        """ε of the releases so far."""
        at = self.config.target_delta if delta is None else delta
        spent = privacy.epsilon(self._noise_multiplier, self._releases, at)
        return PrivacySpent(spent, at, self._releases, "gaussian")


def epsilon_of(config: FederateConfig, count: int) -> float | None:
    """ε of this many rounds; None without noise, or if it is infinite."""
    spent = privacy.epsilon(config.noise_multiplier, count, config.delta)
    return spent if math.isfinite(spent) else None


def trained_in_a_round(config: FederateConfig, clients: int) -> int:
    """How many clients train in a round."""
    return max(1, round(config.client_share * clients))


def strategy_of(config: FederateConfig, clients: int) -> Strategy:
    """The strategy for this number of clients."""
    sampled = trained_in_a_round(config, clients)
    how = {
        "fraction_train": config.client_share,
        "min_train_nodes": sampled,
        "min_available_nodes": clients,
        "weighted_by_key": WEIGHT,
    }
    strategy = FedProx(proximal_mu=config.proximal_mu, **how) if config.proximal_mu else FedAvg(**how)
    if not config.noise_multiplier:
        return strategy
    return DifferentialPrivacyServerSideFixedClipping(
        strategy, config.noise_multiplier, config.clipping_norm, sampled, accountant=ExactAccountant(config, clients)
    )

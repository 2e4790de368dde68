"""ε of noise on averaged weights, against figures and bounds from elsewhere."""

import math

import pytest
from scipy.stats import norm

from mnist_core.evaluation import privacy


@pytest.mark.parametrize("noise", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("rounds", [1, 10])
def test_it_is_exact(noise: float, rounds: int) -> None:
    """The δ at ε = 0 is the total variation distance of two normal distributions; at any ε, it is a known integral."""
    mu = math.sqrt(rounds) / noise
    assert privacy.delta_of(0.0, noise, rounds) == pytest.approx(2 * norm.cdf(mu / 2) - 1)
    epsilon = privacy.epsilon(noise, rounds, 1e-5)
    # Where the density of N(mu, 1) is more than e^ε times that of N(0, 1), its surplus is δ.
    edge = epsilon / mu + mu / 2
    surplus = norm.sf(edge - mu) - math.exp(epsilon) * norm.sf(edge)
    assert surplus == pytest.approx(1e-5, rel=1e-4)


@pytest.mark.parametrize(("noise", "rounds"), [(1.0, 1), (1.0, 20), (8.0, 50)])
def test_it_is_below_the_bound_of_renyi_divergences(noise: float, rounds: int) -> None:
    """Mironov 2017, proposition 3, with corollary 3: the usual accountant's bound, which is close but not tight."""
    delta = 1e-5
    orders = [1 + n / 100 for n in range(1, 20_000)]
    bound = min(rounds * order / (2 * noise**2) + math.log(1 / delta) / (order - 1) for order in orders)
    assert 0.7 * bound < privacy.epsilon(noise, rounds, delta) < bound


def test_its_ends() -> None:
    """No noise protects nothing, no round tells nothing, and more of each does what it should."""
    assert privacy.epsilon(0.0, 5, 1e-5) == math.inf
    assert privacy.epsilon(1e-6, 5, 1e-5) == math.inf
    assert privacy.epsilon(1.0, 0, 1e-5) == 0.0
    assert privacy.epsilon(1e6, 1, 0.5) == 0.0
    assert privacy.epsilon(2.0, 5, 1e-5) < privacy.epsilon(1.0, 5, 1e-5) < privacy.epsilon(1.0, 6, 1e-5)

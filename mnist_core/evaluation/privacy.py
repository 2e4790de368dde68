"""What noise on averaged weights is worth: ε of differential privacy at a given δ.

Each round releases the mean of clipped changes with Gaussian noise. Several rounds together are again one Gaussian
mechanism, so ε follows exactly, without a bound: Balle and Wang 2018, "Improving the Gaussian mechanism for
differential privacy", theorem 8; the composition is that of Gaussian differential privacy (Dong, Roth and Su 2019,
corollary 3.3).

Two sets of clients are neighbours if one client is added or removed. That clients are chosen at random is not counted,
so the true ε may be smaller.
"""

import math

LARGEST = 1e6
"""An ε beyond this protects nothing."""


def epsilon(noise_multiplier: float, rounds: int, delta: float) -> float:
    """ε of this many rounds; infinite without noise.

    Args:
        noise_multiplier: the standard deviation of the noise on the sum of the changes, divided by their largest norm.
    """
    from scipy.optimize import brentq

    if rounds == 0:
        return 0.0
    if noise_multiplier <= 0 or delta_of(LARGEST, noise_multiplier, rounds) > delta:
        return math.inf
    if delta_of(0.0, noise_multiplier, rounds) <= delta:
        return 0.0
    return float(brentq(lambda value: delta_of(value, noise_multiplier, rounds) - delta, 0.0, LARGEST, xtol=1e-9))


def delta_of(epsilon: float, noise_multiplier: float, rounds: int) -> float:
    """The smallest δ at this ε."""
    from scipy.stats import norm

    mu = math.sqrt(rounds) / noise_multiplier
    # The second term is e^ε·Φ(…), by logarithms, because e^ε overflows.
    other = math.exp(epsilon + float(norm.logcdf(-epsilon / mu - mu / 2)))
    return float(norm.cdf(-epsilon / mu + mu / 2)) - other

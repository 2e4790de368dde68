"""The learning rate over a training, as a share of its highest value.

The training loop and the preview on the page use this one function.
"""

import math

from mnist_core.config.schema import Schedule

WARM_UP = 0.25


def factor(schedule: Schedule, progress: float) -> float:
    """What to multiply the learning rate by, at `progress` (0 at the first step, 1 at the last).

    - constant: always 1.
    - cosine: from 1 to 0 along half a cosine (Loshchilov and Hutter 2017).
    - one-cycle: up from 1/25 in the first quarter, then down to 0 (Smith 2018).
    - exponential: from 1 to 1/100 at an even rate.
    - step: 1, then 1/10 from half-way, then 1/100 for the last quarter.
    """
    match schedule:
        case "constant":
            return 1.0
        case "cosine":
            return (1 + math.cos(math.pi * progress)) / 2
        case "one-cycle":
            if progress < WARM_UP:
                return 0.04 + 0.96 * progress / WARM_UP
            return (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))) / 2
        case "exponential":
            return float(0.01**progress)
        case "step":
            return 1.0 if progress < 0.5 else 0.1 if progress < 0.75 else 0.01

"""How long a training takes on a machine of a known speed.

The unit of work is one training image of the reference network, which is that of the preset `balanced`. The costs of
all others are measured relative to it, so one measured speed gives the times of all trainings.
"""

from mnist_core.config.relevance import BENDS
from mnist_core.config.schema import TrainConfig

COSTS = {
    "mlp": 0.07,
    "lenet": 0.13,
    "fast": 0.135,
    "tiny": 0.43,
    "cnn": 1.0,
    "deep": 1.9,
    "resnet": 1.9,
    "lstm": 0.97,
    "transformer": 1.45,
}
"""Architecture → the work of a training image, without augmentation. docs/experiments/speed.md has the measurement."""
BENDING = 0.055
"""The work of moving all pixels of an image, as rotation, zoom, shear and elastic distortion do."""
BUILDING_S = 1.5
"""Until the network is compiled. It hardly depends on the network."""
VALIDATION = 0.35
"""The share of an image's work that a prediction takes, without the gradients."""


def work(config: TrainConfig, images: int) -> float:
    """The work of a training.

    Args:
        images: the training images of the data set, before some are held out.
    """
    trained = images * (1 - config.validation_share)
    validated = images - trained
    if config.train_subset:
        trained = min(trained, config.train_subset)
    trained += config.synthetic_samples + config.outliers * (1 - config.validation_share)
    network = config.ensemble_size * COSTS[config.architecture]
    augmentation = BENDING if any(getattr(config, name) for name in BENDS) else 0.0
    return config.epochs * (trained * (network + augmentation) + validated * network * VALIDATION)


def seconds(config: TrainConfig, images: int, speed: float) -> float:
    """How long the training takes, without loading and testing.

    Args:
        images: as for `work`.
        speed: images of the reference network that the machine trains on in a second.
    """
    return BUILDING_S + work(config, images) / speed


def speed(config: TrainConfig, images: int, took_s: float) -> float:
    """The speed of a machine on which the training took this long."""
    return work(config, images) / (took_s - BUILDING_S)

"""Which weights a compression may change."""

import keras
import pytest

from mnist_core.config.schema import TrainConfig
from mnist_core.engine.compression.kernels import kernels, output_layers
from mnist_core.engine.compression.low_rank import factorize
from mnist_core.engine.networks.build import build


@pytest.mark.parametrize("architecture", ["transformer", "lstm", "fast", "mlp", "deep"])
def test_all_kernels_but_those_of_the_outputs(architecture: str) -> None:
    """Of every kind of layer. A bias is none, whatever its shape is."""
    network = build(TrainConfig(architecture=architecture, outliers=1))
    assert {each.name for each in output_layers(network)} == {"logits", "digit_score"}
    found = {each.path for each in kernels(network)}
    large = {each.path for each in network.weights if len(each.shape) > 1 and "bias" not in each.path}
    assert large - found == {"logits/kernel", "digit_score/kernel"}
    assert not [path for path in found if "bias" in path]


def test_a_hidden_layer_is_known_by_its_place() -> None:
    """It may have as many columns as there are digits, or one."""
    layers = [keras.layers.DepthwiseConv2D(3), keras.layers.Conv2D(10, 3), keras.layers.Conv2D(1, 3)]
    ends = [keras.layers.Flatten(), keras.layers.Dense(10), keras.layers.Softmax()]
    network = keras.Sequential([keras.Input((28, 28, 1)), *layers, *ends])
    assert [id(each) for each in kernels(network)] == [id(each.kernel) for each in layers]


def test_thin_layers_of_any_rank_are_hidden() -> None:
    """A rank of 10 is no logits."""
    thin = factorize(build(TrainConfig(architecture="fast")), 0.2)
    assert 10 in [each.shape[-1] for each in kernels(thin)]


def test_each_member_of_an_ensemble_has_its_last_layers() -> None:
    network = build(TrainConfig(architecture="tiny", outliers=1, ensemble_size=2))
    assert len(output_layers(network)) == 4

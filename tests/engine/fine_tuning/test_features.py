"""Features of images, kept on the device in place of the images."""

import keras
import numpy as np
import pytest

from mnist_core.config.schema import TrainConfig
from mnist_core.data import synthetic
from mnist_core.engine.fine_tuning import features
from mnist_core.engine.fine_tuning.features import Features
from mnist_core.engine.fine_tuning.trainable_layers import freeze
from mnist_core.engine.networks.averaging import member_logits
from mnist_core.engine.networks.build import build

X, _ = synthetic.generate(600, seed=1)


def network(trainable: str = "last-half", members: int = 1) -> keras.Model:
    made = build(TrainConfig.checked(architecture="fast", outliers=1, ensemble_size=members, seed=3))
    freeze(made, trainable)
    return member_logits(made)


@pytest.mark.parametrize("trainable", ["last-half", "head", "everything"])
@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize("most_bytes", [features.MOST_BYTES, 0])
def test_an_index_gives_the_logits_of_its_image(
    trainable: str, members: int, most_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether features are kept or, because nothing is frozen or they are too large, the images themselves."""
    monkeypatch.setattr(features, "MOST_BYTES", most_bytes)
    whole = network(trainable, members)
    kept = Features(whole, 610)
    kept.keep(20, kept.of(X[:300]), kept.of(X[300:590]))
    kept.take(X[590:])
    indices = np.array([0, 9, 20, 21, 609], np.int32)
    expected = whole(np.concatenate([X[[590, 599]], X[[0, 1, 589]]]))
    np.testing.assert_allclose(kept.graph(whole)(indices), expected, atol=1e-5)


def test_new_images_replace_the_ones_before() -> None:
    """Fewer leave zeros behind."""
    whole = network()
    kept = Features(whole, 29)
    kept.keep(20, kept.of(X[:9]))
    graph = kept.graph(whole)
    kept.take(X[100:120])
    kept.take(X[200:202])
    found = np.asarray(graph(np.arange(3, dtype=np.int32)))
    np.testing.assert_allclose(found[:2], whole(X[200:202]), atol=1e-5)
    assert not np.allclose(found[2], whole(X[102:103])[0], atol=1e-5)


def test_only_what_can_change_is_computed_in_a_step() -> None:
    """The graph has the trainable layers, and none with frozen weights before them."""
    whole = network("head")
    kept = Features(whole, 29)
    kept.keep(20, kept.of(X[:9]))
    assert [each for each in kept.graph(whole).weights if each.path.startswith("conv")] == []


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow keeps what a step has read")
def test_released_features_take_no_memory() -> None:
    """Their compiled step may live as long as the process."""
    import tensorflow

    whole = network()
    kept = Features(whole, 600)
    kept.keep(20, kept.of(X[:580]))
    graph = kept.graph(whole)
    assert graph.count_params() > 580 * 100
    kept.release()
    left = [variable for variable in graph.non_trainable_variables if "resident" in variable.path]
    assert len(left) == 2
    for variable in left:
        assert tensorflow.raw_ops.VariableShape(input=variable.value.handle).numpy().tolist() == [0]

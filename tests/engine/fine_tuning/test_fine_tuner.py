"""A network that learns a few drawings: what is frozen, how fast each layer learns, and interpolation."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from scipy.special import softmax

from mnist_core.common.errors import InputError
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.data import synthetic
from mnist_core.engine.backends.executor import predict_all
from mnist_core.engine.export.onnx import export
from mnist_core.engine.fine_tuning.fine_tuner import SEEN, FineTuner, Logits
from mnist_core.engine.fine_tuning.learner import interpolate
from mnist_core.engine.fine_tuning.replay_buffer import ReplayBuffer
from mnist_core.engine.fine_tuning.trainable_layers import freeze, layer_shares
from mnist_core.engine.networks.averaging import member_logits, with_views, without_views
from mnist_core.engine.networks.build import build
from mnist_core.engine.training import checkpoints
from mnist_core.evaluation.outputs import Outputs
from mnist_core.models.card import Card
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped


class Undisturbed:
    """A `Control` that never wants anything."""

    def check(self) -> float:
        return 0.0


def tuner(teacher: Logits | None = None, initial: Model | None = None, space: int = 10, **options: object) -> FineTuner:
    """A tuner of the shipped model, or another, on ten drawings, with thirty replay candidates."""
    x, y = synthetic.generate(60, seed=1)
    replay = ReplayBuffer("some", x[10:40], x[40:], y[40:], replay_share=0.2)
    config = FineTuneConfig.checked(**{"steps": 3, "batch_size": 8, "replay": 0.5, **options})
    own = Predictor((initial or shipped()).onnx).outputs(replay.x)
    old = own if teacher is None else Outputs(teacher, None if own.scores is None else np.full(30, 20, np.float32))
    made = FineTuner(config, initial or shipped(), replay, lambda: old, space=space)
    made.take(x[:10], y[:10])
    return made


@pytest.mark.parametrize(("trainable", "free"), [("everything", 8), ("last-half", 4), ("head", 2)])
def test_the_networks_of_an_ensemble_with_views_are_frozen(trainable: str, free: int) -> None:
    """Views are removed before, and "head" is one layer for each network."""
    network, views = without_views(with_views(build(TrainConfig(architecture="fast", ensemble_size=2)), 3))
    assert views == 3
    freeze(network, trainable)
    convolutions_and_heads = [layer for layer in network.layers if layer.trainable_weights]
    assert len(convolutions_and_heads) == free
    assert sum(layer.output.shape == (None, 10) for layer in convolutions_and_heads) == 2


def test_interpolation_goes_from_the_old_to_the_new() -> None:
    """At 0 the old weights, at 1 the new ones, at ½ the middle."""
    old, new = [np.zeros(2, np.float32)], [np.array([2.0, 4.0], np.float32)]
    assert [interpolate(old, new, alpha)[0].tolist() for alpha in (0, 0.5, 1)] == [[0, 0], [1, 2], [2, 4]]


def test_the_least_certain_candidates_are_replayed() -> None:
    """A fifth of the candidates, by the probability of the prediction; a batch has nothing else but drawings."""
    teacher = np.zeros((30, 10), np.float32)
    teacher[:, 3] = np.arange(30)[::-1]
    tuning = tuner(teacher)
    assert sorted(tuning.chosen) == [24, 25, 26, 27, 28, 29]
    steps, _ = tuning.plan(np.arange(10)).steps(0, 3)
    variants = range(10, 10 + 20)  # two of each drawing
    assert set(steps.ravel()) <= {*variants, *tuning.replayed}


def test_the_teacher_logits_are_the_targets_of_old_digits() -> None:
    """Right or wrong, with their certainty: where the old model saw a three or an eight, the new one does as well."""
    teacher = np.full((30, 10), -20, np.float32)
    teacher[:, [3, 8]] = np.log([0.7, 0.3])
    tuning = tuner(teacher, steps=150, learning_rate=0.01, batch_size=16, replay=0.9)
    tuning.learner.fit(tuning.plan(np.arange(10)), Undisturbed())
    found = softmax(predict_all(tuning.learner.executor, tuning.replayed), axis=1)
    assert found[:, [3, 8]].mean(axis=0) == pytest.approx([0.7, 0.3], abs=0.1)


def test_the_networks_of_an_ensemble_replay_its_logits(tmp_path: Path) -> None:
    """Each learns the mean of their logits."""
    export(
        build(TrainConfig(architecture="fast", ensemble_size=2)),
        tmp_path,
        synthetic.generate(9, seed=1)[0],
    )
    card = Card(name="two", kind="trained", architecture="fast", parameters=1, created="")
    teacher = 20 * np.eye(10, dtype=np.float32)[np.full(30, 3)]
    tuning = tuner(
        teacher, Model("two", "two", "", card, tmp_path), steps=60, learning_rate=0.01, batch_size=16, replay=0.9,
        trainable="everything",
    )  # fmt: skip
    tuning.learner.fit(tuning.plan(np.arange(10)), Undisturbed())
    each = member_logits(tuning.learner.network).predict(
        synthetic.generate(60, seed=1)[0][10:40][tuning.chosen], verbose=0
    )
    assert (each.argmax(axis=-1) == 3).all()


@pytest.mark.parametrize(("trainable", "layers"), [("everything", 5), ("last-half", 3), ("head", 1)])
def test_freezing(trainable: str, layers: int) -> None:
    """Batch normalisation is always frozen; of the other layers with weights, the last ones stay trainable."""
    network = build(TrainConfig(architecture="cnn"))
    freeze(network, trainable)
    free = [layer for layer in network.layers if layer.trainable_weights]
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in free)
    assert free[-1].name == "logits"
    assert len(free) <= layers
    with_weights = [layer for layer in network.layers if layer.weights]
    kept = {"everything": len(with_weights), "last-half": -(-len(with_weights) // 2), "head": 1}[trainable]
    expected = [la for la in with_weights[-kept:] if not isinstance(la, keras.layers.BatchNormalization)]
    assert [layer.name for layer in free] == [layer.name for layer in expected]


def test_layers_are_frozen_by_name() -> None:
    """Besides what is frozen anyway."""
    network = build(TrainConfig(architecture="cnn"))
    first, second, *others = (layer.name for layer in network.layers if isinstance(layer, keras.layers.Conv2D))
    freeze(network, "everything", f"{first}, {second}")
    assert [layer.name for layer in network.layers if layer.trainable_weights] == [*others, "logits"]


def test_freezing_everything_is_refused() -> None:
    """Nothing could be learned."""
    network = build(TrainConfig(architecture="cnn"))
    with pytest.raises(InputError, match="All layers are frozen"):
        freeze(network, "head", "logits")


def test_the_rate_falls_from_the_last_layer_to_the_first() -> None:
    """By the same factor from layer to layer."""
    network = build(TrainConfig(architecture="cnn"))
    freeze(network, "everything")
    shares = [layer_shares(network, 0.5)[layer.kernel.path] for layer in network.layers if layer.trainable_weights]
    assert shares == [0.0625, 0.125, 0.25, 0.5, 1.0]


def test_early_layers_take_smaller_steps() -> None:
    """One step with rates halved from layer to layer moves the first of eight by 1/128 of what it moves without."""
    threes = 20 * np.eye(10, dtype=np.float32)[np.full(30, 3)]  # something to learn in every image

    def moved(decay: float) -> list[float]:
        one = tuner(threes, learning_rate=0.1, layer_decay=decay, augmentation_strength=0, trainable="everything")
        one.learner.executor.train(*one.plan(np.arange(10)).steps(0, 1))
        return [
            float(np.abs(new - old).max())
            for new, old in zip(one.learner.network.get_weights(), one.learner.initial_weights, strict=True)
        ]

    even, falling = moved(1.0), moved(0.5)
    assert falling[0] == pytest.approx(even[0] / 128, rel=0.01)
    assert falling[-1] == pytest.approx(even[-1], rel=0.01)


@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_every_fit_starts_anew(decay: float) -> None:
    """What one part of the cross-validation has learned, neither the next one's weights nor its optimizer know.

    The drawings are augmented in the same way again.
    """
    one = tuner(layer_decay=decay)
    start = [keras.ops.convert_to_numpy(variable) for variable in checkpoints.changing(one.learner.trainable.graph)]
    tuned = one.learner.fit(one.plan(np.arange(10)), Undisturbed())
    assert any((new != old).any() for new, old in zip(tuned, one.learner.initial_weights, strict=True))
    one.learner.begin()
    for variable, value in zip(checkpoints.changing(one.learner.trainable.graph), start, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable), value)


def test_a_graph_is_built_before_the_drawings_are_known() -> None:
    """Compiled ahead, it learns the drawings that it is given then, as one that was not; fewer than its space."""
    x, y = synthetic.generate(6, seed=2)
    ahead, later = tuner(augmentation_strength=0), tuner(augmentation_strength=0)
    ahead.warm_up()
    for each in (ahead, later):
        each.take(x, y)
    one, other = (each.learner.fit(each.plan(np.arange(6)), Undisturbed()) for each in (ahead, later))
    for weight, expected in zip(one, other, strict=True):
        np.testing.assert_allclose(weight, expected, atol=1e-5)
    found = predict_all(ahead.learner.executor, np.arange(6))
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(ahead.learner.network(x)[0]), atol=1e-3)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow's graphs share variables")
def test_the_candidate_and_its_judge_learn_at_the_same_time() -> None:
    """Neither changes what the other one learns."""
    one = tuner(steps=40)
    plans = one.plan(np.arange(10)), one.plan(np.arange(5))
    alone = [each.fit(plan, Undisturbed()) for each, plan in zip((one.learner, one.judge), plans, strict=True)]
    with ThreadPoolExecutor(1) as pool:
        judged = pool.submit(one.judge.fit, plans[1], Undisturbed())
        together = [one.learner.fit(plans[0], Undisturbed()), judged.result()]
    for expected, found in zip(alone, together, strict=True):
        for before, after in zip(expected, found, strict=True):
            np.testing.assert_allclose(after, before, atol=1e-4)
    assert any((a != b).any() for a, b in zip(*alone, strict=True))


def digits_taken(one: FineTuner, drawings: list[int], steps: int) -> tuple[list[int], list[int]]:
    """How often a fit takes each drawing, and how many different variants of it."""
    batches, _ = one.plan(np.array(drawings)).steps(0, steps)
    variants = batches[:, :4].ravel() - len(one._y)
    of_variant = one._of_variant[variants]
    different = one._of_variant[np.unique(variants)]
    count = len(one._y)
    return np.bincount(of_variant, minlength=count).tolist(), np.bincount(different, minlength=count).tolist()


def test_a_fit_takes_each_digit_equally_often() -> None:
    """And each drawing of a digit, also of a part of the drawings, and other variants as long as there are some."""
    one = tuner(steps=10)
    one.take(synthetic.generate(5, seed=1)[0], np.array([1, 1, 1, 7, 1], np.uint8))
    assert digits_taken(one, [0, 1, 2, 3, 4], 10) == ([5, 5, 5, 20, 5], [5, 5, 5, 20, 5])
    assert digits_taken(one, [0, 3], 10) == ([20, 0, 0, 20, 0], [5, 0, 0, 20, 0])


def test_every_drawing_is_learned() -> None:
    """If a digit has many more than the others, or the steps are very few."""
    x, y = synthetic.generate(60, seed=1)[0], np.array([1] * 57 + [2, 3, 4], np.uint8)
    one = tuner(steps=1, space=60)
    one.take(x, y)
    steps = one.plan(np.arange(60)).total_steps
    taken, different = digits_taken(one, list(range(60)), steps)
    assert min(np.bincount(one._of_variant)) == SEEN
    assert steps * 4 == SEEN * 60
    assert min(taken[57:]) == SEEN * 60 // 4
    assert max(different) <= SEEN
    one.plan(np.array([0, 57])).steps(0, 1)  # nobody divides by zero


def test_a_long_fit_takes_variants_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are no more than fit into memory."""
    monkeypatch.setattr("mnist_core.engine.fine_tuning.fine_tuner.VARIANTS", 10)
    one = tuner(steps=20)
    taken, different = digits_taken(one, list(range(10)), 20)
    assert sum(taken) == 80
    assert different == [SEEN] * 10


def test_many_drawings_take_more_steps() -> None:
    """Each is learned twice on average, however few steps are configured; half the drawings take half the steps."""
    assert tuner(steps=8).plan(np.arange(10)).total_steps == 8
    assert tuner(steps=8).plan(np.arange(5), share=0.5).total_steps == 4
    assert tuner(steps=3).plan(np.arange(10)).total_steps == 2 * 10 // 4

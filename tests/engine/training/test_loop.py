"""The loop: its steps, its records, which epoch it keeps and when it ends."""

import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.training.loop import Diverged
from tests.engine.trainings import Done, best_of, go, layers_of, small_loop, start

pytestmark = pytest.mark.usefixtures("one_step_a_call")


def test_every_step_is_recorded_with_its_gradients(straight: Done) -> None:
    """Steps, epochs and seconds rise; loss, accuracy, rate and each layer's gradient norm are there."""
    records = [record for record in straight.run.records() if "loss" in record]
    assert [record["step"] for record in records] == list(range(1, 17))
    assert records[7]["epoch"] == 1.0
    assert [record["elapsed_s"] for record in records] == sorted(record["elapsed_s"] for record in records)
    for record in records:
        assert np.isfinite([record["loss"], record["accuracy"], record["learning_rate"], record["images_per_s"]]).all()
        assert layers_of(record) == {"dense", "logits"}
        assert all(norm > 0 for norm in record["gradient_norms"].values())
    judged = [record for record in straight.run.records() if "val_loss" in record]
    assert [record["step"] for record in judged] == [8, 16]
    assert straight.report.validation_accuracy == best_of(judged)["val_accuracy"]


def test_steps_taken_together_are_the_same_steps(
    straight: Done, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many steps one call of the device takes: the same weights, losses and points of the curve."""
    monkeypatch.setattr("mnist_core.engine.training.loop.CALL_S", 60.0)
    together = go(straight.config, workspace, start(straight.config, workspace))
    for one, other in zip(together.weights, straight.weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    curves = [
        [(each["step"], each["loss"], each["accuracy"]) for each in done.run.records() if "loss" in each]
        for done in (together, straight)
    ]
    np.testing.assert_allclose(curves[0], curves[1], rtol=1e-5)
    assert sum("gradient_norms" in record for record in together.run.records()) < 16


def test_judging_the_averaged_weights_leaves_the_others(averaged: TrainConfig, workspace: Workspace) -> None:
    """The weights and statistics that are trained on come back; those of the mean are kept."""
    loop = small_loop(averaged, workspace, start(averaged, workspace))
    for _ in range(3):
        loop._take_steps(0.0)
    before = loop.network.get_weights()
    loop._end_epoch()
    for one, other in zip(loop.network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    assert all((one != other).any() for one, other in zip(loop.best_weights, before, strict=True))


def test_weights_that_are_no_numbers_are_never_the_best(config: TrainConfig, workspace: Workspace) -> None:
    """The step's loss was finite and the validation's is not: no record, no checkpoint, no kept epoch."""
    loop = small_loop(config, workspace, run := start(config, workspace))
    loop.validate = lambda: {"val_accuracy": 0.9, "val_loss": float("nan"), "val_loss_error": float("nan")}
    with pytest.raises(Diverged):
        loop.run()
    assert loop.position.best_epoch is None
    assert not list(run.checkpoints.iterdir())
    assert not any("val_loss" in record for record in run.records())


def test_early_stopping_ends_when_nothing_gets_better(config: TrainConfig, workspace: Workspace) -> None:
    """With a rate of practically nothing no epoch is better than the first, and patience ends the training."""
    patient = config.model_copy(
        update={"learning_rate": 1e-30, "early_stopping": 2, "epochs": 50, "schedule": "constant"}
    )
    position = small_loop(patient, workspace, start(patient, workspace)).run()
    assert len(position.accuracies) == 3


def test_patience_counts_from_the_least_loss(config: TrainConfig, workspace: Workspace) -> None:
    """Epochs that are nearly as good are kept, but they are not better: patience does not wait for them."""
    patient = config.model_copy(update={"early_stopping": 2, "epochs": 50})
    loop = small_loop(patient, workspace, start(patient, workspace))
    losses = iter([0.3, 0.2, 0.21, 0.205])
    loop.validate = lambda: {"val_accuracy": 0.9, "val_loss": next(losses), "val_loss_error": 0.02}
    position = loop.run()
    assert len(position.losses) == 4
    assert position.best_epoch == 4


def test_an_overfitted_end_is_left_out(config: TrainConfig, workspace: Workspace) -> None:
    """Once the validation loss has risen by more than its error, an earlier epoch's weights remain."""
    loop = small_loop(config.model_copy(update={"epochs": 4}), workspace, start(config, workspace))
    losses, weights = iter([0.3, 0.2, 0.21, 0.4]), []

    def validate() -> dict[str, float]:
        weights.append(loop.network.get_weights())
        return {"val_accuracy": 0.9, "val_loss": next(losses), "val_loss_error": 0.02}

    loop.validate = validate
    assert loop.run().best_epoch == 3
    for remaining, of_the_third in zip(loop.network.get_weights(), weights[2], strict=True):
        np.testing.assert_array_equal(remaining, of_the_third)

"""A model's card, and those of version 0.1."""

from typing import Any

import pytest

from mnist_core.common.errors import UnreadableError
from mnist_core.config.schema import CompressConfig, FineTuneConfig, TrainConfig
from mnist_core.models.card import Card, Compression, Figures, FineTuningData, TrainingData
from tests.evaluation.points import BASE, INT8, point, pruned

OLD: dict[str, Any] = {
    "name": "m", "architecture": "cnn", "parameters": 9, "created": "2026-11-26T20:00:00+00:00", "command": "",
    "energy_threshold": 3.0, "parent": "p", "origin": None, "run": "r", "usable": True,
}  # fmt: skip
TRAINED = {
    **OLD,
    "kind": "trained",
    "config": {"architecture": "cnn", "members": 3, "weight_averaging": 0.9},
    "data": {"name": "mnist", "trained_on": 9, "generated": 2, "validated_on": 3, "tested_on": 4},
    "figures": {"test_accuracy": 0.99, "onnx_difference": 1e-5, "best_epoch": 2.0, "epochs": 3.0, "fit_seconds": 1.5},
}
TUNED = {
    **OLD,
    "kind": "fine-tuned",
    "origin": "first",
    "config": {"model": "p", "doubtful": "learn", "earlier": "unlearn", "trainable": "last half", "variation": 2.0},
    "data": {"drawings": [{"id": 1, "sha256": "a"}], "left_out": ["b"], "replayed": "mnist"},
    "figures": {
        "drawings_before": 0.8, "drawings_after": 0.9, "alpha": 0.4, "greatest_drop": 0.1, "test_accuracy": 0.99,
        "mnist_before": 0.991, "mnist_after": 0.99, "onnx_difference": 1e-5,
    },
}  # fmt: skip


def test_a_trained_model_of_version_0_1() -> None:
    """Every figure has its field, and whole numbers are whole."""
    card = Card.of(TRAINED, "card")
    assert card.config == TrainConfig(ensemble_size=3, ema_decay=0.9)
    assert card.training_data == TrainingData(name="mnist", trained_on=9, synthetic=2, validated_on=3, tested_on=4)
    assert card.figures == Figures(test_accuracy=0.99, onnx_difference=1e-5, best_epoch=2, epochs=3, fit_seconds=1.5)
    assert (card.base, card.initial_weights, card.run, card.mnist_test_accuracy) == ("p", None, "r", 0.99)


def test_a_model_without_a_test_set_was_measured_on_drawings() -> None:
    """That is better than no figure; a test set comes first."""
    card = Card.of(TUNED, "card")
    assert card.measured == card.tested == "99.00% on MNIST"
    unknown = card.model_copy(update={"figures": Figures(drawings_after=0.9)})
    assert (unknown.tested, unknown.measured) == ("", "90% on your drawings")
    assert card.model_copy(update={"figures": Figures()}).measured == ""


def test_a_file_called_mnist_of_version_0_1() -> None:
    """That version took its name for its content; nobody knows what was in it."""
    card = Card.of({**TRAINED, "config": {**TRAINED["config"], "dataset": "~/mnist.npz"}}, "card")
    assert card.mnist_test_accuracy is None
    assert card.tested == "99.00% on mnist.npz"


def test_a_fine_tuned_model_of_version_0_1() -> None:
    """Also where MNIST was at hand, so that its accuracy stood among the figures three times."""
    card = Card.of(TUNED, "card")
    assert card.config == FineTuneConfig(
        model="p", label_issues="include", include_earlier=False, trainable="last-half", augmentation_strength=2.0
    )
    assert card.fine_tuning_data == FineTuningData(learned=1, left_out=1, replayed="mnist")
    assert (card.base, card.initial_weights) == ("p", "first")
    assert (card.figures.alpha, card.figures.test_accuracy, card.mnist_test_accuracy) == (0.4, 0.99, 0.99)


def test_a_card_is_what_it_says_it_is() -> None:
    """Written and read again; one whose time is no time is unreadable, as its page could not show it."""
    card = Card.of(TUNED, "card")
    assert Card.parse(card.text(), "card") == card
    with pytest.raises(UnreadableError, match="created"):
        Card.of({**TRAINED, "created": "yesterday"}, "card")


def test_a_compressed_model_says_how_it_was_made() -> None:
    """Read again as it was; each point of a run counts as made by itself; without an epoch, it trained on nothing."""
    config = CompressConfig(sparsity="80", dataset="mine")
    card = Card(
        name="m", kind="compressed", architecture="cnn", parameters=9, created="", run="r", config=config,
        compression=Compression(point=point(pruned(0.8), INT8), base=BASE), figures=Figures(epochs=2),
    )  # fmt: skip
    assert Card.parse(card.text(), "card") == card
    assert (card.made_in, card.is_int8) == ("r/sparse80-int8", True)
    assert [card.was_trained_on(each) for each in ("mine", "mnist")] == [True, False]
    assert not card.model_copy(update={"figures": Figures()}).was_trained_on("mine")
    assert Card.of(TRAINED, "card").made_in == "r"

"""Teaching a model from a few drawings: small, with the shipped model."""

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mnist_core import handwriting, proposals
from mnist_core.config import FineTuneConfig, TrainConfig
from mnist_core.drawings import Drawing
from mnist_core.engine import architectures, fine_tuning, memory, training
from mnist_core.engine.averaging import heads, with_views, without_views
from mnist_core.engine.export import export
from mnist_core.engine.fine_tuning import ENOUGH, freeze, held_out, interpolate, starting_model
from mnist_core.engine.worker import work
from mnist_core.errors import InputError
from mnist_core.jobs import Job, Jobs, Process
from mnist_core.predictor import Predictor
from mnist_core.registry import SHIPPED, Card, Registry, shipped
from mnist_core.runs import Run
from mnist_core.workspace import Workspace

QUICK = FineTuneConfig(steps=15, batch_size=16, allowed_drop=5)


def written(count: int, *, seed: int = 0, off_by: int = 0) -> list[Drawing]:
    """Drawings by the program's own hand, labelled right, or wrong by `off_by`."""
    random = np.random.default_rng(seed)
    return [Drawing((n + off_by) % 10, handwriting.write(n % 10, random), id=n + 1) for n in range(count)]


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few hundred old digits, so that a test takes seconds."""
    monkeypatch.setattr(memory, "GENERATED", 400)


def tune(config: FineTuneConfig, workspace: Workspace, drawings: list[Drawing]) -> tuple[Job, Run]:
    job = Jobs(workspace).submit("finetune", config, drawings=drawings, by=Process.of(os.getpid()))
    return work(job, workspace, threading.Event()), Run.at(workspace, job.id)


def report_of(run: Run) -> dict[str, Any]:
    report = run.report()
    assert report is not None
    return report


# ---- the recipe's parts


def test_the_held_out_drawings_stay_the_same() -> None:
    """A fixed part by content: more drawings, another order or other labels move none to the other side."""
    drawings = written(120)
    chosen = held_out(drawings)
    assert 15 <= chosen.sum() <= 60
    np.testing.assert_array_equal(held_out(drawings[::-1]), chosen[::-1])
    np.testing.assert_array_equal(held_out(drawings[:70]), chosen[:70])
    np.testing.assert_array_equal(held_out([replace(each, label=0, id=None) for each in drawings]), chosen)


def test_few_drawings_are_all_learned() -> None:
    """Below `ENOUGH` none is held back."""
    assert not held_out(written(ENOUGH - 1)).any()
    assert held_out(written(ENOUGH)).any()


def test_many_small_tunings_start_from_the_first_model(workspace: Workspace) -> None:
    """From the origin if the drawings hold most of what was learned since, else from the model itself."""
    registry, drawings = Registry(workspace), written(4)

    def tuned(name: str, **more: Any) -> Any:
        learned = {"drawings": [{"id": each.id, "sha256": each.sha256} for each in drawings[:3]]}
        card = Card(
            name=name, kind="fine-tuned", architecture="cnn", parameters=1, created="", parent=SHIPPED, data=learned,
            **more,
        )  # fmt: skip
        return registry.add(card, lambda folder: None)

    model = tuned("a", origin=SHIPPED)
    assert starting_model(registry, model, drawings) == shipped()
    assert starting_model(registry, model, drawings[:3]) == shipped()
    assert starting_model(registry, model, drawings[1:]) == shipped()
    assert starting_model(registry, model, [*written(4, seed=9), drawings[0]]) == model
    assert starting_model(registry, tuned("b"), drawings).name == "b"
    assert starting_model(registry, shipped(), drawings) == shipped()


@pytest.mark.parametrize(("trainable", "free"), [("everything", 8), ("last half", 4), ("head", 2)])
def test_the_parts_of_an_ensemble_with_views_are_frozen(trainable: str, free: int) -> None:
    """Views are taken off before, and "head" is one layer for each member."""
    network, views = without_views(with_views(architectures.build(TrainConfig(architecture="fast", members=2)), 3))
    assert views == 3
    freeze(network, trainable)
    convolutions_and_heads = [layer for layer in network.layers if layer.trainable_weights]
    assert len(convolutions_and_heads) <= free
    assert sum(layer.output.shape == (None, 10) for layer in convolutions_and_heads) == 2


def test_an_ensemble_with_views_is_tuned(little_memory: None, workspace: Workspace) -> None:
    """What is proposed has the members and the views that its base had."""
    folder = workspace.root / "new"
    folder.mkdir()
    network = with_views(architectures.build(TrainConfig(architecture="mlp", members=2)), 3)
    export(network, folder, handwriting.generate(20, seed=1)[0])
    card = Card(name="base", kind="trained", architecture="mlp", parameters=1, created="now")
    base = Registry(workspace).add(card, lambda target: training.move_files(folder, target))
    _, run = tune(QUICK.model_copy(update={"model": base.id, "allowed_drop": 100}), workspace, written(12))
    assert report_of(run)["accepted"]
    tuned, views = without_views(keras.models.load_model(run.candidate / "model.keras", compile=False))
    assert views == 3
    assert heads(tuned) == 2


def test_interpolation_goes_from_the_old_to_the_new() -> None:
    """At 0 the old weights, at 1 the new ones, at ½ the middle."""
    old, new = [np.zeros(2, np.float32)], [np.array([2.0, 4.0], np.float32)]
    assert [interpolate(old, new, alpha)[0].tolist() for alpha in (0, 0.5, 1)] == [[0, 0], [1, 2], [2, 4]]


@pytest.mark.parametrize(("trainable", "layers"), [("everything", 5), ("last half", 3), ("head", 1)])
def test_freezing(trainable: str, layers: int) -> None:
    """Batch normalisation is always frozen; of the other layers with weights, the last ones stay trainable."""
    network = keras.models.load_model(shipped().keras, compile=False)
    freeze(network, trainable)
    free = [layer for layer in network.layers if layer.trainable_weights]
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in free)
    assert free[-1].name == "logits"
    assert len(free) <= layers
    with_weights = [layer for layer in network.layers if layer.weights]
    kept = {"everything": len(with_weights), "last half": -(-len(with_weights) // 2), "head": 1}[trainable]
    expected = [la for la in with_weights[-kept:] if not isinstance(la, keras.layers.BatchNormalization)]
    assert [layer.name for layer in free] == [layer.name for layer in expected]


def test_memory_without_mnist_is_written_by_the_program(workspace: Workspace, little_memory: None) -> None:
    """Three quarters to replay, one to judge by; no test set, for there is none to report on."""
    recalled = memory.recall(workspace, shipped().card, seed=0)
    assert recalled.name == "generated digits"
    assert (len(recalled.x), len(recalled.x_validation), recalled.x_test) == (300, 100, None)


def test_memory_of_mnist_keeps_the_start_s_validation_apart(
    real_mnist: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is replayed was not among the starting model's validation images."""
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(real_mnist.parent))
    recalled = memory.recall(workspace, shipped().card, seed=0)
    assert recalled.name == "mnist"
    assert len(recalled.x) == memory.REPLAYED
    kept = {image.tobytes() for image in recalled.x_validation}
    assert sum(image.tobytes() in kept for image in recalled.x) <= 2  # MNIST itself holds a few twins
    assert recalled.x_test is not None
    assert len(recalled.x_test) == 10_000


# ---- whole tunings


def test_a_good_tuning_is_proposed_and_can_be_kept(workspace: Workspace, little_memory: None) -> None:
    """Judged by cross-validation; nothing is registered until it is kept, and then it is loaded."""
    job, run = tune(QUICK, workspace, written(12))
    report = report_of(run)
    assert job.state == "completed"
    assert report["accepted"]
    assert report["reason"] == ""
    assert report["judged_by"] == "cross-validation"
    assert (report["drawings"], report["judged"], report["epochs"]) == (12, 12, 5)
    assert report["drawings_after"] >= report["drawings_before"]
    assert report["mnist_after"] is None
    assert {"fit_seconds", "total_seconds", "base", "alpha", "p_value"} <= set(report)
    assert Registry(workspace).all() == [shipped()]
    card = proposals.pending(run)
    assert card is not None
    assert (card.parent, card.origin) == (SHIPPED, SHIPPED)
    assert len(card.data["drawings"]) == 12
    curve = [record for record in run.records() if "drawings_accuracy" in record]
    assert [record["step"] for record in curve] == [3, 6, 9, 12, 15]
    model = proposals.keep(workspace, run)
    assert Registry(workspace).loaded() == model
    images = np.stack([drawing.image for drawing in written(12)])
    network = keras.models.load_model(model.keras, compile=False)
    np.testing.assert_allclose(Predictor(model.onnx).logits(images), network.predict(images, verbose=0), atol=1e-3)


def test_the_same_seed_tunes_the_same(workspace: Workspace, little_memory: None) -> None:
    """Fine-tuning can be repeated, up to the order in which threads add up sums."""
    reports = [report_of(tune(QUICK.model_copy(update={"steps": 5}), workspace, written(2))[1]) for _ in range(2)]
    for figure in ("drawings_after", "validation_after"):
        assert reports[0][figure] == pytest.approx(reports[1][figure], abs=0.01)


def test_a_tuning_that_forgets_is_refused(workspace: Workspace, little_memory: None) -> None:
    """Wrong labels learned hard, without replay: not proposed, with the reason, and nothing is left to keep."""
    harsh = FineTuneConfig(steps=40, batch_size=32, learning_rate=0.1, replay=0.0, allowed_drop=0.0)
    job, run = tune(harsh, workspace, written(ENOUGH + 10, off_by=1))
    report = report_of(run)
    assert job.state == "completed"
    assert not report["accepted"]
    assert "would forget" in report["reason"]
    assert report["judged_by"] == "held-out drawings"
    assert report["validation_after"] < report["validation_before"]
    assert proposals.pending(run) is None
    with pytest.raises(InputError, match="no proposal"):
        proposals.keep(workspace, run)


def test_too_few_drawings_are_a_sentence(workspace: Workspace) -> None:
    """One is no basis."""
    with pytest.raises(InputError, match="at least 2 drawings, and there are 1"):
        tune(QUICK, workspace, written(1))
    assert Jobs(workspace).page(limit=1)[0].state == "failed"


def test_what_is_no_digit_model_is_not_tuned(workspace: Workspace) -> None:
    """With its name."""
    card = Card(name="odd", kind="imported", architecture="x", parameters=1, created="", usable=False)
    odd = Registry(workspace).add(card, lambda folder: None)
    with pytest.raises(InputError, match="odd is not a digit model"):
        tune(QUICK.model_copy(update={"model": odd.id}), workspace, written(4))


def test_a_stop_ends_it_without_a_proposal(workspace: Workspace, little_memory: None) -> None:
    """As does Discard, which also takes the run."""
    job = Jobs(workspace).submit("finetune", QUICK, drawings=written(4), by=Process.of(os.getpid()))
    Run.at(workspace, job.id).tell("stop")
    assert work(job, workspace, threading.Event()).state == "stopped"
    assert proposals.pending(Run.at(workspace, job.id)) is None


@pytest.mark.parametrize("count", [2, 3, 5])
def test_cross_validation_judges_every_drawing_once(count: int) -> None:
    """However few there are, no drawing is judged by a model that learned it."""

    class Few:
        x, y = np.zeros((count, 28, 28)), np.arange(count)

    folds = list(fine_tuning._Tuning._folds(Few()))  # type: ignore[arg-type] # all that it looks at
    assert sorted(index for _, test in folds for index in test) == list(range(count))
    for train, test in folds:
        assert len(train)
        assert not set(train) & set(test)


def test_what_was_learned_before_is_not_forgotten_by_starting_over(workspace: Workspace, little_memory: None) -> None:
    """A tuning on other drawings starts from the tuned model, and so do those that follow it: that is its origin."""
    first = written(4, seed=1)
    _, run = tune(QUICK, workspace, first)
    kept = proposals.keep(workspace, run) if proposals.pending(run) else None
    assert kept is not None
    assert kept.card.origin == SHIPPED
    second = written(4, seed=2)
    assert starting_model(Registry(workspace), kept, second).id == kept.id
    assert starting_model(Registry(workspace), kept, first[1:]).id == SHIPPED, "a deleted drawing is unlearned"
    assert starting_model(Registry(workspace), kept, [*first, *second]).id == SHIPPED
    _, run = tune(QUICK, workspace, second)
    card = proposals.pending(run)
    assert card is not None
    assert (card.parent, card.origin) == (kept.id, kept.id)


def test_before_is_never_a_model_that_knows_the_drawings_by_heart(workspace: Workspace, little_memory: None) -> None:
    """After a tuning was kept, only drawings that are new to it are judged; too few, and its own start is compared."""
    first = written(4, seed=1)
    _, run = tune(QUICK, workspace, first)
    kept = proposals.keep(workspace, run)
    _, run = tune(QUICK, workspace, [*first, *written(2, seed=2)])
    assert report_of(run)["compared_with"] == shipped().name
    assert report_of(run)["judged"] == 6
    _, run = tune(QUICK, workspace, [*first, *written(12, seed=3)])
    assert report_of(run)["base"] == report_of(run)["compared_with"] == kept.name
    assert report_of(run)["judged"] == 12

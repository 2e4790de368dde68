"""A training from scratch: real ones, small, with a real network."""

import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.presets import PRESETS, title_of
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.backends import devices
from mnist_core.engine.control import Discard, Interrupted, Stop
from mnist_core.engine.networks.build import build
from mnist_core.engine.training import train, training_data
from mnist_core.models.card import TrainingData
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry, shipped
from tests.engine.trainings import Done, Free, best_of, go, start

pytestmark = pytest.mark.usefixtures("one_step_a_call")


def test_a_training_ends_with_a_tested_model(straight: Done) -> None:
    """It is registered with both files, learned something, and its card says from what."""
    model, report = straight.model, straight.report
    assert Registry(straight.workspace).all() == [model, shipped()]
    assert report.model_id == model.id
    assert report.epochs == 2
    assert report.test_accuracy == model.card.figures.test_accuracy > 0.3
    assert report.fit_seconds <= report.total_seconds
    assert report.warnings == []
    assert model.card.training_data == TrainingData(
        name="tiny", trained_on=290, synthetic=20, validated_on=30, tested_on=60
    )
    assert model.card.figures.onnx_difference < 1e-3
    assert model.card.config == straight.config
    assert not straight.run.candidate.exists()


def test_a_training_with_outliers_says_what_it_learned(config: TrainConfig, workspace: Workspace) -> None:
    """The card has what was learned, each image once, the threshold and how far probabilities can be relied on."""
    done = go(config.model_copy(update={"outliers": 100}), workspace, start(config, workspace))
    card = done.model.card
    assert card.digit_score
    assert card.training_data is not None
    assert (card.training_data.trained_on, card.training_data.outliers) == (290, 90)
    assert card.digit_threshold is not None
    refused = card.figures.outliers_refused
    assert refused is not None
    assert 0 <= refused <= 1
    before, after = card.figures.calibration_error_before, card.figures.calibration_error
    assert after == pytest.approx(before, abs=1e-4), "30 images are too few to calibrate on"
    outputs = Predictor.of(done.model).outputs(datasets.load(config.dataset, workspace).x_test)
    assert outputs.scores is not None
    assert np.mean(outputs.scores < card.digit_threshold) < 0.2


def test_the_exported_model_reads_what_keras_reads(straight: Done, tiny_npz: Path) -> None:
    """ONNX and Keras give the same logits, and the reported accuracy can be measured again."""
    data = datasets.load(str(tiny_npz), straight.workspace)
    logits = Predictor(straight.model.onnx).logits(data.x_test)
    network = keras.models.load_model(straight.model.keras, compile=False)
    np.testing.assert_allclose(logits, network.predict(data.x_test, verbose=0), atol=1e-3)
    assert (logits.argmax(axis=1) == data.y_test).mean() == straight.report.test_accuracy


def test_the_progress_ends_complete(straight: Done) -> None:
    """status.json says how far it is; every epoch has its accuracy."""
    progress = straight.run.progress()
    assert (progress.step, progress.total_steps, progress.epoch, progress.epochs) == (16, 16, 2, 2)
    assert len(progress.accuracies) == 2
    assert progress.device == straight.report.device


def test_the_card_s_command_trains_the_same(straight: Done) -> None:
    """The flags in the card give back the config."""
    import shlex

    words = shlex.split(straight.model.card.command)
    assert words[:2] == ["mnist-studio", "train"]
    flags = {flag[2:].replace("-", "_"): value for flag, value in zip(words[2::2], words[3::2], strict=True)}
    assert TrainConfig.checked(**flags) == straight.config


def test_records_are_strict_json(straight: Done) -> None:
    """No NaN and no infinity: any reader can read them."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    for line in (straight.run.folder / "metrics.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=refuse)
    json.loads((straight.model.folder / "card.json").read_text(), parse_constant=refuse)


def damage_none(_: list[Path]) -> None:
    pass


def cut_newest(newest_first: list[Path]) -> None:
    content = newest_first[0].read_bytes()
    newest_first[0].write_bytes(content[: len(content) // 2])


def empty_all(newest_first: list[Path]) -> None:
    for path in newest_first:
        path.write_bytes(b"")


@pytest.mark.parametrize(("damage", "damaged"), [(damage_none, 0), (cut_newest, 1), (empty_all, 2)])
def test_a_resumed_training_is_exactly_the_same(
    damage: Callable[[list[Path]], None], damaged: int, straight: Done, workspace: Workspace
) -> None:
    """Interrupted in mid-epoch: the same weights and records as straight through, also from an older checkpoint.

    A damaged checkpoint is passed over, and the report says so.
    """
    run = start(straight.config, workspace)
    with pytest.raises(Interrupted):
        go(straight.config, workspace, run, Free(11, Interrupted))
    assert Registry(workspace).all() == [shipped()]
    kept = sorted(run.checkpoints.iterdir(), reverse=True)
    assert [path.name for path in kept] == ["000000011.npz", "000000008.npz"]
    damage(kept)
    resumed = go(straight.config, workspace, run)
    for one, other in zip(resumed.weights, straight.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    figures = [
        [(record["step"], record.get("loss"), record.get("val_loss")) for record in done.run.records()]
        for done in (resumed, straight)
    ]
    assert figures[0] == figures[1]
    assert [str(damaged) in warning for warning in resumed.report.warnings] == [True] * bool(damaged)


@pytest.mark.slow
def test_a_resumed_training_with_averaged_weights_is_the_same(averaged: TrainConfig, tmp_path: Path) -> None:
    """What the judged mean needed for itself, its statistics, leaves no trace in what is trained."""
    once, twice = (Workspace.open(tmp_path / name) for name in ("once", "twice"))
    straight = go(averaged, once, start(averaged, once))
    run = start(averaged, twice)
    with pytest.raises(Interrupted):
        go(averaged, twice, run, Free(11, Interrupted))
    for one, other in zip(go(averaged, twice, run).weights, straight.weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_stopping_keeps_the_best_so_far(config: TrainConfig, workspace: Workspace) -> None:
    """In mid-epoch: what has been learned is judged, and the kept epoch's weights are tested and registered."""
    done = go(config, workspace, start(config, workspace), Free(11, Stop))
    judged = [record for record in done.run.records() if "val_accuracy" in record]
    assert [record["step"] for record in judged] == [8, 11]
    best = best_of(judged)
    assert done.report.validation_accuracy == best["val_accuracy"]
    assert done.report.best_epoch == 1 + judged.index(best)
    data = training_data.prepare(config, datasets.load(config.dataset, workspace))
    logits = Predictor(done.model.onnx).logits(data.images[data.validation])
    assert (logits.argmax(axis=1) == data.labels[data.validation]).mean() == pytest.approx(best["val_accuracy"])


@pytest.mark.parametrize("wish", [Discard, Interrupted])
@pytest.mark.parametrize("at", [-2, -1, 16, 17])
def test_wishes_are_heard_outside_the_steps(
    at: int, wish: type[Exception], config: TrainConfig, workspace: Workspace
) -> None:
    """While data are loaded and the network is built, and before and after testing and exporting."""
    run = start(config, workspace)
    with pytest.raises(wish):
        go(config, workspace, run, Free(at, wish))
    assert Registry(workspace).all() == [shipped()]
    assert len(run.records()) == (0 if at < 0 else 18)


def test_a_stop_before_a_resumed_training_goes_on_keeps_what_there_is(
    config: TrainConfig, workspace: Workspace
) -> None:
    """The steps of the first part are worth keeping."""
    run = start(config, workspace)
    with pytest.raises(Interrupted):
        go(config, workspace, run, Free(9, Interrupted))
    done = go(config, workspace, run, Free(-2, Stop))
    assert done.report.stopped is True
    assert max(record["step"] for record in run.records()) == 9


def test_full_memory_halves_the_batch_once(
    config: TrainConfig, workspace: Workspace, full_memory: Callable[[int], None]
) -> None:
    """It begins anew with half the batch, says so, and so does the run's config, for a later resume.

    All devices of this machine are one, which it says, too.
    """
    full_memory(1)
    config = config.model_copy(update={"device": "all"})
    done = go(config, workspace, start(config, workspace))
    assert done.report.warnings[0] == "This machine has one device for a training: cpu."
    assert any("halved to 18" in warning for warning in done.report.warnings)
    halved = config.model_copy(update={"batch_size": 18, "name": config.name or title_of(config)})
    assert done.model.card.config == done.run.config() == halved
    steps = [record["step"] for record in done.run.records() if "loss" in record]
    assert steps == list(range(1, 33))
    assert done.run.progress().warnings == done.report.warnings


def test_a_halved_batch_leaves_the_model_the_name_of_its_run() -> None:
    """The config is no longer that of the preset."""
    config = TrainConfig(**PRESETS["quick"])
    smaller, _, _ = train._with_less_memory(config, "cpu", halved=False)
    assert title_of(smaller) != "quick"
    assert smaller.name == "quick"
    assert train._with_less_memory(config.model_copy(update={"name": "mine"}), "cpu", halved=False)[0].name == "mine"


def test_after_a_full_gpu_comes_the_cpu() -> None:
    """First half the batch on the same GPU, then the CPU, each said in a sentence."""
    config = TrainConfig(batch_size=100)
    smaller, device, warning = train._with_less_memory(config, "gpu:0", halved=False)
    assert (smaller.batch_size, device) == (50, "gpu:0")
    assert "halved to 50" in warning
    on_cpu, device, warning = train._with_less_memory(smaller, "gpu:0", halved=True)
    assert (on_cpu.batch_size, on_cpu.device, device) == (50, "cpu", "cpu")
    assert "moved to the CPU" in warning


def test_a_device_that_is_not_there_is_refused(config: TrainConfig, workspace: Workspace) -> None:
    """With those that are."""
    wanted = config.model_copy(update={"device": "gpu:7"})
    with pytest.raises(InputError, match=r"no gpu:7\. Allowed: auto, .*cpu"):
        go(wanted, workspace, start(wanted, workspace))


def test_warming_up_leaves_no_trace(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next network's layers are named as the first one's; a GPU's memory stays free, for nothing is built there."""
    keras.utils.clear_session()
    names = [layer.name for layer in build(config).layers]
    train.warm_up()
    assert [layer.name for layer in build(config).layers] == names
    monkeypatch.setattr(devices, "available", lambda: ["gpu:0", "cpu"])
    monkeypatch.setattr(train, "compile_network", lambda *_: pytest.fail("something was built"))
    train.warm_up()


def test_mixed_precision_is_kept_and_exported_in_float32(config: TrainConfig, workspace: Workspace) -> None:
    """What was trained in float16 predicts like any other model."""
    mixed = config.model_copy(update={"precision": "mixed_float16", "epochs": 1})
    done = go(mixed, workspace, start(mixed, workspace))
    network = keras.models.load_model(done.model.keras, compile=False)
    assert {layer.dtype_policy.name for layer in network.layers[1:]} <= {"float32", "uint8"}

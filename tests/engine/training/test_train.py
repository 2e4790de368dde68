"""A training from scratch: real ones, small, with a real network."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.presets import PRESETS
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.backends import devices
from mnist_core.engine.control import Discard, Interrupted, Stop
from mnist_core.engine.export.onnx import export
from mnist_core.engine.networks import architectures
from mnist_core.engine.training import checkpoints, train, training_data
from mnist_core.engine.training.graph import compile_graph, make_optimizer, training_graph
from mnist_core.engine.training.health import diagnose
from mnist_core.engine.training.loop import Diverged, Loop
from mnist_core.engine.training.position import Position
from mnist_core.engine.worker import work
from mnist_core.evaluation.epoch_selection import kept
from mnist_core.jobs.queue import Jobs, Process
from mnist_core.jobs.runs import Run
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Model, Registry, shipped


@pytest.fixture(scope="module", autouse=True)
def _one_step_a_call() -> Iterator[None]:
    """So that a test can say after which step something happens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mnist_core.engine.training.loop.CALL_S", 0.0)
        yield


class Free:
    """A control that wants nothing, until step `at`, from when on it raises `wish`."""

    LOOKS_BEFORE = 2
    """While the data are loaded and the network is built."""

    def __init__(self, at: int = 10**9, wish: type[Exception] = Stop) -> None:
        self.at, self.wish, self.steps = at, wish, -self.LOOKS_BEFORE

    def check(self) -> float:
        if self.steps == self.at:
            raise self.wish
        self.steps += 1
        return 0.0


@dataclass
class Done:
    """A training that ended well."""

    workspace: Workspace
    run: Run
    config: TrainConfig
    model: Model
    report: dict[str, Any]

    @property
    def weights(self) -> list[npt.NDArray[Any]]:
        loaded: list[npt.NDArray[Any]] = keras.models.load_model(self.model.keras, compile=False).get_weights()
        return loaded


@pytest.fixture(scope="module")
def config(tiny_npz: Path) -> TrainConfig:
    """Two epochs of eight steps, with all that is random: dropout, augmentation, generated digits."""
    return TrainConfig(
        architecture="mlp",
        dataset=str(tiny_npz),
        epochs=2,
        batch_size=36,
        dropout=0.3,
        rotation=10,
        synthetic_samples=20,
    )


def start(config: TrainConfig, workspace: Workspace, run_id: str = "r") -> Run:
    return Run.create(workspace, run_id, "train", config)


def go(config: TrainConfig, workspace: Workspace, run: Run, control: Any = None) -> Done:
    return Done(workspace, run, config, *train.train(config, workspace, run, control or Free()))


def small_loop(config: TrainConfig, workspace: Workspace, run: Run) -> Loop:
    """The loop of a training, without its test and export."""
    data = training_data.prepare(config, datasets.load(config.dataset, workspace))
    _, loop = train._loop(config, data, run, Free(), "cpu", lambda _: None)
    return loop


@pytest.fixture(scope="module")
def straight(config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The training, from start to end."""
    workspace = Workspace.open(tmp_path_factory.mktemp("straight"))
    return go(config, workspace, start(config, workspace))


def layers_of(record: dict[str, Any]) -> set[str]:
    """Whose gradients were recorded; Keras numbers the layers of a process's second network."""
    return {name.split("_")[0] for name in record["gradient_norms"]}


def best_of(judged: list[dict[str, Any]]) -> dict[str, Any]:
    """The record of the epoch whose weights remain."""
    return judged[kept(*([record[name] for record in judged] for name in ("val_loss", "val_loss_error")))]


# ---- one real training


def test_a_training_ends_with_a_tested_model(straight: Done) -> None:
    """It is registered with both files, learned something, and its card says from what."""
    model, report = straight.model, straight.report
    assert Registry(straight.workspace).all() == [model, shipped()]
    assert report["model_id"] == model.id
    assert report["epochs"] == 2
    assert report["test_accuracy"] == model.card.figures["test_accuracy"] > 0.3
    assert report["fit_seconds"] <= report["total_seconds"]
    assert report["warnings"] == []
    assert model.card.data == {
        "name": "tiny", "trained_on": 290, "synthetic_samples": 20, "validated_on": 30, "tested_on": 60,
    }  # fmt: skip
    assert model.card.figures["onnx_difference"] < 1e-3
    assert model.card.config == straight.config.model_dump()
    assert not straight.run.candidate.exists()


def test_the_exported_model_reads_what_keras_reads(straight: Done, tiny_npz: Path) -> None:
    """ONNX and Keras give the same logits, and the reported accuracy can be measured again."""
    data = datasets.load(str(tiny_npz), straight.workspace)
    logits = Predictor(straight.model.onnx).logits(data.x_test)
    network = keras.models.load_model(straight.model.keras, compile=False)
    np.testing.assert_allclose(logits, network.predict(data.x_test, verbose=0), atol=1e-3)
    assert (logits.argmax(axis=1) == data.y_test).mean() == straight.report["test_accuracy"]


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
    assert straight.report["validation_accuracy"] == best_of(judged)["val_accuracy"]


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


def test_the_progress_ends_complete(straight: Done) -> None:
    """status.json says how far it is; every epoch has its accuracy."""
    progress = straight.run.progress()
    assert (progress.step, progress.total_steps, progress.epoch, progress.epochs) == (16, 16, 2, 2)
    assert len(progress.accuracies) == 2
    assert progress.device == straight.report["device"]


def test_the_card_s_command_trains_the_same(straight: Done) -> None:
    """The flags in the card give back the config."""
    import shlex

    words = shlex.split(straight.model.card.command)
    assert words[:4] == ["python", "-m", "mnist_core", "train"]
    flags = {flag[2:].replace("-", "_"): value for flag, value in zip(words[4::2], words[5::2], strict=True)}
    assert TrainConfig.checked(**flags) == straight.config


# ---- interruption


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
    assert [str(damaged) in warning for warning in resumed.report["warnings"]] == [True] * bool(damaged)


@pytest.fixture(scope="module")
def averaged(config: TrainConfig) -> TrainConfig:
    """With batch normalisation, the optimizer of the presets, and a mean of the weights."""
    changes = {"architecture": "fast", "ema_decay": 0.9, "momentum": 0.6, "learning_rate": 0.02}
    return config.model_copy(update=changes)


def test_a_resumed_training_with_averaged_weights_is_the_same(averaged: TrainConfig, tmp_path: Path) -> None:
    """What the judged mean needed for itself, its statistics, leaves no trace in what is trained."""
    once, twice = (Workspace.open(tmp_path / name) for name in ("once", "twice"))
    straight = go(averaged, once, start(averaged, once))
    run = start(averaged, twice)
    with pytest.raises(Interrupted):
        go(averaged, twice, run, Free(11, Interrupted))
    for one, other in zip(go(averaged, twice, run).weights, straight.weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


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


def test_checkpoints_survive_any_damage(workspace: Workspace) -> None:
    """Cut off at, or flipped in, 60 random places: the newest is restored whole, or the one before it is."""
    graph = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dropout(0.5)])
    graph.compile("adam", "mse")
    graph.optimizer.build(graph.trainable_variables)
    values = {}
    for step in (1, 2):
        graph.set_weights([np.full((3, 4), step), np.full(4, step)])
        checkpoints.save(workspace.root, graph, {"step": step, "best": [0.5, -0.1]}, [np.full(3, step)])
        values[step] = step
    newest = workspace.root / "000000002.npz"
    good = newest.read_bytes()
    random = np.random.default_rng(0)
    seen = set()
    for number in range(60):
        content = bytearray(good)
        content[random.integers(len(good))] ^= 1 << random.integers(8)
        newest.write_bytes(content if number % 2 else good[: random.integers(len(good))])
        graph.set_weights([np.zeros((3, 4)), np.zeros(4)])
        restored = checkpoints.restore(workspace.root, graph)
        assert restored.position is not None
        step = restored.position["step"]
        assert restored.damaged == (step == 1)
        assert [float(weights.flat[0]) for weights in graph.get_weights()] == [step, step]
        assert restored.extra[0].tolist() == [step] * 3
        seen.add(step)
    assert 1 in seen


def test_two_checkpoints_are_kept(workspace: Workspace) -> None:
    """Older ones go."""
    graph = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    graph.compile("sgd", "mse")
    for step in range(5):
        checkpoints.save(workspace.root / "runs", graph, {"step": step}, [])
    assert sorted(path.name for path in (workspace.root / "runs").iterdir()) == ["000000003.npz", "000000004.npz"]


# ---- stopping


def test_stopping_keeps_the_best_so_far(config: TrainConfig, workspace: Workspace) -> None:
    """In mid-epoch: what has been learned is judged, and the kept epoch's weights are tested and registered."""
    done = go(config, workspace, start(config, workspace), Free(11, Stop))
    judged = [record for record in done.run.records() if "val_accuracy" in record]
    assert [record["step"] for record in judged] == [8, 11]
    best = best_of(judged)
    assert done.report["validation_accuracy"] == best["val_accuracy"]
    assert done.report["best_epoch"] == 1 + judged.index(best)
    data = training_data.prepare(config, datasets.load(config.dataset, workspace))
    logits = Predictor(done.model.onnx).logits(data.images[data.validation])
    assert (logits.argmax(axis=1) == data.labels[data.validation]).mean() == pytest.approx(best["val_accuracy"])


def submit(config: TrainConfig, workspace: Workspace, command: Any = "run") -> Run:
    job = Jobs(workspace).submit("train", config, by=Process.of(os.getpid()))
    run = Run.at(workspace, job.id)
    run.tell(command)
    return run


def do(run: Run, workspace: Workspace, owner_gone: threading.Event | None = None) -> str:
    return work(Jobs(workspace).get(run.id), workspace, owner_gone or threading.Event()).state


def test_stopping_before_the_first_step_keeps_nothing(config: TrainConfig, workspace: Workspace) -> None:
    """An untrained network is no result."""
    run = submit(config, workspace, "stop")
    assert do(run, workspace) == "stopped"
    assert "anything to keep" in Jobs(workspace).get(run.id).message
    assert Registry(workspace).all() == [shipped()]


def test_discarding_leaves_nothing(config: TrainConfig, workspace: Workspace) -> None:
    """No job, no folder, no model."""
    run = submit(config, workspace, "discard")
    assert do(run, workspace) == "stopped"
    assert Jobs(workspace).count() == 0
    assert not run.folder.exists()
    assert Registry(workspace).all() == [shipped()]
    with pytest.raises(Discard):
        go(config, workspace, start(config, workspace), Free(3, Discard))
    assert Registry(workspace).all() == [shipped()]


def test_a_trainer_whose_owner_is_gone_can_be_resumed(config: TrainConfig, workspace: Workspace) -> None:
    """It saves, is interrupted, and completes when it is claimed again."""
    run = submit(config, workspace)
    gone = threading.Event()
    gone.set()
    assert do(run, workspace, gone) == "interrupted"
    assert "from its last checkpoint" in Jobs(workspace).get(run.id).message
    Jobs(workspace).claim(run.id, Process.of(os.getpid()))
    assert do(run, workspace) == "completed"
    assert Jobs(workspace).get(run.id).model_id == Registry(workspace).all()[0].id


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


def test_a_stop_while_exporting_changes_nothing(
    config: TrainConfig, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All steps were done, so the training is complete."""
    run = submit(config, workspace)

    def stop_and_export(*arguments: Any) -> float:
        run.tell("stop")
        return export(*arguments)

    monkeypatch.setattr("mnist_core.engine.training.register.export", stop_and_export)
    assert do(run, workspace) == "completed"
    assert (run.report() or {})["stopped"] is False


def test_a_stop_before_a_resumed_training_goes_on_keeps_what_there_is(
    config: TrainConfig, workspace: Workspace
) -> None:
    """The steps of the first part are worth keeping."""
    run = start(config, workspace)
    with pytest.raises(Interrupted):
        go(config, workspace, run, Free(9, Interrupted))
    done = go(config, workspace, run, Free(-2, Stop))
    assert done.report["stopped"] is True
    assert max(record["step"] for record in run.records()) == 9


@pytest.mark.parametrize("cut_off_at", ["write_report", "set_state"])
def test_a_run_registers_one_model(
    cut_off_at: str, config: TrainConfig, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off after it was registered, and resumed: the same model, and the job and its report are complete."""
    run = submit(config, workspace)

    def cut_off(self: Any, *arguments: Any, **more: Any) -> None:
        if cut_off_at == "write_report" or more:
            raise KeyboardInterrupt
        original(self, *arguments)

    owner = Run if cut_off_at == "write_report" else Jobs
    original = getattr(owner, cut_off_at)
    with monkeypatch.context() as patch:
        patch.setattr(owner, cut_off_at, cut_off)
        with pytest.raises(KeyboardInterrupt):
            do(run, workspace)
    Jobs(workspace).claim(run.id, Process.of(os.getpid()))
    assert do(run, workspace) == "completed"
    (model, _) = Registry(workspace).all()
    assert Jobs(workspace).get(run.id).model_id == model.id == (run.report() or {})["model_id"]


# ---- what goes wrong


def test_a_diverging_training_fails_with_advice(config: TrainConfig, workspace: Workspace) -> None:
    """The loss becomes NaN: nothing is registered, the job says what to try."""
    wild = config.model_copy(
        update={"optimizer": "sgd", "learning_rate": 10.0, "l2": 0.1, "schedule": "constant", "epochs": 40}
    )
    run = submit(wild, workspace)
    with pytest.raises(StudioError, match="ten times smaller"):
        do(run, workspace)
    job = Jobs(workspace).get(run.id)
    assert job.state == "failed"
    assert "ten times smaller" in job.message
    assert Registry(workspace).all() == [shipped()]
    for path in run.checkpoints.iterdir():
        with np.load(path) as file:
            assert all(np.isfinite(file[name]).all() for name in file)


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


def test_a_checkpoint_of_an_older_version_keeps_its_best_epoch() -> None:
    """It told of the best epoch's loss only; a later, worse epoch does not take its place, a better one does."""
    old = {"step": 24, "elapsed_s": 3.0, "accuracies": [0.8, 0.9, 0.85], "warnings": []}
    position = Position.stored({**old, "best_epoch": 2, "best_score": [-0.2, 0.9]})
    assert (position.step, position.best_epoch, position.epochs_without_better) == (24, 2, 1)
    for loss, best in ((0.25, 2), (0.15, 5)):
        position.losses.append(loss)
        position.errors.append(0.02)
        assert position.best_epoch == best


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


class ResourceExhaustedError(Exception):
    """As TensorFlow names it."""


@pytest.fixture
def full_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes the fourth step of the next `times` attempts fail for lack of memory."""

    def fill(times: int) -> None:
        take_steps, left = Loop._take_steps, [times]

        def short_of_held_out_images(loop: Loop, start: float) -> None:
            if loop.position.step == 3 and left[0]:
                left[0] -= 1
                raise ResourceExhaustedError("OOM when allocating tensor")
            take_steps(loop, start)

        monkeypatch.setattr(Loop, "_take_steps", short_of_held_out_images)

    return fill


def test_full_memory_halves_the_batch_once(
    config: TrainConfig, workspace: Workspace, full_memory: Callable[[int], None]
) -> None:
    """It begins anew with half the batch, says so, and so does the run's config, for a later resume."""
    full_memory(1)
    done = go(config, workspace, start(config, workspace))
    assert any("halved to 18" in warning for warning in done.report["warnings"])
    assert done.model.card.config["batch_size"] == 18
    assert done.run.config() == config.model_copy(update={"batch_size": 18})
    steps = [record["step"] for record in done.run.records() if "loss" in record]
    assert steps == list(range(1, 33))
    assert done.run.progress().warnings == done.report["warnings"]


def test_memory_that_stays_full_is_a_sentence(
    config: TrainConfig, workspace: Workspace, full_memory: Callable[[int], None]
) -> None:
    """On the CPU there is nothing left to try after the smaller batch."""
    full_memory(9)
    run = submit(config, workspace)
    with pytest.raises(StudioError, match="memory is full, even with half"):
        do(run, workspace)
    assert Jobs(workspace).get(run.id).state == "failed"


def test_after_a_full_gpu_comes_the_cpu() -> None:
    """First half the batch on the same GPU, then the CPU, each said in a sentence."""
    config = TrainConfig(batch_size=100)
    smaller, device, warning = train._with_less_memory(config, "gpu:0", halved=False)
    assert (smaller.batch_size, device) == (50, "gpu:0")
    assert "halved to 50" in warning
    on_cpu, device, warning = train._with_less_memory(smaller, "gpu:0", halved=True)
    assert (on_cpu.batch_size, on_cpu.device, device) == (50, "cpu", "cpu")
    assert "the CPU is used" in warning


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (ResourceExhaustedError("OOM when allocating"), True),
        (RuntimeError("CUDA out of memory. Tried to allocate"), True),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory"), True),
        (MemoryError(), True),
        (RuntimeError("shape mismatch"), False),
        (ValueError(), False),
    ],
)
def test_every_backend_s_full_memory_is_known(error: Exception, full: bool) -> None:
    """By the error's name or words; other errors pass as they are."""
    assert devices.is_out_of_memory(error) == full
    with pytest.raises(devices.OutOfMemory if full else type(error)), devices.naming_out_of_held_out_images():
        raise error


def test_a_device_that_is_not_there_is_refused(config: TrainConfig, workspace: Workspace) -> None:
    """With those that are."""
    wanted = config.model_copy(update={"device": "gpu:7"})
    with pytest.raises(InputError, match=r"no gpu:7\. Allowed: auto, .*cpu"):
        go(wanted, workspace, start(wanted, workspace))


def test_warming_up_leaves_no_trace(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next network's layers are named as the first one's; a GPU's memory stays free, for nothing is built there."""
    keras.utils.clear_session()
    names = [layer.name for layer in architectures.build(config).layers]
    train.warm_up()
    assert [layer.name for layer in architectures.build(config).layers] == names
    monkeypatch.setattr(devices, "available", lambda: ["gpu:0", "cpu"])
    monkeypatch.setattr(train, "build_graph", lambda *_: pytest.fail("something was built"))
    train.warm_up()


# ---- every choice does something


@pytest.mark.parametrize(
    ("optimizer", "rate", "precision"),
    [
        ("adam", 0.001, "float32"), ("adamw", 0.001, "float32"), ("rmsprop", 0.0001, "float32"),
        ("sgd", 0.003, "float32"), ("sgd", 0.003, "mixed_float16"), ("adam", 0.001, "mixed_bfloat16"),
        ("muon", 0.001, "float32"), ("muon", 0.001, "mixed_float16"),
    ],
)  # fmt: skip
def test_every_optimizer_learns_and_is_watched(
    optimizer: Any, rate: float, precision: Any, config: TrainConfig, workspace: Workspace
) -> None:
    """The loss falls over two epochs and each layer's gradient is recorded, in float16 too."""
    chosen = config.model_copy(update={"optimizer": optimizer, "precision": precision, "learning_rate": rate})
    run = start(chosen, workspace)
    small_loop(chosen, workspace, run).run()
    records = [record for record in run.records() if "loss" in record]
    assert np.mean([record["loss"] for record in records[-4:]]) < np.mean([record["loss"] for record in records[:4]])
    assert all(layers_of(record) == {"dense", "logits"} for record in records)


def test_mixed_precision_is_kept_and_exported_in_float32(config: TrainConfig, workspace: Workspace) -> None:
    """What was trained in float16 predicts like any other model."""
    mixed = config.model_copy(update={"precision": "mixed_float16", "epochs": 1})
    done = go(mixed, workspace, start(mixed, workspace))
    network = keras.models.load_model(done.model.keras, compile=False)
    assert {layer.dtype_policy.name for layer in network.layers[1:]} <= {"float32", "uint8"}


@pytest.mark.parametrize(("field", "value"), [("l2", 0.1), ("l1", 0.01), ("label_smoothing", 0.3)])
def test_penalties_and_smoothing_raise_the_loss(field: str, value: float, workspace: Workspace) -> None:
    """They are part of what is minimised."""
    images, targets = np.zeros((4, 28, 28), np.uint8), np.eye(10, dtype=np.float32)[:4]
    losses = []
    for config in (TrainConfig(architecture="mlp"), TrainConfig.checked(architecture="mlp", **{field: value})):
        network = architectures.build(config)
        network.layers[-1].set_weights([network.layers[-1].get_weights()[0], np.r_[5.0, np.zeros(9)]])
        graph = training_graph(network, images, config, 0)
        compile_graph(graph, make_optimizer(config), config.label_smoothing)
        losses.append(graph.evaluate(np.arange(1), targets[:1], verbose=0)[0])
    assert losses[1] > losses[0] + 0.01


def test_samples_and_generated_digits_count(config: TrainConfig, workspace: Workspace) -> None:
    """Few samples are trained on, and what the program writes is added, never to the validation images."""
    chosen = config.model_copy(update={"train_subset": 50, "generated": 30})
    data = training_data.prepare(chosen, datasets.load(chosen.dataset, workspace))
    assert len(data.train) == 80
    assert len(data.validation) == 30
    assert (data.train >= 300).sum() == 30
    assert (data.validation < 300).all()
    assert not set(data.train) & set(data.validation)


def test_every_epoch_shows_every_image_once_in_another_order(config: TrainConfig) -> None:
    """The batches are a function of seed and step alone."""
    indices = np.arange(100)
    plan = training_data.epoch_plan(config.model_copy(update={"batch_size": 10, "epochs": 2}), indices)
    epochs = [np.concatenate([plan.batch(step) for step in range(start, start + 10)]) for start in (0, 10)]
    assert plan.total_steps == 20
    assert all(sorted(epoch) == list(range(100)) for epoch in epochs)
    assert (epochs[0] != epochs[1]).any()
    np.testing.assert_array_equal(plan.batch(3), epochs[0][30:40])


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_builds(preset: str) -> None:
    """Each can be trained, and a network, or each of an ensemble's, is small enough for a laptop."""
    config = TrainConfig(**PRESETS[preset])
    assert architectures.build(config).count_params() < 1_000_000 * config.ensemble_size


@pytest.mark.parametrize(
    ("norms", "says"),
    [
        ({"a": 1.0, "b": 0.1}, None),
        ({"a": 5e3, "b": 1.0}, "Exploding.* a's"),
        ({"a": 1.0, "b": 1e-9}, "Vanishing.* b's"),
    ],
)
def test_sick_gradients_are_named(norms: dict[str, float], says: str | None) -> None:
    """With the layer, and what to try."""
    import re

    warning = diagnose(norms)
    assert (warning is None) if says is None else re.search(says, warning or "")


def test_records_are_strict_json(straight: Done) -> None:
    """No NaN and no infinity: any reader can read them."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    for line in (straight.run.folder / "metrics.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=refuse)
    json.loads((straight.model.folder / "card.json").read_text(), parse_constant=refuse)

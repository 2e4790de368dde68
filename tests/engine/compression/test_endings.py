"""How a compression ends: well, by a Stop or a failure at any time, and what it leaves then."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mnist_core.common.errors import StudioError
from mnist_core.common.language import Text
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import CompressConfig, TrainConfig
from mnist_core.engine.backends import saved
from mnist_core.engine.backends.devices import OutOfMemory
from mnist_core.engine.compression import files, low_rank, stages
from mnist_core.engine.compression.compress import compress
from mnist_core.engine.compression.fitting import Stage
from mnist_core.engine.compression.material import Material
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Discard, Interrupted, Stop
from mnist_core.engine.fine_tuning.trainable_layers import freeze
from mnist_core.engine.training.position import Position
from mnist_core.jobs import points
from mnist_core.jobs.progress import Phase, Progress
from mnist_core.jobs.runs import Run
from mnist_core.models.input_form import Inputs
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry
from tests.engine.trainings import Free

FLAT_GRADIENT = Text("The gradient vanishes.")


class From:
    """A control that wants the run to end from the moment on when a phase begins."""

    def __init__(self, phase: Phase, wish: type[Exception]) -> None:
        self.phase, self.wish, self.is_there = phase, wish, False

    def see(self, progress: Progress) -> None:
        self.is_there |= progress.phase == self.phase

    def check(self) -> float:
        if self.is_there:
            raise self.wish
        return 0.0


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[Stage]:
    """The stages whose trainings do nothing and end at once."""
    done: list[Stage] = []

    def fit(_context: object, stage: Stage, *_others: object) -> Position:
        done.append(stage)
        return Position(warnings=[FLAT_GRADIENT])

    monkeypatch.setattr(stages, "fit", fit)
    return done


@pytest.fixture
def context(base: tuple[Workspace, Model], request: pytest.FixtureRequest) -> Callable[..., RunContext[CompressConfig]]:
    """A new run of a compression of the base, or of another model, with these settings."""
    workspace, model = base

    def made(control: Any = None, model: Model = model, **settings: Any) -> RunContext[CompressConfig]:
        assert isinstance(base[1].card.config, TrainConfig)
        values = {"dataset": base[1].card.config.dataset, "epochs": 1, "batch_size": 36, "int8": False}
        config = CompressConfig.checked(**{"model": model.id, **values, **settings})
        run = Run.create(workspace, f"r{abs(hash(request.node.name))}", "compress", config)
        return RunContext(config, workspace, run, control or Free(), getattr(control, "see", lambda _: None))

    return made


def _left(run: Run) -> list[str]:
    return sorted(each.name for each in run.points.iterdir()) if run.points.exists() else []


@pytest.mark.usefixtures("fitted")
@pytest.mark.parametrize(
    ("phase", "settings", "key"),
    [
        ("quantizing", {"int8": True}, "int8"),
        ("measuring", {"int8": True}, "int8"),
        ("measuring", {"sparsity": "50"}, "sparse50"),
    ],
)
def test_a_stop_after_the_last_model_loses_nothing(
    phase: Phase, settings: dict[str, Any], key: str, context: Any
) -> None:
    """All models are there already, so they are measured."""
    around = context(From(phase, Stop), **settings)
    report = compress(around)
    assert not report.stopped
    assert [each.key for each in report.points] == ["base", key]
    assert points.keys(around.run) == _left(around.run) == [key]


@pytest.mark.usefixtures("fitted")
@pytest.mark.parametrize("wish", [Discard, Interrupted])
def test_another_end_while_measuring_leaves_no_files(wish: type[Exception], context: Any) -> None:
    """Nothing could be done with them."""
    around = context(From("measuring", wish), sparsity="50")
    with pytest.raises(wish):
        compress(around)
    assert _left(around.run) == []


@pytest.mark.parametrize("error", [StudioError("It diverged."), OutOfMemory()], ids=["diverged", "memory"])
def test_a_step_that_fails_keeps_those_before(
    error: Exception, fitted: list[Stage], monkeypatch: pytest.MonkeyPatch, context: Any
) -> None:
    """The report says why the others are missing."""
    fit = stages.fit

    def fails_second(*arguments: Any) -> Position:
        if fitted:
            raise error
        return fit(*arguments)

    monkeypatch.setattr(stages, "fit", fails_second)
    around = context(sparsity="50, 95")
    report = compress(around)
    assert [each.key for each in report.points] == ["base", "sparse50"]
    assert points.keys(around.run) == _left(around.run) == ["sparse50"]
    said = report.warnings[-1]
    assert "The models before it are finished" in said
    assert ("It diverged." if isinstance(error, StudioError) else "out of memory") in said


@pytest.mark.usefixtures("fitted")
@pytest.mark.parametrize("keys", [[], ["sparse50"]])
def test_a_file_that_cannot_be_made_leaves_nothing_half(
    keys: list[str], monkeypatch: pytest.MonkeyPatch, context: Any
) -> None:
    """Neither the folder of that model nor, if there is no other, an error that is hidden."""

    def fail(_source: object, target: Path, _images: object) -> None:
        target.write_bytes(b"half")
        raise StudioError("ONNX Runtime cannot quantize it.")

    def only_pruned(self: stages.Work, candidate: Any) -> Any:
        return _in_int8(self, candidate) if candidate.steps or not keys else iter(())

    _in_int8 = stages.Work._in_int8
    monkeypatch.setattr(files, "quantize", fail)
    monkeypatch.setattr(stages.Work, "_in_int8", only_pruned)
    around = context(sparsity="50", int8=True)
    if keys:
        compress(around)
    else:
        with pytest.raises(StudioError, match="cannot quantize"):
            compress(around)
    assert points.keys(around.run) == _left(around.run) == keys


def test_what_the_trainings_say_is_told(fitted: list[Stage], context: Any) -> None:
    """Once, in the report and in the progress of the trainings after it."""
    report = compress(context(sparsity="50, 80"))
    assert report.warnings == (FLAT_GRADIENT,)
    assert [each.warnings for each in fitted] == [(), (FLAT_GRADIENT,)]


def test_a_step_that_is_not_possible_is_not_promised(
    fitted: list[Stage], monkeypatch: pytest.MonkeyPatch, context: Any
) -> None:
    """The progress counts the epochs that there will be, and the warning comes before the first one."""
    monkeypatch.setattr(low_rank, "FEWEST", 10**9)
    compress(context(low_rank=0.5, sparsity="50, 80"))
    assert [(each.phase, each.epochs_in_all) for each in fitted] == [("pruning", 2), ("pruning", 2)]
    assert "no layer that is large enough" in fitted[0].warnings[0]


def test_without_an_epoch_nothing_was_trained_on(context: Any) -> None:
    """The weights have changed all the same."""
    around = context(sparsity="50", epochs=0)
    compress(around)
    (card,) = points.cards(around.run)
    assert card.training_data is not None
    assert (card.training_data.trained_on, card.figures.epochs) == (0, None)
    assert not card.was_trained_on(around.config.dataset)


def _changed(workspace: Workspace, model: Model, change: Callable[[keras.Model], keras.Model], **card: Any) -> Model:
    """A copy whose card differs, with a network that differs in its structure."""
    network = change(saved.network_of(model))

    def write(folder: Path) -> None:
        (folder / "model.onnx").write_bytes(model.onnx.read_bytes())
        network.save(folder / "model.keras")

    return Registry(workspace).add(model.card.model_copy(update={"run": None, **card}), write)


def test_the_base_is_measured_as_it_is(base: tuple[Workspace, Model], context: Any) -> None:
    """By the threshold on its card, whatever the validation images are."""
    workspace, model = base
    images = _non_digits()
    scores = Predictor.of(model).outputs(images).digit_scores
    threshold = float(np.median(scores))
    strict = _changed(workspace, model, lambda network: network, digit_threshold=threshold)
    around = context(model=strict, int8=True)
    first, _int8 = compress(around).points
    assert first.refused == (scores < threshold).mean() == 0.5
    (card,) = points.cards(around.run)
    assert card.digit_threshold == pytest.approx(threshold, abs=1)


def _non_digits() -> Any:
    """Those of every compression here."""
    return Material.non_digits.func(None)  # type: ignore[attr-defined]


def test_a_model_that_reads_badly_stays_one(base: tuple[Workspace, Model], context: Any) -> None:
    """Its smaller versions cannot be activated by accident either."""
    inputs = Inputs(scale="x", inverted=False, right=1, count=100, digits="synthetic")
    bad = _changed(*base, lambda network: network, inputs=inputs)
    around = context(model=bad, int8=True)
    compress(around)
    assert points.keep(around.workspace, around.run, "int8").reads_badly


def _frozen(network: keras.Model) -> keras.Model:
    freeze(network, "head")
    return network


def _nested(network: keras.Model) -> keras.Model:
    image = keras.Input((28, 28), dtype="uint8")
    return keras.Model(image, network(image))


@pytest.mark.parametrize("change", [_frozen, _nested])
def test_every_layer_is_compressed(change: Any, base: tuple[Workspace, Model], context: Any) -> None:
    """Those that a fine-tuning has frozen, and those of a network inside a network."""
    around = context(model=_changed(*base, change), low_rank=0.5, sparsity="80", epochs=0)
    whole, thin, pruned = compress(around).points
    assert thin.parameters < 0.6 * whole.parameters
    assert pruned.nonzero < 0.25 * thin.parameters

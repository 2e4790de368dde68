"""What every architecture of the table can do: build, learn, resume, export, come back, and be fine-tuned."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest

from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.architectures import ARCHITECTURES
from mnist_core.config.schema import FineTuneConfig, Precision, TrainConfig
from mnist_core.data import datasets, synthetic
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Interrupted
from mnist_core.engine.export import tensorflow_files
from mnist_core.engine.export.onnx import export, in_float32
from mnist_core.engine.export.runtimes import RUNTIMES
from mnist_core.engine.export.untrusted import open_model
from mnist_core.engine.fine_tuning.fine_tuner import FineTuner
from mnist_core.engine.fine_tuning.replay_buffer import ReplayBuffer
from mnist_core.engine.fine_tuning.trainable_layers import freeze
from mnist_core.engine.networks import parts
from mnist_core.engine.networks.build import build
from mnist_core.engine.training import train, training_data
from mnist_core.engine.training.graph import inner_optimizer
from mnist_core.engine.training.loop import Loop
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card
from mnist_core.models.export_formats import export_model
from mnist_core.models.html.page import page as html_of
from mnist_core.models.html.reading import network_in
from mnist_core.models.import_export import check_file, check_weights
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor

IMAGES, LABELS = synthetic.generate(60, seed=1)


@dataclass
class InterruptedAt:
    """A control that interrupts the training once, after `step` steps; None: never."""

    step: int | None = None
    looks: int = field(default=0, init=False)

    def check(self) -> float:
        self.looks += 1
        if self.step is not None and self.looks == self.step + 1:
            raise Interrupted
        return 0.0


@pytest.fixture(scope="module", params=ARCHITECTURES)
def architecture(request: pytest.FixtureRequest) -> str:
    """Each of the table in turn."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def exported(architecture: str, tmp_path_factory: pytest.TempPathFactory) -> Model:
    """An untrained network with two outputs in both of a model's files."""
    folder = tmp_path_factory.mktemp(architecture)
    network = build(TrainConfig.checked(architecture=architecture, dropout=0.2, outliers=1))
    difference = export(network, folder, IMAGES).difference
    assert difference < 1e-4
    card = Card(name=architecture, kind="trained", architecture=architecture, parameters=1, created="")
    return Model(id=architecture, name=architecture, note="", card=card, folder=folder)


def test_every_file_with_a_body_is_in_the_table() -> None:
    """An architecture that was written can be chosen."""
    files = Path(parts.__file__).parent.glob("*.py")
    assert {file.stem for file in files if "def body(" in file.read_text(encoding="utf-8")} == set(ARCHITECTURES)


@pytest.mark.parametrize(
    "precision", ["float32", "mixed_bfloat16", pytest.param("mixed_float16", marks=pytest.mark.slow)]
)
def test_it_takes_images_and_gives_logits(architecture: str, precision: Precision) -> None:
    """(N, 28, 28) uint8 → (N, 10) float32, whatever the precision inside; the same seed gives the same weights."""
    config = TrainConfig.checked(architecture=architecture, precision=precision, seed=5)
    network = build(config)
    assert network.input_shape == (None, 28, 28)
    assert network.inputs[0].dtype == "uint8"
    logits = network(IMAGES[:2])
    assert logits.shape == (2, 10)
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"
    assert np.isfinite(keras.ops.convert_to_numpy(logits)).all()
    again = build(config)
    for one, other in zip(network.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="alone"),
        pytest.param({"precision": "mixed_bfloat16", "ensemble_size": 2}, id="mixed", marks=pytest.mark.slow),
    ],
)
def test_every_weight_learns(architecture: str, options: dict[str, Any]) -> None:
    """One step: the loss is finite and every trainable weight has a gradient, with all that a form can ask for."""
    config = TrainConfig.checked(
        architecture=architecture, dropout=0.2, l2=1e-5, activation="silu", optimizer="sgd", **options
    )
    everything = np.arange(len(IMAGES))
    data = training_data.Data(IMAGES, LABELS, everything, everything)
    trainable = train.compile_network(config, data, base=None)
    graph = trainable.graph
    figures = trainable.executor.train(everything[None].astype(np.int32), np.full(1, 1e-3, np.float32))
    assert np.isfinite(figures.loss).all()
    norms = keras.ops.convert_to_numpy(inner_optimizer(graph).gradient_norms)
    still = [each.path for each, norm in zip(graph.trainable_variables, norms, strict=True) if not norm > 0]
    assert still == []
    # The curve of gradients and the learning rates by layer tell weights apart by their paths.
    assert len({each.path for each in graph.trainable_variables}) == len(norms)


@pytest.mark.slow
def test_an_ensemble_in_mixed_precision_is_exported(architecture: str, tmp_path: Path) -> None:
    """In float32, and ONNX Runtime predicts what Keras predicts."""
    config = TrainConfig.checked(architecture=architecture, precision="mixed_bfloat16", ensemble_size=2)
    difference = export(in_float32(build(config)), tmp_path, IMAGES).difference
    assert difference is not None
    assert difference < 1e-4


def test_it_leaves_and_comes_back(exported: Model, tmp_path: Path) -> None:
    """Exported as .keras, judged and opened like a stranger's model, it predicts the same."""
    export_model(exported, path := tmp_path / "own.keras")
    try:
        check_file(path)
    except InputError as error:
        pytest.fail(f"{error} A built-in layer that runs no code belongs on LAYERS in models/import_export.py.")
    check_weights(path)
    open_model(path, tmp_path)  # here, and not in a process of its own, which would take ten times as long
    assert Card.parse((tmp_path / "card.json").read_bytes(), "card.json").usable
    back, gone = (Predictor(path).outputs(IMAGES) for path in (tmp_path / "model.onnx", exported.onnx))
    np.testing.assert_allclose(back.logits, gone.logits, atol=1e-4)
    np.testing.assert_allclose(back.digit_scores, gone.digit_scores, atol=1e-4)


@pytest.mark.parametrize("trainable", ["last-half", "head"])
def test_a_part_of_it_is_fine_tuned(exported: Model, trainable: str) -> None:
    """A few steps change what may change, which the head always may, and nothing else."""
    replay = ReplayBuffer("some", IMAGES[10:40], IMAGES[40:], LABELS[40:], replay_share=0.2)
    config = FineTuneConfig.checked(steps=3, batch_size=8, trainable=trainable)
    answers = Predictor(exported.onnx).outputs(replay.x)
    tuner = FineTuner(config, exported, replay, lambda: answers, space=10)
    tuner.take(IMAGES[:10], LABELS[:10])
    tuned = tuner.learner.fit(tuner.plan(np.arange(10)), InterruptedAt())
    changed = [(one != other).any() for one, other in zip(tuned, tuner.learner.initial_weights, strict=True)]
    may_change = {id(each) for each in tuner.learner.network.trainable_weights}
    assert changed == [id(each) in may_change for each in tuner.learner.network.weights]
    assert changed[-4:] == [True] * 4
    assert trainable == "last-half" or sum(changed) == 4


def test_a_layer_can_be_frozen_by_its_name(exported: Model) -> None:
    """Every layer with weights but the last, one by one."""
    network = keras.models.load_model(exported.keras, compile=False)
    for layer in [layer for layer in network.layers if layer.trainable_weights][:-1]:
        freeze(network, "everything", layer.name)
        assert not layer.trainable_weights


def test_it_resumes_exactly(architecture: str, tiny_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted in mid-epoch and resumed by another process's graph: the weights of one that just went on."""
    monkeypatch.setattr("mnist_core.engine.training.loop.CALL_S", 0.0)  # one step a call
    config = TrainConfig.checked(
        architecture=architecture, dataset=str(tiny_npz), epochs=2, batch_size=60, dropout=0.2, rotation=5
    )
    workspace = Workspace.open(tmp_path / "one")
    straight = _loop(config, workspace, Run.create(workspace, "r", "train", config), InterruptedAt(6))
    with pytest.raises(Interrupted):
        straight.run()
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    straight.run()
    other = Workspace.open(tmp_path / "other")
    resumed = _loop(config, other, Run.at(other, "r"), InterruptedAt())
    assert resumed.resume()
    assert resumed.position.step == 6
    resumed.run()
    for one, two in zip(_weights(resumed), _weights(straight), strict=True):
        np.testing.assert_array_equal(one, two)


def _loop(config: TrainConfig, workspace: Workspace, run: Run, control: InterruptedAt) -> Loop:
    data = training_data.prepare(config, datasets.load(config.dataset, workspace))
    trainable = train.compile_network(config, data, base=None)
    plan = training_data.epoch_plan(config, data.train)
    validate = train.validation(trainable.executor, data)
    return Loop(RunContext(config, workspace, run, control), trainable, plan, validate, device="cpu")


def _weights(loop: Loop) -> list[npt.NDArray[np.float32]]:
    weights: list[npt.NDArray[np.float32]] = loop.network.get_weights()
    return weights


def test_the_html_file_has_its_operators(exported: Model) -> None:
    """The page's network gives the same logits, apart from the rounding of its weights."""
    (page := exported.folder / "page.html").write_text(html_of(exported), encoding="utf-8")
    network = onnxruntime.InferenceSession(network_in(page), providers=["CPUExecutionProvider"])
    name = network.get_inputs()[0].name
    found = np.concatenate([network.run(None, {name: image[None]})[0] for image in IMAGES[:10]])
    expected = Predictor(exported.onnx).logits(IMAGES[:10])
    assert np.abs(found - expected).max() < 0.01 * max(1.0, np.abs(expected).max())


@pytest.mark.slow
@pytest.mark.parametrize("in_int8", [False, True])
def test_it_becomes_a_litert_file(exported: Model, in_int8: bool) -> None:
    """Made of LiteRT's own operators."""
    tensorflow_files.write(exported.keras, path := exported.folder / "model.tflite", IMAGES if in_int8 else None)
    found = RUNTIMES["litert"](path).predict(IMAGES).logits
    expected = Predictor(exported.onnx).logits(IMAGES)
    assert np.abs(found - expected).max() < (0.2 if in_int8 else 1e-4) * max(1.0, np.abs(expected).max())

"""Models out, and models in from anybody."""

import io
import json
import os
import subprocess
import sys
import threading
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from mnist_core.collection.drawing import Drawing
from mnist_core.common import processes
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig
from mnist_core.data import synthetic
from mnist_core.engine.export import untrusted
from mnist_core.engine.fine_tuning import replay_buffer
from mnist_core.engine.worker import work
from mnist_core.evaluation.reports import FineTuneReport
from mnist_core.jobs import candidates
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models import hdf5, import_export
from mnist_core.models.card import Card
from mnist_core.models.export_formats import export_model, formats_of
from mnist_core.models.import_export import check_file, check_weights, import_model
from mnist_core.models.input_form import Wanted
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry, shipped


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(path: Path, contents: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def digit_model(units: int = 8) -> keras.Model:
    """As the articles make one: (28, 28) numbers from 0 to 1 in, ten probabilities out, compiled."""
    model = keras.Sequential(
        [
            keras.Input((28, 28)), layers.Flatten(), layers.Dense(units, activation="relu"),
            layers.Dropout(0.2, seed=12345678901), layers.Dense(10, activation="softmax"),
        ]
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compiled, trained digit model's .keras file."""
    path = tmp_path_factory.mktemp("models") / "good.keras"
    keras.utils.set_random_seed(1)
    model = digit_model(32)
    images, labels = synthetic.generate(300, seed=1)
    model.fit(images / 255, labels, epochs=15, verbose=0)
    model.save(path)
    return path


@pytest.fixture
def config(good: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(members(good)["config.json"])
    return loaded


def with_config(tmp_path: Path, good: Path, config: Any) -> Path:
    text = config if isinstance(config, str) else json.dumps(config)
    return pack(tmp_path / "m.keras", {**members(good), "config.json": text.encode()}, zipfile.ZIP_DEFLATED)


def with_weights(tmp_path: Path, good: Path, change: Callable[[h5py.File], None]) -> Path:
    buffer = io.BytesIO(members(good)["model.weights.h5"])
    with h5py.File(buffer, "r+") as file:
        change(file)
    return pack(tmp_path / "m.keras", {**members(good), "model.weights.h5": buffer.getvalue()})


def refused(path: Path, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        check_file(path)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)


# ---- good ones


def test_a_digit_model_is_imported_and_predicts(
    good: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any working folder; it takes our images and gives logits, and its probabilities stay what they were."""
    monkeypatch.chdir(workspace.root)
    model = import_model(good, workspace)
    assert (model.name, model.card.kind, model.card.usable) == ("good", "imported", True)
    assert model.card.figures.onnx_difference < 1e-3
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28)).astype(np.uint8)
    wanted = keras.models.load_model(good).predict(images / 255, verbose=0)
    np.testing.assert_allclose(Predictor(model.onnx).probabilities(images), wanted, atol=1e-4)
    assert Registry(workspace).activate(model.id) == model


@pytest.mark.slow
def test_an_imported_model_is_fine_tuned(good: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own layers learn, and the candidate has the form that all models have here."""
    monkeypatch.setattr(replay_buffer, "SYNTHETIC", 400)
    base = import_model(good, workspace)
    random = np.random.default_rng(0)
    drawn = [Drawing(n % 10, synthetic.write(n % 10, random)) for n in range(20)]
    config = FineTuneConfig(model=base.id, steps=60, allowed_drop=100)
    job = Jobs(workspace).submit("fine_tune", config, drawings=drawn, by=Process.of(os.getpid()))
    assert work(job, workspace, threading.Event()).state == "completed"
    run = Run.at(workspace, job.id)
    report = run.report_as(FineTuneReport)
    assert report is not None
    # Any drop on old digits is allowed, so the drawings alone decide.
    assert report.accepted == (report.drawings_right_after >= report.drawings_right_before)
    assert report.learned_right is not None
    assert report.learned_right > report.drawings_right_before, "it has learned something"
    assert report.accepted, report.reason
    tuned = candidates.keep(workspace, run)
    assert Predictor(tuned.onnx).logits(np.zeros((3, 28, 28), np.uint8)).shape == (3, 10)


def ends_in_a_softmax_layer() -> keras.Model:
    return keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(10), layers.Softmax()])


def ends_in_a_softmax_inside() -> keras.Model:
    inner = keras.Sequential([keras.Input((784,)), layers.Dense(10), layers.Softmax()])
    return keras.Sequential([keras.Input((28, 28)), layers.Flatten(), inner])


def has_a_channel() -> keras.Model:
    model = [layers.Conv2D(2, 3, strides=3), layers.Flatten(), layers.Dense(10, activation="softmax")]
    return keras.Sequential([keras.Input((28, 28, 1)), *model])


def takes_a_row_of_784() -> keras.Model:
    return keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])


def has_the_channel_first() -> keras.Model:
    model = [layers.Permute((2, 3, 1)), layers.Flatten(), layers.Dense(10, activation="softmax")]
    return keras.Sequential([keras.Input((1, 28, 28)), *model])


@pytest.mark.parametrize(
    "make",
    [
        ends_in_a_softmax_layer,
        ends_in_a_softmax_inside,
        has_a_channel,
        takes_a_row_of_784,
        has_the_channel_first,
    ],
)
def test_other_ways_to_build_a_digit_model(make: Callable[[], keras.Model], tmp_path: Path) -> None:
    """A softmax layer at the end, also an inner model's, and images with a channel: the same probabilities."""
    path = tmp_path / "m.keras"
    original = make()
    original.compile("adam", "sparse_categorical_crossentropy")
    images, labels = synthetic.generate(200, seed=1)
    shaped = images.reshape(-1, *original.input_shape[1:])
    original.fit(shaped / 255, labels, epochs=3, verbose=0)
    original.save(path)
    check_file(path)
    untrusted.open_model(path, tmp_path)
    predictor = Predictor(tmp_path / "model.onnx")
    np.testing.assert_allclose(predictor.probabilities(images), original.predict(shaped / 255, verbose=0), atol=1e-4)
    assert json.loads((tmp_path / "card.json").read_text())["usable"] is True


def test_a_logarithm_of_a_softmax_gives_logits(tmp_path: Path) -> None:
    """Its values are logits already."""
    model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="log_softmax")])
    model.save(tmp_path / "m.keras")
    untrusted.open_model(tmp_path / "m.keras", tmp_path, Wanted("x/255", inverted=False))
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28)).astype(np.uint8)
    wanted = np.exp(model.predict(images.reshape(-1, 784) / 255, verbose=0))
    np.testing.assert_allclose(Predictor(tmp_path / "model.onnx").probabilities(images), wanted, atol=1e-4)


# ---- .h5


def of_keras_2(config: Any) -> Any:
    """A configuration as Keras 2 wrote it: no modules, other names."""
    if isinstance(config, list):
        return [of_keras_2(each) for each in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy":
        return config["config"]["name"]
    new = {"batch_shape": "batch_input_shape"}
    left_out = ("module", "registered_name", "build_config", "optional", "quantization_config")
    return {new.get(key, key): of_keras_2(value) for key, value in config.items() if key not in left_out}


@pytest.fixture
def h5(good: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The digit model as an .h5 file of Keras 3, or of Keras 2."""
    path = tmp_path / "m.h5"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        keras.models.load_model(good).save(path)
    if getattr(request, "param", 3) == 2:
        with h5py.File(path, "r+") as file:
            file.attrs["model_config"] = json.dumps(of_keras_2(json.loads(file.attrs["model_config"])))
    return path


@pytest.mark.parametrize("h5", [2, 3], indirect=True)
def test_an_h5_file_predicts_as_before(h5: Path, good: Path, tmp_path: Path) -> None:
    """Of either version of Keras."""
    hdf5.check_model(h5, import_export.MAX_FILE)
    untrusted.open_model(h5, tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28)).astype(np.uint8)
    wanted = keras.models.load_model(good).predict(images / 255, verbose=0)
    np.testing.assert_allclose(Predictor(tmp_path / "model.onnx").probabilities(images), wanted, atol=1e-4)


@pytest.mark.slow
def test_an_h5_file_is_imported(h5: Path, workspace: Workspace) -> None:
    """In the subprocess; what was found is in the card."""
    model = import_model(h5, workspace, "from a tutorial")
    assert (model.name, model.card.usable, model.card.predicts_only) == ("from a tutorial", True, False)
    assert model.card.inputs is not None
    assert (model.card.inputs.scale, model.card.inputs.digits) == ("x/255", "synthetic")


def change_config(change: Callable[[dict[str, Any]], None]) -> Callable[[h5py.File], None]:
    def apply(file: h5py.File) -> None:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config)

    return apply


def put_lambda(config: dict[str, Any]) -> None:
    config["config"]["layers"].insert(2, {"class_name": "Lambda", "config": {"function": ["code", None, None]}})


def put_elsewhere(config: dict[str, Any]) -> None:
    config["config"]["layers"].insert(2, {"class_name": "Dense", "module": "os", "config": {}})


def put_huge(config: dict[str, Any]) -> None:
    config["config"]["layers"][2]["config"]["units"] = 2_000_000_000


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (change_config(put_lambda), r"Lambda, which is not allowed"),
        (change_config(put_elsewhere), r"os\.Dense, which is not allowed"),
        (change_config(put_huge), "asks for a size"),
        (lambda file: file.attrs.__delitem__("model_config"), "weights only"),
        (lambda file: file.attrs.__setitem__("model_config", "{"), "model_config cannot be read"),
        (lambda file: file.__setitem__("away", h5py.ExternalLink("/etc/passwd", "/")), "refer to another file"),
        (lambda file: file.__setitem__("away", h5py.SoftLink("/model_weights")), "refer to another file"),
        (
            lambda file: file.create_dataset("z", (10**9,), "u1", chunks=True, compression="gzip"),
            "more than is allowed",
        ),
    ],
)
def test_h5_files_are_checked_before_keras_sees_them(change: Callable[[h5py.File], Any], says: str, h5: Path) -> None:
    """The same rules as for .keras files."""
    with h5py.File(h5, "r+") as file:
        change(file)
    with pytest.raises(InputError, match=says):
        hdf5.check_model(h5, import_export.MAX_FILE)


def test_other_kinds_of_files_are_refused_with_a_way_on(tmp_path: Path, workspace: Workspace) -> None:
    """PyTorch's pickles, and whatever else."""
    for name, says in (("m.pt", r"torch\.onnx\.export"), ("m.pkl", r"torch\.onnx\.export"), ("m.txt", r"\.h5")):
        (tmp_path / name).write_bytes(b"\x80\2}q\0.")
        with pytest.raises(InputError, match=says):
            import_model(tmp_path / name, workspace)


@pytest.mark.slow
def test_an_import_that_reads_badly_needs_a_yes(good: Path, workspace: Workspace) -> None:
    """The wrong scale is told; nothing becomes active without a word."""
    model = import_model(good, workspace, wanted=Wanted("x/127.5-1", inverted=True))
    assert model.card.inputs is not None
    assert model.card.inputs.is_bad
    with pytest.raises(InputError, match=r"It predicts .* synthetic digits .*--input-scale and --inverted.*--anyway"):
        Registry(workspace).activate(model.id)
    assert Registry(workspace).active() == shipped()
    assert Registry(workspace).activate(model.id, anyway=True) == model


def test_an_onnx_file_predicts_and_is_not_trained_on(workspace: Workspace, tmp_path: Path) -> None:
    """It can be activated and exported, and says why it cannot be fine-tuned."""
    export_model(shipped(), tmp_path / "own.onnx")
    model = import_model(tmp_path / "own.onnx", workspace)
    assert model.card.predicts_only
    assert model.problems == []
    assert Registry(workspace).activate(model.id) == model
    images = synthetic.generate(20, seed=2)[0]
    expected = Predictor(shipped().onnx).logits(images)
    np.testing.assert_array_equal(Predictor.of(model).logits(images), expected)
    assert {each.suffix for each in formats_of(model)} == {".html", ".onnx", ".zip"}, "nothing that needs Keras"
    assert "cannot be fine-tuned" in model.without_keras
    config = FineTuneConfig(model=model.id)
    drawn = [Drawing(1, synthetic.write(1, np.random.default_rng(0)))] * 3
    job = Jobs(workspace).submit("fine_tune", config, drawings=drawn, by=Process.of(os.getpid()))
    with pytest.raises(InputError, match="cannot be fine-tuned"):
        work(job, workspace, threading.Event())


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import sys; sys.exit('ImportError: libhdf5.so')", r"opened\. ImportError: libhdf5.so"),
        ("import sys; sys.exit(3)", r"opened\. The exit status was 3"),
        ("import sys; sys.exit('terminate called: std::bad_alloc')", "It takes more memory"),
        ("import os; os.abort()", "It takes more memory"),
    ],
)
def test_only_a_lack_of_memory_is_called_one(
    program: str, says: str, good: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed, or with words that say so; any other end is told by its last words."""
    monkeypatch.setattr(processes, "command", lambda *_: [sys.executable, "-c", program])
    with pytest.raises(InputError, match=says):
        import_model(good, workspace)


@pytest.mark.parametrize(("shape", "dtype"), [((28, 28), "uint8"), ((28, 28), "float32"), ((28, 28, 1), "uint8")])
def test_only_our_own_models_have_a_score(shape: tuple[int, ...], dtype: str, tmp_path: Path) -> None:
    """Nobody knows what the second output of another network means, nor how it wants its images."""
    inputs = keras.Input(shape, dtype=dtype)
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs))
    outputs = [keras.layers.Dense(10)(flat), keras.layers.Reshape(())(keras.layers.Dense(1)(flat))]
    keras.Model(inputs, outputs).save(tmp_path / "two.keras")
    untrusted.open_model(tmp_path / "two.keras", tmp_path)
    card = Card.parse((tmp_path / "card.json").read_bytes(), "card.json")
    assert card.usable == card.digit_score == ((shape, dtype) == ((28, 28), "uint8"))


def test_a_model_of_another_shape_is_shown_but_not_used(tmp_path: Path, workspace: Workspace) -> None:
    """Convolutions over (28, 28, 1), three classes: registered, unusable, and exported only as .keras."""
    path = tmp_path / "other.keras"
    keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Conv2D(2, 3), layers.BatchNormalization(), layers.Flatten(), layers.Dense(3)]
    ).save(path)
    model = import_model(path, workspace, "another one")
    assert (model.name, model.card.usable) == ("another one", False)
    assert model.card.shapes is not None
    assert model.card.shapes.output_shape == (None, 3)
    with pytest.raises(InputError, match="cannot be the active model"):
        Registry(workspace).activate(model.id)
    with pytest.raises(InputError, match=r"can be exported to \.keras"):
        export_model(model, tmp_path / "out.onnx")
    export_model(model, tmp_path / "out.zip")
    assert set(members(tmp_path / "out.zip")) == {"model.keras", "card.json"}


def test_our_own_models_pass(tmp_path: Path) -> None:
    """What is exported can be imported."""
    export_model(shipped(), tmp_path / "own.keras")
    check_file(tmp_path / "own.keras")
    check_weights(tmp_path / "own.keras")


@pytest.mark.parametrize("name", ["m.keras", "m.onnx", "m.zip"])
def test_export(name: str, tmp_path: Path) -> None:
    """The same bytes come out; a .zip holds all three files, and whose data the model learned."""
    export_model(shipped(), path := tmp_path / name)
    if name == "m.zip":
        assert set(members(path)) == {"model.keras", "model.onnx", "card.json", "NOTICE.md"}
    else:
        assert path.read_bytes() == (shipped().folder / f"model{path.suffix}").read_bytes()


def test_an_ending_may_have_capitals(tmp_path: Path) -> None:
    """As on systems that take no notice of them."""
    export_model(shipped(), tmp_path / "M.ONNX")
    assert (tmp_path / "M.ONNX").read_bytes() == shipped().onnx.read_bytes()


@pytest.mark.parametrize(("name", "says"), [("m.h5", "exported to"), ("no/m.keras", "The folder .*no is missing")])
def test_export_refuses(name: str, says: str, tmp_path: Path) -> None:
    """Other endings and places that are not there, and leaves nothing."""
    with pytest.raises(InputError, match=says):
        export_model(shipped(), tmp_path / name)
    assert not list(tmp_path.iterdir())


# ---- refused before Keras sees them


def put_layer(config: dict[str, Any], layer: dict[str, Any]) -> dict[str, Any]:
    config["config"]["layers"].insert(2, layer)
    return config


@pytest.mark.parametrize(
    "layer",
    [
        {"module": "keras.layers", "class_name": "Lambda", "config": {"function": {"class_name": "__lambda__"}}},
        {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "/etc"}},
        {"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}},
        {"module": "keras.layers", "class_name": "Mystery", "config": {}},
        {"module": "os", "class_name": "system", "config": "touch canary"},
        {"module": "os", "class_name": "Dense", "config": {}},
        {"module": "keras.layers", "class_name": "Dense", "registered_name": "evil>Dense", "config": {}},
        {"module": "builtins", "class_name": "function", "config": "eval"},
        {"module": "keras.utils", "class_name": "function", "config": "plot_model"},
        {"module": ["keras.layers"], "class_name": ["Dense"], "config": {}},
        {"class_name": "Dense", "config": {}},
    ],
)
def test_what_could_run_code_is_refused(
    layer: dict[str, Any], config: dict[str, Any], tmp_path: Path, good: Path
) -> None:
    """Anything that is not one of Keras' own plain layers, wherever it stands in the config."""
    refused(with_config(tmp_path, good, put_layer(config, layer)), "which is not allowed")
    nested = {"module": "keras.layers", "class_name": "Dense", "config": {"activation": layer}}
    refused(with_config(tmp_path, good, put_layer(config, nested)), "which is not allowed")


def test_a_lambda_made_by_keras_is_refused(tmp_path: Path) -> None:
    """As Keras itself writes it."""
    path = tmp_path / "m.keras"
    keras.Sequential([keras.Input((28, 28)), layers.Lambda(lambda x: x * 2)]).save(path)
    refused(path, r"keras\.layers\.Lambda")


@pytest.mark.parametrize(
    ("key", "value"),
    [("units", 2_000_000_000), ("kernel_size", [3, 500_000]), ("target_shape", [10**9]), ("units", 10**400)],
)
def test_huge_sizes_are_refused(key: str, value: Any, config: dict[str, Any], tmp_path: Path, good: Path) -> None:
    """A kilobyte that asks for gigabytes."""
    layer = {"module": "keras.layers", "class_name": "Dense", "config": {key: value}}
    refused(with_config(tmp_path, good, put_layer(config, layer)), "asks for a size")


def test_a_config_bomb_is_refused(tmp_path: Path, good: Path) -> None:
    """256 MiB of config in a quarter of a megabyte is not unpacked."""
    path = with_config(tmp_path, good, " " * (256 * 2**20))
    assert path.stat().st_size < 2**20
    refused(path, "unpacks to more")


@pytest.mark.parametrize(
    "config", ["[" * 100_000, '{"a":' * 100_000, "[" * 500 + "]" * 500, "", "{", "5", "[]", "\ud800"]
)
def test_odd_configs_are_refused(config: str, tmp_path: Path, good: Path) -> None:
    """Deeply nested, cut off, or no config."""
    contents = {**members(good), "config.json": config.encode("utf-8", "surrogatepass")}
    refused(pack(tmp_path / "m.keras", contents), "damaged|nested too deeply")


def test_deep_layers_are_refused(config: dict[str, Any], tmp_path: Path, good: Path) -> None:
    """A nest that JSON can hold and no digit model needs."""
    deep: Any = {}
    for _ in range(200):
        deep = {"a": deep}
    refused(with_config(tmp_path, good, put_layer(config, deep)), "nested too deeply")


@pytest.mark.parametrize(
    "extra",
    ["../evil", "/tmp/evil", "layers/../../evil", "assets/vocabulary.txt", "config.json/", "model.weights.h5.bak"],
)
def test_other_members_are_refused(extra: str, tmp_path: Path, good: Path) -> None:
    """A .keras file holds three files, none of them anywhere else."""
    refused(pack(tmp_path / "m.keras", {**members(good), extra: b"x"}), "must hold")


def test_twice_the_same_member_is_refused(tmp_path: Path, good: Path) -> None:
    """Which of the two Keras would read cannot be known."""
    path = pack(tmp_path / "m.keras", members(good))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("config.json", "{}")
    refused(path, "must hold")


def test_an_encrypted_archive_is_refused(tmp_path: Path, good: Path) -> None:
    """It cannot be judged."""
    path = pack(tmp_path / "m.keras", members(good))
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(signature, place + 4)
    path.write_bytes(content)
    refused(path, "damaged")


def test_legacy_and_foreign_files_are_refused(tmp_path: Path, good: Path) -> None:
    """.h5 by whatever name, .npz, text, nothing, and what is not there."""
    path = tmp_path / "m.keras"
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros(3)
    refused(path, r"is not a model file\. Allowed: \.keras, \.h5")
    for content in (b"PK\x03\x04", b"hello", members(good)["model.weights.h5"]):
        path.write_bytes(content)
        refused(path, "damaged")
    with path.open("wb") as npz:
        np.savez(npz, allow_pickle=False, x=np.zeros(3))
    refused(path, "must hold")
    path.write_bytes(b"")
    refused(path, "is empty")
    refused(tmp_path / "nowhere.keras", "does not exist")
    refused(tmp_path, "is a folder")


def test_damaged_files_are_refused(tmp_path: Path, good: Path) -> None:
    """Cut off anywhere, or one bit flipped in what is stored: refused as damaged, never another error."""
    content, random, path = good.read_bytes(), np.random.default_rng(0), tmp_path / "m.keras"
    passed = 0
    for number in range(150):
        damaged = bytearray(content)
        damaged[random.integers(len(content))] ^= 1 << random.integers(8)
        path.write_bytes(damaged if number % 3 else content[: random.integers(len(content))])
        try:
            check_file(path)
        except InputError:
            continue
        passed += 1
        assert members(path) == members(good)  # the bit lies where nobody reads
    assert passed < 15


def test_files_that_are_too_large_are_refused(tmp_path: Path, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is read."""
    monkeypatch.setattr(import_export, "MAX_FILE", 1000)
    refused(good, "1,000 are allowed")


# ---- refused in the subprocess, before Keras is imported


def external_link(file: h5py.File) -> None:
    file["layers/out"] = h5py.ExternalLink("/etc/hostname.h5", "/x")


def soft_link(file: h5py.File) -> None:
    file["layers/out"] = h5py.SoftLink("/layers/dense/vars/0")


def dangling_link(file: h5py.File) -> None:
    file["layers/out"] = h5py.SoftLink("/nowhere")


def external_data(file: h5py.File) -> None:
    file.create_dataset("layers/out", (3,), "f4", external=[("/etc/hostname", 0, 12)])


def virtual_data(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource("/etc/hostname.h5", "x", (3,))
    file.create_virtual_dataset("layers/out", layout)


def unwritten_terabytes(file: h5py.File) -> None:
    file.create_dataset("layers/out", (10**6, 10**6), "f4", chunks=(1000, 1000))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (external_link, "refer to"), (soft_link, "refer to"), (dangling_link, "refer to"),
        (external_data, "refer to"), (virtual_data, "refer to"), (unwritten_terabytes, "more than is allowed"),
    ],
)  # fmt: skip
def test_weights_that_reach_out_are_refused(
    change: Callable[[h5py.File], None], says: str, tmp_path: Path, good: Path
) -> None:
    """External and soft links, external and virtual data, and data sets that are larger than their file."""
    path = with_weights(tmp_path, good, change)
    check_file(path)
    with pytest.raises(InputError, match=says):
        check_weights(path)


def test_damaged_weights_are_a_sentence(tmp_path: Path, good: Path) -> None:
    """No HDF5, or half of it."""
    whole = members(good)["model.weights.h5"]
    for content in (b"", b"no hdf5", whole[: len(whole) // 2], whole[:8] + bytes(len(whole) - 8)):
        path = pack(tmp_path / "m.keras", {**members(good), "model.weights.h5": content})
        with pytest.raises(InputError, match="damaged"):
            check_weights(path)


def test_a_refusal_in_the_subprocess_is_told(tmp_path: Path, good: Path, workspace: Workspace) -> None:
    """The whole way: the reason comes back in one sentence, and nothing is registered."""
    with pytest.raises(InputError, match=r"m\.keras could not be opened\. The weights 'layers/out' refer to another"):
        import_model(with_weights(tmp_path, good, external_link), workspace)
    assert Registry(workspace).all() == [shipped()]
    assert not list(workspace.models.iterdir())


# ---- refused by Keras, in the subprocess


@pytest.mark.slow
def test_a_model_that_needs_too_much_memory_is_refused(tmp_path: Path, good: Path, workspace: Workspace) -> None:
    """Sizes under the cap that multiply to terabytes end in a sentence, not in a full machine."""
    config = json.loads(members(good)["config.json"])
    config["config"]["layers"][2]["config"]["units"] = 20_000
    more = json.loads(json.dumps(config["config"]["layers"][2]))
    more["config"]["name"] = "more"
    config["config"]["layers"].insert(1, more)  # (28, 20000) → flattened 560,000 → 11 thousand million weights
    for layer in config["config"]["layers"]:
        layer.pop("build_config", None)
    with pytest.raises(InputError, match=r"m\.keras could not be opened\. It takes more memory"):
        import_model(with_config(tmp_path, good, config), workspace)
    assert Registry(workspace).all() == [shipped()]


def test_a_layer_that_gives_too_much_is_refused(tmp_path: Path, workspace: Workspace) -> None:
    """Few parameters, small settings, and gigabytes for each image: refused before anything is run."""
    x = image = keras.Input((28, 28, 1))
    for layer in (layers.ZeroPadding2D(3000), layers.GlobalAveragePooling2D(), layers.Dense(10)):
        x = layer(x)
    keras.Model(image, x).save(tmp_path / "m.keras")
    with pytest.raises(InputError, match=r"Its layer 'zero_padding2d.*' returns 36,336,784 numbers for one image"):
        import_model(tmp_path / "m.keras", workspace)


@pytest.mark.slow
def test_what_keras_raises_is_one_sentence(tmp_path: Path, good: Path, workspace: Workspace) -> None:
    """Its cause, and not the page around it."""
    config = json.loads(members(good)["config.json"])
    config["config"]["layers"][2]["config"]["units"] = -5
    with pytest.raises(InputError, match=r"Keras cannot use it: .*units.*-5") as caught:
        import_model(with_config(tmp_path, good, config), workspace)
    assert "deserialized" not in str(caught.value)
    config["config"]["layers"] = []
    with pytest.raises(InputError, match="Keras cannot use it: ") as caught:
        import_model(with_config(tmp_path, good, config), workspace)
    assert "unexpected" not in str(caught.value)


@pytest.mark.parametrize("name", ["de\0nse", "\x1b[31m", "a\nb"])
def test_names_with_control_characters_are_refused(name: str, tmp_path: Path, good: Path) -> None:
    """TensorFlow and ONNX end names at a NUL; terminals obey others. The model's own name counts, too."""
    for node in ("model", "layer"):
        config = json.loads(members(good)["config.json"])
        named = config["config"] if node == "model" else config["config"]["layers"][2]["config"]
        named["name"] = name
        refused(with_config(tmp_path, good, config), "control characters in its name")


def test_weights_that_do_not_fit_are_a_sentence(tmp_path: Path, good: Path, workspace: Workspace) -> None:
    """The config of one model with the weights of another."""
    digit_model(9).save(tmp_path / "nine.keras")
    contents = {**members(good), "model.weights.h5": members(tmp_path / "nine.keras")["model.weights.h5"]}
    with pytest.raises(InputError, match=r"could not be opened\. Keras cannot use it"):
        import_model(pack(tmp_path / "m.keras", contents), workspace)


def test_opening_has_a_time_limit(good: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the process that takes longer is ended."""
    monkeypatch.setattr(import_export, "OPEN_TIMEOUT_S", 0.01)
    with pytest.raises(StudioError, match=r"could not be opened within 0\.01 s"):
        import_model(good, workspace)


def test_the_program_starts_from_any_folder(tmp_path: Path) -> None:
    """A subprocess finds the package whatever the working folder is."""
    ended = subprocess.run(
        processes.command("--help"), env=processes.environment(), cwd=tmp_path, capture_output=True, check=False
    )
    assert ended.returncode == 0

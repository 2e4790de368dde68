"""What an upgrade of a library may break: each private or fragile thing that the program relies on, by its name.

A test that fails here says which file to look at. `tests/test_private_uses.py` finds private uses that are not here.
"""

import inspect
import re
import threading
import tomllib
import zipfile
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest
import streamlit as st
import typer
import uvicorn
from filelock import FileLock
from keras import layers
from plotly.offline import get_plotlyjs
from pydantic_core import core_schema
from streamlit.testing.v1 import AppTest

from mnist_core.common.errors import StudioError
from mnist_core.config import fields
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.backends import devices
from mnist_core.engine.training.graph import make_optimizer, recording_gradient_norms
from mnist_core.engine.training.muon import Muon
from mnist_core.models import import_export, keras_config
from mnist_core.models.predictor import Predictor
from pages.widgets.live_chart import PLOTLYS_WORDS
from tests.conftest import ROOT

PRIVATE = {
    "keras.optimizers.Muon._should_use_adamw": ("engine/training/muon.py", "says which weights learn by AdamW"),
    "keras.optimizers.Muon._adamw_update_step": ("engine/training/muon.py", "makes it cheaper"),
    "keras.src.models.functional": ("models/keras_config.py", "allows it as the module of a saved model's class"),
    "keras.src.models.sequential": ("models/keras_config.py", "allows it as the module of a saved model's class"),
    "ray._private.grpc_utils.init_grpc_channel": ("engine/cluster/connection.py", "asks a cluster whether it answers"),
    "onnxruntime.capi.onnxruntime_pybind11_state": ("models/predictor.py", "catches its errors"),
}
"""A name that its library calls private → the file that uses it, and what for."""

FRAGILE = {
    "keras.optimizers.Muon.zeropower_via_newtonschulz5": ("engine/training/muon.py", "flattens convolutions before it"),
    "keras.src.backend.tensorflow.core": ("pyproject.toml", "ignores a warning that comes from it"),
    "keras.src.export.tf2onnx_lib": ("pyproject.toml", "ignores a warning that comes from it"),
    "numpy.lib.format.read_array_header_1_0": ("data/npz.py", "judges an array by its header"),
    "numpy.lib.format.read_array_header_2_0": ("data/npz.py", "judges an array by its header"),
    "plotly.offline.get_plotlyjs": ("pages/server.py", "serves what it returns"),
    "streamlit.runtime.pages_manager.PagesManager.uses_pages_directory": (
        "tests/pages/conftest.py",
        "sets it; and look at pages/studio.py, which leads a page that Streamlit runs without app.py back to it",
    ),
    "streamlit.runtime.media_file_manager.MediaFileManager.add_deferred": (
        "tests/pages/test_errors.py", "presses a download by it",
    ),
    "psutil.boot_time": ("jobs/process.py", "subtracts it from a process' start, which the clock moves as well"),
    "typer.exceptions.TyperException.format_message": ("cli/app.py", "tells wrong arguments by it"),
    **{
        f"pynvml.{name}": ("jobs/gpu.py", "asks a GPU by it")
        for name in (
            "NVML_TEMPERATURE_GPU", "NVMLError", "nvmlDeviceGetCount", "nvmlDeviceGetHandleByIndex",
            "nvmlDeviceGetHandleByUUID", "nvmlDeviceGetMemoryInfo", "nvmlDeviceGetName", "nvmlDeviceGetPowerUsage",
            "nvmlDeviceGetTemperature", "nvmlDeviceGetUUID", "nvmlDeviceGetUtilizationRates", "nvmlInit",
        )
    },
}  # fmt: skip
"""A public name that may change without notice → the file that uses it, and what for."""

JAX_OPTIONS = (
    "jax_compilation_cache_dir", "jax_compilation_cache_max_size", "jax_persistent_cache_min_compile_time_secs",
)  # fmt: skip


def look(package: str, what: str, where: str) -> str:
    """The sentence of a test that fails."""
    return f"{package} {version(package)}: {what}. Look at {where}."


def found(path: str) -> Any:
    """The module, class or attribute of this dotted path.

    Raises:
        AttributeError, ImportError: there is none.
    """
    words = path.split(".")
    for count in range(len(words), 0, -1):
        try:
            thing = import_module(".".join(words[:count]))
        except ModuleNotFoundError:
            continue
        for word in words[count:]:
            thing = getattr(thing, word)
        return thing
    raise ImportError(path)


@pytest.mark.filterwarnings("ignore:The pynvml package is deprecated:FutureWarning")
@pytest.mark.parametrize("path", [*PRIVATE, *FRAGILE])
def test_a_name_is_still_there(path: str) -> None:
    """Where it was."""
    where, what_for = {**PRIVATE, **FRAGILE}[path]
    try:
        found(path)
    except (AttributeError, ImportError):
        pytest.fail(f"There is no {path} any more. Look at {where}, which {what_for}.")


@pytest.mark.parametrize("path", [*PRIVATE, *FRAGILE])
def test_a_name_is_used_where_we_say(path: str) -> None:
    """A sentence that sends somebody to the wrong file, or to none, is of no use."""
    where, _ = {**PRIVATE, **FRAGILE}[path]
    (file,) = (folder / where for folder in (ROOT, ROOT / "mnist_core") if (folder / where).exists())
    assert path.split(".")[-1] in file.read_text(encoding="utf-8")


# ---- Keras


def test_keras_calls_what_muon_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A method that Keras has renamed would still be there, and nobody would call it."""
    called = set()
    for name in ("_should_use_adamw", "_adamw_update_step", "zeropower_via_newtonschulz5", "apply"):
        original = getattr(Muon, name)

        def spy(self: Muon, *given: Any, name: str = name, original: Any = original) -> Any:
            called.add(name)
            return original(self, *given)

        monkeypatch.setattr(Muon, name, spy)
    optimizer = make_optimizer(TrainConfig(optimizer="muon"))
    variables = [keras.Variable(np.zeros(shape, np.float32)) for shape in ((4, 6), (6,))]
    optimizer.apply([keras.ops.ones((4, 6)), keras.ops.ones((6,))], variables)
    for name in ("_should_use_adamw", "_adamw_update_step", "zeropower_via_newtonschulz5", "apply"):
        assert name in called, look("keras", f"its Muon no longer calls {name}", "engine/training/muon.py")


def test_keras_trains_through_the_optimizer_s_apply() -> None:
    """Its own step, too, so that gradients are recorded whatever executes it."""
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    optimizer = recording_gradient_norms(keras.optimizers.SGD)(learning_rate=0.1)
    model.compile(keras.optimizers.LossScaleOptimizer(optimizer), "mse")
    model.train_on_batch(np.ones((2, 3), np.float32), np.ones((2, 2), np.float32))
    assert model.optimizer.inner_optimizer is optimizer, look("keras", "a scaled optimizer hides", "training/graph.py")
    norms = keras.ops.convert_to_numpy(optimizer.gradient_norms)
    assert (norms > 0).all(), look("keras", "training goes past Optimizer.apply", "engine/training/graph.py")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A functional model's .keras file."""
    path = tmp_path_factory.mktemp("upgrades") / "m.keras"
    inputs = keras.Input((28, 28), dtype="uint8")
    outputs = layers.Dense(10)(layers.Flatten()(layers.Rescaling(1 / 255)(inputs)))
    keras.Model(inputs, outputs).save(path)
    return path


def test_a_keras_file_has_the_form_that_is_judged(saved: Path) -> None:
    """Its members, the module of its class, and all that an import allows."""
    where = "models/import_export.py"
    with zipfile.ZipFile(saved) as archive:
        names = set(archive.namelist())
    assert names == import_export.MEMBERS, look("keras", f"a .keras file holds {names}", f"MEMBERS in {where}")
    import_export.check_file(saved)
    where = "models/keras_config.py"
    for make in (lambda x: keras.Model(x, layers.Dense(1)(x)), lambda x: keras.Sequential([x, layers.Dense(1)])):
        module = keras.saving.serialize_keras_object(make(keras.Input((2,))))["module"]
        assert module in keras_config.MODULES, look("keras", f"a model's module is {module}", f"MODULES in {where}")
    lacking = keras_config.LAYERS - set(dir(layers)) - set(dir(keras)) - {"Functional"}
    assert not lacking, look("keras", f"there are no layers {sorted(lacking)}", f"LAYERS in {where}")


def test_keras_refuses_code_in_a_file(tmp_path: Path) -> None:
    """Its safe mode is the second line of defence behind our own check."""
    keras.Sequential([keras.Input((2,)), layers.Lambda(lambda x: x * 2)]).save(tmp_path / "m.keras")
    for options in ({}, {"safe_mode": True}):
        refusal = ""
        try:
            keras.models.load_model(tmp_path / "m.keras", compile=False, **options)
        except ValueError as error:
            refusal = str(error)
        assert "Lambda" in refusal, look("keras", "load_model runs a Lambda's code", "engine/export/untrusted.py")


def test_keras_writes_an_onnx_file_for_any_number_of_images(saved: Path, tmp_path: Path) -> None:
    """By `export`, as soon as the model has been called once."""
    network = keras.models.load_model(saved, compile=False)
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(np.uint8)
    expected = network(images)
    network.export(tmp_path / "m.onnx", format="onnx", verbose=False)
    logits = Predictor(tmp_path / "m.onnx").logits(images)
    told = look("keras", "an exported model predicts something else", "engine/export/onnx.py")
    np.testing.assert_allclose(logits, expected, atol=1e-4, err_msg=told)


def test_a_full_memory_is_known_by_tensorflow_s_error() -> None:
    """By its class's name, with whatever words."""
    tensorflow = pytest.importorskip("tensorflow")
    error = tensorflow.errors.ResourceExhaustedError(None, None, "x")
    assert devices.is_out_of_memory(error), look("tensorflow", "OOM is another error", "engine/backends/devices.py")


@pytest.mark.parametrize("option", JAX_OPTIONS)
def test_jax_has_its_cache_s_options(option: str) -> None:
    """By which compiled programs are kept."""
    jax = pytest.importorskip("jax")
    assert hasattr(jax.config, option), look("jax", f"there is no option {option}", "engine/backends/devices.py")


# ---- ONNX Runtime


def test_onnx_runtime_s_errors_are_those_that_are_caught(saved: Path, tmp_path: Path) -> None:
    """For a file that is missing, of another kind, or empty."""
    (tmp_path / "empty.onnx").write_bytes(b"")
    for path in (tmp_path / "nowhere.onnx", tmp_path / "empty.onnx", saved):
        try:
            Predictor(path)
        except StudioError:
            continue
        except Exception as error:  # noqa: BLE001 – whatever it is, it is the news
            what = f"a damaged file raises {type(error)}"
            pytest.fail(look("onnxruntime", what, "BROKEN in models/predictor.py"))
        pytest.fail(look("onnxruntime", "it opens what is no model", "models/predictor.py"))


# ---- Streamlit


@cache
def frontend() -> str:
    """All of Streamlit's own JavaScript."""
    folder = Path(inspect.getfile(st)).parent / "static" / "static" / "js"
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.js")))


MARK = re.compile(r"""data-testid(\^?)=["'](\w+)|get_by_test_id\("(\w+)|(data-test-script-state|notRunning)""")
"""The `^` says that only the beginning of the name counts."""


def marks() -> set[tuple[str, str]]:
    """By which our files find elements of Streamlit's page: the mark as its JavaScript writes it, and the file."""
    uses = set()
    pages = (path for path in (ROOT / "pages").rglob("*") if path.suffix in (".py", ".css", ".js"))
    for path in [*pages, *(ROOT / "tests" / "browser").glob("*.py")]:
        for beginning, *names in MARK.findall(path.read_text(encoding="utf-8")):
            written = f"`{''.join(names)}" + ("" if beginning else "`")
            uses.add((written, path.relative_to(ROOT).as_posix()))
    return uses


def test_streamlit_marks_its_elements_as_our_styles_and_tests_know_them() -> None:
    """A style for a mark that is gone does nothing, and a test that looks for it finds nothing wrong."""
    assert {("`stMain`", "pages/widgets/style.css"), ("`stBaseButton", "tests/browser/window.py")} <= marks()
    written = frontend().replace('"', "`")
    for mark, where in sorted(marks()):
        assert mark in written, look("streamlit", f"no element is marked {mark}", where)


@pytest.mark.parametrize(
    ("pattern", "what", "where"),
    [
        (r"st-key-", "a key is no CSS class", "pages/widgets/style.css"),
        (r"`kbd`", "a shortcut is no <kbd>", "pages/widgets/style.css"),
        (r"aria-label\":`Shortcut ", "a shortcut has another name", "button() in tests/browser/window.py"),
        (r"md:`768px`", "a narrow screen is one of another width", "pages/widgets/style.css"),
        (r"=`--st`", "colours are no CSS variables --st-…", "pages/widgets/live_chart.py and style.css"),
        (r"flushScheduled=!0,setTimeout\(", "a click is sent in another way", "once() in pages/widgets/guarded.py"),
        (r"_stcore/health", "the server tells its health elsewhere", "tests/browser/conftest.py"),
    ],
)
def test_streamlit_s_page_works_as_we_know_it(pattern: str, what: str, where: str) -> None:
    """What no public interface says."""
    assert re.search(pattern, frontend()), look("streamlit", what, where)


def test_streamlit_knows_every_option_of_ours() -> None:
    """It only warns of one that it does not know, and goes on without it."""

    def keys(table: dict[str, Any], before: str = "") -> list[str]:
        return [
            key
            for name, value in table.items()
            for key in (keys(value, f"{before}{name}.") if isinstance(value, dict) else [before + name])
        ]

    options = keys(tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")))
    assert "server.allowedHosts" in options
    for option in options:
        try:
            st.get_option(option)
        except RuntimeError:
            pytest.fail(look("streamlit", f"there is no option {option}", ".streamlit/config.toml"))


def in_a_fragment() -> None:
    """A page whose fragment fails, with a boundary around it."""
    import streamlit as st

    def fail() -> None:
        raise KeyError("lost")

    try:
        st.fragment(fail)()
    except Exception as error:  # noqa: BLE001 – whatever reaches the page
        st.session_state["reached"] = type(error).__name__
    st.session_state["went_on"] = True


def test_streamlit_wraps_what_a_fragment_raises() -> None:
    """It has shown its own message by then, so a fragment needs a boundary inside."""
    page = AppTest.from_function(in_a_fragment, default_timeout=60).run()
    assert page.session_state["went_on"]
    assert page.session_state["reached"] == "FragmentHandledException", look(
        "streamlit", "a fragment's error reaches the page", "guarded_fragment in pages/widgets/guarded.py"
    )
    assert len(page.exception) == 1, look("streamlit", "a fragment shows no error", "pages/widgets/guarded.py")


def reruns() -> None:
    """A page that asks for a rerun within a boundary."""
    import streamlit as st

    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    try:
        if st.session_state["runs"] == 1:
            st.rerun()
    except Exception:  # noqa: BLE001 – this is what is tried
        st.session_state["caught"] = True


def test_streamlit_reruns_through_every_boundary() -> None:
    """What it raises to stop or rerun a script is no `Exception`."""
    state = AppTest.from_function(reruns, default_timeout=60).run().session_state
    assert ("caught" not in state, state["runs"]) == (True, 2), look(
        "streamlit", "a rerun is an Exception", "pages/widgets/guarded.py"
    )


def with_a_component() -> None:
    """A page with a component that has a state."""
    import streamlit as st

    before = st.session_state.get("field")
    made = st.components.v2.component("upgrades", html="<p></p>")
    made(key="field", default={"marks": [1]}, on_marks_change=lambda: None)
    st.session_state["before"] = before and before["marks"]


def test_streamlit_keeps_a_component_s_state_under_its_key() -> None:
    """From the second run on it is there before the component is drawn again."""
    page = AppTest.from_function(with_a_component, default_timeout=60).run()
    assert page.session_state["before"] is None
    assert page.run().session_state["before"] == [1], look(
        "streamlit", "a component's state lies elsewhere", "pages/widgets/canvas.py"
    )


# ---- the command line, locks, settings


def test_uvicorn_s_protocols_take_what_the_last_connections_are_given() -> None:
    """`service/server.py` hands them over as `Server.startup` does."""
    config = uvicorn.Config(lambda: None)
    config.load()
    given = {"config", "server_state", "app_state"}
    assert given <= {*inspect.signature(config.http_protocol_class).parameters}
    started = inspect.getsource(uvicorn.Server.startup)
    assert all(f"{name}=" in started for name in given)
    assert "self.servers = [server]" in started
    assert "app_state=self.lifespan.state" in started


def test_typer_tells_wrong_arguments_by_its_own_exception() -> None:
    """Where it is not to end the process itself; a command without its subcommand tells its help."""
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)
    app.command("one")(lambda number: None)
    app.command("two")(lambda: None)
    for words, says in ((["one"], "number"), (["three"], "three"), ([], "Usage: ")):
        with pytest.raises(found("typer.exceptions.TyperException")) as caught:
            app(words, standalone_mode=False)
        message = caught.value.format_message()
        assert says.lower() in message.lower(), look("typer", f"it says {message!r}", "main() in cli/app.py")


def test_a_lock_is_released_by_another_thread(tmp_path: Path) -> None:
    """The job runner takes it in its own thread."""
    lock = FileLock(tmp_path / "lock", thread_local=False)
    taking = threading.Thread(target=lock.acquire)
    taking.start()
    taking.join()
    lock.release()
    assert not lock.is_locked, look("filelock", "a lock belongs to a thread", "jobs/runner.py")
    FileLock(tmp_path / "lock").acquire(timeout=0).lock.release()


def test_pydantic_names_its_errors_as_we_translate_them() -> None:
    """Kinds of error that have another name would be told in pydantic's own words."""
    known = set(get_args(core_schema.ErrorType))
    ours = set(fields._WRONG)
    assert ours <= known, look("pydantic", f"there are no errors {ours - known}", "_WRONG in config/fields.py")


@pytest.mark.parametrize("words", PLOTLYS_WORDS)
def test_plotly_looks_up_its_texts_by_these_words(words: str) -> None:
    """Otherwise they would stay in English."""
    problem = look("plotly", f"plotly.js has no text {words!r}", "pages/widgets/live_chart.py")
    assert f'"{words}"' in get_plotlyjs(), problem

"""Models out of the registry, and models in, from anybody.

A `.keras` file can name any function of any installed module, ask for gigabytes with a kilobyte, or unpack to
far more than it weighs; Keras' own safe mode does not stop all of that. So an import is judged before Keras
sees it (layers on an allow-list, sizes under caps), and opened only in a subprocess with limits.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from mnist_core.errors import InputError, StudioError
from mnist_core.registry import Card, Model, Registry
from mnist_core.workspace import Workspace, replacing

FILES = ("model.keras", "model.onnx", "card.json")
MEMBERS = {"metadata.json", "config.json", "model.weights.h5"}
MAX_FILE = 200 * 2**20
MAX_CONFIG = 2**20
MAX_DEPTH = 60
MAX_PARAMETERS = 20_000_000
OPEN_TIMEOUT_S = 120
OPEN_MEMORY = 8 * 2**30

LAYERS = frozenset(
    "Activation Add Average AveragePooling2D BatchNormalization Concatenate Conv2D Dense DepthwiseConv2D Dropout ELU "
    "Flatten Functional GaussianNoise GlobalAveragePooling2D GlobalMaxPooling2D GroupNormalization InputLayer "
    "LayerNormalization LeakyReLU MaxPooling2D Maximum Multiply PReLU ReLU Rescaling Reshape SeparableConv2D "
    "Sequential Softmax SpatialDropout2D ZeroPadding2D".split()
)
"""The Keras layers that an imported model may be made of: none of them runs code of its own."""

HELPERS = frozenset(
    "DTypePolicy L1 L2 L1L2 Zeros Ones Constant RandomNormal RandomUniform TruncatedNormal VarianceScaling "
    "GlorotUniform GlorotNormal HeNormal HeUniform LecunNormal LecunUniform Orthogonal MaxNorm UnitNorm NonNeg".split()
)
MODULES = frozenset(
    "keras keras.layers keras.models keras.initializers keras.regularizers keras.constraints keras.dtype_policies "
    "keras.src.models.functional keras.src.models.sequential keras.src.engine.functional".split()
)


def export_model(model: Model, path: Path) -> None:
    """Copy a model out: to .keras, to .onnx, or to a .zip with both and the card.

    Raises:
        InputError: another ending.
    """
    with replacing(path) as temporary:
        if path.suffix in (".keras", ".onnx"):
            shutil.copyfile(model.folder / f"model{path.suffix}", temporary)
        elif path.suffix == ".zip":
            with zipfile.ZipFile(temporary, "w") as archive:
                for name in FILES:
                    archive.write(model.folder / name, name)
        else:
            raise InputError(f"{path.name}: a model is exported to .keras, .onnx or .zip (both, and its card).")


def import_model(path: Path, workspace: Workspace, name: str = "") -> Model:
    """Judge a `.keras` file, open it in a limited subprocess, and register it.

    Raises:
        InputError: no such file, not a `.keras` file, damaged, too large, or made of what is not allowed.
        StudioError: it could not be opened within the limits.
    """
    check_file(path)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "mnist_core", "open-model", str(path.absolute()), folder]
        try:
            opened = subprocess.run(command, capture_output=True, text=True, timeout=OPEN_TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired:
            raise StudioError(f"{path.name} could not be opened in {OPEN_TIMEOUT_S} s and was not imported.") from None
        if opened.returncode:
            reason = (opened.stderr.strip().splitlines() or ["it asks for more memory than is allowed"])[-1]
            raise InputError(f"{path.name} could not be opened: {reason}")
        card = Card.model_validate_json((Path(folder) / "card.json").read_text(encoding="utf-8"))
        card = card.model_copy(update={"name": name or path.stem[:100] or "imported"})

        def copy(target: Path) -> None:
            for file in Path(folder).glob("model.*"):
                shutil.copy(file, target)

        return Registry(workspace).add(card, copy)


def check_file(path: Path) -> None:
    """Judge a `.keras` file by its content, without Keras.

    Raises:
        InputError: what is wrong with it.
    """
    if not path.is_file():
        raise InputError(f"{path} is no file.")
    if path.stat().st_size > MAX_FILE:
        raise InputError(f"{path.name} is larger than {MAX_FILE >> 20} MB, the most that may be imported.")
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if {info.filename for info in infos} != MEMBERS or len(infos) != len(MEMBERS):
                raise InputError(f"{path.name} is no .keras model: it must hold {', '.join(sorted(MEMBERS))} and no more.")
            sizes = {info.filename: info.file_size for info in infos}
            if sizes["config.json"] > MAX_CONFIG or sum(sizes.values()) > MAX_FILE:
                raise InputError(f"{path.name} unpacks to more than is allowed.")
            config = json.loads(archive.read("config.json"))
            _check_hdf5(archive.read("model.weights.h5"), path.name)
    except (zipfile.BadZipFile, EOFError, NotImplementedError):
        raise InputError(f"{path.name} is damaged, or no .keras file (.h5 and others are not accepted).") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path.name} is damaged: its config.json cannot be read.") from None
    _check_node(config, path.name, 0)
    if (parameters := _dense_parameters(config)) > MAX_PARAMETERS:
        raise InputError(f"{path.name} has a layer of {parameters:,} units or filters; that is too large.")


def _check_node(node: Any, source: str, depth: int) -> None:
    """Every object that the config would make must be on a list."""
    if depth > MAX_DEPTH:
        raise InputError(f"{source} is nested too deeply to be a digit model.")
    if isinstance(node, list):
        for each in node:
            _check_node(each, source, depth + 1)
    elif isinstance(node, dict):
        if "class_name" in node:
            _check_class(node, source)
        for each in node.values():
            _check_node(each, source, depth + 1)


def _check_class(node: dict[str, Any], source: str) -> None:
    name, module = node["class_name"], node.get("module")
    if name == "__keras_tensor__":
        return
    if name not in LAYERS | HELPERS or module not in MODULES or node.get("registered_name") not in (None, name):
        raise InputError(
            f"{source} uses {module}.{name}, which is not allowed: only Keras' own plain layers are, "
            "as others could run code on this machine."
        )


def _dense_parameters(node: Any) -> int:
    """The largest size that any layer asks for."""
    if isinstance(node, list):
        return max(map(_dense_parameters, node), default=0)
    if not isinstance(node, dict):
        return 0
    own = [node.get(key) for key in ("units", "filters", "depth_multiplier")]
    sizes = [size for size in own if isinstance(size, int)]
    return max([*sizes, *map(_dense_parameters, node.values())], default=0)


def _check_hdf5(content: bytes, source: str) -> None:
    """Plain data sets only: no external, soft or virtual links, which reach out of the file."""
    import io

    import h5py

    def check(name: str, link: Any) -> None:
        if not isinstance(link, h5py.HardLink):
            raise InputError(f"{source}: its weights link to {name!r} elsewhere, which is not allowed.")

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            file.visititems_links(check)

            def check_data(name: str, item: Any) -> None:
                if isinstance(item, h5py.Dataset) and (item.is_virtual or item.external):
                    raise InputError(f"{source}: its weights {name!r} lie in other files, which is not allowed.")

            file.visititems(check_data)
    except OSError:
        raise InputError(f"{source} is damaged: its weights cannot be read.") from None

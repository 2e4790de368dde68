"""Models from anywhere into the registry.

A `.keras` file can name any function of any installed module, ask for gigabytes in a kilobyte, or unpack to far more
than its size. Keras' own safe mode does not stop all of that. So an import is checked before Keras sees it
(allow-listed layers, limits on sizes), and it is opened only in a subprocess with limits. HDF5, a C library, is used
only there.
"""

import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from mnist_core.common import archives, names, processes
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.files import check_regular, scratch_folder
from mnist_core.common.language import _, listed
from mnist_core.common.workspace import Workspace
from mnist_core.models.card import Card
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry

MEMBERS = {"metadata.json", "config.json", "model.weights.h5"}
MAX_FILE = 200 * 2**20
MAX_CONFIG = 2**20
MAX_DEPTH = 60
MAX_PARAMETERS = 20_000_000
MAX_SIZE = 20_000
"""The largest number in a layer's configuration: units, filters, kernel size, …"""
MAX_OUTPUT = 4_000_000
"""The most numbers that a layer may output for one image: a hundred times what any network for 28×28 pixels needs."""
NO_SIZES = ("seed", "shared_object_id")
OPEN_TIMEOUT_S = 120
OPEN_MEMORY = 3 * 2**30
"""The address space that opening may take in addition to Keras itself; it uses about a third of it."""

OUT_OF_MEMORY = re.compile("out of memory|bad_alloc|cannot allocate|failed to allocate|MemoryError", re.IGNORECASE)

LAYERS = frozenset(
    "Activation Add Average AveragePooling2D BatchNormalization Concatenate Conv2D Cropping2D Dense "
    "DepthwiseConv2D Dropout ELU EinsumDense Flatten Functional GRU GaussianNoise GlobalAveragePooling1D "
    "GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D GroupNormalization InputLayer LSTM LSTMCell "
    "LayerNormalization LeakyReLU MaxPooling2D Maximum MultiHeadAttention Multiply PReLU Permute RNN ReLU "
    "Rescaling Reshape SeparableConv2D Sequential Softmax SpatialDropout2D ZeroPadding2D".split()
)
"""The Keras layers that an imported model may have. None of them runs code of its own."""

HELPERS = frozenset(
    "DTypePolicy L1 L2 L1L2 Zeros Ones Constant RandomNormal RandomUniform TruncatedNormal VarianceScaling "
    "GlorotUniform GlorotNormal HeNormal HeUniform LecunNormal LecunUniform Orthogonal MaxNorm UnitNorm NonNeg".split()
)

MODULES = frozenset(
    "keras keras.layers keras.models keras.initializers keras.regularizers keras.constraints keras.dtype_policies "
    "keras.src.models.functional keras.src.models.sequential keras.src.engine.functional".split()
)


def import_model(path: Path, workspace: Workspace, name: str = "") -> Model:
    """Check a `.keras` file, open it in a limited subprocess, and register it.

    Raises:
        InputError: it is missing, not a `.keras` file, damaged, too large, or has parts that are not allowed.
        StudioError: it could not be opened within the limits.
    """
    check_file(path)
    with scratch_folder() as folder:
        try:
            opened = subprocess.run(
                processes.command("open-model", str(path.absolute()), str(folder)),
                env=processes.environment(CUDA_VISIBLE_DEVICES="-1"),  # CUDA alone would need more than the limit
                capture_output=True,
                encoding="utf-8",
                errors="replace",  # C++ bypasses Python and uses the system's own encoding
                timeout=OPEN_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise StudioError(
                _(
                    "{file} could not be opened within {seconds} s and was not imported.",
                    file=path.name,
                    seconds=OPEN_TIMEOUT_S,
                )
            ) from None
        if opened.returncode:
            raise InputError(_("{file} could not be opened. {reason}", file=path.name, reason=_why(opened)))
        card = Card.parse((folder / "card.json").read_bytes(), path.name)
        found = names.cleaned(name[: names.MAX_NAME]) or names.cleaned(path.stem[: names.MAX_NAME]) or "imported model"
        card = card.model_copy(update={"name": found})

        def copy(target: Path) -> None:
            for file in folder.glob("model.*"):
                shutil.copy(file, target)

        return Registry(workspace).add(card, copy)


def _why(failed: "subprocess.CompletedProcess[str]") -> str:
    if said := processes.failure(failed.stdout):
        return said
    if failed.returncode < 0 or OUT_OF_MEMORY.search(failed.stderr):  # C++ that gets no memory aborts
        return _("It takes more memory than is allowed.")
    return (failed.stderr.strip().splitlines() or [_("The exit status was {status}.", status=failed.returncode)])[-1]


def check_file(path: Path) -> None:
    """Check a `.keras` file's content without Keras.

    Raises:
        InputError: something is wrong with it.
    """
    check_regular(path, MAX_FILE)
    try:
        with archives.opened(path) as archive:
            infos = archive.infolist()
            if {info.filename for info in infos} != MEMBERS or len(infos) != len(MEMBERS):
                members = listed(sorted(MEMBERS))
                raise InputError(
                    _("{file} is not a .keras model: it must hold only {members}.", file=path.name, members=members)
                )
            sizes = {info.filename: info.file_size for info in infos}
            if sizes["config.json"] > MAX_CONFIG or sum(sizes.values()) > MAX_FILE:
                raise InputError(_("{file} unpacks to more than is allowed.", file=path.name))
            text = archives.read(archive, "config.json", MAX_CONFIG)
            damaged = archive.testzip()
    except archives.BROKEN:
        raise InputError(
            _(
                "{file} is damaged or is not a .keras file. Other formats, such as .h5, cannot be imported.",
                file=path.name,
            )
        ) from None
    config = _json(text)
    if damaged is not None or not isinstance(config, dict):
        member = damaged or "config.json"
        raise InputError(_("{file} is damaged: its {member} cannot be read.", file=path.name, member=member))
    config.pop("compile_config", None)  # loss and optimizer, which are not loaded
    _check_node(config, path.name, 0)
    if (size := _largest_size(config)) > MAX_SIZE:
        raise InputError(
            _(
                "{file} has a layer that asks for a size of {size:,}. The limit is {limit:,}.",
                file=path.name,
                size=size,
                limit=MAX_SIZE,
            )
        )


def _json(text: bytes) -> Any:
    """The value; None if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _check_node(node: Any, source: str, depth: int) -> None:
    """Refuse a config that would create an object outside the allow-list."""
    if depth > MAX_DEPTH:
        raise InputError(_("{file} is nested too deeply to be a digit model.", file=source))
    if isinstance(node, list):
        for each in node:
            _check_node(each, source, depth + 1)
    elif isinstance(node, dict):
        if "class_name" in node:
            _check_class(node, source)
        if isinstance(name := node.get("name"), str) and names.plain(name) != name:
            raise InputError(
                _(
                    "{file} has a layer with control characters in its name: {layer!r}. Rename the layer.",
                    file=source,
                    layer=name[:50],
                )
            )
        for each in node.values():
            _check_node(each, source, depth + 1)


def _check_class(node: dict[str, Any], source: str) -> None:
    name, module = node["class_name"], node.get("module")
    if name == "__keras_tensor__":
        return
    known = isinstance(name, str) and name in LAYERS | HELPERS and isinstance(module, str) and module in MODULES
    if not known or node.get("registered_name") not in (None, name):
        raise InputError(
            _(
                "{file} uses {layer}, which is not allowed. Only Keras' own plain layers are allowed, because others "
                "could run code on this machine.",
                file=source,
                layer=f"{module}.{name}",
            )
        )


def _largest_size(node: Any) -> int:
    """The largest whole number in the config, except those that are not sizes."""
    if isinstance(node, list):
        return max(map(_largest_size, node), default=0)
    if isinstance(node, dict):
        return max((_largest_size(value) for key, value in node.items() if key not in NO_SIZES), default=0)
    return node if isinstance(node, int) else 0


def check_weights(path: Path) -> None:
    """Check the weights of a `.keras` file: only plain data sets inside the file, and not too large.

    Raises:
        InputError: they are damaged, too large, or refer to another file (soft or external links, virtual data).
    """
    import h5py  # only ever in the subprocess

    def is_elsewhere(name: str, link: Any) -> str | None:
        return None if isinstance(link, h5py.HardLink) else name

    sizes = []

    def lies_elsewhere(name: str, item: Any) -> str | None:
        if not isinstance(item, h5py.Dataset):
            return None
        sizes.append(item.nbytes)
        return name if item.is_virtual or item.external else None

    try:
        with (
            archives.opened(path) as archive,
            h5py.File(io.BytesIO(archives.read(archive, "model.weights.h5", MAX_FILE)), "r") as file,
        ):
            # A visitor's return value ends the visit. An error raised in a visitor would be lost in C.
            found = file.visititems_links(is_elsewhere) or file.visititems(lies_elsewhere)
    except (*archives.BROKEN, KeyError):
        raise InputError(_("The weights are damaged and cannot be read.")) from None
    if found:
        raise InputError(_("The weights {name!r} refer to another file, which is not allowed.", name=found))
    if sum(sizes) > MAX_FILE:
        raise InputError(_("The weights unpack to more than is allowed."))

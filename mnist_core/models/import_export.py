"""Models from anywhere into the registry.

A model file can name any function of any installed module, ask for gigabytes in a kilobyte, or unpack to far more than
its size. Keras' own safe mode does not stop all of that. So an import is checked before Keras or ONNX Runtime sees it
(allow-listed layers and operators, limits on sizes), and it is opened only in a subprocess with limits. HDF5 and
Protocol Buffers, in C, are used only there.
"""

import io
import json
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mnist_core.common import archives, names, processes
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.files import check_regular, scratch_folder, unreadable
from mnist_core.common.language import _, listed
from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets
from mnist_core.models import hdf5
from mnist_core.models.card import Card
from mnist_core.models.input_form import Wanted
from mnist_core.models.keras_config import check_config
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry

MEMBERS = {"metadata.json", "config.json", "model.weights.h5"}
MAX_FILE = 200 * 2**20
MAX_CONFIG = 2**20
MAX_PARAMETERS = 20_000_000
MAX_OUTPUT = 4_000_000
"""The most numbers that a layer may output for one image: a hundred times what any network for 28×28 pixels needs."""
OPEN_TIMEOUT_S = 120
OPEN_MEMORY = 3 * 2**30
"""The address space that opening may take in addition to Keras itself; it uses about a third of it."""

PYTORCH = (".pt", ".pth", ".bin", ".pkl", ".pickle", ".ckpt")
OUT_OF_MEMORY = re.compile("out of memory|bad_alloc|cannot allocate|failed to allocate|MemoryError", re.IGNORECASE)

Kind = Literal["keras", "h5", "onnx"]
"""The kinds of files that are imported."""
ENDINGS = (".keras", ".h5", ".hdf5", ".onnx")
SAMPLE = 1000
"""Digits on which the form of the images is found out."""


def import_model(path: Path, workspace: Workspace, name: str = "", wanted: Wanted | None = None) -> Model:
    """Check a model file (.keras, .h5 or .onnx), open it in a limited subprocess, and register it.

    Args:
        wanted: what the person says about the images that the network wants.

    Raises:
        InputError: it is missing, not such a file, damaged, too large, or has parts that are not allowed.
        StudioError: it could not be opened within the limits.
    """
    kind = check_kind(path)
    if kind == "keras":
        check_file(path)
    with scratch_folder() as folder:
        _write_digits(folder / "digits.npz", workspace)
        wanted = wanted or Wanted()
        inverted = "" if wanted.inverted is None else str(wanted.inverted)
        try:
            opened = subprocess.run(
                processes.command("open-model", str(path.absolute()), str(folder), kind, wanted.scale or "", inverted),
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


def check_kind(path: Path) -> Kind:
    """The kind of a model file, by its content; an ONNX file by its name.

    Raises:
        InputError: it is missing, too large, or of another kind.
    """
    start = read_start(path)
    if start.startswith(b"\x89HDF"):
        return "h5"
    if path.suffix.lower() == ".onnx":
        return "onnx"
    if path.suffix.lower() in PYTORCH:
        raise InputError(
            _(
                "{file} is a file of PyTorch, which could run code on this machine. Export the model with "
                "torch.onnx.export and import the .onnx file.",
                file=path.name,
            )
        )
    if path.suffix.lower() in ENDINGS or start.startswith(b"PK"):
        return "keras"
    raise InputError(_("{file} is not a model file. Allowed: {endings}.", file=path.name, endings=listed(ENDINGS)))


def read_start(path: Path) -> bytes:
    """The first bytes of a file.

    Raises:
        InputError: it is missing, no regular file, or too large.
    """
    check_regular(path, MAX_FILE)
    try:
        with path.open("rb") as file:
            return file.read(8)
    except OSError as error:
        raise unreadable(path, error) from None


def _write_digits(target: Path, workspace: Workspace) -> None:
    """Real digits, some of MNIST's training images, if MNIST is on this machine; otherwise nothing."""
    with suppress(StudioError):  # a damaged copy of MNIST is told where it is used
        if datasets.find_mnist(workspace):
            mnist = datasets.mnist(workspace)
            chosen = np.random.default_rng(0).permutation(len(mnist.y_train))[:SAMPLE]
            np.savez(target, allow_pickle=False, x=mnist.x_train[chosen], y=mnist.y_train[chosen])


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
                "{file} is damaged or is not a model file. Allowed: {endings}.",
                file=path.name,
                endings=listed(ENDINGS),
            )
        ) from None
    config = _json(text)
    if damaged is not None or not isinstance(config, dict):
        member = damaged or "config.json"
        raise InputError(_("{file} is damaged: its {member} cannot be read.", file=path.name, member=member))
    config.pop("compile_config", None)  # loss and optimizer, which are not loaded
    check_config(config, path.name)


def _json(text: bytes) -> Any:
    """The value; None if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def check_weights(path: Path) -> None:
    """Check the weights of a `.keras` file: only plain data sets inside the file, and not too large.

    Raises:
        InputError: they are damaged, too large, or refer to another file.
    """
    try:
        with archives.opened(path) as archive:
            content = archives.read(archive, "model.weights.h5", MAX_FILE)
    except (*archives.BROKEN, KeyError):
        raise InputError(_("The weights are damaged and cannot be read.")) from None
    hdf5.check_plain(io.BytesIO(content), MAX_FILE)

"""The table of formats that a model is exported to. A new one is a function and a line."""

import pkgutil
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from mnist_core.common.errors import InputError, UnreadableError
from mnist_core.common.files import exporting
from mnist_core.common.language import N_, Text, _, listed, sentences
from mnist_core.models.model import Model

Maker: TypeAlias = Callable[[Model, Path, npt.NDArray[np.uint8] | None], None]
"""Writes a model to a path. For int8 it gets images (N, 28, 28), on which the scales are measured."""

MAX_STEM = 60
"""The most characters of a model's name in the name of a file."""


def _copy_keras(model: Model, path: Path) -> None:
    shutil.copyfile(model.keras, path)


def _copy_onnx(model: Model, path: Path) -> None:
    shutil.copyfile(model.onnx, path)


def _html(model: Model, path: Path) -> None:
    from mnist_core.models.html.page import page  # with it come the synthetic digits, for its self-test

    path.write_text(page(model), encoding="utf-8")


def _small_html(model: Model, path: Path) -> None:
    from mnist_core.models.html.page import page

    path.write_text(page(model, "int8"), encoding="utf-8")


def _zip(model: Model, path: Path) -> None:
    with zipfile.ZipFile(path, "w", strict_timestamps=False) as archive:
        for file in (model.keras, model.onnx, model.folder / "card.json"):
            if file.exists():
                archive.write(file, file.name)
        if model.card.sources:
            archive.writestr("NOTICE.md", model.card.sources)


@dataclass(frozen=True)
class ExportFormat:
    """One format."""

    name: str
    """As `export --format` has it."""
    suffix: str
    """The ending of its files; empty for a folder."""
    description: str
    """Its use, in a few words."""
    write: Callable[[Model, Path], None] | None = None
    """None if only the engine can write it."""
    maker: str = ""
    """"module:name" of the `Maker` in the engine that writes it instead."""
    runtime: str = ""
    """The program that opens it, in `engine/export/runtimes.py`; empty if it is not tried."""
    int8: bool = False
    needs_keras: bool = False
    """Whether it is made from the Keras file."""
    needs_onnx: bool = False
    """Whether it is made from the ONNX file, which only digit models can have."""

    @property
    def key(self) -> str:
        """Its name in the table."""
        return f"{self.name}-int8" if self.int8 else self.name

    @property
    def title(self) -> str:
        """What people call it, in every language."""
        return f"{self.suffix or 'SavedModel'}{' int8' if self.int8 else ''}"

    def least_agreement(self, model: Model) -> float:
        """The share of images for which a file must predict the same digit as the model."""
        return 0.98 if self.int8 or model.card.is_int8 else 0.999

    def least_refusals(self, model: Model) -> float:
        """The share of non-digits that a file must refuse, or take for a digit, as the model does."""
        return 0.95 if self.int8 or model.card.is_int8 else 0.99

    def load(self) -> Maker:
        """The engine's function: imports the engine, so only a trainer or a command calls it."""
        found: Maker = pkgutil.resolve_name(self.maker)
        return found


_INT8, _TENSORFLOW = "mnist_core.engine.export.int8:make", "mnist_core.engine.export.tensorflow_files:make"
FORMATS = {
    each.key: each
    for each in (
        ExportFormat(
            "html", ".html", N_("one page that reads digits in any browser, offline"), _html, runtime="html",
            needs_onnx=True,
        ),
        ExportFormat(
            "html", ".html", N_("the same page, smaller"), _small_html, runtime="html", int8=True, needs_onnx=True,
        ),
        ExportFormat(
            "onnx", ".onnx", N_("to predict with, in any program"), _copy_onnx, runtime="onnx", needs_onnx=True
        ),
        ExportFormat(
            "onnx", ".onnx", N_("the same, smaller and faster"), maker=_INT8, runtime="onnx",
            int8=True, needs_onnx=True,
        ),
        ExportFormat(
            "litert", ".tflite", N_("for phones and small devices"), maker=_TENSORFLOW, runtime="litert",
            needs_keras=True,
        ),
        ExportFormat(
            "litert", ".tflite", N_("the same, smaller and faster"),
            maker=_TENSORFLOW, runtime="litert", int8=True, needs_keras=True,
        ),
        ExportFormat(
            "saved-model", "", N_("for TensorFlow and TensorFlow Serving"), maker=_TENSORFLOW,
            runtime="saved-model", needs_keras=True,
        ),
        ExportFormat("keras", ".keras", N_("to train on"), _copy_keras, runtime="keras", needs_keras=True),
        ExportFormat("zip", ".zip", N_("the .keras file, the .onnx file and the card"), _zip),
    )
}  # fmt: skip
"""Key → format."""


def formats_of(model: Model) -> list[ExportFormat]:
    """The formats that the model can be exported to."""
    return [
        each
        for each in FORMATS.values()
        if (model.onnx.exists() or not each.needs_onnx)
        and not (model.card.is_int8 and each.key == "onnx-int8")  # its ONNX file is that already
        and not (each.needs_keras and model.card.predicts_only)
        and (each.write is not None or model.card.usable)
    ]


def copied(formats: Iterable[ExportFormat]) -> dict[str, ExportFormat]:
    """Suffix → the format whose file the app writes at once, without the engine."""
    return {each.suffix: each for each in formats if each.write is not None and not each.int8}


def size_of(path: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    return sum(each.stat().st_size for each in [path, *path.rglob("*")] if each.is_file())


def file_name(model: Model, wanted: ExportFormat) -> str:
    """A name for an exported file, after the model: letters, digits and hyphens only."""
    stem = "-".join(re.findall(r"[^\W_]+", model.name.lower()))[:MAX_STEM].rstrip("-") or "model"
    return f"{stem}{'-int8' if wanted.int8 else ''}{wanted.suffix or '-' + wanted.name}"


def described(formats: Iterable[ExportFormat]) -> Text:
    """The formats in one line: each ending with its use."""
    return listed(_("{value} ({meaning})", value=each.suffix, meaning=_(each.description)) for each in formats)


def export_model(model: Model, path: Path) -> None:
    """Write a model to a file whose ending names the format.

    Raises:
        InputError: the ending is unknown, the path cannot be written to, or this model lacks the format.
        UnreadableError: the model's file is missing or damaged.
    """
    allowed = copied(formats_of(model))
    if (found := allowed.get(path.suffix.lower())) is None:
        refused = _(
            "{file} cannot be written: {name} can be exported to {formats}.",
            file=path.name, name=model.name, formats=described(allowed.values()),
        )  # fmt: skip
        why_not = [model.without_onnx] if path.suffix.lower() in copied(FORMATS.values()) and model.without_onnx else []
        raise InputError(sentences([refused, *why_not]))
    if problem := model.without_onnx if found.needs_onnx or model.card.predicts_only else model.without_keras:
        raise UnreadableError(problem)
    with exporting(path) as temporary:
        assert found.write is not None
        found.write(model, temporary)

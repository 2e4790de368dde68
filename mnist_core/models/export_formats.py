"""The table of formats that a model is exported to. A new one is a function and a line."""

import shutil
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from mnist_core.common.errors import InputError, UnreadableError
from mnist_core.common.files import exporting
from mnist_core.models.registry import Model


def _copy_keras(model: Model, path: Path) -> None:
    shutil.copyfile(model.keras, path)


def _copy_onnx(model: Model, path: Path) -> None:
    shutil.copyfile(model.onnx, path)


def _zip(model: Model, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for file in (model.keras, model.onnx, model.folder / "card.json"):
            if file.exists():
                archive.write(file, file.name)


@dataclass(frozen=True)
class ExportFormat:
    """One format."""

    suffix: str
    description: str
    write: Callable[[Model, Path], None]
    needs_onnx: bool = False
    """Whether the format is made of the ONNX file, which only a digit model has, and not every one of those."""


FORMATS = {
    each.suffix: each
    for each in (
        ExportFormat(".keras", "to train on", _copy_keras),
        ExportFormat(".onnx", "to predict with, in any program", _copy_onnx, needs_onnx=True),
        ExportFormat(".zip", "both, and the card", _zip),
    )
}


def formats_of(model: Model) -> list[ExportFormat]:
    """The formats that the model can be exported to."""
    return [each for each in FORMATS.values() if model.onnx.exists() or not each.needs_onnx]


def described(formats: Iterable[ExportFormat]) -> str:
    """The formats in one line: endings, each with its use."""
    return ", ".join(f"{each.suffix} ({each.description})" for each in formats)


def export_model(model: Model, path: Path) -> None:
    """Write a model to a file whose ending names the format.

    Raises:
        InputError: another ending, a place that cannot be written to, or a format that this model cannot have.
        UnreadableError: the model's file is missing or damaged.
    """
    allowed = {each.suffix: each for each in formats_of(model)}
    if (found := allowed.get(path.suffix.lower())) is None:
        why_not = model.without_onnx if path.suffix.lower() in FORMATS else ""
        said = f"{path.name}: {model.name} can be exported to {described(allowed.values())}. {why_not}"
        raise InputError(said.rstrip())
    if problem := model.without_onnx if found.needs_onnx else model.without_keras:
        raise UnreadableError(problem)
    with exporting(path) as temporary:
        found.write(model, temporary)

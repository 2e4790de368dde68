"""The table of formats that a model is exported to. A new one is a function and a line."""

import re
import shutil
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from mnist_core.common.errors import InputError, UnreadableError
from mnist_core.common.files import exporting
from mnist_core.common.language import N_, Text, _, listed, sentences
from mnist_core.models.model import Model

MAX_STEM = 60
"""The most characters of a model's name in the name of a file."""


def _copy_keras(model: Model, path: Path) -> None:
    shutil.copyfile(model.keras, path)


def _copy_onnx(model: Model, path: Path) -> None:
    shutil.copyfile(model.onnx, path)


def _html(model: Model, path: Path) -> None:
    from mnist_core.models.html.page import page  # with it come the synthetic digits, for its self-test

    path.write_text(page(model), encoding="utf-8")


def _zip(model: Model, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for file in (model.keras, model.onnx, model.folder / "card.json"):
            if file.exists():
                archive.write(file, file.name)
        if model.card.sources:
            archive.writestr("NOTICE.md", model.card.sources)


@dataclass(frozen=True)
class ExportFormat:
    """One format."""

    suffix: str
    description: str
    """Its use, in a few words."""
    write: Callable[[Model, Path], None]
    needs_onnx: bool = False
    """Whether the format needs the ONNX file, which only digit models can have."""


FORMATS = {
    each.suffix: each
    for each in (
        ExportFormat(".keras", N_("to train on"), _copy_keras),
        ExportFormat(".onnx", N_("to predict with, in any program"), _copy_onnx, needs_onnx=True),
        ExportFormat(".html", N_("one page that reads digits in any browser, offline"), _html, needs_onnx=True),
        ExportFormat(".zip", N_("both files and the card"), _zip),
    )
}


def formats_of(model: Model) -> list[ExportFormat]:
    """The formats that the model can be exported to."""
    return [
        each
        for each in FORMATS.values()
        if (model.onnx.exists() or not each.needs_onnx) and not (each.suffix == ".keras" and model.card.predicts_only)
    ]


def file_name(model: Model, suffix: str) -> str:
    """A name for an exported file, after the model: letters, digits and hyphens only."""
    words = re.findall(r"[^\W_]+", model.name.lower())
    return f"{'-'.join(words)[:MAX_STEM].rstrip('-') or 'model'}{suffix}"


def described(formats: Iterable[ExportFormat]) -> Text:
    """The formats in one line: each ending with its use."""
    return listed(_("{value} ({meaning})", value=each.suffix, meaning=_(each.description)) for each in formats)


def export_model(model: Model, path: Path) -> None:
    """Write a model to a file whose ending names the format.

    Raises:
        InputError: the ending is unknown, the path cannot be written to, or this model lacks the format.
        UnreadableError: the model's file is missing or damaged.
    """
    allowed = {each.suffix: each for each in formats_of(model)}
    if (found := allowed.get(path.suffix.lower())) is None:
        refused = _(
            "{file} cannot be written: {name} can be exported to {formats}.",
            file=path.name, name=model.name, formats=described(allowed.values()),
        )  # fmt: skip
        why_not = [model.without_onnx] if path.suffix.lower() in FORMATS and model.without_onnx else []
        raise InputError(sentences([refused, *why_not]))
    if problem := model.without_onnx if found.needs_onnx or model.card.predicts_only else model.without_keras:
        raise UnreadableError(problem)
    with exporting(path) as temporary:
        found.write(model, temporary)

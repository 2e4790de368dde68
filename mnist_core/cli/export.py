"""export: a model's file for other programs, tried before it is told."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from mnist_core.cli import encrypted
from mnist_core.cli.shared import (
    JsonOption,
    ModelOption,
    WorkspaceOption,
    find_model,
    libraries_silent,
    output,
    print_json,
)
from mnist_core.common import cancelling, encryption
from mnist_core.common.errors import InputError
from mnist_core.common.files import expanded, exporting, scratch_folder
from mnist_core.common.language import Text, _, listed, sentences
from mnist_core.common.text import megabytes
from mnist_core.common.workspace import Workspace
from mnist_core.evaluation.reports import TRIED_IMAGES, ExportedFile
from mnist_core.models.bundle import bundle
from mnist_core.models.export_formats import FORMATS, ExportFormat, file_name, formats_of
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry

TRIED = [each for each in FORMATS.values() if each.runtime]
NAMES = tuple(dict.fromkeys(each.name for each in TRIED))


def export(
    path: Annotated[
        str,
        typer.Argument(
            help=_(
                "A file, or a folder for a SavedModel. It may end with .zip, .encrypted or .zip.encrypted. "
                "[named after the model]"
            )
        ),
    ] = "",
    model: ModelOption = "",
    format_name: Annotated[str, typer.Option("--format", help=_("One of {names}.", names=listed(NAMES)))] = "html",
    int8: Annotated[bool, typer.Option("--int8", help=_("Store 8-bit integers. The file is smaller."))] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Write a model to a file for other programs, and check the file."""
    place = Workspace.open(workspace)
    chosen = find_model(model, Registry(place))
    wanted = _format(chosen, format_name, int8=int8)
    target = expanded(path) if path else Path(file_name(chosen, wanted))
    _check_target(target, wanted)
    with encrypted.target(target) as plain, libraries_silent():
        with cancelling.loading():
            from mnist_core.engine.export import files
        with exporting(plain) as temporary, scratch_folder() as folder:
            made = folder / file_name(chosen, wanted)
            report = files.make(chosen, wanted, made, files.Samples(place))
            if in_zip := plain.suffix.lower() == ".zip":
                bundle(chosen, wanted, made, temporary)
            else:
                shutil.move(made, temporary)
    if as_json:
        print_json({"exported": chosen.name, "id": chosen.id, "path": str(target), **report.model_dump(mode="json")})
        return
    output.print(_("{model} was written to {file}.", model=chosen.name, file=str(target)), soft_wrap=True)
    for line in described(report, in_zip=in_zip):
        output.print(line, soft_wrap=True)


def described(report: ExportedFile, *, in_zip: bool) -> Iterator[Text]:
    """What was found when the file was tried, in sentences.

    Args:
        in_zip: whether the file is one of several in a zip.
    """
    size, runtime = megabytes(report.bytes), report.runtime
    if in_zip:
        yield _("Size of the model's file in the zip: {size}. Opened by {runtime}.", size=size, runtime=runtime)
    else:
        yield _("Size: {size}. Opened by {runtime}.", size=size, runtime=runtime)
    measured = _(TRIED_IMAGES[report.images], count=report.count)
    compared = _(
        "It predicts {accuracy:.2%} of them correctly, the model {before:.2%}. Both predict the same digit for "
        "{agreement:.2%} of them. Their probabilities differ by at most {difference:.2g}.",
        accuracy=report.accuracy, before=report.model_accuracy, agreement=report.agreement,
        difference=report.difference,
    )  # fmt: skip
    yield sentences([measured, compared])
    if report.refused is not None:
        refused, before = report.refused, report.model_refused
        yield _("It refuses {refused:.1%} of the non-digits, the model {before:.1%}.", refused=refused, before=before)
    if report.milliseconds is not None:
        yield _("It takes {milliseconds:.3g} ms for an image on one core.", milliseconds=report.milliseconds)


def _format(model: Model, name: str, *, int8: bool) -> ExportFormat:
    """Raises:
    InputError: there is no such format, or none for this model.
    """
    named = [each for each in TRIED if each.name == name]
    if not named:
        raise InputError(_("There is no format {name}. Allowed: {names}.", name=name, names=listed(NAMES)))
    found = next((each for each in named if each.int8 == int8), None)
    if found is None:
        with_int8 = listed(each.name for each in TRIED if each.int8)
        raise InputError(_("The format {name} has no int8 form. These have one: {names}.", name=name, names=with_int8))
    if int8 and model.card.is_int8 and found not in formats_of(model):
        raise InputError(_("{model} is in int8 already. Leave out --int8.", model=model.name))
    if found not in formats_of(model):
        names = listed(dict.fromkeys(each.name for each in formats_of(model) if each.runtime))
        refused = _("{model} can be exported to these formats only: {names}.", model=model.name, names=names)
        raise InputError(sentences(filter(None, [refused, model.without_onnx, model.without_keras])))
    return found


def _check_target(target: Path, wanted: ExportFormat) -> None:
    """Raises:
    InputError: the path has another ending, its folder is missing, or it is a folder that exists.
    """
    if not target.parent.is_dir():
        raise InputError(_("The folder {folder} is missing.", folder=str(target.parent)))
    if Path(encryption.plain_name(target.name)).suffix.lower() not in (wanted.suffix, ".zip"):
        shown = wanted.suffix or _("no ending, for a folder")
        raise InputError(
            _("{file} has the wrong ending. Allowed: {endings}.", file=str(target), endings=listed([shown, ".zip"]))
        )
    if target.is_dir():
        raise InputError(_("{file} is a folder that exists. Choose another name.", file=str(target)))

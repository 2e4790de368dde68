"""models list | activate | import | export | make-onnx | delete | restore."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mnist_core.cli import encrypted, listing
from mnist_core.cli.shared import (
    JsonOption,
    WorkspaceOption,
    command,
    hand_down,
    libraries_silent,
    output,
    print_json,
    tell,
)
from mnist_core.cli.typer_words import CommandGroup
from mnist_core.common import cancelling
from mnist_core.common.errors import InputError
from mnist_core.common.language import Text, _, listed, n_, sentences
from mnist_core.common.text import megabytes
from mnist_core.common.workspace import Workspace
from mnist_core.jobs import purge
from mnist_core.models import import_export
from mnist_core.models.export_formats import FORMATS, copied, described
from mnist_core.models.export_formats import export_model as export_model_to
from mnist_core.models.input_form import SCALES, Wanted
from mnist_core.models.model import Model, Unreadable
from mnist_core.models.registry import Registry

ENDINGS = described(copied(FORMATS.values()).values())

models_app = CommandGroup(no_args_is_help=True, callback=hand_down)


@models_app.command("list", help=_("List the models, newest first. An arrow marks the active model."))
def list_models(
    deleted: Annotated[bool, typer.Option("--deleted", help=_("List the deleted models instead."))] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """List the models, newest first."""
    registry = Registry(Workspace.open(workspace))
    models, active = registry.deleted() if deleted else registry.all(), registry.active().id
    unreadable = registry.unreadable(deleted=deleted)
    rows: list[dict[str, Any]] = [
        {
            "id": model.id,
            "name": model.name,
            "active": model.id == active,
            "loaded": model.id == active,
            "kind": model.card.kind,
            "architecture": model.card.architecture,
            "has_onnx": model.onnx.exists(),
            "test_accuracy": model.card.figures.test_accuracy,
            "import_accuracy": model.card.inputs.accuracy if model.card.inputs else None,
            "parameters": model.card.parameters,
            "created": model.card.created,
            "base": model.card.base,
            "parent": model.card.base,
            "problem": next(iter(model.problems), None),
        }
        for model in models
    ]
    if as_json:
        broken = [{"id": each.id, "name": each.name, "problem": each.problem} for each in unreadable]
        print_json({"models": rows, "unreadable": broken})
        return
    if not models:
        output.print(_("There are no deleted models."))
        return
    columns: dict[str, list[str]] = {
        "": ["→" if model.id == active else "" for model in models],
        _("name"): [model.name for model in models],
        _("kind"): [model.card.kind_text for model in models],
        _("architecture"): [model.card.architecture for model in models],
        _("test accuracy"): [model.card.tested_or_tried or "–" for model in models],
        _("id"): [model.id for model in models],
    }
    listing.show(columns, names=_("name"), optional=_("architecture"))
    if deleted:
        restore = command("models restore ID", workspace)
        output.print(_("To restore a model: {command}", command=restore), soft_wrap=True)
    else:
        output.print(_("→ marks the active model, which the Draw page and `predict` use."))
    for model in models:
        for problem in model.problems:
            output.print(problem, soft_wrap=True)
    for each in unreadable:
        unreadable_one = _("{model} ({id}) is unreadable. {problem}", model=each.name, id=each.id, problem=each.problem)
        output.print(unreadable_one, soft_wrap=True)


@models_app.command("activate", help=_("Make a model the active one, which the Draw page and `predict` use."))
def activate_model(
    name: str,
    anyway: Annotated[
        bool, typer.Option("--anyway", help=_("Even if it is an imported model that predicts few digits correctly."))
    ] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Make a model the active one."""
    registry = Registry(Workspace.open(workspace))
    model = registry.activate(registry.find(name).id, anyway=anyway)
    tell(
        {"active": model.name, "loaded": model.name, "id": model.id},
        _("{model} is the active model.", model=model.name),
        as_json,
    )


@models_app.command("import", help=_("Check a model file from elsewhere and add its model."))
def import_model(
    path: Annotated[Path, typer.Argument(help=_("A .keras, .h5 or .onnx file."))],
    name: Annotated[str, typer.Option(help=_("A name for the model. [the name of the file]"))] = "",
    input_scale: Annotated[
        str,
        typer.Option(help=_("How it wants values x of 0 to 255: {scales}. [found out]", scales=listed(SCALES))),
    ] = "",
    inverted: Annotated[
        bool | None,
        typer.Option(
            "--inverted/--not-inverted", help=_("Whether it wants dark digits on a light background. [found out]")
        ),
    ] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Check a file and add its model."""
    wanted = Wanted.of(input_scale, inverted)
    with encrypted.opened(path) as plain:
        model = import_export.import_model(plain, Workspace.open(workspace), name, wanted)
    said = [_("{model} was added.", model=model.name)]
    if model.card.predicts_only:
        said.append(_("It cannot be fine-tuned, because it comes from an ONNX file."))
    if not model.card.usable:
        said.append(model.no_digit_model)
    elif model.without_onnx:
        said.append(Text.of(model.without_onnx))
    elif model.reads_badly:
        said.append(model.reads_badly)
    elif model.card.inputs:
        said.append(model.card.inputs.text)
    inputs = model.card.inputs
    values = {
        "imported": model.name,
        "id": model.id,
        "usable": model.card.usable,
        "input_scale": inputs.scale if inputs else None,
        "inverted": inputs.inverted if inputs else None,
        "accuracy": inputs.accuracy if inputs else None,
        "predicts_only": model.card.predicts_only,
    }
    tell(values, sentences(said), as_json)


@models_app.command("export", help=_("Write a model to a file."))
def export_model(
    name: str,
    path: Annotated[
        Path,
        typer.Argument(
            help=_(
                "Its ending selects the format: {formats}. Add .encrypted to encrypt it with a passphrase.",
                formats=ENDINGS,
            )
        ),
    ],
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Write a model to a file."""
    model = Registry(Workspace.open(workspace)).find(name)
    with encrypted.target(path) as plain:
        export_model_to(model, plain)
    tell(
        {"exported": model.name, "path": str(path)},
        _("{model} was written to {file}.", model=model.name, file=str(path)),
        as_json,
    )


@models_app.command("make-onnx", help=_("Make or replace a model's ONNX file, which it needs to predict."))
def make_onnx(
    name: str,
    anyway: Annotated[bool, typer.Option("--anyway", help=_("Keep the file even if its predictions differ."))] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Make or replace the ONNX file of a model."""
    place = Workspace.open(workspace)
    model = Registry(place).find(name)
    with libraries_silent():
        with cancelling.loading():
            from mnist_core.engine.export.onnx import make_file
        difference = make_file(model, place, anyway=anyway)
    tell(
        {"made": model.name, "id": model.id, "onnx_difference": difference},
        _(
            "{model} has an ONNX file now. Its logits differ from those of Keras by at most {difference:.2g}.",
            model=model.name,
            difference=difference,
        ),
        as_json,
    )


@models_app.command("delete", help=_("Delete a model, or delete deleted models for good."))
def delete_model(
    name: Annotated[
        str, typer.Argument(help=_("The name or id of a model. With --for-good it may be a deleted one."))
    ] = "",
    for_good: Annotated[bool, typer.Option("--for-good", help=_("Delete it for good, which frees its space."))] = False,
    deleted: Annotated[bool, typer.Option("--deleted", help=_("With --for-good: all deleted models."))] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Delete a model; or delete it, or all deleted ones, for good."""
    if deleted != (not name) or (deleted and not for_good):
        raise InputError(_("Name a model, or delete all deleted models for good with --for-good --deleted."))
    place = Workspace.open(workspace)
    if deleted:
        _purge_deleted(place, as_json)
        return
    model = _deletable(Registry(place), name, deleted_too=for_good)
    if for_good:
        freed = purge.purge(place, model.id)
        sentence = _("{model} was deleted for good. This freed {size}.", model=model.name, size=megabytes(freed))
        tell({"deleted": model.name, "id": model.id, "for_good": True, "freed_bytes": freed}, sentence, as_json)
        return
    registry = Registry(place)
    was_active = registry.active().id == model.id
    registry.delete(model.id)
    said, active = [_("{model} was deleted.", model=model.name)], registry.active().name
    if was_active:
        said.append(_("{model} is the active model now.", model=active))
    said.append(_("To restore it: {command}", command=command(f"models restore {model.id}", workspace)))
    tell({"deleted": model.name, "id": model.id, "active": active}, sentences(said), as_json)


def _purge_deleted(place: Workspace, as_json: bool) -> None:
    """Delete for good what nothing needs."""
    gone, kept, freed = [], [], 0
    for each in purge.deleted(place):
        try:
            freed += purge.purge(place, each.id)
            gone.append(each.name)
        except InputError as error:
            kept.append(error.text)
    if gone:
        sentence = n_(
            "{n} model was deleted for good. This freed {size}.",
            "{n:,} models were deleted for good. This freed {size}.",
            len(gone),
            size=megabytes(freed),
        )
    else:
        sentence = _("No model was deleted for good.") if kept else _("There are no deleted models.")
    values = {"deleted": gone, "kept": kept, "for_good": True, "freed_bytes": freed}
    tell(values, sentences([sentence, *kept]), as_json)


def _deletable(registry: Registry, name: str, *, deleted_too: bool) -> Model | Unreadable:
    """The model of this name or id; one that is unreadable can be deleted as well."""
    models: list[Model | Unreadable] = [*registry.unreadable(), *registry.all()]
    if deleted_too:
        models += [*registry.deleted(), *registry.unreadable(deleted=True)]
    found = next((each for each in models if name in (each.id, each.name)), None)
    return found or registry.find(name)  # which says what there is


@models_app.command("restore", help=_("Restore a deleted model."))
def restore_model(
    model_id: Annotated[
        str, typer.Argument(metavar="ID", help=_("The id of a deleted model: see `models list --deleted`."))
    ],
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Restore a deleted model."""
    name = Registry(Workspace.open(workspace)).restore(model_id)
    tell({"restored": name, "id": model_id}, _("{model} was restored.", model=name), as_json)

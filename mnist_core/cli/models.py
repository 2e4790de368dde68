"""models list | activate | import | export | make-onnx | delete | restore."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from mnist_core.cli.shared import JsonOption, WorkspaceOption, command, libraries_silent, output, tell
from mnist_core.common import cancelling
from mnist_core.common.errors import InputError
from mnist_core.common.text import megabytes, were
from mnist_core.common.workspace import Workspace
from mnist_core.jobs import purge
from mnist_core.models import import_export
from mnist_core.models.export_formats import FORMATS, described
from mnist_core.models.export_formats import export_model as export_model_to
from mnist_core.models.model import Model, Unreadable
from mnist_core.models.registry import Registry

models_app = typer.Typer(
    no_args_is_help=True, help="The models: list, activate, import, export, make-onnx, delete, restore."
)


@models_app.command("list")
def list_models(
    deleted: Annotated[bool, typer.Option("--deleted", help="List the deleted models instead.")] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """List the models, newest first; the active one is marked."""
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
        print(json.dumps({"models": rows, "unreadable": broken}))
        return
    if not models:
        output.print("No model is deleted.")
        return
    table = Table("", "name", "kind", "network", "tested", box=None, padding=(0, 2, 0, 0))
    table.add_column("id", no_wrap=True)  # it is there to be copied
    for model in models:
        mark = "→" if model.id == active else ""
        table.add_row(mark, model.name, model.card.kind, model.card.architecture, model.card.tested or "–", model.id)
    output.print(table)
    if deleted:
        output.print(f"To restore one: {command('models restore ID', workspace)}", soft_wrap=True)
    else:
        output.print("→ marks the active model, which Draw and `predict` use.")
    for model in models:
        for problem in model.problems:
            output.print(problem, soft_wrap=True)
    for each in unreadable:
        output.print(f"{each.name} ({each.id}) is unreadable. {each.problem}", soft_wrap=True)


@models_app.command("activate")
def activate_model(name: str, as_json: JsonOption = False, workspace: WorkspaceOption = "") -> None:
    """Make a model the active one, which Draw and `predict` use."""
    registry = Registry(Workspace.open(workspace))
    model = registry.activate(registry.find(name).id)
    tell({"active": model.name, "loaded": model.name, "id": model.id}, f"{model.name} is the active model.", as_json)


@models_app.command("import")
def import_model(
    path: Annotated[Path, typer.Argument(help="A .keras file.")],
    name: Annotated[str, typer.Option(help="Its name; by default the file's name.")] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Check a file and add its model."""
    model = import_export.import_model(path, Workspace.open(workspace), name)
    warning = f" {model.without_onnx}" if model.card.usable else " It is not a digit model, so it cannot predict."
    tell(
        {"imported": model.name, "id": model.id, "usable": model.card.usable},
        f"{model.name} was added.{warning}".rstrip(),
        as_json,
    )


@models_app.command("export")
def export_model(
    name: str,
    path: Annotated[Path, typer.Argument(help=f"Its ending names the format: {described(FORMATS.values())}.")],
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Write a model to a file."""
    model = Registry(Workspace.open(workspace)).find(name)
    export_model_to(model, path)
    tell({"exported": model.name, "path": str(path)}, f"{model.name} was written to {path}.", as_json)


@models_app.command("make-onnx")
def make_onnx(
    name: str,
    anyway: Annotated[bool, typer.Option("--anyway", help="Keep the file even if its predictions differ.")] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Make the ONNX file of a model that lacks it, or make it anew."""
    model = Registry(Workspace.open(workspace)).find(name)
    with libraries_silent():
        with cancelling.loading():
            from mnist_core.engine.export.onnx import make_file
        difference = make_file(model, anyway=anyway)
    tell(
        {"made": model.name, "id": model.id, "onnx_difference": difference},
        f"{model.name} has an ONNX file now. Its logits differ from Keras' by at most {difference:.2g}.",
        as_json,
    )


@models_app.command("delete")
def delete_model(
    name: Annotated[str, typer.Argument(help="Its name or id. With --for-good, a deleted one's, too.")] = "",
    for_good: Annotated[bool, typer.Option("--for-good", help="Free its space; it cannot be restored.")] = False,
    deleted: Annotated[bool, typer.Option("--deleted", help="With --for-good: all that are deleted already.")] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Delete a model; or delete it, or all deleted ones, for good."""
    if deleted != (not name) or (deleted and not for_good):
        raise InputError("Name a model, or delete all deleted ones with --for-good --deleted.")
    place = Workspace.open(workspace)
    if deleted:
        _purge_deleted(place, as_json)
        return
    model = _deletable(Registry(place), name, deleted_too=for_good)
    if for_good:
        freed = purge.purge(place, model.id)
        sentence = f"{model.name} was deleted for good. {megabytes(freed)} are free again."
        tell({"deleted": model.name, "id": model.id, "for_good": True, "freed_bytes": freed}, sentence, as_json)
        return
    Registry(place).delete(model.id)
    back = command(f"models restore {model.id}", workspace)
    tell({"deleted": model.name, "id": model.id}, f"{model.name} was deleted. To restore it: {back}", as_json)


def _purge_deleted(place: Workspace, as_json: bool) -> None:
    """Delete for good what nothing needs."""
    gone, kept, freed = [], [], 0
    for each in purge.deleted(place):
        try:
            freed += purge.purge(place, each.id)
            gone.append(each.name)
        except InputError as error:
            kept.append(str(error))
    sentence = f"{were(len(gone), 'model')} deleted for good. {megabytes(freed)} are free again."
    if not gone:
        sentence = "No model was deleted for good." if kept else "There are no deleted models."
    values = {"deleted": gone, "kept": kept, "for_good": True, "freed_bytes": freed}
    tell(values, " ".join([sentence, *kept]), as_json)


def _deletable(registry: Registry, name: str, *, deleted_too: bool) -> Model | Unreadable:
    """The model of this name or id; one that is unreadable can be deleted as well."""
    models: list[Model | Unreadable] = [*registry.unreadable(), *registry.all()]
    if deleted_too:
        models += [*registry.deleted(), *registry.unreadable(deleted=True)]
    found = next((each for each in models if name in (each.id, each.name)), None)
    return found or registry.find(name)  # which says what there is


@models_app.command("restore")
def restore_model(
    model_id: Annotated[str, typer.Argument(metavar="ID", help="See `models list --deleted`.")],
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Restore a deleted model."""
    name = Registry(Workspace.open(workspace)).restore(model_id)
    tell({"restored": name, "id": model_id}, f"{name} was restored.", as_json)

"""models list | load | import | export | delete."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from mnist_core import transfer
from mnist_core.commands.shared import JsonOption, WorkspaceOption, output, tell
from mnist_core.registry import Registry
from mnist_core.workspace import Workspace

models_app = typer.Typer(no_args_is_help=True, help="The models: list, load, import, export, delete.")


@models_app.command("list")
def list_models(as_json: JsonOption = False, workspace: WorkspaceOption = "") -> None:
    """The models, newest first; the loaded one is marked."""
    registry = Registry(Workspace.open(workspace))
    loaded = registry.loaded().id
    rows: list[dict[str, Any]] = [
        {
            "id": model.id,
            "name": model.name,
            "loaded": model.id == loaded,
            "kind": model.card.kind,
            "architecture": model.card.architecture,
            "test_accuracy": model.card.figures.get("test_accuracy"),
            "parameters": model.card.parameters,
            "created": model.card.created,
            "parent": model.card.parent,
        }
        for model in registry.all()
    ]
    if as_json:
        print(json.dumps({"models": rows}))
        return
    table = Table("", "name", "kind", "network", "test", box=SIMPLE_HEAD)
    table.add_column("id", no_wrap=True)  # it is there to be copied
    for row in rows:
        accuracy = f"{row['test_accuracy']:.2%}" if row["test_accuracy"] is not None else "–"
        mark = "loaded" if row["loaded"] else ""
        table.add_row(mark, row["name"], row["kind"], row["architecture"], accuracy, row["id"])
    output.print(table)


@models_app.command("load")
def load_model(name: str, as_json: JsonOption = False, workspace: WorkspaceOption = "") -> None:
    """Make a model the loaded one: what Draw and `predict` read with."""
    registry = Registry(Workspace.open(workspace))
    model = registry.load(registry.find(name).id)
    tell({"loaded": model.name, "id": model.id}, f"{model.name} is loaded.", as_json)


@models_app.command("import")
def import_model(
    path: Annotated[Path, typer.Argument(help="A .keras file.")],
    name: Annotated[str, typer.Option(help="What it will be called; else the file's name.")] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Add a model from a file, after judging it."""
    model = transfer.import_model(path, Workspace.open(workspace), name)
    warning = "" if model.card.usable else " It is no digit model: it is shown, but cannot predict."
    tell(
        {"imported": model.name, "id": model.id, "usable": model.card.usable},
        f"{model.name} was added.{warning}",
        as_json,
    )


@models_app.command("export")
def export_model(name: str, path: Path, as_json: JsonOption = False, workspace: WorkspaceOption = "") -> None:
    """Write a model to .keras, .onnx, or a .zip of both and its card."""
    model = Registry(Workspace.open(workspace)).find(name)
    transfer.export_model(model, path)
    tell({"exported": model.name, "path": str(path)}, f"{model.name} was written to {path}.", as_json)


@models_app.command("delete")
def delete_model(name: str, as_json: JsonOption = False, workspace: WorkspaceOption = "") -> None:
    """Delete a model."""
    registry = Registry(Workspace.open(workspace))
    model = registry.find(name)
    registry.delete(model.id)
    tell({"deleted": model.name, "id": model.id}, f"{model.name} was deleted.", as_json)

"""drawings list | import | export."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from mnist_core.cli.shared import JsonOption, WorkspaceOption, output, tell
from mnist_core.collection import file_formats, importer
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.errors import InputError
from mnist_core.common.files import exporting
from mnist_core.common.text import were
from mnist_core.common.workspace import Workspace

drawings_app = typer.Typer(no_args_is_help=True, help="The collected drawings: list, import, export.")


@drawings_app.command("list")
def list_drawings(as_json: JsonOption = False, workspace: WorkspaceOption = "") -> None:
    """List the number of drawings of each digit."""
    counts = DrawingStore(Workspace.open(workspace)).counts()
    if as_json:
        print(json.dumps({"total": sum(counts), "by_digit": counts}))
        return
    table = Table("digit", "drawings")
    for digit, count in enumerate(counts):
        table.add_row(str(digit), str(count))
    table.add_row("all", str(sum(counts)))
    output.print(table)


@drawings_app.command("import")
def import_drawings(
    path: Annotated[Path, typer.Argument(help="A .jsonl(.gz) of strokes, or a .zip of PNGs in folders 0 to 9.")],
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Add the new drawings of a file. Unlabelled ones go into the review queue of the app."""
    imported = importer.import_drawings(file_formats.read(path), Workspace.open(workspace))
    report = {
        "imported": imported.added,
        "skipped": imported.known,
        "unlabelled": imported.unlabelled,
        "queued": imported.queued,
    }
    tell(report, imported.summary, as_json)


@drawings_app.command("export")
def export_drawings(
    path: Annotated[Path, typer.Argument(help="A .jsonl for the strokes, or a .zip of PNGs.")],
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Write the collected drawings to a file."""
    chosen = DrawingStore(Workspace.open(workspace)).all()
    writers = {".jsonl": file_formats.to_jsonl, ".zip": file_formats.to_zip}
    if (ending := path.suffix.lower()) not in writers:
        raise InputError(f"{path.name}: drawings are exported to .jsonl (strokes) or .zip (PNGs).")
    with exporting(path) as temporary:
        temporary.write_bytes(writers[ending](chosen))
    tell({"exported": len(chosen), "path": str(path)}, f"{were(len(chosen), 'drawing')} written to {path}.", as_json)

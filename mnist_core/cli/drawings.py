"""drawings list | import | export."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from mnist_core.cli import encrypted
from mnist_core.cli.shared import DryRunOption, JsonOption, WorkspaceOption, hand_down, output, print_json, tell
from mnist_core.cli.typer_words import CommandGroup
from mnist_core.collection import file_formats, importer
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common import encryption
from mnist_core.common.errors import InputError
from mnist_core.common.files import exporting
from mnist_core.common.language import Text, _, n_, sentences
from mnist_core.common.workspace import Workspace

drawings_app = CommandGroup(no_args_is_help=True, callback=hand_down)


@drawings_app.command("list", help=_("List the number of drawings of each digit."))
def list_drawings(as_json: JsonOption = False, workspace: WorkspaceOption = "") -> None:
    """List the number of drawings of each digit."""
    counts = DrawingStore(Workspace.open(workspace)).counts()
    if as_json:
        print_json({"total": sum(counts), "by_digit": counts})
        return
    table = Table(_("digit"), _("drawings"))
    for digit, count in enumerate(counts):
        table.add_row(str(digit), str(count))
    table.add_row(_("all"), str(sum(counts)))
    output.print(table)


@drawings_app.command(
    "import", help=_("Add the new drawings of a file. Drawings without a label go to the app's review queue.")
)
def import_drawings(
    path: Annotated[
        Path,
        typer.Argument(help=_("A .jsonl(.gz) of strokes, or a .zip or a folder of pictures in folders 0 to 9.")),
    ],
    labels_from_names: Annotated[
        bool,
        typer.Option(
            "--labels-from-names",
            help=_(
                "Take the first number in a picture's name as its label if it is one digit (3_12.png: 3; img0012.png: "
                "none) and the folder gives no label."
            ),
        ),
    ] = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Add the new drawings of a file. Drawings without a label go to the review queue."""
    with encrypted.opened(path) as plain:
        found = file_formats.find(plain)
    unasked = 0 if labels_from_names else found.label_names
    if labels_from_names:
        found = found.with_labels_from_names()
    notes = [found.damage] if found.damaged else []
    if unasked:
        notes.append(_digits_in_names(unasked))
    if labels_from_names and (without := sum(each.label is None for each in found.drawings)):
        notes.append(_no_digit_in_names(without))
    if said := importer.compare(found.drawings, Workspace.open(workspace)).text:
        notes.append(said)
    if dry_run:
        _show(found, notes, as_json)
        return
    imported = importer.import_drawings(found.drawings, Workspace.open(workspace))
    report = {
        "imported": imported.added,
        "skipped": imported.known,
        "unlabelled": imported.unlabelled,
        "queued": imported.queued,
        "damaged": list(found.damaged),
    }
    tell(report, sentences([imported.summary, *notes]), as_json)


def _digits_in_names(count: int) -> Text:
    return n_(
        "{n} picture without a label has a digit in its name. If the digit is the label, add --labels-from-names.",
        "{n:,} pictures without a label have a digit in their names. If the digits are the labels, add "
        "--labels-from-names.",
        count,
    )


def _no_digit_in_names(count: int) -> Text:
    return n_(
        "{n} picture has no label, because the first number in its name is not a single digit.",
        "{n:,} pictures have no label, because the first number in their names is not a single digit.",
        count,
    )


def _show(found: file_formats.Found, notes: list[Text], as_json: bool) -> None:
    """Print how many drawings of each label there are."""
    labels = [each.label for each in found.drawings]
    counts = [labels.count(digit) for digit in range(10)]
    unlabelled = labels.count(None)
    if as_json:
        values = {"total": len(labels), "by_digit": counts, "unlabelled": unlabelled, "damaged": list(found.damaged)}
        print_json(values)
        return
    table = Table(_("digit"), _("drawings"))
    for digit, count in enumerate(counts):
        table.add_row(str(digit), str(count))
    table.add_row(_("without a label"), str(unlabelled))
    output.print(table)
    for note in notes:
        output.print(note, soft_wrap=True)


@drawings_app.command("export", help=_("Write the collected drawings to a file."))
def export_drawings(
    path: Annotated[
        Path,
        typer.Argument(
            help=_("A .jsonl for the strokes, or a .zip of PNGs. Add .encrypted to encrypt it with a passphrase.")
        ),
    ],
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Write the collected drawings to a file."""
    chosen = DrawingStore(Workspace.open(workspace)).all()
    writers = {".jsonl": file_formats.to_jsonl, ".zip": file_formats.to_zip}
    if (ending := Path(encryption.plain_name(path.name)).suffix.lower()) not in writers:
        raise InputError(
            _("{file} has the wrong ending. Drawings are exported to .jsonl (strokes) or .zip (PNGs).", file=path.name)
        )
    with encrypted.target(path) as plain, exporting(plain) as temporary:
        temporary.write_bytes(writers[ending](chosen))
    sentence = n_(
        "{n} drawing was written to {file}.", "{n:,} drawings were written to {file}.", len(chosen), file=str(path)
    )
    tell({"exported": len(chosen), "path": str(path)}, sentence, as_json)

"""An exported file in a zip with all that somebody else needs: the card, the licences, and a program that uses it."""

import zipfile
from pathlib import Path

from mnist_core.models.export_formats import ExportFormat
from mnist_core.models.model import Model

SNIPPETS = Path(__file__).parent / "snippets"
STEM = "predict"
"""The name of the programs, before their endings."""


def snippets(wanted: ExportFormat, file: str) -> dict[str, str]:
    """File name → a program that predicts with an exported file of this name; none if it needs none."""
    return {
        f"{STEM}{Path(each.stem).suffix}": each.read_text("utf-8").replace("$file", file)
        for each in sorted(SNIPPETS.glob(f"{wanted.name}.*.txt"))
    }


def bundle(model: Model, wanted: ExportFormat, source: Path, target: Path) -> None:
    """Write the zip of an exported file or folder."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        if source.is_dir():
            for file in sorted(source.rglob("*")):
                archive.write(file, f"{source.name}/{file.relative_to(source).as_posix()}")
        else:
            archive.write(source, source.name)
        archive.writestr("card.json", (model.folder / "card.json").read_bytes())
        if model.card.sources:
            archive.writestr("NOTICE.md", model.card.sources)
        for name, program in snippets(wanted, source.name).items():
            archive.writestr(name, program)

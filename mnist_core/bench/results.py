"""What was measured, section by section, stored as JSON beside the Markdown document that shows it."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from pydantic import BaseModel

from mnist_core.clock import now
from mnist_core.errors import InputError
from mnist_core.workspace import replacing


class Section(BaseModel):
    """What one command measured, when and where."""

    command: str
    date: str
    machine: str
    figures: Any


Sections = dict[str, Section]


def measured(command: str, figures: Any) -> Section:
    """Figures (JSON values) that were measured just now, on this machine."""
    return Section(command=command, date=now()[:10], machine=machine(), figures=figures)


def machine() -> str:
    """The processor, its cores, and the versions that matter."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    versions = f"Python {platform.python_version()}, Keras {version('keras')} on {backend}"
    return f"{_processor()}, {psutil.cpu_count()} cores; {versions}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def stored(document: Path) -> Sections:
    """The sections that the document has already.

    Raises:
        InputError: the path is not that of a Markdown file.
    """
    if document.suffix != ".md":
        raise InputError(f"--write takes the path of a Markdown file (.md), not {document}.")
    path = document.with_suffix(".json")
    if not path.exists():
        return {}
    return {name: Section(**section) for name, section in json.loads(path.read_text(encoding="utf-8")).items()}


def store(document: Path, sections: Sections) -> None:
    """Write the sections beside the document."""
    with replacing(document.with_suffix(".json")) as temporary:
        content = {name: section.model_dump() for name, section in sections.items()}
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

"""The measurements, by section, stored as JSON beside the Markdown document that shows them."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from pydantic import BaseModel

from mnist_core.common.clock import now
from mnist_core.common.errors import InputError
from mnist_core.common.files import replacing
from mnist_core.common.language import _
from mnist_core.jobs import gpu


class Section(BaseModel):
    """What one command measured, when and where."""

    command: str
    date: str
    machine: str
    figures: Any


Sections = dict[str, Section]
VECTORS = {"amx_tile": "AMX", "avx512f": "AVX-512", "avx2": "AVX2"}
"""As /proc/cpuinfo calls them, the widest first → as people do."""


def measured(command: str, figures: Any) -> Section:
    """Figures (JSON values) that were measured just now, on this machine."""
    return Section(command=command, date=now()[:10], machine=machine(), figures=figures)


def machine() -> str:
    """The processor, its cores, the GPU (whether it was used or not), and the versions that matter."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    versions = f"Python {platform.python_version()}, Keras {version('keras')} on {backend}"
    graphics = f", {name}" if (name := gpu.name()) else ""
    return f"{_processor()}, {psutil.cpu_count()} cores{graphics}; {versions}"


def _processor() -> str:
    """Its name and its widest vectors: processors of one name may differ in these, and by a factor of two in speed."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    known = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    flags = known.get("flags", "").split()
    vectors = next((f" with {words}" for flag, words in VECTORS.items() if flag in flags), "")
    return known.get("model name", platform.processor() or platform.machine()) + vectors


def stored(document: Path) -> Sections:
    """The sections that the document has already.

    Raises:
        InputError: the path is not that of a Markdown file.
    """
    if document.suffix != ".md":
        raise InputError(_("--write needs the path of a Markdown file (.md), not {file}.", file=str(document)))
    path = document.with_suffix(".json")
    if not path.exists():
        return {}
    return {name: Section(**section) for name, section in json.loads(path.read_text(encoding="utf-8")).items()}


def store(document: Path, sections: Sections) -> None:
    """Write the sections beside the document."""
    with replacing(document.with_suffix(".json")) as temporary:
        content = {name: section.model_dump() for name, section in sections.items()}
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

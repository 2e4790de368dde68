"""Images that a person flags while looking at mistakes, to come back to them or to show them to somebody."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_core.common.clock import now
from mnist_core.common.database import reading, transaction
from mnist_core.common.workspace import Workspace

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Flagged:
    """A (28, 28) image and where it is from."""

    image: Image
    label: int
    source: str
    """The name of its data set, or "drawings"."""


def sha256(image: Image) -> str:
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()


class Flags:
    """The flagged images of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def all(self) -> list[Flagged]:
        """Newest first."""
        with reading(self._workspace) as connection:
            rows = connection.execute("SELECT bitmap, label, source FROM flagged ORDER BY id DESC").fetchall()
        return [
            Flagged(np.frombuffer(row["bitmap"], np.uint8).reshape(28, 28), row["label"], row["source"]) for row in rows
        ]

    def __contains__(self, image: Image) -> bool:
        with reading(self._workspace) as connection:
            found = connection.execute("SELECT 1 FROM flagged WHERE sha256 = ?", (sha256(image),))
            return found.fetchone() is not None

    def add(self, flagged: Flagged) -> None:
        """Flag an image; one that is flagged already keeps its flag."""
        with transaction(self._workspace) as connection:
            connection.execute(
                "INSERT OR IGNORE INTO flagged (sha256, bitmap, label, source, created) VALUES (?, ?, ?, ?, ?)",
                (sha256(flagged.image), flagged.image.tobytes(), flagged.label, flagged.source, now()),
            )

    def remove(self, image: Image) -> None:
        with transaction(self._workspace) as connection:
            connection.execute("DELETE FROM flagged WHERE sha256 = ?", (sha256(image),))

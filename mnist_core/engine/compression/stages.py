"""The stages of a compression, one after the other: distil, low rank, prune; and the int8 form of each."""

from collections.abc import Iterator
from dataclasses import dataclass

from mnist_core.config.schema import CompressConfig
from mnist_core.engine.compression import points
from mnist_core.engine.compression.material import Material
from mnist_core.engine.compression.measuring import Candidate
from mnist_core.engine.context import RunContext
from mnist_core.models.model import Model


@dataclass
class Work:
    """One compression under way."""

    context: RunContext[CompressConfig]
    base: Model
    material: Material
    device: str
    fit_seconds: float = 0.0
    epochs: int = 0
    """Trained so far."""

    def candidates(self, base: Candidate) -> Iterator[Candidate]:
        """Each compressed model, as soon as its files are there."""
        yield from self._in_int8(base)

    def _in_int8(self, candidate: Candidate) -> Iterator[Candidate]:
        if self.context.config.int8:
            self.context.tell("quantizing")
            yield points.write_int8(self.context.run, candidate, self.material)

"""What one request may cost, and what all of them together may."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mnist_core.service.problems import Problem


@dataclass(frozen=True)
class Limits:
    """The service's limits. Beyond one, a request is refused with a problem that names it."""

    body: int = 8 * 2**20
    """Bytes of a request's body."""
    bodies: int = 32 * 2**20
    """Bytes of all bodies that have arrived and are being read or answered."""
    items: int = 1000
    """Drawings in one request."""
    numbers: int = 100
    """Drawings in one request for numbers, each of which takes many predictions."""
    points: int = 2000
    """Points of a drawing. A digit has about forty."""
    pixels: int = 16_000_000
    """Pixels of a picture."""
    waiting: int = 4000
    """Images that wait for a prediction; the 429 of a full queue says when to try again."""
    read_s: float = 10.0
    """Seconds for a body to arrive."""
    answer_s: float = 30.0
    """Seconds for an answer."""
    remembered: int = 10_000
    """Predictions whose inputs stay in memory for feedback."""
    remembered_bytes: int = 64 * 2**20
    """The size of those inputs."""


class Budget:
    """An amount that the requests under way share, such as bytes or images."""

    def __init__(self, limit: int, what: str) -> None:
        """
        Args:
            what: the name of what is limited, for the message.
        """
        self.limit, self.taken = limit, 0
        self._what = what

    def take(self, amount: int) -> None:
        """Hold this amount until `give_back`.

        Raises:
            Problem: 429, because too much is taken already. A single request is never refused.
        """
        if self.taken and self.taken + amount > self.limit:
            detail = f"The service is busy: {self.taken:,} {self._what} of {self.limit:,} are taken. Try again later."
            raise Problem(429, detail, headers={"Retry-After": "1"})
        self.taken += amount

    def give_back(self, amount: int) -> None:
        """Let others have what was taken."""
        self.taken -= amount

    @contextmanager
    def taking(self, amount: int) -> Iterator[None]:
        """Hold this amount within the block.

        Raises:
            Problem: as for `take`.
        """
        self.take(amount)
        try:
            yield
        finally:
            self.give_back(amount)

"""The parts of one service and how an answer comes about, whatever the protocol."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import ParamSpec, TypeVar

from mnist_core.collection.drawing import Drawing
from mnist_core.common.workspace import Workspace
from mnist_core.drawing.strokes import Strokes
from mnist_core.models.model import Model
from mnist_core.models.number_reader import Number
from mnist_core.models.predictor import Prediction, Predictor
from mnist_core.models.registry import Registry
from mnist_core.service.access import Entrance
from mnist_core.service.active import CHECK_S, ActiveModel, Loaded
from mnist_core.service.batching import Batcher
from mnist_core.service.comparison import Comparison, Shadow
from mnist_core.service.feedback import FeedbackDesk
from mnist_core.service.keeping import Keeper
from mnist_core.service.limits import Budget, Limits
from mnist_core.service.metrics import Metrics
from mnist_core.service.numbers import Read
from mnist_core.service.observing import Observer, Role, Served, observers
from mnist_core.service.recent import Recent

P = ParamSpec("P")
T = TypeVar("T")
MOST_STROKES = 24
"""A drawing with more is not tried as several digits: it would keep others waiting."""


@dataclass(frozen=True)
class Options:
    """What the person who starts the service chooses."""

    model: str = ""
    """The name or id of a model; empty for the active one, whichever it is at the moment."""
    canary: str = ""
    """A model that answers a share of the requests."""
    share: float = 0.1
    shadow: str = ""
    """A model that predicts the same drawings silently."""
    keep_inputs: bool = False
    """Put the least certain drawings into the review queue."""
    entrance: Entrance = field(default_factory=Entrance)
    limits: Limits = field(default_factory=Limits)


class Service:
    """One service on a workspace. `start` and `stop` belong to the event loop that it lives in."""

    def __init__(
        self,
        workspace: Workspace,
        options: Options,
        watchers: Sequence[Observer] = (),
        heard: Sequence[Callable[[str, int], None]] = (),
    ) -> None:
        """
        Args:
            watchers: more observers of each prediction.
            heard: are called in a thread with each feedback: a prediction's id and the digit.

        Raises:
            InputError, UnreadableError: a model does not exist, or cannot predict.
        """
        self.workspace, self.options = workspace, options
        self.registry = Registry(workspace)
        self.active = ActiveModel(self.registry, options.model)
        self.canary = Loaded.of(self.registry.find(options.canary)) if options.canary else None
        self.shadow = Loaded.of(self.registry.find(options.shadow)) if options.shadow else None
        self.comparison = Comparison(Shadow(self.shadow) if self.shadow else None)
        self.metrics = Metrics()
        self.recent = Recent(options.limits.remembered, options.limits.remembered_bytes)
        self.feedback = FeedbackDesk(workspace, self.recent, self.comparison, self.metrics, heard)
        keepers = [Keeper(workspace)] if options.keep_inputs else []
        self.observers = observers(self.metrics, self.comparison, *keepers, *watchers)
        self.waiting = Budget(options.limits.waiting, "waiting images")
        self.metrics.watch(lambda: self.active.loaded, lambda: self.waiting.taken, lambda: self.observers.dropped)
        self._threads = ThreadPoolExecutor(2, "service")
        self._batchers: dict[Role, Batcher] = {"active": Batcher(lambda: self.active.loaded, self.metrics.batch)}
        if (canary := self.canary) is not None:
            self._batchers["canary"] = Batcher(lambda: canary, self.metrics.batch)
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        for each in self._batchers.values():
            each.start()
        self.observers.start()
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """All requests are answered."""
        if self._following is not None:
            self._following.cancel()
        for each in self._batchers.values():
            await each.stop()
        await self.observers.stop()
        self._threads.shutdown()

    def role(self) -> Role:
        """Which model answers the next request."""
        chosen = self.canary is not None and random.random() < self.options.share  # noqa: S311 – no secret
        return "canary" if chosen else "active"

    def loaded(self, role: Role) -> Loaded:
        """The model of this role at the moment."""
        return self.canary if role == "canary" and self.canary is not None else self.active.loaded

    async def predict(self, drawings: Sequence[Drawing], started: float) -> list[Served]:
        """
        Args:
            started: the moment of `time.perf_counter` when the request arrived.

        Raises:
            Problem: 429, too many images wait.
        """
        role = self.role()
        with self.waiting.taking(len(drawings)):
            answers = await self._batchers[role].predict([(each.image, _few(each.strokes)) for each in drawings])
        found = [(each.loaded.model, prediction) for each in answers for prediction in each.predictions]
        return [
            self._note(role, model, drawing, prediction, started)
            for drawing, (model, prediction) in zip(drawings, found, strict=True)
        ]

    async def read_numbers(
        self, read: Callable[[Predictor], list[Read]], images: int, started: float
    ) -> list[tuple[Number, list[Served]]]:
        """
        Args:
            read: runs in a thread.
            images: as how many it counts.
            started: as for `predict`.

        Raises:
            Problem: 429, too many images wait.
        """
        role = self.role()
        loaded = self.loaded(role)
        with self.waiting.taking(images):
            found = await self.run(read, loaded.predictor)
        return [
            (
                each.number,
                [
                    self._note(role, loaded.model, drawing, digit.prediction, started)
                    for digit, drawing in zip(each.number.digits, each.drawings, strict=True)
                ],
            )
            for each in found
        ]

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What takes long, in a thread."""
        call = partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _note(self, role: Role, model: Model, drawing: Drawing, prediction: Prediction, started: float) -> Served:
        """Remember a prediction for feedback, and show it to the observers."""
        seconds = time.perf_counter() - started
        served = Served(
            f"{random.getrandbits(64):016x}", role, model.id, model.name, drawing, drawing.image, prediction, seconds
        )
        self.recent.add(served)
        self.observers.add(served)
        return served

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(CHECK_S)
            await asyncio.to_thread(self.active.refresh)


def _few(strokes: Strokes | None) -> Strokes | None:
    return strokes if strokes is not None and len(strokes) <= MOST_STROKES else None

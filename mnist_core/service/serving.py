"""The parts of one service and how an answer comes about, whatever the protocol."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import ParamSpec, TypeVar

from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.drawing.strokes import Strokes
from mnist_core.models.model import Model
from mnist_core.models.number_reader import Number
from mnist_core.models.predictor import Prediction, Predictor
from mnist_core.models.registry import Registry
from mnist_core.service.access import AccessPolicy
from mnist_core.service.active import CHECK_S, ActiveModel, Loaded
from mnist_core.service.batching import Batcher
from mnist_core.service.comparison import Comparison, Shadow
from mnist_core.service.feedback import FeedbackDesk
from mnist_core.service.keeping import Keeper
from mnist_core.service.limits import Budget, Limits
from mnist_core.service.metrics import Metrics
from mnist_core.service.numbers import PredictedNumber
from mnist_core.service.observing import Observer, Observers
from mnist_core.service.recent import Recent
from mnist_core.service.served import Batch, Role, Served
from mnist_core.service.threads import DaemonThreads

P = ParamSpec("P")
T = TypeVar("T")
MOST_STROKES = 24
"""A drawing with more is not tried as several digits: it would keep others waiting."""
OBSERVED_S = 1.0
"""Seconds that a request for figures waits for an observer."""
STOP_S = 2.0
"""Seconds that the observers have at the end."""


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
    policy: AccessPolicy = field(default_factory=AccessPolicy)
    limits: Limits = field(default_factory=Limits)


class Service:
    """One service on a workspace. `start` and `stop` belong to the event loop that it lives in."""

    def __init__(self, workspace: Workspace, options: Options, more_observers: Sequence[Observer] = ()) -> None:
        """
        Raises:
            InputError, UnreadableError: a model does not exist, cannot predict, or is compared with itself.
        """
        self.workspace, self.options = workspace, options
        self.registry = Registry(workspace)
        self.active = ActiveModel(self.registry, options.model)
        self.canary = self._second(options.canary, "--canary")
        self.shadow = self._second(options.shadow, "--shadow")
        self.comparison = Comparison(Shadow(self.shadow) if self.shadow else None)
        self.metrics = Metrics()
        self.recent = Recent(options.limits.remembered, options.limits.remembered_bytes)
        keepers = [Keeper(workspace)] if options.keep_inputs else []
        self.observers = Observers([self.metrics, self.comparison, *keepers, *more_observers])
        self.waiting = Budget(options.limits.waiting, "waiting images")
        self.metrics.watch(lambda: self.active.loaded, lambda: self.waiting.taken, lambda: self.observers.dropped)
        self._computing, self._database = DaemonThreads(2, "computing"), DaemonThreads(1, "database")
        self._looking = DaemonThreads(1, "registry")
        self.feedback = FeedbackDesk(workspace, self.recent, self.observers.add, self._database)
        self._batchers: dict[Role, Batcher] = {"active": Batcher(lambda: self.active.loaded, self.metrics.batch)}
        if (canary := self.canary) is not None:
            self._batchers["canary"] = Batcher(lambda: canary, self.metrics.batch)
        self._following: asyncio.Task[None] | None = None

    def _second(self, name: str, flag: str) -> Loaded | None:
        """The model that is compared with the active one; None without a name."""
        if not name:
            return None
        model = self.registry.find(name)
        if model.id == self.active.loaded.model.id:
            raise InputError(_("{name} answers already. Name another model with {flag}.", name=model.name, flag=flag))
        return Loaded.of(model)

    async def start(self) -> None:
        for each in self._batchers.values():
            each.start()
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Call it once all requests are answered. It waits for no database longer than `STOP_S`."""
        if self._following is not None:
            self._following.cancel()
        for each in self._batchers.values():
            await each.stop()
        await asyncio.to_thread(self.observers.close, STOP_S)
        for threads in (self._computing, self._database, self._looking):
            threads.shutdown()

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
        strokes = [_few(each.strokes) for each in drawings]
        inputs = [(each.image, own) for each, own in zip(drawings, strokes, strict=True)]
        with self.waiting.taking(len(drawings)):
            answers = await self._batchers[role].predict(inputs)
        request_s = time.perf_counter() - started if len(drawings) == 1 else None
        found = [(answer, prediction) for answer in answers for prediction in answer.predictions]
        return [
            self._note(role, answer.loaded.model, drawing, own, prediction, request_s, answer.batch)
            for drawing, own, (answer, prediction) in zip(drawings, strokes, found, strict=True)
        ]

    async def predict_numbers(
        self, predict: Callable[[Predictor], list[PredictedNumber]], images: int, started: float
    ) -> list[tuple[Number, list[Served]]]:
        """
        Args:
            predict: runs in a thread.
            images: as how many it counts.
            started: as for `predict`.

        Raises:
            Problem: 429, too many images wait.
        """
        role = self.role()
        loaded = self.loaded(role)
        with self.waiting.taking(images):
            found = await self.run(predict, loaded.predictor)
        alone = sum(len(each.drawings) for each in found) == 1
        request_s = time.perf_counter() - started if alone else None
        return [
            (
                each.number,
                [
                    self._note(role, loaded.model, drawing, None, digit.prediction, request_s, None)
                    for digit, drawing in zip(each.number.digits, each.drawings, strict=True)
                ],
            )
            for each in found
        ]

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the processor takes long for, in a thread."""
        call = partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._computing, call)

    async def models(self) -> list[Model]:
        """All models of the workspace, newest first."""
        return await asyncio.get_running_loop().run_in_executor(self._database, self.registry.all)

    async def observed(self, name: str) -> None:
        """Wait, but not long, until this observer has seen all predictions so far."""
        await asyncio.to_thread(self.observers.flush, name, OBSERVED_S)

    def _note(
        self,
        role: Role,
        model: Model,
        drawing: Drawing,
        strokes: Strokes | None,
        prediction: Prediction,
        request_s: float | None,
        batch: Batch | None,
    ) -> Served:
        """Remember a prediction for feedback, and show it to the observers."""
        prediction_id = f"{random.getrandbits(64):016x}"
        served = Served(prediction_id, role, model.id, model.name, drawing, strokes, prediction, request_s, batch)
        self.recent.add(served)
        self.observers.add(served)
        return served

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(CHECK_S)
            await asyncio.get_running_loop().run_in_executor(self._looking, self.active.refresh)


def _few(strokes: Strokes | None) -> Strokes | None:
    return strokes if strokes is not None and len(strokes) <= MOST_STROKES else None

"""The models that the service predicts with. The active one follows the registry, under load as well."""

import time
from dataclasses import dataclass

import numpy as np

from mnist_core.common import log
from mnist_core.common.language import Text
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import SHIPPED, Registry

CHECK_S = 0.5
"""Seconds between two looks at the registry."""
RETRY_S = 10.0
"""Seconds before a model that could not be opened is tried again."""


@dataclass(frozen=True)
class Loaded:
    """A model, open for predictions."""

    model: Model
    predictor: Predictor

    @classmethod
    def of(cls, model: Model) -> "Loaded":
        """Raises:
        InputError, UnreadableError: as for `Predictor.of`.
        """
        predictor = Predictor.of(model)
        predictor.predict_all(np.zeros((1, 28, 28), np.uint8))  # the first one loads libraries, which takes 50 ms
        return cls(model, predictor)


class ActiveModel:
    """The registry's active model, or one that was named at the start.

    A new model is opened beside the old one, which then gives its place in one assignment. A batch takes the model
    once, so each batch is predicted by one model and no request waits.
    """

    def __init__(self, registry: Registry, name: str = "") -> None:
        """
        Args:
            name: the name or id of a model that stays; empty to follow the active one.

        Raises:
            InputError, UnreadableError: there is no such model, or it cannot predict.
        """
        self._registry = registry
        self._follows = not name
        self.loaded = Loaded.of(registry.find(name))
        self.problem = Text("")
        """Why the person's choice of the active model is not the one that predicts; empty if it is."""
        self._failed, self._retry_at = "", 0.0

    def refresh(self) -> None:
        """Look at the registry, and open its active model if that is another one. If it fails, the old one stays."""
        if not self._follows:
            return
        try:
            model = self._registry.active()
            if model.id != self.loaded.model.id:
                if model.id == self._failed and time.monotonic() < self._retry_at:
                    return
                self._failed, self._retry_at = model.id, time.monotonic() + RETRY_S
                self.loaded = Loaded.of(model)
            self._failed, self.problem = "", self._registry.passed_over if model.id == SHIPPED else Text("")
        except Exception as error:  # noqa: BLE001 – a boundary, which logs it; the next look may go well
            self.problem = log.told(error)

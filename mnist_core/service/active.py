"""The models that the service predicts with. The active one follows the registry, under load as well."""

from dataclasses import dataclass

from mnist_core.common import log
from mnist_core.common.errors import StudioError
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry

CHECK_S = 0.5
"""Seconds between two looks at the registry."""


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
        return cls(model, Predictor.of(model))


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
        self.problem = ""
        """Why the registry's active model is not the one that predicts; empty if it is."""
        self._failed = ""

    def refresh(self) -> None:
        """Look at the registry, and open its active model if that is another one. If it fails, the old one stays."""
        if not self._follows:
            return
        try:
            model = self._registry.active()
            if model.id not in (self.loaded.model.id, self._failed):
                self._failed = model.id
                self.loaded = Loaded.of(model)
            if model.id == self.loaded.model.id:
                self._failed, self.problem = "", ""
        except StudioError as error:
            self.problem = str(log.told(error))

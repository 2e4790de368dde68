"""What the trials of a search share: the data set, the base, the device."""

from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.backends import devices
from mnist_core.engine.context import RunContext
from mnist_core.engine.training.train import base_model
from mnist_core.engine.training.training_data import Data, prepare

CONCERNS_DATA = {"seed", *TrainConfig.groups()["data"]}
"""The settings that decide on the images of a training."""


class Material:
    """Loaded once. The data of a trial are those of the one before, unless the search varies them."""

    def __init__(self, context: RunContext[TrainConfig]) -> None:
        """
        Raises:
            Stop, Discard, Interrupted: as `Control.check` does.
            InputError: data, base or device are missing.
        """
        config = context.config
        self.device = devices.choose(config.device)
        context.tell("loading")
        self._dataset = datasets.load(
            config.dataset,
            context.workspace,
            lambda share: context.tell("downloading", share=share),
            turn=config.turn_images,
        )
        self.base = base_model(config, context.workspace)
        self._data: Data | None = None
        self._made_for: dict[str, object] = {}

    def data(self, config: TrainConfig) -> Data:
        """The training and validation images of a trial; never the data set's test images."""
        wanted = config.model_dump(include=CONCERNS_DATA)
        if self._data is None or wanted != self._made_for:
            self._data, self._made_for = prepare(config, self._dataset), wanted
        return self._data

    @property
    def dataset(self) -> str:
        """The name of the data set."""
        return self._dataset.name

"""What only this machine can tell is wrong with a training, told before it is asked for."""

from mnist_core import datasets
from mnist_core.config import TrainConfig
from mnist_core.errors import InputError
from mnist_core.registry import Registry
from mnist_core.workspace import Workspace


def check(config: TrainConfig, workspace: Workspace) -> None:
    """Raises:
    InputError: there is no such data set, or no such model to start from.
    """
    try:
        datasets.check_name(config.dataset)
    except InputError as error:
        raise InputError(f"dataset: {error}") from None
    try:
        Registry(workspace).find(config.start_from)
    except InputError as error:
        raise InputError(f"start_from: {error}") from None

"""Problems with a training's settings that depend on this machine, found before a run is created."""

from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.models.registry import Registry


def problems(config: TrainConfig, workspace: Workspace) -> dict[str, str]:
    """Field name → what is wrong with it: no such data set, no such model to start from."""
    found = {}
    try:
        datasets.check_name(config.dataset)
    except InputError as error:
        found["dataset"] = str(error)
    if config.start_from:
        try:
            Registry(workspace).find(config.start_from)
        except InputError as error:
            found["start_from"] = str(error)
    return found


def check(config: TrainConfig, workspace: Workspace) -> None:
    """Raises:
    InputError: one line with all the problems.
    """
    if found := problems(config, workspace):
        raise InputError(" ".join(f"{name}: {problem}" for name, problem in found.items()))

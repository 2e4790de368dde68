"""The data set of a training: one with a name, one that was imported, or the path of another one."""

from functools import partial
from pathlib import Path

from mnist_core.common.language import N_, _
from mnist_core.config.schema import BY_NAME
from mnist_core.data import own
from pages.studio import studio
from pages.widgets.choice import choice
from pages.widgets.config_form import Widget

TITLES = {"mnist": N_("MNIST"), "digits": N_("digits (built in)")}


def dataset_choice(form: str) -> Widget:
    """For the field of the data set."""
    options = [*BY_NAME, *map(str, own.saved(studio().workspace))]
    return partial(choice, form, options=options, title=title, others=True)


def title(name: str) -> str:
    """What a data set is called: an imported one by its file's name, any other one by its path."""
    if name in TITLES:
        return _(TITLES[name])
    path = Path(name)
    return path.stem if path.parent == studio().workspace.datasets else name

"""The model that provides the initial weights of a training."""

from contextlib import suppress
from functools import partial

from mnist_core.common.errors import StudioError
from mnist_core.common.language import _
from mnist_core.config.schema import TrainConfig
from mnist_core.jobs import preflight
from pages.studio import studio
from pages.widgets.choice import choice
from pages.widgets.config_form import Widget


def start_choice(form: str, config: TrainConfig) -> Widget:
    """For the field of the initial weights.

    Args:
        config: what the form asks for; only models with such a network are offered.
    """
    models = [model for model in studio().registry.all() if preflight.provides_weights(model, config)]
    titles = {"": _("None (random weights)"), **{model.id: model.title for model in models}}
    return partial(choice, form, options=[*titles], title=lambda each: titles.get(each) or _name(each))


def _name(model_id: str) -> str:
    """Of a model that the form has but that is not offered."""
    with suppress(StudioError):  # it is shown as the form has it
        return studio().registry.get(model_id).title
    return model_id

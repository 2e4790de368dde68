"""What settings mean on this machine, and their problems, found before a run is created."""

from contextlib import suppress
from typing import Any, TypeVar

from mnist_core.collection import file_formats
from mnist_core.collection.goals import FEWEST
from mnist_core.common import keys
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.files import expanded
from mnist_core.common.hosts import is_this_machine
from mnist_core.common.language import Text, _, advice, n_, sentences
from mnist_core.common.workspace import Workspace
from mnist_core.config import search_space
from mnist_core.config.federated import FederateConfig, FederateServeConfig
from mnist_core.config.fields import Config
from mnist_core.config.schema import CompressConfig, TrainConfig
from mnist_core.config.search import SearchConfig
from mnist_core.data import datasets
from mnist_core.evaluation import federated, studies
from mnist_core.evaluation.sketches import sketches
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry

C = TypeVar("C", bound=Config)
MODELS = ("model", "start_from")
"""The settings that name a model."""
DRAWINGS = ("drawings", "outlier_drawings")
"""The settings that name a file of drawings."""


def problems(config: TrainConfig | CompressConfig, workspace: Workspace) -> dict[str, Text]:
    """Field name → what is wrong with it: no such data set, file or model."""
    found: dict[str, Text] = {}
    if config.dataset or not isinstance(config, CompressConfig):
        try:
            datasets.check_name(config.dataset)
        except InputError as error:
            found["dataset"] = error.text
    for field in DRAWINGS:
        if named := getattr(config, field, ""):
            try:
                file_formats.check(expanded(named))
            except InputError as error:
                found[field] = error.text
    for field in MODELS:
        if named := getattr(config, field, ""):
            try:
                Registry(workspace).find(named)
            except InputError as error:
                found[field] = error.text
    if isinstance(config, CompressConfig) and not (config.trains or config.int8):
        found["int8"] = _("Nothing would be done. Choose at least one step: distillation, low rank, sparsity or int8.")
    if isinstance(config, CompressConfig) and "model" not in found:
        base = Registry(workspace).of_config(config.model)
        found |= {"model": why} if (why := not_compressible(base, trains=config.trains)) else {}
    return found


def dataset_of(model: Model, workspace: Workspace) -> str:
    """The data set that the model was trained on, or "mnist" if that is unknown or is not on this machine."""
    training = Registry(workspace).training_of(model)
    return training.dataset if training and datasets.is_here(training.dataset) else "mnist"


def not_compressible(model: Model, *, trains: bool) -> Text:
    """Why no smaller versions of a model can be made; empty if they can.

    Args:
        trains: whether its network is to be trained.
    """
    if why := model.no_digit_model or model.without_onnx:
        return why
    if model.card.is_int8:
        return _("The model {name} is in int8 already. Compress the model that it was made from.", name=model.name)
    if trains and model.card.predicts_only:
        return _("The model {name} was imported from an ONNX file. Only its int8 form can be made.", name=model.name)
    return model.without_keras if trains else Text("")


def provides_weights(model: Model, config: TrainConfig) -> bool:
    """Whether the training can start from the model's weights: it has as many, in the same architecture."""
    outputs = 2 if config.learns_outliers else 1
    weights = sketches()[config.architecture].weights_of(config.ensemble_size, outputs=outputs)
    card = model.card
    is_alike = card.architecture == config.architecture and card.parameters == weights
    return is_alike and card.usable and not model.without_keras


def settled(config: C, workspace: Workspace) -> C:
    """The same config in a form that stays valid: the absolute paths of files, models by their ids.

    The active model of a federated run gets its id, too: a resumed run needs the model that it began with.

    Raises:
        InputError: there is no such model.
    """
    values = config.model_dump()
    changes = {field: Registry(workspace).find(values[field]).id for field in MODELS if values.get(field)}
    if isinstance(config, FederateConfig):
        changes["model"] = Registry(workspace).of_config(config.model).id
    if isinstance(config, CompressConfig) and not config.dataset:
        changes["dataset"] = dataset_of(Registry(workspace).of_config(config.model), workspace)
    elif "dataset" in values:
        changes["dataset"] = datasets.settled(values["dataset"])
    for field in DRAWINGS:
        if values.get(field):
            changes[field] = str(expanded(values[field]).absolute())
    return config.model_copy(update=changes)


def shown(config: Config, workspace: Workspace) -> dict[str, Any]:
    """The settings as a person reads them: models by their names."""
    values = config.model_dump()
    for field in MODELS:
        if values.get(field):
            with suppress(StudioError):  # it is gone or unreadable, so its id stays
                values[field] = Registry(workspace).of_config(values[field]).name
    return values


def check(config: TrainConfig | CompressConfig, workspace: Workspace) -> None:
    """Raises:
    InputError: one line with all the problems.
    """
    if found := problems(config, workspace):
        raise InputError(sentences(found.values()))


def check_search(config: SearchConfig, workspace: Workspace) -> None:
    """Raises:
    InputError: there is nothing to search, no budget, no Optuna, or what the trainings name is missing.
    """
    search_space.parse(config.space)
    if not (config.trials or config.minutes):
        raise InputError(_("A search needs a limit. Give a number of trials, or of minutes, that is not 0."))
    studies.check()
    check(config, workspace)


def check_tunable(base: Model) -> None:
    """Raises:
    InputError: it is no digit model, or lacks one of its files.
    """
    if not base.card.usable:
        raise InputError(_("{model} is not a digit model, so it cannot be fine-tuned.", model=base.name))
    if problem := base.without_onnx or base.without_keras:
        raise InputError(problem)


def check_federate(config: FederateConfig, workspace: Workspace) -> None:
    """Raises:
    InputError: Flower is not installed, the model cannot be tuned, or no clients are named.
    """
    federated.check()
    check_tunable(Registry(workspace).of_config(config.model))
    if config.drawings:
        file_formats.check(expanded(config.drawings))
    elif not config.folders:
        raise InputError(_("Name the clients: a file of drawings with writers, or folders of workspaces."))


def check_federate_serve(config: FederateServeConfig, workspace: Workspace) -> None:
    """Raises:
    InputError: Flower is not installed, the model cannot be tuned, or anybody could take part.
    """
    federated.check()
    check_tunable(Registry(workspace).of_config(config.model))
    if not is_this_machine(config.host) and not config.token_file:
        raise InputError(
            _("Other machines could take part at {host}. Name a file of tokens with --token-file.", host=config.host)
        )
    keys.read(expanded(config.token_file) if config.token_file else None)


def check_count(drawings: int) -> None:
    """Raises:
    InputError: these are too few to fine-tune on.
    """
    if drawings < FEWEST:
        raise InputError(
            n_(
                "Fine-tuning needs at least {fewest} labelled drawings. There is {n}. {advice}",
                "Fine-tuning needs at least {fewest} labelled drawings. There are {n:,}. {advice}",
                drawings,
                fewest=FEWEST,
                advice=advice(
                    app=_("Draw and label more, or import some on the Fine-tune page."),
                    command_line=_("Draw and label more, or import some: mnist-studio drawings import FILE"),
                ),
            )
        )

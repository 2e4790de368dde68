"""What can be chosen: one object for the form, the flags and config.json."""

import json
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from mnist_core.common.errors import InputError
from mnist_core.common.language import Text
from mnist_core.common.workspace import Workspace
from mnist_core.config.fields import GROUPS, Config
from mnist_core.config.flags import flag
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.jobs.kinds import KINDS
from mnist_core.jobs.runs import Run

CONFIGS = {name: kind.config for name, kind in KINDS.items()}

FIELDS = [(kind, name) for kind, config in CONFIGS.items() for name in config.model_fields]


def bounds(field: FieldInfo) -> dict[str, Any]:
    """ge, gt, le, lt, max_length, pattern: whatever the field has."""
    names = ("ge", "gt", "le", "lt", "max_length", "pattern")
    return {n: v for each in field.metadata for n in names if (v := getattr(each, n, None)) is not None}


ALLOWED = {"sparsity": "50, 80", "device": "gpu:1"}
"""Field → an allowed value, where the text has a form."""


def another_value(field: FieldInfo) -> Any:
    """An allowed value that is not the default."""
    if get_origin(field.annotation) is Literal:
        return next(value for value in get_args(field.annotation) if value != field.default)
    if "pattern" in bounds(field):
        return "gpu:1"
    if field.annotation is str:
        return "something else"
    if field.annotation is bool:
        return not field.default
    limits = bounds(field)
    if field.annotation is int:
        return field.default + 1
    top = limits.get("le", limits.get("lt"))
    return (field.default + top) / 2


def wrong_value(field: FieldInfo) -> Any:
    """A value that is not allowed; None where everything is."""
    if get_origin(field.annotation) is Literal or "pattern" in bounds(field):
        return "nonsense"
    if field.annotation is str:
        return "x" * (bounds(field)["max_length"] + 1) if "max_length" in bounds(field) else 5
    return -1


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_every_field_reaches_config_json(kind: str, name: str, workspace: Workspace) -> None:
    """What is chosen is saved under its own name, changes nothing else, and is read back the same."""
    config = CONFIGS[kind]
    value = ALLOWED.get(name) or another_value(config.model_fields[name])
    chosen = config.checked(**{name: value})
    run = Run.create(workspace, "r", kind, chosen)
    saved = json.loads((run.folder / "config.json").read_text())["config"]
    assert saved[name] == value
    assert {n: v for n, v in saved.items() if n != name} == {
        n: v for n, v in config().model_dump().items() if n != name
    }
    assert Run.at(workspace, "r").config() == chosen


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_wrong_value_is_refused_with_the_field_s_name(kind: str, name: str) -> None:
    """One line: the field, what is allowed, what was given."""
    config = CONFIGS[kind]
    value = wrong_value(config.model_fields[name])
    with pytest.raises(InputError) as caught:
        config.checked(**{name: value})
    message = str(caught.value)
    assert message.startswith(f"{name} must be ")
    assert f"not {value!r}" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("kind", "name"), [(k, n) for k, n in FIELDS if CONFIGS[k].model_fields[n].annotation is float]
)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), "a", None])
def test_numbers_are_finite_numbers(kind: str, name: str, value: Any) -> None:
    """NaN, infinity, text and nothing are refused for every number."""
    with pytest.raises(InputError, match=name):
        CONFIGS[kind].checked(**{name: value})


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_every_field_is_explained(kind: str, name: str) -> None:
    """A label, sentences for the form's help and the flag's, a group, and a default that is itself allowed."""
    config = CONFIGS[kind]
    assert config.label(name)
    assert config.explanation(name).endswith(".")
    assert [name in fields for group, fields in config.groups().items() if group in GROUPS].count(True) == 1
    config.checked(**{name: config.model_fields[name].default})


def test_beside_a_field_its_problem_has_its_label() -> None:
    with pytest.raises(ValidationError) as caught:
        TrainConfig(ema_decay=7, optimizer="best")
    assert TrainConfig.problems(caught.value, TrainConfig.label) == {
        "ema_decay": "EMA decay must be less than 1, not 7.",
        "optimizer": "Optimizer must be one of 'adam', 'adamw', 'muon', 'rmsprop', 'sgd', not 'best'.",
    }


def test_problems_are_stored_without_a_language() -> None:
    with pytest.raises(InputError) as caught:
        TrainConfig.checked(epochs=0, dropout="x")
    assert Text.of(json.loads(json.dumps(caught.value.text.stored()))) == str(caught.value)
    assert "epochs must be at least" not in json.dumps(caught.value.text.stored())


def test_all_wrong_fields_are_named_at_once() -> None:
    """Nobody has to try again for each of several mistakes."""
    with pytest.raises(InputError, match=r"epochs must be .* learning_rate must be "):
        TrainConfig.checked(epochs=0, learning_rate=-1)
    with pytest.raises(InputError, match=r"--epochs must be .* --learning-rate must be "):
        TrainConfig.checked(flag, epochs=0, learning_rate=-1)


@pytest.mark.parametrize("config", CONFIGS.values())
def test_unknown_fields_are_refused(config: type[Config]) -> None:
    """A misspelt field is an error, not silently left out."""
    with pytest.raises(InputError, match="epoch_count is not a setting"):
        config.checked(epoch_count=5)


def test_a_config_never_changes() -> None:
    """What a run was asked for stays what it was."""
    with pytest.raises(ValueError, match="frozen"):
        FineTuneConfig().steps = 5


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("0,1", "gpu:0,gpu:1"),
        ("gpu:1, gpu:0", "gpu:1,gpu:0"),
        ("2", "gpu:2"),
        ("cpu:0,cpu:1", "cpu:0,cpu:1"),
        *((each, each) for each in ("auto", "all", "cpu", "mps:0", "gpu:0")),
    ],
)
def test_devices_are_named(given: str, kept: str) -> None:
    """By their names, or GPUs by their numbers."""
    assert TrainConfig.checked(device=given).device == kept


@pytest.mark.parametrize(
    "given", ["", "0,0", "0,gpu:0", "0,", "cpu,gpu:0", "cpu:0,gpu:0", "all,0", "tpu", "mps:0,mps:1"]
)
def test_several_devices_are_of_one_kind(given: str) -> None:
    """And each is named once."""
    with pytest.raises(InputError, match="several such as 0,1, not"):
        TrainConfig.checked(device=given)


@pytest.mark.parametrize("given", ["0,1", "gpu:0,gpu:1", "all"])
def test_a_fine_tuning_takes_one_device(given: str) -> None:
    with pytest.raises(InputError, match="device must be auto, cpu, or a GPU"):
        FineTuneConfig.checked(device=given)

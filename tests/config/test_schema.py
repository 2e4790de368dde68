"""What can be chosen: one object for the form, the flags and config.json."""

import json
import re
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic.fields import FieldInfo

from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.presets import NOTES, PRESETS, preset_of
from mnist_core.config.schema import Config, FineTuneConfig, TrainConfig
from mnist_core.jobs.runs import CONFIGS, Kind, Run

FIELDS = [(kind, name) for kind, config in CONFIGS.items() for name in config.model_fields]


def bounds(field: FieldInfo) -> dict[str, Any]:
    """ge, gt, le, lt, max_length, pattern: whatever the field has."""
    names = ("ge", "gt", "le", "lt", "max_length", "pattern")
    return {n: v for each in field.metadata for n in names if (v := getattr(each, n, None)) is not None}


def another_value(field: FieldInfo) -> Any:
    """An allowed value that is not the default."""
    if get_origin(field.annotation) is Literal:
        return next(value for value in get_args(field.annotation) if value != field.default)
    if "pattern" in bounds(field):
        return "gpu:1"
    if field.annotation is str:
        return "something else"
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
def test_every_field_reaches_config_json(kind: Kind, name: str, workspace: Workspace) -> None:
    """What is chosen is saved under its own name, changes nothing else, and is read back the same."""
    config = CONFIGS[kind]
    value = another_value(config.model_fields[name])
    chosen = config.checked(**{name: value})
    run = Run.create(workspace, "r", kind, chosen)
    saved = json.loads((run.folder / "config.json").read_text())["config"]
    assert saved[name] == value
    assert {n: v for n, v in saved.items() if n != name} == {
        n: v for n, v in config().model_dump().items() if n != name
    }
    assert Run.at(workspace, "r").config() == chosen


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_wrong_value_is_refused_with_the_field_s_name(kind: Kind, name: str) -> None:
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
def test_numbers_are_finite_numbers(kind: Kind, name: str, value: Any) -> None:
    """NaN, infinity, text and nothing are refused for every number."""
    with pytest.raises(InputError, match=name):
        CONFIGS[kind].checked(**{name: value})


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_every_field_is_explained(kind: Kind, name: str) -> None:
    """A sentence for the form's help and the flag's, a group, and a default that is itself allowed."""
    field = CONFIGS[kind].model_fields[name]
    assert field.description
    assert field.description.endswith(".")
    assert name in [n for group in CONFIGS[kind].groups().values() for n in group]
    CONFIGS[kind].checked(**{name: field.default})


def test_all_wrong_fields_are_named_at_once() -> None:
    """Nobody has to try again for each of several mistakes."""
    with pytest.raises(InputError, match=r"epochs must be .* learning_rate must be "):
        TrainConfig.checked(epochs=0, learning_rate=-1)


@pytest.mark.parametrize("config", CONFIGS.values())
def test_unknown_fields_are_refused(config: type[Config]) -> None:
    """A misspelt field is an error, not silently left out."""
    with pytest.raises(InputError, match="epoch_count is not a setting"):
        config.checked(epoch_count=5)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_allowed(preset: str) -> None:
    """Every preset makes a config, which is known again, whatever a person said of what presets leave open."""
    config = TrainConfig.checked(**PRESETS[preset])
    assert preset_of(config.model_copy(update={"seed": 7, "dataset": "digits", "name": "mine"})) == preset
    assert preset_of(config.model_copy(update={"shear": 0.77})) == ""


NUMBERS = {"three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "fifteen": 15, "thirty": 30}
README = Path(__file__).parents[2] / "README.md"
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", README.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("said", [*NOTES.items(), *ROWS.items()], ids=lambda said: said[0])
def test_what_is_said_of_a_preset_is_true(said: tuple[str, str]) -> None:
    """The epochs, members and images that its note, or the README, tells of are those that it has."""
    preset, text = said
    config = TrainConfig.checked(**PRESETS[preset])
    if epochs := re.search(r"(\w+) epochs", text):
        assert config.epochs == NUMBERS[epochs[1]]
    if times := re.search(r"of MNIST (four) times", text):
        assert config.epochs == NUMBERS[times[1]]
    if images := re.search(r"(fifth|half) of MNIST once", text):
        assert (config.epochs, config.train_subset) == (1, {"fifth": 12_000, "half": 30_000}[images[1]])
    if members := re.search(r"(\w+) of th(?:e accurate on|os)es?", text):
        assert config.ensemble_size == NUMBERS[members[1].lower()]


def test_the_readme_has_every_preset() -> None:
    """And the Train page offers those that it has."""
    assert set(ROWS) == set(NOTES)


def test_a_config_never_changes() -> None:
    """What a run was asked for stays what it was."""
    with pytest.raises(ValueError, match="frozen"):
        FineTuneConfig().steps = 5

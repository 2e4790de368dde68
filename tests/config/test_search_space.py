"""What a search varies, as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.common.errors import InputError
from mnist_core.config.presets import PRESETS
from mnist_core.config.schema import TrainConfig
from mnist_core.config.search_space import Choices, Range, as_text, parse, searchable, suggested


@pytest.mark.parametrize(
    ("line", "name", "dimension"),
    [
        ("learning_rate = 0.001..0.03", "learning_rate", Range(0.001, 0.03, log=True)),
        ("learning-rate=1e-3 … 1e-2", "learning_rate", Range(0.001, 0.01, log=True)),
        ("learning_rate = 0.001 … 0.03, linear", "learning_rate", Range(0.001, 0.03, log=False)),
        ("learning_rate = 0.01..0.03", "learning_rate", Range(0.01, 0.03, log=False)),
        ("learning_rate = 0.01..0.03,log", "learning_rate", Range(0.01, 0.03, log=True)),
        ("dropout = 0..0.5", "dropout", Range(0.0, 0.5, log=False)),
        ("batch_size = 32..512", "batch_size", Range(32, 512, log=True)),
        ("epochs=1..5", "epochs", Range(1, 5, log=False)),
        ("architecture=mlp,lenet,fast", "architecture", Choices(("mlp", "lenet", "fast"))),
        ("batch_size = 64, 128", "batch_size", Choices((64, 128))),
        ("momentum = 0.5, 0.9", "momentum", Choices((0.5, 0.9))),
    ],
)
def test_a_line_names_a_setting_and_its_values(line: str, name: str, dimension: object) -> None:
    """Whole numbers stay whole; a wide range above 0 is logarithmic unless the line says otherwise."""
    space = parse(f"\n  {line}  \n")
    assert space == {name: dimension}
    (found,) = space.values()
    assert [type(each) for each in vars(found).values()] == [type(each) for each in vars(dimension).values()]
    assert parse(as_text(space)) == space


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "nothing to search. Give at least one setting, such as learning_rate"),
        ("learning_rate", "'learning_rate' is not complete"),
        ("learning_rate =", "learning_rate needs a range or some values, such as 0.001..0.016"),
        ("rate = 1..2", "rate cannot be searched. These settings can: rotation,"),
        ("dataset = mnist, digits", "dataset cannot be searched"),
        ("seed = 1..9", "seed cannot be searched. It decides which images judge"),
        ("validation_share = 0.1..0.2", "validation_share cannot be searched. It decides"),
        ("learning_rate = -1..1", "learning_rate must be more than 0, not -1"),
        ("dropout = 0..1", "dropout must be less than 1, not 1"),
        ("epochs = 1.5..3", "epochs must be a whole number"),
        ("epochs = 1..", "epochs must be a whole number"),
        ("architecture = mlp, best", "architecture must be one of .* not 'best'"),
        ("architecture = a..b", "architecture has no range. Name its values, such as "),
        ("architecture = mlp", "architecture needs at least two values"),
        ("architecture = mlp, mlp", "A value of architecture is named twice"),
        ("dropout = 0.5..0.1", "must rise, not go from 0.5 to 0.1"),
        ("dropout = 0..0.5, log", "must begin above 0, not at 0"),
        ("dropout = 0..0.5, cubic", "is log or linear, not 'cubic'"),
        ("dropout = 0..0.5\ndropout = 0.1, 0.2", "dropout is searched twice"),
    ],
)
def test_a_wrong_line_is_explained(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=60))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    """As a text of its own and as the values of settings of each type."""
    for line in (text, *(f"{name} = {text}" for name in ("learning_rate", "epochs", "architecture"))):
        try:
            space = parse(line)
        except InputError:
            continue
        assert parse(as_text(space)) == space


@given(st.floats(1e-6, 1.0), st.floats(1.01, 1e4))
def test_a_range_is_logarithmic_from_a_factor_of_ten_on(low: float, factor: float) -> None:
    high = min(low * factor, 10.0)
    dimension = parse(f"learning_rate = {low!r}..{high!r}")["learning_rate"]
    assert isinstance(dimension, Range)
    assert (dimension.low, dimension.high) == (low, high)
    assert dimension.log == (high / low >= 10 * (1 - 1e-9))


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", searchable())
def test_each_setting_has_a_suggestion(preset: str, name: str) -> None:
    """Around the value of any preset, within the setting's limits."""
    value = getattr(TrainConfig(**PRESETS[preset]), name)
    (dimension,) = parse(f"{name} = {suggested(name, value)}").values()
    assert isinstance(dimension, Choices) or dimension.low <= value


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "Learning rate needs a range"),
        ("0.1..0.01", "The range of Learning rate must rise"),
        ("0.1..20", "Learning rate must be at most 10"),
        ("0.1..1, x", "A range of Learning rate is log or linear"),
        ("0.1", "Learning rate needs at least two values"),
        ("0.1, 0.1", "A value of Learning rate is named twice"),
    ],
)
def test_a_form_calls_settings_by_their_labels(written: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(f"learning_rate = {written}", TrainConfig.label)

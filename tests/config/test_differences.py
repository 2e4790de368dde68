"""The settings in which runs differ."""

from mnist_core.config.differences import differences
from mnist_core.config.schema import FineTuneConfig, TrainConfig


def test_only_the_settings_that_differ_are_told() -> None:
    """In words, in the order of the form; what a config lacks is a dash, and so is all of one that is unreadable."""
    configs = [TrainConfig(name="a"), TrainConfig(name="b", epochs=5), TrainConfig(name="c", architecture="fast")]
    found = differences([(TrainConfig, each.model_dump()) for each in configs], without=["name"])
    assert [(each.label, each.values, each.usual) for each in found] == [
        ("Architecture", ("cnn", "cnn", "fast"), "cnn"),
        ("Epochs", ("3", "5", "3"), "3"),
    ]
    other = (FineTuneConfig, FineTuneConfig().model_dump())
    both = {
        each.label: each.values for each in differences([(TrainConfig, TrainConfig().model_dump()), other], without=[])
    }
    assert both["Architecture"] == ("cnn", "–")
    torn = differences([None, other], without=[])
    assert {each.values[0] for each in torn} == {"–"}

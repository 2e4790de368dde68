"""The Train page's form: cards of presets, the list of data sets, several values, and the search of settings."""

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.config.presets import OFFERED
from mnist_core.config.schema import TrainConfig
from mnist_core.data import own, synthetic
from mnist_core.data.datasets import Dataset
from mnist_core.jobs import speed
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry, shipped
from tests.models.files import copy_shipped
from tests.pages.app import button, open_page, texts


@pytest.fixture
def page(app: AppTest) -> AppTest:
    """On a data set that every machine has."""
    app.session_state["train.dataset"] = "digits"
    return open_page(app, "train")


def labels(page: AppTest) -> list[str]:
    return [each.label for each in [*page.number_input, *page.text_input, *page.selectbox, *page.toggle]]


def configs(workspace: Workspace) -> list[Any]:
    return [Run.at(workspace, job.id).config() for job in reversed(Jobs(workspace).page(limit=30))]


def test_accuracies_are_promised_for_mnist_alone(app: AppTest, workspace: Workspace) -> None:
    """Times are those of this machine, once it has been measured, for the images of the data set."""
    page = open_page(app, "train")
    assert all(offer.accuracy in texts(page) for offer in OFFERED.values())
    assert "about" not in texts(page)
    speed.keep(workspace, 1000.0)
    assert "about 3 min" in texts(page.run())
    page.selectbox(key="train.dataset").set_value("digits").run()
    assert not any(offer.accuracy in texts(page) for offer in OFFERED.values())
    assert "known for MNIST only" in texts(page)
    assert "about 6 s" in texts(page)


def test_the_list_has_what_was_imported_and_the_path_of_the_form(
    app: AppTest, workspace: Workspace, tiny_npz: Any
) -> None:
    """An imported data set is called by its file's name. Its images are counted for the estimates."""
    images, digits = synthetic.generate(50, seed=3)
    imported = own.save(Dataset("mine", images[:40], digits[:40], images[40:], digits[40:]), workspace)
    assert own.training_images(imported, workspace) == 40
    assert own.training_images(str(tiny_npz), workspace) is None
    app.session_state["train.dataset"] = str(tiny_npz)
    page = open_page(app, "train")
    assert page.selectbox(key="train.dataset").options == [
        "MNIST",
        "digits (built in)",
        "mine",
        str(tiny_npz),
    ]
    page.selectbox(key="train.dataset").select_index(2).run()
    assert page.session_state["train.dataset"] == imported
    assert not button(page, "Train").disabled


def test_what_differs_from_the_preset_is_told_beside_its_name(page: AppTest) -> None:
    """In the same element: one more would move the form while a person types."""
    before = len(page.main.markdown), len(page.caption)
    page.number_input(key="train.epochs").set_value(5).run()
    assert (len(page.main.markdown), len(page.caption)) == before
    assert "**Preset: balanced** :gray[:small[Changed since the preset: Epochs.]]" in texts(page)


def test_several_values_start_a_run_of_each_combination(page: AppTest, workspace: Workspace) -> None:
    """The page says how many before the click; the first value goes on to be that of the form."""
    page.toggle(key="train.several").set_value(True).run()
    page.text_input(key="train.several.learning_rate").set_value("0.002, 0.004, 0.008").run()
    page.text_input(key="train.several.epochs").set_value("2").run()
    button(page, "Train 3 runs").click().run()
    assert not page.exception
    started = configs(workspace)
    assert [(each.learning_rate, each.epochs) for each in started] == [(0.002, 2), (0.004, 2), (0.008, 2)]
    assert len({each.name for each in started}) == 3
    page.toggle(key="train.several").set_value(False).run()
    assert page.number_input(key="train.learning_rate").value == 0.002
    assert button(page, "Train")


def test_wrong_and_too_many_values_start_nothing(page: AppTest) -> None:
    """Each says so in its place."""
    page.toggle(key="train.several").set_value(True).run()
    page.text_input(key="train.several.epochs").set_value("1, two").run()
    assert any("Epochs must be a whole number, not 'two'" in each.value for each in page.error)
    assert "Train" not in [each.label for each in page.button]
    page.text_input(key="train.several.epochs").set_value(" ".join(map(str, range(1, 31)))).run()
    assert any("make 30 trainings" in each.value for each in page.error)
    assert button(page, "Train").disabled


def test_a_preset_replaces_several_values(page: AppTest) -> None:
    page.toggle(key="train.several").set_value(True).run()
    page.text_input(key="train.several.epochs").set_value("1, 2").run()
    page.button(key="train.preset.quick").click().run()
    assert page.text_input(key="train.several.epochs").value == "4"
    assert button(page, "Train")


def test_a_search_finds_settings_by_name_and_description(page: AppTest) -> None:
    """Those that are always in view, or have no effect, are not shown twice."""
    page.text_input(key="train.search").set_value("moving average").run()
    assert "EMA decay" in labels(page)
    assert "Dropout" not in labels(page)
    page.text_input(key="train.search").set_value("ema-decay").run()
    assert "EMA decay" in labels(page)
    page.text_input(key="train.search").set_value("nothing like that").run()
    assert "No setting matches “nothing like that”." in texts(page)
    page.text_input(key="train.search").set_value("").run()
    assert "Dropout" in labels(page)


def test_a_wrong_value_in_all_settings_opens_and_marks_them(page: AppTest) -> None:
    page.number_input(key="train.dropout").set_value(2.0).run()
    assert "All settings: fix 1" in [each.label for each in page.expander]
    assert page.session_state["train.all"], "it is open"
    page.number_input(key="train.dropout").set_value(0.2).run()
    assert "All settings" in [each.label for each in page.expander]


def test_only_models_whose_weights_fit_can_be_started_from(page: AppTest, workspace: Workspace) -> None:
    """They are listed by their names, and the training gets the id."""
    card = shipped().card.model_copy(update={"name": "mine"})
    mine = Registry(workspace).add(card, copy_shipped)
    assert page.selectbox(key="train.start_from").options == ["None (random weights)"]
    page.session_state["train.outliers"] = 100
    page.selectbox(key="train.architecture").set_value("deep").run()
    page.run()
    assert len(page.selectbox(key="train.start_from").options) == 3
    page.selectbox(key="train.start_from").set_value(mine.id).run()
    button(page, "Train").click().run()
    assert configs(workspace) == [TrainConfig(dataset="digits", architecture="deep", outliers=100, start_from=mine.id)]


def test_every_setting_can_be_found() -> None:
    """By its label, in the language of the page, and by its name."""
    for name in TrainConfig.model_fields:
        assert name in TrainConfig.matching(TrainConfig.label(name))
        assert name in TrainConfig.matching(name.replace("_", "-"))
    assert np.isin(["learning_rate", "schedule"], TrainConfig.matching("learning rate")).all()


def test_an_augmentation_that_destroys_digits_is_told(page: AppTest) -> None:
    """Beside the images; a strong one that leaves them readable is not."""
    page.button(key="train.preset.accurate").click().run()
    assert "unreadable digits" not in texts(page)
    page.number_input(key="train.elastic").set_value(4.0).run()
    assert "recognizes only" in texts(page)


def test_the_settings_are_shown_as_code(page: AppTest) -> None:
    """As the command and as a script."""
    page.number_input(key="train.epochs").set_value(7).run()
    command, script = (each.value for each in page.code)
    assert "mnist-studio train --dataset digits --epochs 7" in command
    assert "EPOCHS = 7" in script

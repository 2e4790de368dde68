"""A search on the Train page, and on the Runs page."""

import os

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.config.search import SearchConfig
from mnist_core.evaluation import studies
from mnist_core.evaluation.search import Trial
from mnist_core.jobs import trials
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from tests.pages.app import button, open_page, texts

CONFIG = SearchConfig(dataset="digits", epochs=2, space="learning_rate = 0.001..0.1\narchitecture = mlp, fast")


def searched(workspace: Workspace, *, state: str = "completed") -> Run:
    """A search with six trials, the third of which is the best."""
    jobs = Jobs(workspace)
    job = jobs.submit("search", CONFIG, by=Process.of(os.getpid()))
    run = Run.at(workspace, job.id)
    for number, accuracy in enumerate((0.7, 0.8, 0.95, 0.6, 0.9, 0.5), 1):
        settings = {"learning_rate": 0.01 * number, "architecture": ("mlp", "fast")[number % 2]}
        figures = {"accuracy": accuracy, "loss": 1 - accuracy, "parameters": 100, "epochs": 2, "seconds": 1.0}
        trials.write(run, Trial(number=number, settings=settings, state="completed", **figures))
    for each in ("running", *([] if state == "running" else [state])):
        jobs.set_state(job.id, each)
    return run


def test_the_form_starts_a_search(app: AppTest, workspace: Workspace) -> None:
    """With the settings of the training form. A wrong range is said, and has no button."""
    page = open_page(app, "train")
    page.selectbox(key="train.dataset").set_value("digits").run()
    page.multiselect(key="search.varied").set_value(["learning_rate", "architecture"]).run()
    page.text_input(key="search.range.learning_rate").set_value("0.03..0.001").run()
    assert "The range of Learning rate must rise" in "".join(each.value for each in page.error)
    assert button(page, "Start the search").disabled
    page.text_input(key="search.range.learning_rate").set_value("0.001 … 0.1").run()
    page.text_input(key="search.range.architecture").set_value("mlp, fast").run()
    page.number_input(key="search.trials").set_value(7).run()
    button(page, "Start the search").click().run()
    assert not page.exception
    (job,) = Jobs(workspace).page(limit=5)
    asked = SearchConfig(
        dataset="digits", trials=7, space="learning_rate = 0.001 … 0.1\narchitecture = mlp, fast"
    )  # fmt: skip
    assert (job.kind, Run.at(workspace, job.id).config()) == ("search", asked)


def test_the_best_settings_go_into_the_form_and_into_three_trainings(app: AppTest, workspace: Workspace) -> None:
    searched(workspace)
    page = open_page(app, "train")
    assert "6 trials are complete" in texts(page)
    assert "**Trial 3**, the best one" in texts(page)
    button(page, "Use these settings").click().run()
    assert page.number_input(key="train.learning_rate").value == pytest.approx(0.03)
    assert page.selectbox(key="train.architecture").value == "fast"
    assert page.selectbox(key="train.dataset").value == "digits"
    button(page, "Train with 3 seeds").click().run()
    assert not page.exception
    queued = [job for job in Jobs(workspace).unfinished() if job.kind == "train"]
    configs = [Run.at(workspace, job.id).config() for job in queued]
    wanted = TrainConfig(dataset="digits", epochs=2, learning_rate=0.03, architecture="fast")
    assert configs == [wanted.model_copy(update={"seed": seed}) for seed in range(3)]


def test_trials_that_ended_early_are_counted(app: AppTest, workspace: Workspace) -> None:
    """Beside the complete ones. The accuracy comes first in the table, so that a narrow screen shows it."""
    run = searched(workspace)
    early = {"accuracy": 0.2, "loss": 1.0, "parameters": 100, "epochs": 1, "seconds": 0.5}
    settings = {"learning_rate": 0.1, "architecture": "mlp"}
    trials.write(run, Trial(number=7, settings=settings, state="pruned", **early))
    page = open_page(app, "train")
    assert "6 trials are complete. 1 trial ended early. Objective: highest validation accuracy." in texts(page)
    assert list(page.dataframe[0].value.columns)[:4] == ["Trial", "Best", "Validation accuracy", "Learning rate"]


def test_the_first_best_trial_is_selected(app: AppTest, workspace: Workspace) -> None:
    """Also if the page was open before any trial was complete."""
    jobs = Jobs(workspace)
    job = jobs.submit("search", CONFIG, by=Process.of(os.getpid()))
    jobs.set_state(job.id, "running")
    run, settings = Run.at(workspace, job.id), {"learning_rate": 0.01, "architecture": "mlp"}
    trials.write(run, Trial(number=1, settings=settings))
    page = open_page(app, "train")
    assert "Use these settings" not in [each.label for each in page.button]
    figures = {"accuracy": 0.9, "loss": 0.1, "parameters": 100, "epochs": 2, "seconds": 1.0}
    trials.write(run, Trial(number=1, settings=settings, state="completed", **figures))
    page.run()
    assert "**Trial 1**, the best one" in texts(page)


def test_an_interrupted_search_stays_resumable_after_another(app: AppTest, workspace: Workspace) -> None:
    """Until a person dismisses it."""
    first = searched(workspace, state="interrupted")
    searched(workspace)
    page = open_page(app, "train")
    assert "6 trials are complete" in texts(page)
    assert f"resume-{first.id}" in [each.key for each in page.button]
    page.button(key=f"dismiss-{first.id}").click().run()
    assert f"resume-{first.id}" not in [each.key for each in page.button]


@pytest.mark.parametrize(
    "figure",
    ["history", *(pytest.param(each, marks=pytest.mark.slow) for each in ("slices", "parallel", "importances"))],
)
def test_each_figure_is_shown(figure: str, app: AppTest, workspace: Workspace) -> None:
    """Also of a search under way."""
    run = searched(workspace, state="running")
    page = open_page(app, "train")
    page.segmented_control(key=f"search.chart-{run.id}").set_value(figure).run()
    assert not page.exception
    assert not page.error
    assert f"smoothing-{run.id}" not in [each.key for each in page.slider]


def test_the_runs_page_opens_a_search(app: AppTest, workspace: Workspace) -> None:
    run = searched(workspace)
    app.session_state["runs.chosen"] = [run.id]
    page = open_page(app, "runs")
    assert not page.exception
    assert "6 trials are complete" in texts(page)


def test_without_optuna_the_page_says_how_to_install_it(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "find_spec", lambda name: None)
    page = open_page(app, "train")
    assert 'pip install "mnist-studio[search]"' in texts(page)

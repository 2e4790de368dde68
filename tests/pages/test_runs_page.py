"""The Runs page: what a person does with runs that have ended."""

import re
import shutil

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.jobs.job import Job
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry, shipped
from tests.pages.app import button, ended, open_page, texts


@pytest.fixture
def jobs(workspace: Workspace) -> Jobs:
    return Jobs(workspace)


def opened(app: AppTest, *chosen: Job) -> AppTest:
    app.session_state["runs.chosen"] = [job.id for job in chosen]
    page = open_page(app, "runs")
    assert not page.exception
    return page


def run(workspace: Workspace, name: str, **fields: object) -> Job:
    """A completed training of four steps and one epoch."""
    job = ended(workspace, TrainConfig.checked(name=name, dataset="digits", **fields), "completed")
    figures = {"epoch": 1.0, "elapsed_s": 1.0}
    folder = Run.at(workspace, job.id)
    folder.append(*({"step": n, "loss": 1.0 / n, "accuracy": 0.5, **figures} for n in (1, 2, 3, 4)))
    folder.append({"step": 4, "val_loss": 0.3, "val_accuracy": 0.9, "val_loss_error": 0.01, **figures})
    return job


def test_several_runs_are_compared(app: AppTest, workspace: Workspace) -> None:
    """Their curves lie over each other; the settings that differ are listed, and only those."""
    page = opened(app, run(workspace, "one", seed=1), run(workspace, "two", seed=2, epochs=5))
    assert "training thin, validation thick" in texts(page)
    assert rows(page) == [["Epochs", "3", "5"], ["Seed", "1", "2"]]
    assert any('class="unusual"' in each.value for each in page.markdown)


def rows(page: AppTest) -> list[list[str]]:
    """The table of the settings that differ."""
    (table,) = (each.value for each in page.markdown if 'class="differences"' in each.value)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)]
    return cells[1:]


def test_the_seeds_of_one_config_are_compared_as_one(app: AppTest, workspace: Workspace) -> None:
    """One row with mean and deviation; opened, their curves are a mean with a band."""
    for seed, share in ((1, 0.98), (2, 0.96)):
        job = run(workspace, f"seed {seed}", seed=seed)
        Run.at(workspace, job.id).write_progress(Progress(accuracies=[share]))
    first = Jobs(workspace).page()[-1]
    page = opened(app, first)
    page.toggle(key="runs.together").set_value(True).run()
    table = page.dataframe[0].value
    assert list(table["Name"]) == ["2 seeds: seed 1"]
    assert list(table["Validation"]) == ["97.00 ± 1.41%"]
    assert "mean over the seeds" in texts(page)


def test_runs_are_sorted_searched_and_tagged(app: AppTest, workspace: Workspace, jobs: Jobs) -> None:
    """The best by validation on top; a tag that a person gives finds its run."""
    good, bad = run(workspace, "good"), run(workspace, "bad")
    for job, share in ((good, 0.99), (bad, 0.9)):
        Run.at(workspace, job.id).write_progress(Progress(accuracies=[share]))
    jobs.tag(bad.id, ["paper"])
    page = opened(app, good)
    assert list(page.dataframe[0].value["Name"]) == ["bad", "good"]
    page.multiselect(key=f"tags-{good.id}").select("paper").run()
    jobs.tag(bad.id, [])
    page.selectbox(key="runs.order").select("validation").run()
    assert list(page.dataframe[0].value["Name"]) == ["good", "bad"]
    page.text_input(key="runs.text").input("paper").run()
    assert list(page.dataframe[0].value["Name"]) == ["good"]
    page.text_input(key="runs.text").input("nothing like it").run()
    assert "No run matches" in texts(page)
    assert not page.exception


def test_a_run_without_a_folder_is_named_in_the_comparison(app: AppTest, workspace: Workspace) -> None:
    """It has no curve, and the page says so instead of leaving it out."""
    lost = run(workspace, "lost")
    shutil.rmtree(Run.at(workspace, lost.id).folder)
    page = opened(app, lost, run(workspace, "whole"))
    assert "Without a curve, because nothing was recorded: lost" in texts(page)


def test_a_dismissed_run_can_still_be_resumed(app: AppTest, workspace: Workspace) -> None:
    """Its message goes from the Train page and stays on the Runs page."""
    job = ended(workspace, TrainConfig(name="short"), "interrupted")
    page = open_page(app, "train")
    button(page, "Dismiss").click().run()
    assert "Start again" not in [each.label for each in page.button]
    page.session_state["runs.chosen"] = [job.id]
    page = page.switch_page("pages/runs.py").run()
    assert "Start again" in [each.label for each in page.button]
    assert "Dismiss" not in [each.label for each in page.button]


def test_equal_runs_are_said_to_be_equal(app: AppTest, workspace: Workspace) -> None:
    """Seed included."""
    page = opened(app, run(workspace, "same"), run(workspace, "same"))
    assert "all settings are the same" in texts(page)


def test_a_run_is_repeated_with_its_settings(app: AppTest, workspace: Workspace, jobs: Jobs) -> None:
    """It waits as a new job with the same config."""
    job = run(workspace, "again", epochs=2, seed=5)
    page = opened(app, job)
    button(page, "Run again, same seed").click().run()
    (waiting,) = jobs.unfinished()
    assert waiting.state == "queued"
    assert Run.at(workspace, waiting.id).config() == Run.at(workspace, job.id).config()


def test_runs_are_deleted_for_good(app: AppTest, workspace: Workspace, jobs: Jobs) -> None:
    """All that are selected, with their folders; the others stay."""
    one, two, other = (run(workspace, name) for name in ("one", "two", "other"))
    page = opened(app, one, two)
    button(page, "Delete").click().run()
    assert [job.id for job in jobs.page(limit=9)] == [other.id]
    assert not Run.at(workspace, one.id).folder.exists()
    assert not page.exception
    assert list(page.dataframe[0].value["Name"]) == ["other"]


def test_a_run_s_model_is_activated_and_its_note_is_kept(app: AppTest, workspace: Workspace, jobs: Jobs) -> None:
    """By one button and one field."""
    job, registry = run(workspace, "mine"), Registry(workspace)
    card = shipped().card.model_copy(update={"name": "mine"})
    made = registry.add(card, lambda folder: [shutil.copy(path, folder) for path in (shipped().keras, shipped().onnx)])
    jobs.set_model(job.id, made.id)
    page = opened(app, job)
    button(page, "Activate its model").click().run()
    assert registry.active() == made
    assert button(page, "Activate its model").disabled
    page.text_input(key=f"note-{job.id}").input("a good one").run()
    assert jobs.get(job.id).note == "a good one"


@pytest.fixture
def broken(workspace: Workspace) -> Job:
    """A run whose config.json is cut off."""
    job = run(workspace, "broken")
    (Run.at(workspace, job.id).folder / "config.json").write_text("{")
    return job


def test_a_run_with_a_damaged_config_can_be_deleted_at_least(
    app: AppTest, workspace: Workspace, jobs: Jobs, broken: Job
) -> None:
    """It is listed, and says that it cannot be read."""
    other = run(workspace, "whole")
    page = opened(app, broken)
    assert any("config.json" in error.value.replace("\\", "") for error in page.error)
    button(page, "Delete").click().run()
    assert [each.id for each in jobs.page(limit=9)] == [other.id]


def test_a_run_with_a_damaged_config_is_compared_by_its_curve(app: AppTest, workspace: Workspace, broken: Job) -> None:
    """Its settings are unknown, the other's are not."""
    page = opened(app, broken, run(workspace, "whole"))
    assert {row[1] for row in rows(page)} == {"–"}

"""The Compress page."""

import os
import shlex

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import CompressConfig
from mnist_core.jobs import points
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import SHIPPED, Registry
from tests.pages.app import button, open_page, texts
from tests.pages.compressed import has_compressed


def _opened(app: AppTest) -> AppTest:
    page = open_page(app, "compress")
    assert not page.exception
    return page


def _small_digits(page: AppTest) -> AppTest:
    """This machine may lack MNIST."""
    return page.text_input(key="compress.dataset").set_value("digits").run()


def test_a_choice_fills_the_form_and_starts_a_job(app: AppTest, workspace: Workspace) -> None:
    """With the chosen model; the same command is there to be copied."""
    page = _small_digits(_opened(app))
    assert "No compression yet." in texts(page)
    page.pills(key="compress.preset").set_value("prune").run()
    assert page.code[0].value == (
        "mnist-studio compress --model 'MNIST Studio' --sparsity '50, 70, 80, 90' --epochs 1 "
        f"--batch-size 256 --dataset digits --workspace {shlex.quote(str(workspace.root))}"
    )
    button(page, "Compress").click().run()
    (job,) = Jobs(workspace).page(limit=5)
    asked = CompressConfig(model=SHIPPED, sparsity="50, 70, 80, 90", epochs=1, batch_size=256, dataset="digits")
    assert (job.kind, job.state, Run.at(workspace, job.id).config()) == ("compress", "queued", asked)
    assert "Queue another compression" in [each.label for each in page.expander]


def test_what_differs_from_the_choice_is_named(app: AppTest) -> None:
    """Custom shows the form at once and names nothing. A wrong value has no button."""
    page = _opened(app)
    page.number_input(key="compress.epochs").set_value(5).run()
    assert "Changed under Settings: Epochs." in texts(page)
    page.pills(key="compress.preset").set_value("custom").run()
    assert "Changed under Settings" not in texts(page)
    page.text_input(key="compress.sparsity").set_value("90, 50").run()
    assert "must be rising whole percentages" in page.error[0].value
    assert "compress.start" not in [each.key for each in page.button]


def test_at_least_one_step_is_needed(app: AppTest) -> None:
    page = _small_digits(_opened(app))
    page.toggle(key="compress.int8").set_value(False).run()
    assert "Nothing would be done" in page.error[0].value
    assert page.button(key="compress.start").disabled
    page.text_input(key="compress.sparsity").set_value("50").run()
    assert not page.button(key="compress.start").disabled


def test_a_missing_data_set_is_said_beside_the_button(app: AppTest) -> None:
    page = _opened(app)
    page.text_input(key="compress.dataset").set_value("nowhere.npz").run()
    assert page.error[0].value.startswith("Dataset:")
    assert page.button(key="compress.start").disabled


def test_a_model_that_cannot_be_compressed_is_said_beside_the_button(app: AppTest, workspace: Workspace) -> None:
    """It is in int8 already, or lacks the network that a training needs."""
    run = Run.at(workspace, has_compressed(workspace).id)
    int8, small = (points.keep(workspace, run, key) for key in ("int8", "tiny"))
    small.keras.unlink()
    page = _small_digits(_opened(app))
    page.selectbox(key="compress.model").select(int8.title).run()
    assert "is in int8 already" in page.error[0].value
    assert page.button(key="compress.start").disabled
    page.selectbox(key="compress.model").select(small.title).run()
    assert not page.button(key="compress.start").disabled
    page.pills(key="compress.preset").set_value("prune").run()
    assert page.error[0].value.startswith("Model:")
    assert page.button(key="compress.start").disabled


def test_an_active_model_in_int8_is_not_chosen_at_first(app: AppTest, workspace: Workspace) -> None:
    """But what it was made from."""
    run = Run.at(workspace, has_compressed(workspace).id)
    Registry(workspace).activate(points.keep(workspace, run, "int8").id)
    page = _small_digits(_opened(app))
    assert page.selectbox(key="compress.model").value == SHIPPED
    assert not page.error


def test_a_job_under_way_is_there_after_a_reload(app: AppTest, workspace: Workspace) -> None:
    jobs = Jobs(workspace)
    job = jobs.submit("compress", CompressConfig(), by=Process.of(os.getpid()))
    jobs.set_state(job.id, "running")
    page = _opened(app)
    button(page, "Stop and keep").click().run()
    assert Run.at(workspace, job.id).command() == "stop"


def test_an_interrupted_compression_is_there_after_another(app: AppTest, workspace: Workspace) -> None:
    jobs = Jobs(workspace)
    cut_off = jobs.submit("compress", CompressConfig(), by=Process.of(os.getpid()))
    for state in ("running", "interrupted"):
        jobs.set_state(cut_off.id, state)
    has_compressed(workspace)
    assert f"resume-{cut_off.id}" in [each.key for each in _opened(app).button]


def test_compressions_are_listed_by_their_models(app: AppTest, workspace: Workspace) -> None:
    """And the accuracies come first in the table, so that a narrow screen shows them."""
    has_compressed(workspace)
    has_compressed(workspace, name="pocket")
    page = _opened(app)
    newest, older = page.selectbox(key="compress.run").options
    assert newest == "MNIST Studio: pocket"
    assert older.startswith("MNIST Studio: Compression, ")
    assert "images of MNIST." in texts(page)
    assert list(page.dataframe[0].value.columns)[:2] == ["What was done", "Validation images"]


def test_a_model_is_kept_under_a_name_and_activated(app: AppTest, workspace: Workspace) -> None:
    """The suggested one is selected. Only Activate changes the active model."""
    has_compressed(workspace)
    page, registry = _opened(app), Registry(workspace)
    assert "**int8**: 27% of the size, -0.02 percentage points, 2.0× as fast" in texts(page)
    table = page.dataframe[0].value
    assert list(table["What was done"]) == [
        "the model itself",
        "int8",
        "80% pruned",
        "50% pruned",
        "80% pruned, int8",
        "distilled into tiny",
    ]
    assert list(table["Share of the size"].round()) == [100, 27, 100, 100, 27, 10]
    page.text_input[-1].set_value("pocket").run()
    button(page, "Keep").click().run()
    (kept, shipped) = registry.all()
    assert (kept.name, kept.card.is_int8, shipped.id, registry.active().id) == ("pocket", True, SHIPPED, SHIPPED)
    assert "Kept as **pocket**." in texts(page)
    button(page, "Activate").click().run()
    assert registry.active().id == kept.id
    assert "compress.activate" not in [each.key for each in page.button]


def test_what_is_not_kept_can_be_discarded(app: AppTest, workspace: Workspace) -> None:
    """The figures stay, and so does what was kept."""
    job = has_compressed(workspace)
    page = _opened(app)
    button(page, "Keep").click().run()
    button(page, "Discard").click().run()
    assert "Kept as **MNIST Studio int8**." in texts(page)
    assert points.keys(Run.at(workspace, job.id)) == []
    assert "were discarded" in texts(page)
    assert len(page.dataframe[0].value) == 6
    assert "compress.keep" not in [each.key for each in page.button]


@pytest.mark.parametrize("state", ["completed", "stopped"])
def test_an_earlier_compression_is_opened_again(app: AppTest, workspace: Workspace, state: str) -> None:
    """One that a person stopped has models, too. One that failed says why, and hides no other."""
    first = has_compressed(workspace, state, "first")  # type: ignore[arg-type]
    has_compressed(workspace, name="second")
    jobs = Jobs(workspace)
    failed = jobs.submit("compress", CompressConfig(name="third"), by=Process.of(os.getpid()))
    jobs.set_state(failed.id, "running")
    jobs.set_state(failed.id, "failed", "It is broken.")
    page = _opened(app)
    assert "third" in texts(page)
    choice = page.selectbox(key="compress.run")
    assert choice.options == ["MNIST Studio: second", "MNIST Studio: first"]
    choice.select("MNIST Studio: first").run()
    assert not page.exception
    assert page.session_state["compress.run"] == first.id
    assert ("It was stopped early" in texts(page)) == (state == "stopped")


def test_a_report_that_cannot_be_read_is_told(app: AppTest, workspace: Workspace) -> None:
    job = has_compressed(workspace)
    (Run.at(workspace, job.id).folder / "report.json").write_text("{")
    page = _opened(app)
    assert "report of run" in page.error[-1].value
    assert page.button(key="compress.start")


def test_the_list_of_runs_leads_to_the_models(app: AppTest, workspace: Workspace) -> None:
    """Of the run that is selected there, which need not be the newest."""
    first = has_compressed(workspace, name="first")
    has_compressed(workspace, name="second")
    app.session_state["runs.chosen"] = [first.id]
    page = open_page(app, "runs")
    assert set(page.dataframe[0].value["Kind"]) == {"compression"}
    button(page, "Show its models").click().run()
    assert page.selectbox(key="compress.run").value == first.id

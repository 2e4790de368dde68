"""Each page by AppTest: its script runs, explains itself when empty, and does what its buttons say."""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.collection import drawing, review_queue
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.workspace import Workspace
from mnist_core.config.presets import PRESETS
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.data.synthetic import write
from mnist_core.evaluation.reports import LearningRateReport, TrainReport
from mnist_core.jobs import candidates, gpu
from mnist_core.jobs.job import Job
from mnist_core.jobs.kinds import KINDS
from mnist_core.jobs.process import Process
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.learned import Learned
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry
from pages.widgets.text import escape
from tests.conftest import ROOT
from tests.models.files import copy_shipped
from tests.pages.app import button, draw, ended, open_page, predicted, texts
from tests.pages.conftest import PATIENCE_S
from tests.reports import fine_tune_report


def test_draw_invites_and_predicts(app: AppTest, workspace: Workspace) -> None:
    """An empty canvas invites to draw; the network predicts a drawing, and a press of its digit stores it."""
    app.run()
    assert not app.exception
    assert "Draw a digit" in texts(app)
    assert "Your collection is empty" in texts(app)
    draw(app, 3)
    app.run()
    assert predicted(app) == 3
    app.button(key="label-3").click().run()
    (saved,) = DrawingStore(workspace).all()
    assert (saved.label, saved.prediction) == (3, 3)
    assert not app.exception


def test_draw_without_a_drawing_saves_nothing(app: AppTest, workspace: Workspace) -> None:
    """A label pressed on an empty canvas stores no row and says what to do."""
    app.run()
    app.button(key="label-5").click().run()
    assert "There is nothing to save yet" in texts(app)
    assert DrawingStore(workspace).all() == []


def test_an_upload_is_asked_for_in_its_own_words(app: AppTest) -> None:
    """The page asks for a picture and says nothing of a field to draw on."""
    app.session_state["source"] = "upload"
    app.run()
    app.button(key="label-5").click().run()
    assert "Which digit does the picture show?" in texts(app)
    assert "Choose a picture of a digit, then pick its label." in texts(app)
    assert "field" not in texts(app)


def test_the_quiz_asks_saves_and_asks_again(app: AppTest, workspace: Workspace) -> None:
    """One press saves the drawing as the digit that was asked for, with its prediction, and asks for another."""
    app.run()
    assert "Save as" not in " ".join(button.label for button in app.button)
    app.toggle(key="quiz.on").set_value(True).run()
    asked = app.session_state["quiz"].asked
    assert f"## Draw the digit {asked}" in texts(app)
    draw(app, asked)
    app.run()
    button(app, f"Save as {asked}").click().run()
    (saved,) = DrawingStore(workspace).all()
    assert saved.label == asked
    assert saved.prediction is not None
    assert f"Correct predictions: **{int(saved.prediction == asked)} of 1**" in texts(app)
    assert app.session_state["quiz"].asked != asked
    assert f"Save as {app.session_state['quiz'].asked}" in [button.label for button in app.button]
    button(app, "Undo save").click().run()
    assert "Correct predictions" not in texts(app)
    assert not app.exception


def test_another_digit_than_asked_is_saved_but_does_not_count(app: AppTest, workspace: Workspace) -> None:
    """The ten labels still work in a quiz: the question stays, and the score does not change."""
    app.run()
    app.toggle(key="quiz.on").set_value(True).run()
    asked = app.session_state["quiz"].asked
    other = (asked + 1) % 10
    draw(app, other)
    app.run()
    app.button(key=f"label-{other}").click().run()
    assert [drawing.label for drawing in DrawingStore(workspace).all()] == [other]
    assert app.session_state["quiz"].asked == asked
    assert "Correct predictions" not in texts(app)


def test_another_digit_empties_the_field(app: AppTest, workspace: Workspace) -> None:
    """What was drawn of the skipped digit is not saved as the next one, but may be asked about later."""
    app.run()
    app.toggle(key="quiz.on").set_value(True).run()
    asked = app.session_state["quiz"].asked
    draw(app, asked)
    app.run()
    button(app, "Another digit").click().run()
    new = app.session_state["quiz"].asked
    assert new != asked
    button(app, f"Save as {new}").click().run()
    assert DrawingStore(workspace).all() == []
    assert ReviewQueue(workspace).count() == 1


def test_ten_drawings_lead_to_fine_tuning(app: AppTest) -> None:
    """After ten drawings, and not after nine, the quiz offers to fine-tune on them."""
    app.run()
    app.toggle(key="quiz.on").set_value(True).run()
    app.session_state["quiz"].predicted_right.update(dict.fromkeys(range(9), True))
    app.run()
    assert "You have drawn" not in texts(app)
    app.session_state["quiz"].predicted_right[9] = False
    app.run()
    assert "Correct predictions: **9 of 10**" in texts(app)
    assert "You have drawn 10 digits." in texts(app)
    app.toggle(key="quiz.on").set_value(False).run()
    assert "Correct predictions" not in texts(app)
    assert not app.exception


def test_a_cleared_drawing_waits_for_a_label(app: AppTest, workspace: Workspace) -> None:
    """A drawing that was cleared without a label goes into the review queue; an accidental click does not."""
    app.run()
    draw(app, 3)
    app.run()
    button(app, "Clear").click().run()
    (waiting,) = ReviewQueue(workspace).next(8)
    assert (waiting.prediction, waiting.model_id) == (3, "shipped")
    app.session_state["canvas"] = {"marks": [{"id": "click", "pen": 18, "points": [[5, 5], [6, 6]]}]}
    app.run()
    button(app, "Clear").click().run()
    assert ReviewQueue(workspace).count() == 1
    assert DrawingStore(workspace).all() == []
    assert not app.exception


def test_a_training_that_left_nothing_says_so(app: AppTest, workspace: Workspace) -> None:
    """Stopped before its first step it has no model to show; its message goes for good when it is dismissed."""
    ended(workspace, TrainConfig(name="short"), "stopped", "nothing_kept")
    page = open_page(app, "train")
    assert "**short** was stopped. It ended before there was anything to keep" in texts(page)
    assert "Resume" not in [each.label for each in page.button]
    button(page, "Dismiss").click().run()
    assert "was stopped" not in texts(page)
    reloaded = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_S)
    assert "was stopped" not in texts(open_page(reloaded, "train"))


def test_a_training_without_a_checkpoint_starts_again(app: AppTest, workspace: Workspace) -> None:
    """There is nothing to go on from, and the button says so."""
    job = ended(workspace, TrainConfig(name="no data"), "failed", "MNIST is not on this machine.")
    assert "Start again" in [each.label for each in open_page(app, "train").button]
    (Run.at(workspace, job.id).checkpoints / "000000010.npz").write_bytes(b"")
    assert "Resume" in [each.label for each in open_page(app, "train").button]


def test_a_fine_tuning_starts_again(app: AppTest, workspace: Workspace) -> None:
    """Whatever its checkpoints: it consists of several trainings."""
    job = ended(workspace, FineTuneConfig(name="mine"), "failed", "It was cut off.")
    (Run.at(workspace, job.id).checkpoints / "000000010.npz").write_bytes(b"")
    assert "Start again" in [each.label for each in open_page(app, "fine_tune").button]


def test_a_preset_fills_the_form(app: AppTest, workspace: Workspace) -> None:
    """All but what no preset is about: the data set, the seed and the like stay as they were."""
    page = open_page(app, "train")
    page.session_state["train.dataset"] = "digits"
    page.session_state["train.epochs"] = 3
    page.run()
    page.button(key="train.preset.lenet").click().run()
    button(page, "Train").click().run()
    (job,) = Jobs(workspace).page(limit=5)
    assert Run.at(workspace, job.id).config() == TrainConfig(dataset="digits", **PRESETS["lenet"])


def test_the_form_survives_a_look_at_another_page(app: AppTest) -> None:
    """Preset, data set and all."""
    page = open_page(app, "train")
    page.button(key="train.preset.quick").click().run()
    page.selectbox(key="train.dataset").set_value("digits").run()
    page = page.switch_page("pages/runs.py").run().switch_page("pages/train.py").run()
    assert page.session_state["train.preset"] == "quick"
    assert page.selectbox(key="train.architecture").value == "fast"
    assert page.selectbox(key="train.dataset").value == "digits"


def test_train_submits_what_the_form_says(app: AppTest, workspace: Workspace) -> None:
    """What was put into the fields, Train stores exactly as a queued job."""
    page = open_page(app, "train")
    page.session_state["train.architecture"] = "lenet"
    page.session_state["train.dataset"] = "digits"
    page.session_state["train.epochs"] = 3
    page.run()
    button(page, "Train").click().run()
    (job,) = Jobs(workspace).page(limit=5)
    assert job.state == "queued"
    config = Run.at(workspace, job.id).config()
    assert config == TrainConfig(architecture="lenet", dataset="digits", epochs=3)


def test_every_number_of_the_train_form_is_checked(app: AppTest) -> None:
    """A value outside the limits shows its error on the page and takes the Train button away."""
    page = open_page(app, "train")
    numbers = {name: field for name, field in TrainConfig.model_fields.items() if field.annotation in (int, float)}
    for name, field in numbers.items():
        assert field.annotation is not None
        page.session_state[f"train.{name}"] = field.annotation(-1)
    page.run()
    wrong = [error.value for error in page.error if "not -1" in error.value]
    assert len(wrong) == len(numbers)
    for name in numbers:
        assert any(error.startswith(f"{TrainConfig.label(name)}") for error in wrong), name
    assert "Train" not in [button.label for button in page.button]


@pytest.mark.parametrize("name", ["", "nowhere.npz"])
def test_a_data_set_that_is_not_here_is_told_beforehand(app: AppTest, name: str) -> None:
    """In the form's own words, and Train cannot be pressed."""
    app.session_state["train.dataset"] = name
    page = open_page(app, "train")
    (error,) = page.error
    assert error.value.startswith("Dataset: There is no data set")
    assert button(page, "Train").disabled


def test_without_mnist_the_small_digits_are_one_click_away(app: AppTest) -> None:
    """Where MNIST is missing the Train page offers them, and asks no more once they are chosen."""
    page = open_page(app, "train")
    assert "MNIST is not on this machine yet" in texts(page)
    button(page, "Use digits").click().run()
    assert page.session_state["train.dataset"] == "digits"
    assert "MNIST is not on this machine yet" not in texts(page)


def test_running_again_needs_the_data_still(app: AppTest, workspace: Workspace) -> None:
    """A run whose data set has gone is not repeated into a failure; it is said what is missing."""
    jobs, job = Jobs(workspace), ended(workspace, TrainConfig(dataset="gone.npz"), "stopped")
    app.session_state["runs.chosen"] = [job.id]
    page = open_page(app, "runs")
    button(page, "Run again, same seed").click().run()
    assert len(jobs.page(limit=5)) == 1
    assert any("gone" in toast.value for toast in page.toast)


def test_the_warnings_of_a_training_stay_with_its_result(app: AppTest, workspace: Workspace) -> None:
    """As that its model cannot predict yet."""
    job = ended(workspace, TrainConfig(), "completed")
    Jobs(workspace).set_model(job.id, "shipped")
    report = TrainReport(
        model="mine", model_id="shipped", test_accuracy=0.9, validation_accuracy=0.9, onnx_difference=None,
        best_epoch=1, epochs=1, fit_seconds=1.0, total_seconds=1.0, device="cpu", seed=0,
        warnings=["It cannot predict."],
    )  # fmt: skip
    Run.at(workspace, job.id).write_report(report)
    said = texts(open_page(app, "train"))
    assert "mine has been trained" in said
    assert "It cannot predict." in said


def test_a_found_learning_rate_goes_into_the_form(
    app: AppTest, workspace: Workspace, tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One click asks for the test of what the form says; while it waits it can be cancelled; its rate is taken over."""
    monkeypatch.chdir(tiny_npz.parent)
    app.session_state["train.architecture"] = "fast"
    app.session_state["train.dataset"] = tiny_npz.name
    page = open_page(app, "train")
    button(page, "Find a learning rate").click().run()
    (job,) = Jobs(workspace).page(limit=5, kinds=("lr_find",))
    run = Run.at(workspace, job.id)
    assert run.config() == TrainConfig(architecture="fast", dataset=str(tiny_npz))
    assert "Cancel" in [button.label for button in page.button]
    run.append(*({"step": n, "learning_rate": 10.0**-n, "loss": 2.0 - n / 10} for n in range(5)))
    run.write_report(LearningRateReport(suggested_learning_rate=0.0123, device="cpu", total_seconds=1.0))
    Jobs(workspace).claim_next(Process.of(os.getpid()))
    Jobs(workspace).set_state(job.id, "running")
    Jobs(workspace).set_state(job.id, "completed")
    page.run()
    assert "The settings have changed since this test." not in texts(page)
    page.session_state["train.architecture"] = "tiny"
    assert "The settings have changed since this test." in texts(page.run())
    button(page, "Use 0.0123").click().run()
    assert page.number_input(key="train.learning_rate").value == 0.0123
    assert "Use 0.0123" not in [button.label for button in page.button]
    assert not page.exception


def _ended_range_test(workspace: Workspace) -> Job:
    jobs = Jobs(workspace)
    job = jobs.submit("lr_find", TrainConfig(), by=Process.of(os.getpid()))
    jobs.set_state(job.id, "running")
    jobs.set_state(job.id, "failed", "The loss was NaN.")
    return job


def test_a_reload_shows_the_range_test_again(app: AppTest, workspace: Workspace) -> None:
    """One that runs can be stopped; after it has ended its outcome is shown, until it is closed."""
    jobs = Jobs(workspace)
    job = jobs.submit("lr_find", TrainConfig(dataset="digits"))
    jobs.claim_next(Process.of(os.getpid()))
    page = open_page(app, "train")
    button(page, "Use digits").click().run()
    assert button(page, "Find a learning rate").disabled
    button(page, "Stop").click().run()
    assert Run.at(workspace, job.id).command() == "discard"
    jobs.set_state(job.id, "running")
    jobs.set_state(job.id, "failed", "The loss was NaN.")
    page.run()
    assert "The learning-rate range test failed. The loss was NaN." in texts(page)
    button(page, "Close").click().run()
    assert jobs.page(limit=5, kinds=("lr_find",)) == []
    assert not button(page, "Find a learning rate").disabled


def test_older_range_tests_are_deleted(app: AppTest, workspace: Workspace) -> None:
    """With their runs, as soon as the page is opened; one that waits is shown before a newer one that has ended."""
    old = [_ended_range_test(workspace) for _ in range(3)]
    page = open_page(app, "train")
    assert [job.id for job in Jobs(workspace).page(limit=9, kinds=("lr_find",))] == [old[-1].id]
    assert not Run.at(workspace, old[0].id).folder.exists()
    waiting = Jobs(workspace).submit("lr_find", TrainConfig())
    _ended_range_test(workspace)
    page.run()
    assert [job.id for job in Jobs(workspace).page(limit=9, kinds=("lr_find",))] == [waiting.id]
    button(page, "Cancel").click().run()
    assert Jobs(workspace).page(limit=9, kinds=("lr_find",)) == []


def test_every_field_of_both_forms_has_a_widget_with_its_explanation(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No setting exists that cannot be reached, and none is unexplained."""
    monkeypatch.setattr(gpu, "may_be_chosen", lambda: True)
    DrawingStore(Workspace.open()).add([Drawing(d, write(d, np.random.default_rng(d))) for d in range(3)])
    for form, kind, hidden in (
        ("train", "train", {"turn_images"}),
        ("fine_tune", "fine_tune", {"model", "include_earlier"}),
    ):
        page = open_page(app, form)
        widgets = {w.key: w for w in [*page.number_input, *page.selectbox, *page.text_input]}
        config = KINDS[kind].config
        for name in config.model_fields:
            if name not in hidden:
                assert widgets[f"{kind}.{name}"].help == config.explanation(name)


def test_a_device_can_be_chosen_where_there_are_several(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or where the settings name one that is not here, so that it can be corrected."""
    monkeypatch.setattr(gpu, "may_be_chosen", lambda: False)
    page = open_page(app, "train")
    assert "train.device" not in {each.key for each in page.text_input}
    page.session_state["train.device"] = "gpu:7"
    assert page.run().text_input(key="train.device").value == "gpu:7"
    page.text_input(key="train.device").set_value("auto").run()
    monkeypatch.setattr(gpu, "may_be_chosen", lambda: True)
    assert page.run().text_input(key="train.device").value == "auto"


def test_settings_without_effect_are_not_shown(app: AppTest) -> None:
    """They come back, with their values, when they have one. The picture shows the chosen network."""
    page = open_page(app, "train")
    page.number_input(key="train.momentum").set_value(0.7).run()
    page.selectbox(key="train.optimizer").select("adam").run()
    assert "train.momentum" not in [each.key for each in page.number_input]
    assert "they have no effect with these settings: Turn images, Momentum, Weight decay." in texts(page)
    page.selectbox(key="train.optimizer").select("sgd").run()
    assert page.number_input(key="train.momentum").value == 0.7
    page.selectbox(key="train.architecture").select("tiny").run()
    assert "26×26×8 (conv 3×3)" in texts(page)
    assert "9,226 weights" in texts(page)


def test_fine_tune_says_what_is_missing(app: AppTest) -> None:
    """Without drawings it says how many are needed and leads to Draw."""
    page = open_page(app, "fine_tune")
    assert "Drawings so far: 0." in texts(page)
    assert not page.exception


def test_fine_tune_takes_one_click(app: AppTest, workspace: Workspace) -> None:
    """One click queues a fine-tuning of the active model on all drawings."""
    DrawingStore(workspace).add([Drawing(d, write(d, np.random.default_rng(d))) for d in range(10)])
    page = open_page(app, "fine_tune")
    button(page, "Fine-tune on 10 drawings").click().run()
    (job,) = Jobs(workspace).page(limit=5)
    config = Run.at(workspace, job.id).config()
    assert isinstance(config, FineTuneConfig)
    assert config.model == "shipped"
    assert not page.exception


def test_a_copy_counts_once(app: AppTest, workspace: Workspace) -> None:
    """The button has the number that the fine-tuning will have, and the page says why."""
    drawings = [Drawing(d, write(d, np.random.default_rng(d))) for d in (1, 2, 3, 3)]
    DrawingStore(workspace).add(drawings)
    page = open_page(app, "fine_tune")
    assert button(page, "Fine-tune on 3 drawings")
    assert "1 drawing is an exact copy of another, which counts once." in texts(page)


def test_what_is_changed_under_advanced_is_named(app: AppTest, workspace: Workspace) -> None:
    """It stays for the next fine-tuning until it is reset; but a name is for one model."""
    DrawingStore(workspace).add([Drawing(d, write(d, np.random.default_rng(d))) for d in range(10)])
    page = open_page(app, "fine_tune")
    page.number_input(key="fine_tune.allowed_drop").set_value(5.0).run()
    page.text_input(key="fine_tune.name").set_value("mine").run()
    assert "Changed under Advanced: Name, Allowed drop." in texts(page)
    button(page, "Fine-tune on 10 drawings").click().run()
    (job,) = Jobs(workspace).page(limit=5)
    assert Run.at(workspace, job.id).config().name == "mine"
    Jobs(workspace).delete(job.id)
    page = page.switch_page("pages/runs.py").run().switch_page("pages/fine_tune.py").run()
    assert "Changed under Advanced: Allowed drop." in texts(page)
    button(page, "Reset to defaults").click().run()
    assert "Changed under Advanced" not in texts(page)


def test_gallery_deletes_and_restores(app: AppTest, workspace: Workspace) -> None:
    """A selected drawing is deleted by one press and comes back by another."""
    DrawingStore(workspace).add([Drawing(0, write(0, np.random.default_rng(d))) for d in range(3)])
    page = open_page(app, "fine_tune")
    page.checkbox(key="drawing-2").check().run()
    button(page, "Delete 1").click().run()
    assert [drawing.id for drawing in DrawingStore(workspace).all()] == [1, 3]
    button(page, "Undo: 1 drawing deleted").click().run()
    assert len(DrawingStore(workspace).all()) == 3


def test_waiting_drawings_are_labelled_or_dropped(app: AppTest, workspace: Workspace) -> None:
    """Without any the section is not there; one choice moves a drawing into the collection, another drops it."""
    queue, model = ReviewQueue(workspace), Registry(workspace).active()
    page = open_page(app, "fine_tune")
    assert "Which digits are these?" not in texts(page)
    drawn = [Drawing(None, write(d, np.random.default_rng(d))) for d in (4, 9)]
    queue.add(review_queue.predicted(drawn, Predictor(model.onnx), model.id))
    page.run()
    assert "Which digits are these?" in texts(page)
    page.selectbox(key="review-1").select(4).run()
    (saved,) = DrawingStore(workspace).all()
    assert saved.label == 4
    page.selectbox(key="review-2").select("drop").run()
    assert queue.count() == 0
    assert len(DrawingStore(workspace).all()) == 1
    assert "Which digits are these?" not in texts(page)
    assert not page.exception


def test_runs_is_empty_and_then_is_not(app: AppTest, workspace: Workspace) -> None:
    """Without runs it says where to start one; with runs it lists them."""
    page = open_page(app, "runs")
    assert "No training yet" in texts(page)
    Jobs(workspace).submit("train", TrainConfig(name="first"))
    page.run()
    assert list(page.dataframe[0].value["Name"]) == ["first"]
    assert not page.exception


def test_evaluate_predicts_the_drawings(app: AppTest, workspace: Workspace) -> None:
    """On the collected drawings, which need no download, it shows accuracy, matrix and mistakes."""
    DrawingStore(workspace).add([Drawing(d, write(d, np.random.default_rng(d))) for d in range(10)])
    page = open_page(app, "evaluate")
    page.selectbox(key="evaluate.source").select("drawings").run()
    assert not page.exception
    assert "of 10 misclassified" in texts(page)


def test_evaluate_gives_no_figure_without_images(app: AppTest, workspace: Workspace) -> None:
    """Of a digit that nobody has drawn there is neither precision nor recall: 0.0000 would say that all are wrong."""
    DrawingStore(workspace).add([Drawing(3, write(3, np.random.default_rng(d))) for d in range(3)])
    page = open_page(app, "evaluate")
    page.selectbox(key="evaluate.source").select("drawings").run()
    table = page.dataframe[0].value
    assert list(table.loc[3, ["Precision", "Recall", "F1 score", "Images"]]) == ["1.0000", "1.0000", "1.0000", 3]
    assert list(table.loc[5, ["Precision", "Recall", "F1 score", "Images"]]) == ["–", "–", "–", 0]


def test_a_paused_run_tells_neither_speed_nor_time_left(app: AppTest, workspace: Workspace) -> None:
    """Neither in the status bar nor on the Train page: both stand still."""
    job = Jobs(workspace).submit("train", TrainConfig(name="mine"), by=Process.of(os.getpid()))
    Jobs(workspace).set_state(job.id, "running")
    progress = Progress(
        phase="training", step=5, total_steps=10, epoch=1, epochs=2, eta_s=65.0, images_per_s=1000.0, device="cpu"
    )
    Run.at(workspace, job.id).write_progress(progress)
    page = open_page(app, "train")
    told = "50% · epoch 1 of 2 · 1 min 5 s left · 1,000 images/s · cpu"
    assert told in texts(page)
    assert page.get("progress")[0].proto.text == f"Training the network · {told}"
    Jobs(workspace).set_state(job.id, "paused")
    page.run()
    told = "50% · epoch 1 of 2 · cpu"
    assert told in texts(page)
    assert page.get("progress")[0].proto.text == f"Paused · {told}"
    assert "s left" not in texts(page)


def test_evaluate_prepares_each_drawing_once(
    app: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rerun neither rasterises nor predicts again; after a new drawing only that one is rasterised."""
    store, done = DrawingStore(workspace), []
    store.add([Drawing(d, write(d, np.random.default_rng(d))) for d in range(10)])
    predict, rasterize = Predictor.probabilities, drawing.rasterize
    monkeypatch.setattr(drawing, "rasterize", lambda path: done.append("raster") or rasterize(path))
    monkeypatch.setattr(Predictor, "probabilities", lambda *given: done.append("predict") or predict(*given))
    page = open_page(app, "evaluate")
    page.selectbox(key="evaluate.source").select("drawings").run()
    assert done == ["raster"] * 10 + ["predict"]
    page.selectbox(key="evaluate.label").select(3).run()
    assert len(done) == 11
    store.relabel([1], 5)
    store.add([Drawing(1, write(1, np.random.default_rng(99)))])
    page.run()
    assert done[11:] == ["raster", "predict"]
    assert "of 11 misclassified" in texts(page)


def test_evaluate_leaves_out_learned_drawings(app: AppTest, workspace: Workspace) -> None:
    """On a tuned model's own drawings it says so; with new ones among them, only those count until all are wanted."""
    store, registry = DrawingStore(workspace), Registry(workspace)
    store.add([Drawing(d, write(d, np.random.default_rng(d))) for d in range(4)])
    learned = Learned(learned=frozenset(content for content, _ in store.contents()))
    base = registry.active()
    card = base.card.model_copy(update={"name": "tuned"})
    tuned = registry.add(card, lambda folder: [shutil.copy(path, folder) for path in (base.keras, base.onnx)], learned)
    registry.activate(tuned.id)
    page = open_page(app, "evaluate")
    page.selectbox(key="evaluate.source").select("drawings").run()
    assert "how well the model has learned them, not how well it predicts new ones" in texts(page)
    store.add([Drawing(d, write(d, np.random.default_rng(d))) for d in range(4, 10)])
    page.run()
    assert "of 6 misclassified" in texts(page)
    page.toggle(key="evaluate.new").set_value(False).run()
    assert "of 10 misclassified" in texts(page)


def test_evaluate_without_mnist_says_how_to_get_it(app: AppTest) -> None:
    """Where MNIST is not on the machine, the page offers to download or import it."""
    page = open_page(app, "evaluate")
    assert "MNIST is not on this machine yet" in texts(page)


def test_models_shows_the_shipped_one(app: AppTest, workspace: Workspace) -> None:
    """The shipped model is there, is active, and can be exported but not deleted."""
    page = open_page(app, "models")
    assert list(page.dataframe[0].value["Name"]) == [Registry(workspace).active().name]
    assert "Delete" not in [button.label for button in page.button]
    assert not page.exception


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<img src=x>", r"\<img src=x\>"),
        ("[x](javascript:alert(1))", r"\[x\]\(javascript\:alert\(1\)\)"),
        ("$x$", r"\$x\$"),
        (":red[x] :cat:", r"\:red\[x\] \:cat\:"),
        ("*a* _b_ `c` ~d~", r"\*a\* \_b\_ \`c\` \~d\~"),
        ("# 1. - + !", r"\# 1\. \- \+ \!"),
        ("a|b&amp;c^2 {d}", r"a\|b\&amp;c\^2 \{d\}"),
        ("a\\b", r"a\\b"),
        ("a\nb\x1b\u202e", "a\ufffdb\ufffd\ufffd"),
        ("Zoë 8", "Zoë 8"),
    ],
)
def test_names_are_shown_literally(name: str, shown: str) -> None:
    """Nothing is taken for Markdown, HTML, a colour or a formula; what breaks or turns a line is seen as such."""
    assert escape(name) == shown


# ---- label issues, before and after


def _collect_a_wrong_label(workspace: Workspace) -> Drawing:
    """A nine that was saved as a four, although the network predicted a nine."""
    wrong = Drawing(4, write(9, np.random.default_rng(1)), None, prediction=9, probability=0.99, model_id="shipped")
    DrawingStore(workspace).add([wrong, Drawing(1, write(1, np.random.default_rng(2)), None, 1, 0.99, "shipped")])
    return wrong


def _ended_tuning(workspace: Workspace, **changes: Any) -> Run:
    """A completed fine-tuning of the collection that was not accepted; its report with `changes`."""
    jobs, drawings = Jobs(workspace), DrawingStore(workspace).all()
    job = jobs.submit("fine_tune", FineTuneConfig(), drawings=drawings, by=Process.of(os.getpid()))
    run = Run.at(workspace, job.id)
    rejected: dict[str, Any] = {
        "accepted": False, "reason": "Not accepted: 2 more of your 2 drawings would be misclassified.", "alpha": 0.25,
        "base": "MNIST Studio", "started_from": "MNIST Studio", "compared_with": "MNIST Studio",
        "drawings_right_before": 5, "drawings_right_after": 17, "p_value": 0.0018, "allowed_drop": 0.1,
        "changed": [{"drawing": 0, "label": 4, "before": 9, "after": 4}] * 13
        + [{"drawing": 1, "label": 1, "before": 1, "after": 7}],
    }  # fmt: skip
    run.learned.write_bytes(run.drawings.read_bytes())
    run.write_report(fine_tune_report(**{**rejected, **changes}))
    jobs.set_state(job.id, "running")
    jobs.set_state(job.id, "completed")
    return run


def _select(app: AppTest, label: str, value: str) -> None:
    next(each for each in app.selectbox if each.label.startswith(label)).select(value).run()


@pytest.mark.parametrize(
    ("choice", "labels"), [("keep", [4, 1]), ("fix", [9, 1]), ("drop", [1])], ids=["keep", "fix", "drop"]
)
def test_a_label_issue_is_asked_about_before_it_is_learned(
    app: AppTest, workspace: Workspace, choice: str, labels: list[int]
) -> None:
    """The label is 4, the network was sure of a 9: keep, fix or drop; after a choice the question is gone."""
    _collect_a_wrong_label(workspace)
    page = open_page(app, "fine_tune")
    assert "Are these labels correct?" in texts(page)
    _select(page, "Which digit is drawing 1", choice)
    assert [each.label for each in DrawingStore(workspace).all()] == labels
    assert "Are these labels correct?" not in texts(page)


def test_what_was_left_out_of_a_tuning_is_asked_about(app: AppTest, workspace: Workspace) -> None:
    """Kept, it is confirmed: the next fine-tuning learns it."""
    _collect_a_wrong_label(workspace)
    _ended_tuning(workspace, label_issues=[{"index": 0, "label": 4, "digit": 9}], learned=19)
    page = open_page(app, "fine_tune")
    assert "1 drawing was excluded. Is its label correct?" in texts(page)
    _select(page, "Which digit is drawing 1", "keep")
    assert [each.confirmed for each in DrawingStore(workspace).all()] == [True, False]
    assert "1 drawing is not shown. You have decided on it" in texts(page)


def test_what_will_be_excluded_is_told(app: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawings that the active model has learned and that are not in the collection, as after `finetune --drawings`."""
    wrong = _collect_a_wrong_label(workspace)
    excluded = "The fine-tuning excludes"
    assert excluded not in texts(open_page(app, "fine_tune"))
    learned = Learned(learned=frozenset({wrong.sha256, "of a file"}))
    monkeypatch.setattr(Registry, "learned", lambda *_: learned)
    said = texts(open_page(app, "fine_tune"))
    assert f"has learned 1 drawing that your collection lacks. {excluded} it" in said


def test_figures_come_with_what_they_prove(app: AppTest, workspace: Workspace) -> None:
    """Intervals, McNemar's test and the bound on forgetting, in words; the reason of a rejection."""
    _collect_a_wrong_label(workspace)
    _ended_tuning(workspace)
    said = texts(open_page(app, "fine_tune"))
    assert "2 more of your 2 drawings would be misclassified" in said
    assert "17 of 20; 95% confidence interval 64% to 95%" in said
    assert "13 predictions became correct and 1 became wrong. The difference is unlikely to be chance" in said
    assert "10,000 held-out training images of MNIST: the new model misclassifies 5 that MNIST Studio" in said
    assert "dropped by at most 0.06 points (limit: 0.1)" in said


@pytest.mark.parametrize("accepted", [True, False])
def test_alpha_is_told_of_a_candidate_only(accepted: bool, app: AppTest, workspace: Workspace) -> None:
    """Of what was rejected no evidence supports it."""
    _collect_a_wrong_label(workspace)
    run = _ended_tuning(workspace, accepted=accepted, learned=2, learned_right=1)
    if accepted:
        run.candidate.mkdir()
        candidates.write(run, Registry(workspace).active().card, Learned())
    said = texts(open_page(app, "fine_tune"))
    assert "13 predictions became correct" in said
    assert ("alpha is 0.25" in said) == accepted


def test_a_kept_result_can_be_undone(app: AppTest, workspace: Workspace) -> None:
    """The base is the active model again, and the new model stays."""
    _collect_a_wrong_label(workspace)
    run = _ended_tuning(workspace, accepted=True, base_id="shipped")
    registry = Registry(workspace)
    run.candidate.mkdir()
    copy_shipped(run.candidate)
    candidates.write(run, registry.active().card.model_copy(update={"run": run.id}), Learned())
    page = open_page(app, "fine_tune")
    assert "It predicts 17 of your 20 drawings correctly instead of 5." in texts(page)
    button(page, "Keep").click().run()
    kept = registry.active()
    assert kept.id != "shipped"
    button(page, "Undo").click().run()
    assert registry.active().id == "shipped"
    assert kept.id in [each.id for each in registry.all()]
    assert "Undo" not in [each.label for each in page.button]
    links = [each.proto.label for each in page.get("page_link")]
    assert "Not active: see Models" in links
    assert "Try it" not in links  # Draw has another model


@pytest.mark.parametrize("only_mistakes", [True, False])
def test_a_biased_collection_is_told(only_mistakes: bool, app: AppTest, workspace: Workspace) -> None:
    """Only mistakes were collected: the comparison flatters, and what to do."""
    _collect_a_wrong_label(workspace)
    _ended_tuning(workspace, only_mistakes=only_mistakes)
    said = texts(open_page(app, "fine_tune"))
    for sentence in ("You collected almost only wrong predictions", "Confirm correct predictions as well"):
        assert (sentence in said) == only_mistakes


def test_without_mnist_it_says_what_was_lacking(app: AppTest, workspace: Workspace) -> None:
    """What was replayed instead, and that accuracy on MNIST is unknown."""
    _collect_a_wrong_label(workspace)
    _ended_tuning(workspace, mnist_before=None, mnist_after=None, replayed="synthetic")
    said = texts(open_page(app, "fine_tune"))
    assert "replayed synthetic digits" in said
    assert "10,000 held-out synthetic digits" in said


def test_very_many_label_issues_are_told_as_such(app: AppTest, workspace: Workspace) -> None:
    """None was left out: something else is wrong with the labels."""
    _collect_a_wrong_label(workspace)
    _ended_tuning(workspace, label_issues=[{"index": 0, "label": 4, "digit": 9}] * 12)
    assert "12 of 20 drawings have label issues" in texts(open_page(app, "fine_tune"))


def test_a_change_for_the_worse_is_called_so(app: AppTest, workspace: Workspace) -> None:
    """A small p says that it is no chance, not that it is good."""
    _collect_a_wrong_label(workspace)
    _ended_tuning(workspace, changed=[{"drawing": 1, "label": 1, "before": 1, "after": 7}] * 9, p_value=0.004)
    assert "0 predictions became correct and 9 became wrong" in texts(open_page(app, "fine_tune"))


def test_undoing_a_relabelling_undoes_the_confirmation(app: AppTest, workspace: Workspace) -> None:
    """A label that was changed by mistake has its issue again, and the page asks again."""
    _collect_a_wrong_label(workspace)
    page = open_page(app, "fine_tune")
    _select(page, "Which digit is drawing 1", "fix")
    button(page, "Undo: 1 drawing relabelled as 9").click().run()
    (wrong, _) = DrawingStore(workspace).all()
    assert (wrong.label, wrong.confirmed) == (4, False)
    assert "Are these labels correct?" in texts(page)

"""Fine-tuning on a few drawings: small, with the shipped model."""

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest

from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import Architecture, FineTuneConfig, TrainConfig
from mnist_core.data import datasets, outliers, synthetic
from mnist_core.engine.export.onnx import export
from mnist_core.engine.fine_tuning import fine_tune, preparation, replay_buffer
from mnist_core.engine.fine_tuning.fine_tuner import FineTuner
from mnist_core.engine.networks.averaging import heads, with_views, without_views
from mnist_core.engine.networks.build import build
from mnist_core.engine.training import register
from mnist_core.engine.worker import work
from mnist_core.evaluation.reports import FineTuneReport, as_json
from mnist_core.jobs import candidates, folds
from mnist_core.jobs.job import Job
from mnist_core.jobs.process import Process
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Command, Run
from mnist_core.models.card import Card
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import SHIPPED, Registry, shipped

QUICK = FineTuneConfig(steps=15, batch_size=16, allowed_drop=5)


def written(count: int, *, seed: int = 0, off_by: int = 0) -> list[Drawing]:
    """Synthetic drawings, labelled correctly, or wrong by `off_by`."""
    random = np.random.default_rng(seed)
    return [Drawing((n + off_by) % 10, synthetic.write(n % 10, random), id=n + 1) for n in range(count)]


@pytest.fixture
def small_replay_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few hundred old digits, so that a test takes seconds."""
    monkeypatch.setattr(replay_buffer, "SYNTHETIC", 400)


def tune(config: FineTuneConfig, workspace: Workspace, drawings: list[Drawing]) -> tuple[Job, Run]:
    job = Jobs(workspace).submit("fine_tune", config, drawings=drawings, by=Process.of(os.getpid()))
    return work(job, workspace, threading.Event()), Run.at(workspace, job.id)


def report_of(run: Run) -> FineTuneReport:
    report = run.report_as(FineTuneReport)
    assert report is not None
    return report


USUAL = ("fast", "mlp", "lstm")


@pytest.mark.parametrize(
    "architecture",
    [pytest.param(each, marks=[] if each in USUAL else [pytest.mark.slow]) for each in get_args(Architecture)],
)
def test_every_architecture_is_tuned(
    architecture: Architecture, workspace: Workspace, small_replay_buffer: None
) -> None:
    """As it comes from a training, with whatever layers it has."""
    folder = workspace.root / "new"
    folder.mkdir()
    export(build(TrainConfig(architecture=architecture)), folder, synthetic.generate(20, seed=1)[0])
    card = Card(name="base", kind="trained", architecture=architecture, parameters=1, created="")
    base = Registry(workspace).add(card, lambda target: register.move_files(folder, target))
    job, run = tune(QUICK.model_copy(update={"model": base.id, "allowed_drop": 100}), workspace, written(12))
    assert job.state == "completed"
    assert report_of(run).learned == 12


@pytest.mark.slow
def test_an_ensemble_with_views_is_tuned(small_replay_buffer: None, workspace: Workspace) -> None:
    """The candidate has as many networks and views as its base."""
    folder = workspace.root / "new"
    folder.mkdir()
    network = with_views(build(TrainConfig(architecture="mlp", ensemble_size=2)), 3)
    export(network, folder, synthetic.generate(20, seed=1)[0])
    card = Card(name="base", kind="trained", architecture="mlp", parameters=1, created="")
    base = Registry(workspace).add(card, lambda target: register.move_files(folder, target))
    _, run = tune(
        QUICK.model_copy(
            update={"model": base.id, "allowed_drop": 100, "steps": 60, "trainable": "everything", "replay": 0.0}
        ),
        workspace,
        written(40),
    )
    assert report_of(run).accepted, report_of(run).reason
    tuned, views = without_views(keras.models.load_model(run.candidate / "model.keras", compile=False))
    assert views == 3
    assert heads(tuned) == 2


def test_the_replay_buffer_without_mnist_is_synthetic(workspace: Workspace, small_replay_buffer: None) -> None:
    """Some images to replay, more to measure forgetting, and no test set."""
    replay = replay_buffer.fill(workspace, shipped(), seed=0)
    assert (replay.name, replay.replay_share) == ("synthetic", 1.0)
    assert (len(replay.x), len(replay.x_held_out), replay.x_test) == (150 + replay_buffer.OUTLIERS, 250, None)


def test_without_mnist_large_alphas_are_not_tested(
    workspace: Workspace, small_replay_buffer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forgetting of MNIST would go unnoticed, so only the smaller alphas are ranked and judged."""
    ranked: list[float] = []
    monkeypatch.setattr(fine_tune, "by_promise", lambda after: ranked.extend(after) or sorted(after))
    tune(QUICK, workspace, written(12))
    assert ranked == [alpha for alpha in fine_tune.ALPHAS if alpha <= 0.7]


def test_held_out_images_are_not_replayed(
    real_mnist: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No replay candidate is held out, and all of the root's validation images are."""
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(real_mnist.parent))
    replay = replay_buffer.fill(workspace, shipped(), seed=0)
    assert (replay.name, replay.replay_share) == ("mnist", 0.2)
    assert len(replay.x) == replay_buffer.CANDIDATES + replay_buffer.OUTLIERS
    assert len(replay.x_held_out) == replay_buffer.HELD_OUT
    held_out = {image.tobytes() for image in replay.x_held_out}
    assert sum(image.tobytes() in held_out for image in replay.x) <= 5  # MNIST itself holds a few twins
    mnist = datasets.mnist(workspace)
    _, validation = datasets.split(mnist.y_train, 0.05, 0)
    assert {image.tobytes() for image in mnist.x_train[validation]} <= held_out
    assert replay.x_test is not None
    assert len(replay.x_test) == 10_000


# ---- whole tunings


def test_a_good_tuning_leaves_a_candidate_that_can_be_kept(workspace: Workspace, small_replay_buffer: None) -> None:
    """Judged by cross-validation; nothing is registered until it is kept, and then it is the active model."""
    job, run = tune(QUICK, workspace, written(12))
    report = report_of(run)
    assert job.state == "completed"
    assert report.accepted
    assert report.reason == ""
    assert (report.drawings, report.judged, report.epochs) == (12, 12, 5)
    assert report.drawings_after >= report.drawings_before
    assert report.learned_right >= report.drawings_right_before
    assert report.mnist_after is None
    assert {"fit_seconds", "total_seconds", "base", "alpha", "p_value"} <= set(as_json(report))
    assert Registry(workspace).all() == [shipped()]
    card = candidates.pending(run)
    assert card is not None
    assert (card.base, card.initial_weights) == (SHIPPED, SHIPPED)
    assert card.fine_tuning_data is not None
    assert card.fine_tuning_data.learned == 12
    curve = [record for record in run.records() if "drawings_accuracy" in record]
    assert [record["step"] for record in curve] == [3, 6, 9, 12, 15]
    shown = folds.read(run)
    assert sorted(shown.after) == [*range(12)]
    assert len(shown.before) == 12
    assert (run.progress().phase, run.progress().folds) == ("testing", 3)
    model = candidates.keep(workspace, run)
    assert Registry(workspace).active() == model
    images = np.stack([drawing.image for drawing in written(12)])
    network = keras.models.load_model(model.keras, compile=False)
    logits, scores = network.predict(images, verbose=0)
    found = Predictor(model.onnx).outputs(images)
    np.testing.assert_allclose(found.logits, logits, atol=1e-3)
    np.testing.assert_allclose(found.digit_scores, scores, atol=1e-3)


@pytest.mark.slow
def test_the_same_seed_tunes_the_same(workspace: Workspace, small_replay_buffer: None) -> None:
    """Fine-tuning can be repeated, up to the order in which threads add up sums; another seed tunes otherwise."""

    def weights(seed: int) -> list[Any]:
        config = QUICK.model_copy(update={"steps": 5, "seed": seed, "allowed_drop": 100})
        _, run = tune(config, workspace, written(8))
        assert report_of(run).accepted, report_of(run).reason
        network: list[Any] = keras.models.load_model(run.candidate / "model.keras", compile=False).get_weights()
        return network

    first, again, another = weights(0), weights(0), weights(1)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
    assert not all(np.allclose(one, other, atol=1e-4) for one, other in zip(first, another, strict=True))


def test_a_tuning_that_forgets_is_not_accepted(workspace: Workspace, small_replay_buffer: None) -> None:
    """Wrong labels at a high learning rate, without replay: not accepted, with the reason, and without a candidate."""
    harsh = FineTuneConfig(steps=40, batch_size=32, learning_rate=0.1, replay=0.0, allowed_drop=0.0)
    job, run = tune(harsh, workspace, written(60, off_by=1))
    report = report_of(run)
    assert job.state == "completed"
    assert not report.accepted
    assert "might drop by up to" in report.reason
    assert report.held_out_became_wrong >= report.held_out_became_right
    assert candidates.pending(run) is None
    with pytest.raises(InputError, match="no candidate"):
        candidates.keep(workspace, run)


def test_too_few_drawings_are_a_sentence(workspace: Workspace) -> None:
    """One is no basis."""
    with pytest.raises(InputError, match=r"at least 2 labelled drawings\. There is 1"):
        tune(QUICK, workspace, written(1))
    assert Jobs(workspace).page(limit=1)[0].state == "failed"


def test_what_is_no_digit_model_is_not_tuned(workspace: Workspace) -> None:
    """With its name."""
    card = Card(name="odd", kind="imported", architecture="x", parameters=1, created="", usable=False)
    odd = Registry(workspace).add(card, lambda folder: None)
    with pytest.raises(InputError, match="odd is not a digit model"):
        tune(QUICK.model_copy(update={"model": odd.id}), workspace, written(4))


@pytest.mark.parametrize("phase", ["teacher_logits", "training"])
@pytest.mark.parametrize("command", ["stop", "discard"])
def test_a_stop_ends_it_without_a_candidate(
    workspace: Workspace, small_replay_buffer: None, command: Command, phase: str
) -> None:
    """As does Discard, which also deletes the run; neither waits for the background predictor."""
    long = QUICK.model_copy(update={"steps": 500})
    job = Jobs(workspace).submit("fine_tune", long, drawings=written(4), by=Process.of(os.getpid()))
    run = Run.at(workspace, job.id)

    def tell(progress: Progress) -> None:
        if progress.phase == phase:
            run.tell(command)

    assert work(job, workspace, threading.Event(), tell).state == "stopped"
    assert candidates.pending(run) is None
    assert run.folder.exists() == (command == "stop")


def test_label_issues_are_left_out_and_shown(workspace: Workspace, small_replay_buffer: None) -> None:
    """Two of thirty labels are wrong: they are reported, not learned and not judged; included, they are learned."""
    drawings = written(30)
    wrong = {4: 9, 17: 2}
    drawings = [replace(each, label=wrong.get(n, each.label)) for n, each in enumerate(drawings)]
    _, run = tune(QUICK, workspace, drawings)
    report = report_of(run)
    issues = {each.index: (each.label, each.digit) for each in report.label_issues}
    assert {4: (9, 4), 17: (2, 7)}.items() <= issues.items()
    assert len(issues) <= 3, "hardly a correct label has an issue"
    assert report.learning_curve == (), "the base predicts all others correctly"
    assert (report.drawings, report.learned, report.judged) == (30, 30 - len(issues), 30 - len(issues))
    card = candidates.pending(run)
    assert card is not None
    assert card.fine_tuning_data is not None
    assert (card.fine_tuning_data.learned, card.fine_tuning_data.left_out) == (report.learned, len(issues))
    learned = Registry(workspace).learned(candidates.keep(workspace, run).id)
    assert learned.left_out == {drawings[n].sha256 for n in issues}
    assert len(learned.learned) == report.learned
    _, run = tune(QUICK.model_copy(update={"label_issues": "include"}), workspace, drawings)
    assert report_of(run).label_issues == []
    assert report_of(run).learned == 30
    none, few, many = report_of(run).learning_curve
    assert (none.drawings, few.drawings, many.drawings) == (0, 8, 15)
    assert (none.judged, few.judged, many.judged) == (30, 45, 30)
    assert (none.wrong, many.right) == (2, report_of(run).drawings_right_after)


def test_a_hand_that_is_often_misclassified_gets_twice_the_steps(
    workspace: Workspace, small_replay_buffer: None
) -> None:
    """Here by two labels of twelve that the base does not expect."""
    config = QUICK.model_copy(update={"label_issues": "include"})
    for wrong, steps in (0, QUICK.steps), (2, 2 * QUICK.steps):
        drawings = written(12)
        drawings = [replace(each, label=9 - each.label) for each in drawings[:wrong]] + drawings[wrong:]
        _, run = tune(config, workspace, drawings)
        assert max(record["step"] for record in run.records()) == steps


def test_new_drawings_alone_are_learned_with_the_earlier_ones(workspace: Workspace, small_replay_buffer: None) -> None:
    """Two rounds with other drawings each: the second model has learned both, from the first model on."""
    _, run = tune(QUICK, workspace, written(4, seed=1))
    first = candidates.keep(workspace, run)
    _, run = tune(QUICK, workspace, written(12, seed=2))
    report = report_of(run)
    assert (report.drawings, report.earlier, report.started_from) == (16, 4, shipped().name)
    assert (report.compared_with, report.judged) == (first.name, 12)
    card = candidates.pending(run)
    assert card is not None
    assert (card.base, card.initial_weights) == (first.id, SHIPPED)


def test_the_teacher_logits_are_those_of_the_root(
    workspace: Workspace, small_replay_buffer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the fine-tuning starts from a later model's weights: many tunings do not drift away from the root."""
    replayed = []

    class Watched(FineTuner):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            start, replay, teacher_outputs = given[1:4]
            replayed.append((start, replay.x, teacher_outputs().logits))

    monkeypatch.setattr(preparation, "FineTuner", Watched)
    _, run = tune(QUICK, workspace, written(8, seed=1))
    first = candidates.keep(workspace, run)
    for copy in (run.learned, run.drawings, first.drawings):
        copy.unlink()
    _, run = tune(QUICK, workspace, written(8, seed=2))
    (_, _, _), (start, old_images, logits) = replayed
    assert start == first
    assert "has learned 8 drawings that are not on this machine" in report_of(run).warnings[0]
    np.testing.assert_allclose(logits, Predictor(shipped().onnx).logits(old_images), atol=1e-3)
    assert not np.allclose(logits, Predictor(first.onnx).logits(old_images), atol=1e-2)


def test_a_tuned_model_goes_on_refusing(workspace: Workspace, small_replay_buffer: None) -> None:
    """Outliers are replayed, the threshold is not above the initial model's, and the sources are named on."""
    _, run = tune(QUICK, workspace, written(20))
    model = candidates.keep(workspace, run)
    assert model.card.digit_score
    assert model.card.digit_threshold <= shipped().card.digit_threshold
    assert model.card.sources == shipped().card.sources != ""
    found = Predictor.of(model).predict_all(outliers.generate(200, seed=4))
    assert sum(each.verdict == "not a digit" for each in found) >= 180


def test_mistakes_alone_are_called_a_biased_sample(workspace: Workspace, small_replay_buffer: None) -> None:
    """All drawings were misclassified before: the comparison flatters, and the report says so.

    So many label issues cannot be typing errors: none is left out.
    """
    _, run = tune(QUICK, workspace, written(30, off_by=1))
    report = report_of(run)
    assert report.only_mistakes
    assert (len(report.label_issues) > 10, report.learned) == (True, 30)
    _, run = tune(QUICK, workspace, written(8))
    assert not report_of(run).only_mistakes


def test_an_unknown_layer_is_a_sentence(workspace: Workspace, small_replay_buffer: None) -> None:
    """With the names that there are."""
    with pytest.raises(InputError, match=r"The network has no layer .conv9.\. Its layers are conv2d, "):
        tune(QUICK.model_copy(update={"frozen": "conv9"}), workspace, written(4))


def test_one_digit_only(workspace: Workspace, small_replay_buffer: None) -> None:
    """The network must not predict it for all others."""
    sevens = [each for each in written(60) if each.label == 7]
    _, run = tune(QUICK, workspace, sevens)
    report = report_of(run)
    assert report.learned == 6
    assert report.held_out_became_wrong - report.held_out_became_right <= 5

"""The list of runs: figures, search, filters, order, and the seeds of one config."""

from collections.abc import Callable

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.evaluation.overlay import overlay
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run, data_text
from mnist_core.jobs.seeds import repeated
from mnist_core.jobs.summary import Figures, Summary, chosen
from tests.pages.app import ended

Make = Callable[..., Summary]


@pytest.fixture
def make(workspace: Workspace) -> Make:
    """A function that makes a run with these validation accuracies."""

    def made(*accuracies: float, state: str = "completed", tags: tuple[str, ...] = (), **fields: object) -> Summary:
        config = TrainConfig.checked(dataset="digits", **fields)
        job = ended(workspace, config, state)  # type: ignore[arg-type]
        run = Run.at(workspace, job.id)
        run.write_progress(Progress(accuracies=list(accuracies), elapsed_s=2.0))
        Jobs(workspace).tag(job.id, tags)
        return Summary(Jobs(workspace).get(job.id), Figures.of(run, job.kind))

    return made


def names(runs: list[Summary]) -> list[str]:
    return [run.job.name for run in runs]


def test_the_best_by_validation_are_on_top_when_asked(make: Make) -> None:
    """Each by its best epoch; runs without a validation come last."""
    runs = [make(name="none"), make(0.9, 0.97, 0.95, name="best"), make(0.96, name="second")]
    assert names(chosen(runs, {}, "", "newest")) == ["none", "best", "second"]
    assert names(chosen(runs, {}, "", "validation")) == ["best", "second", "none"]


def test_runs_are_found_by_words_and_filters(make: Make) -> None:
    """Every word must be somewhere; of each filter, one value must fit."""
    paper, plain = make(name="one", tags=("paper",)), make(name="two", architecture="fast")
    failed = make(name="three", state="failed", architecture="fast")
    runs = [failed, plain, paper]
    assert chosen(runs, {}, "PAPER one", "newest") == [paper]
    assert chosen(runs, {}, "paper two", "newest") == []
    assert chosen(runs, {"architecture": ["fast"], "state": []}, "", "newest") == [failed, plain]
    assert chosen(runs, {"architecture": ["fast"], "state": ["completed"]}, "", "newest") == [plain]
    assert chosen(runs, {"tag": ["paper", "other"]}, "", "newest") == [paper]


def test_a_data_set_is_called_as_on_a_model_s_card() -> None:
    """In words; a code of what is not a data set has its own."""
    assert [str(data_text(data)) for data in ("mnist", "digits", "unreadable")] == ["MNIST", "digits", "unreadable"]


def test_one_epoch_has_a_bar_too() -> None:
    """Its height is that of the same accuracy in any other run; a perfect one does not go beyond the scale."""
    assert Figures("digits", accuracies=(0.9,)).heights == [1.0]
    assert Figures("digits", accuracies=(0.5, 0.99, 1.0)).heights == [0.3, 2.0, 3.0]


def test_the_seeds_of_one_config_are_one_row(make: Make) -> None:
    """With mean and standard deviation. A repetition with the same seed is no sample; other settings, failures and
    other kinds stay alone.
    """
    first, second = make(0.98, seed=0), make(0.96, seed=1)
    again, other = make(0.5, seed=1, name="again"), make(0.9, seed=1, epochs=7)
    failed = make(0.1, seed=2, state="failed")
    groups = repeated([failed, other, second, first])
    assert [len(group.runs) for group in groups] == [1, 1, 2]
    assert groups[2].id == first.id
    assert groups[2].title.startswith("2 seeds: ")
    assert groups[2].spread(lambda figures: figures.validation) == "97.00 ± 1.41%"
    assert groups[0].spread(lambda figures: figures.validation) == "10.00%"
    assert groups[0].spread(lambda figures: figures.test) == "–"
    (group,) = repeated([again, second, first])
    assert len(group.runs) == 3
    assert len(group.of_each_seed) == 2
    assert again in group.of_each_seed


def test_the_curves_of_several_seeds_are_a_mean_in_a_band() -> None:
    """One run keeps its own curves; of two, the band is one standard deviation on either side of the mean."""
    one, two = ([{"epoch": 1.0, "val_accuracy": share}] for share in (0.98, 0.96))
    figure = overlay({"seeds": [one, two], "alone": [one]}, "accuracy")
    band, mean, _training, validation = figure.data
    assert list(mean.y) == pytest.approx([0.97])
    assert list(band.y) == pytest.approx([0.97 + 0.01414, 0.97 - 0.01414], abs=1e-5)
    assert list(validation.y) == [0.98]

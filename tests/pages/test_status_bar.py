"""The line about a job under way."""

from mnist_core.jobs.progress import Progress
from pages.widgets.status_bar import describe


def test_a_phase_that_trains_counts_epochs() -> None:
    """A training does not name its only such phase. What trains nothing has its name alone."""
    counted = Progress(phase="training", step=5, total_steps=10, epoch=2, epochs=4, device="cpu")
    assert describe(counted) == "50% · epoch 2 of 4 · cpu"
    pruning = counted.model_copy(update={"phase": "pruning", "share": 0.8})
    assert describe(pruning) == "Pruning 80% of the weights · 50% · epoch 2 of 4 · cpu"
    assert describe(counted.model_copy(update={"phase": "measuring"})) == "Measuring all models"

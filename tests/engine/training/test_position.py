"""How far a training is, as a checkpoint tells it."""

from mnist_core.engine.training.position import CheckpointHeader, Position


def test_a_checkpoint_of_an_older_version_keeps_its_best_epoch() -> None:
    """It told of the best epoch's loss only; a later, worse epoch does not take its place, a better one does."""
    old = {"step": 24, "elapsed_s": 3.0, "accuracies": [0.8, 0.9, 0.85], "warnings": []}
    header = CheckpointHeader.of({**old, "best_epoch": 2, "best_score": [-0.2, 0.9]}, "a checkpoint")
    assert CheckpointHeader.parse(header.text(), "the same") == header, "an infinite loss is written and read, too"
    position = Position.of(header)
    assert (position.step, position.best_epoch, position.epochs_without_better) == (24, 2, 1)
    for loss, best in ((0.25, 2), (0.15, 5)):
        position.losses.append(loss)
        position.errors.append(0.02)
        assert position.best_epoch == best

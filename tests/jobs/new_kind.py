"""The function of a kind of job that only the tests know."""

from mnist_core.config.schema import TrainConfig
from mnist_core.engine.context import RunContext
from mnist_core.evaluation.reports import Report


def count_epochs(context: RunContext[TrainConfig]) -> Report:
    """Counts to the number of epochs, and tells each."""
    for epoch in range(context.config.epochs):
        context.tell("counting", epoch=epoch + 1, epochs=context.config.epochs)
        context.run.append({"step": epoch + 1, "counted": epoch + 1})
    return Report(total_seconds=0.0, stopped=False)

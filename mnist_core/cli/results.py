"""The results of a training and of a fine-tuning, for a person at a terminal."""

from collections.abc import Sequence

from rich.table import Table

from mnist_core.cli.shared import errors, output
from mnist_core.common.text import were
from mnist_core.evaluation.interpretation import context, findings
from mnist_core.evaluation.metrics import Accuracy
from mnist_core.evaluation.reports import FineTuneReport, LearningRateReport, TrainReport
from mnist_core.models.model import Model


def tell_trained(report: TrainReport, model: Model, active: Model, activate: str) -> None:
    """The new model's figures, warnings, and which model is active.

    Args:
        activate: the command that makes the new model the active one.
    """
    count = model.card.training_data.tested_on if model.card.training_data else 0
    tested = Accuracy(round(report.test_accuracy * count), count)
    low, high = tested.interval
    table = Table(show_header=False)
    table.add_row("test images", f"{tested.share:.2%} of {count:,} correct (95 %: {low:.2%} to {high:.2%})")
    table.add_row("validation images", f"{report.validation_accuracy:.2%} correct")
    table.add_row("epochs", _epochs(report))
    table.add_row("time", f"{report.fit_seconds:.1f} s of training, {report.total_seconds:.1f} s in all")
    table.add_row("device", report.device)
    output.print(table)
    _warn(report.warnings)
    output.print(
        f"{model.name} is in the registry; {active.name} stays active. To activate the new one:", soft_wrap=True
    )
    output.print(f"  {activate}", soft_wrap=True)


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        errors.print(f"warning: {warning}", soft_wrap=True)


def _epochs(report: TrainReport) -> str:
    stopped = ", stopped early" if report.stopped else ""
    return f"{report.epochs}{stopped}; epoch {report.best_epoch} was kept"


def tell_tuned(report: FineTuneReport, active: Model, go_back: str, kept: Model | None) -> None:
    """Figures before and after, what they prove, and which model is active.

    Args:
        go_back: the command that activates the previous model.
        kept: the tuned model, if it was kept.
    """
    _warn(report.warnings)
    if report.reason:
        output.print(report.reason, soft_wrap=True)
    for sentence in context(report):
        output.print(sentence, soft_wrap=True)
    table = Table("", "before", "after")
    right = (Accuracy(count, report.judged) for count in (report.drawings_right_before, report.drawings_right_after))
    table.add_row(f"{report.judged} of your drawings", *(f"{each.share:.1%} ({each.right})" for each in right))
    mnist = (report.mnist_before, report.mnist_after)
    table.add_row("MNIST's test images", *("unknown" if share is None else f"{share:.2%}" for share in mnist))
    output.print(table)
    for finding in findings(report):
        output.print(f"- {finding}", soft_wrap=True)
    if report.label_issues:
        output.print(f"- {_of_label_issues(report)}", soft_wrap=True)
    if report.mnist_before is None:
        output.print("- MNIST is not on this machine, so its accuracy is unknown.", soft_wrap=True)
    if kept is not None and kept.id == active.id:
        output.print(f"{active.name} is the active model now. To go back:", soft_wrap=True)
        output.print(f"  {go_back}", soft_wrap=True)
        return
    if kept is not None:
        output.print(f"{kept.name} is in the registry. {kept.without_onnx}", soft_wrap=True)
    output.print(f"{active.name} stays the active model.", soft_wrap=True)
    if report.accepted and kept is None:
        output.print(
            "The fine-tuned model does not predict more of your drawings correctly, so it was not kept. It waits on "
            "the app's Fine-tune page. --keep-anyway keeps such a model.",
            soft_wrap=True,
        )


def _of_label_issues(report: FineTuneReport) -> str:
    count, left_out = len(report.label_issues), report.drawings - report.learned
    if not left_out:
        return (
            f"{count} of {report.drawings} drawings have label issues. These are too many for typing errors, so the "
            "fine-tuning learned all drawings. --json shows which."
        )
    return (
        f"{were(left_out, 'drawing')} left out because of label issues. --json shows which; --label-issues include "
        "learns them anyway."
    )


def tell_learning_rate(report: LearningRateReport) -> None:
    """The suggestion, as a flag."""
    output.print(f"Suggested: --learning-rate {report.suggested_learning_rate:g} ({report.total_seconds:.1f} s)")

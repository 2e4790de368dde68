"""The results of a training and of a fine-tuning, for a person at a terminal."""

from collections.abc import Sequence

from rich.table import Table

from mnist_core.cli.shared import errors, output
from mnist_core.common.language import Text, _, n_
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
    correct = _(
        "{share:.2%} of {count:,} correct (95% interval: {low:.2%} to {high:.2%})",
        share=tested.share,
        count=count,
        low=low,
        high=high,
    )
    table.add_row(_("test images"), correct)
    table.add_row(_("validation images"), _("{share:.2%} correct", share=report.validation_accuracy))
    table.add_row(_("epochs"), _epochs(report))
    times = _("{fit:.1f} s of training, {total:.1f} s in total", fit=report.fit_seconds, total=report.total_seconds)
    table.add_row(_("time"), times)
    table.add_row(_("device"), report.device)
    output.print(table)
    _warn(report.warnings)
    output.print(
        _(
            "{model} is in the registry. {active} stays the active model. To activate the new one:",
            model=model.name,
            active=active.name,
        ),
        soft_wrap=True,
    )
    output.print(f"  {activate}", soft_wrap=True)


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        errors.print(_("warning: {message}", message=warning), soft_wrap=True)


def _epochs(report: TrainReport) -> Text:
    values = {"epochs": report.epochs, "best": report.best_epoch}
    if report.stopped:
        return _("{epochs}, stopped early (epoch {best} was kept)", **values)
    return _("{epochs} (epoch {best} was kept)", **values)


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
    table = Table("", _("before"), _("after"))
    right = (Accuracy(count, report.judged) for count in (report.drawings_right_before, report.drawings_right_after))
    judged = n_("{n} of your drawings", "{n:,} of your drawings", report.judged)
    table.add_row(judged, *(f"{each.share:.1%} ({each.right})" for each in right))
    mnist = (report.mnist_before, report.mnist_after)
    table.add_row(_("MNIST test images"), *(_("unknown") if share is None else f"{share:.2%}" for share in mnist))
    output.print(table)
    for finding in findings(report):
        output.print(f"- {finding}", soft_wrap=True)
    if report.label_issues:
        output.print(f"- {_of_label_issues(report)}", soft_wrap=True)
    if report.mnist_before is None:
        lacking = _("MNIST is not on this machine, so the accuracy on it is unknown.")
        output.print(f"- {lacking}", soft_wrap=True)
    if kept is not None and kept.id == active.id:
        output.print(_("{model} is the active model now. To go back:", model=active.name), soft_wrap=True)
        output.print(f"  {go_back}", soft_wrap=True)
        return
    if kept is not None:
        output.print(_("{model} is in the registry.", model=kept.name), kept.without_onnx, soft_wrap=True)
    output.print(_("{model} stays the active model.", model=active.name), soft_wrap=True)
    if report.accepted and kept is None:
        output.print(
            _(
                "The fine-tuned model does not predict more of your drawings correctly, so it was not kept. It waits "
                "on the app's Fine-tune page. --keep-anyway keeps such a model."
            ),
            soft_wrap=True,
        )


def _of_label_issues(report: FineTuneReport) -> Text:
    count, left_out = len(report.label_issues), report.drawings - report.learned
    if not left_out:
        return n_(
            "{n} of {total:,} drawings has a label issue. That is too many to be typing errors, so the fine-tuning "
            "learned all drawings. --json shows which.",
            "{n:,} of {total:,} drawings have label issues. That is too many to be typing errors, so the fine-tuning "
            "learned all drawings. --json shows which.",
            count,
            total=report.drawings,
        )
    return n_(
        "{n} drawing was excluded because of a label issue. --json shows which. To learn it anyway: --label-issues "
        "include",
        "{n:,} drawings were excluded because of label issues. --json shows which. To learn them anyway: "
        "--label-issues include",
        left_out,
    )


def tell_learning_rate(report: LearningRateReport) -> None:
    """The suggestion, as a flag."""
    rate, seconds = report.suggested_learning_rate, report.total_seconds
    output.print(_("Suggested: --learning-rate {rate:g} ({seconds:.1f} s)", rate=rate, seconds=seconds))

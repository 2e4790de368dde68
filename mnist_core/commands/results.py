"""What a training and a fine-tuning came to, for a person at a terminal."""

from typing import Any

from rich.table import Table

from mnist_core.commands.shared import errors, output
from mnist_core.findings import findings
from mnist_core.metrics import Accuracy
from mnist_core.registry import Registry


def tell_trained(report: dict[str, Any], registry: Registry) -> None:
    """The new model's figures, what to be wary of, and which model is loaded."""
    model = registry.get(report["model_id"])
    count = model.card.data["tested_on"]
    tested = Accuracy(round(report["test_accuracy"] * count), count)
    low, high = tested.interval
    of = "only one" if report["epochs"] == 1 else f"{report['best_epoch']} of {report['epochs']}"
    table = Table(show_header=False)
    table.add_row("test images", f"{tested.share:.2%} of {count:,} read right (95 % interval {low:.2%} to {high:.2%})")
    table.add_row("validation images", f"{report['validation_accuracy']:.2%} read right")
    table.add_row("epoch that is kept", of + (", stopped early" if report["stopped"] else ""))
    table.add_row("time", f"{report['fit_seconds']:.1f} s of training, {report['total_seconds']:.1f} s in all")
    table.add_row("device", report["device"])
    output.print(table)
    for warning in report["warnings"]:
        errors.print(f"warning: {warning}", soft_wrap=True)
    output.print(f"{model.name} is in the registry. {_loaded(registry)}", soft_wrap=True)
    output.print(f"Load it with: python -m mnist_core models load {model.id}", soft_wrap=True)


def tell_tuned(report: dict[str, Any], registry: Registry) -> None:
    """Before and after, what that proves, and which model is loaded."""
    table = Table("", "before", "after")
    right = (Accuracy(report[f"drawings_right_{when}"], report["judged"]) for when in ("before", "after"))
    table.add_row(f"{report['judged']} of your drawings", *(f"{each.share:.1%} ({each.right})" for each in right))
    mnist = (report[f"mnist_{when}"] for when in ("before", "after"))
    table.add_row("MNIST's test images", *("not at hand" if share is None else f"{share:.2%}" for share in mnist))
    output.print(table)
    for finding in findings(report):
        output.print(f"- {finding}", soft_wrap=True)
    if report["suspects"]:
        output.print(
            f"- {len(report['suspects'])} drawings have a label that looks like a slip; see them in the app, or with "
            "--json, and learn them nevertheless with --doubtful learn.",
            soft_wrap=True,
        )
    output.print(f"{report['reason']} {_loaded(registry)}".strip(), soft_wrap=True)
    if report["accepted"]:
        output.print(f"Go back with: python -m mnist_core models load {report['base_id']}", soft_wrap=True)


def tell_rate(report: dict[str, Any]) -> None:
    """The suggestion, as a flag."""
    output.print(f"Suggested: --learning-rate {report['suggested_learning_rate']:g} ({report['total_seconds']:.1f} s)")


def _loaded(registry: Registry) -> str:
    return f"{registry.loaded().name} is loaded."

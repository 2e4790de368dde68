"""A report as a fine-tuning writes it, for tests that look at what is made of one."""

from typing import Any

from mnist_core.evaluation.reports import FineTuneReport


def fine_tune_report(**changes: Any) -> FineTuneReport:
    """Accepted, on 20 drawings, of which 3 became right; with these fields changed."""
    values: dict[str, Any] = {
        "accepted": True, "reason": "", "alpha": 0.4, "base": "mine", "base_id": "m", "root": "MNIST Studio",
        "started_from": "mine", "compared_with": "mine", "known_by_heart": False, "earlier": 0, "label_issues": [],
        "drawings": 20, "learned": 20, "learned_right": 19, "judged": 20, "only_mistakes": False,
        "drawings_right_before": 15, "drawings_right_after": 18, "drawings_before": 0.75, "drawings_after": 0.9,
        "changed": [{"drawing": n, "label": 4, "before": 9, "after": 4} for n in range(3)], "p_value": 0.25,
        "replayed": "mnist", "held_out_images": 10_000, "held_out_became_wrong": 5, "held_out_became_right": 4,
        "greatest_drop": 0.06, "allowed_drop": 0.12, "mnist_before": 0.9959, "mnist_after": 0.9957,
        "test_accuracy": 0.9957, "epochs": 5, "fit_seconds": 2.5, "seed": 0, "total_seconds": 4.0,
    }  # fmt: skip
    return FineTuneReport(**{**values, **changes})

"""What a fine-tuning tells of itself: the report in the run's folder, which page and command line show."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mnist_core.collection.label_issues import LabelIssue
from mnist_core.config.schema import FineTuneConfig
from mnist_core.engine.fine_tuning.acceptance import Acceptance
from mnist_core.engine.fine_tuning.fine_tuner import ROUNDS
from mnist_core.engine.fine_tuning.fine_tuning_set import FineTuningSet, Indices
from mnist_core.engine.fine_tuning.replay_buffer import ReplayBuffer
from mnist_core.evaluation import metrics
from mnist_core.evaluation.predictions import Predictions
from mnist_core.models.registry import Model

MOSTLY_MISTAKES = 0.4
"""Fewer drawings than this share were read right before: whoever collected them confirmed hardly any."""


@dataclass(frozen=True)
class Comparison:
    """Drawings, by their indices in the tuning_set, as they were read before and after."""

    tuning_set: FineTuningSet
    root: Model
    """With whose readings of old images the tuned model's are compared."""
    judged: Indices
    before: Predictions
    after: Predictions
    compared_with: Model
    """Whose readings of the drawings are "before"."""


def report_of(
    config: FineTuneConfig,
    base: Model,
    seen: Comparison,
    verdict: Acceptance,
    issues: list[LabelIssue],
    replay: ReplayBuffer,
) -> dict[str, Any]:
    """The figures so far; indices are those of the run's learned drawings."""
    return {
        "accepted": verdict.accepted,
        "reason": verdict.reason,
        "alpha": verdict.alpha,
        "base": base.name,
        "base_id": base.id,
        "root": seen.root.name,
        "started_from": seen.tuning_set.start.name,
        "drawings": len(seen.tuning_set.drawings),
        "earlier": len(seen.tuning_set.drawings) - seen.tuning_set.given,
        "label_issues": [asdict(each) for each in issues],
        **_of_drawings(seen),
        "replayed": replay.name,
        "held_out_images": verdict.old.count,
        "held_out_became_wrong": verdict.old.became_wrong,
        "held_out_became_right": verdict.old.became_right,
        "greatest_drop": 100 * verdict.old.greatest_drop,
        "allowed_drop": config.allowed_drop,
        "epochs": ROUNDS,
        "seed": config.seed,
    }


def _of_drawings(seen: Comparison) -> dict[str, Any]:
    labels, before, after = seen.before.labels, seen.before.predictions, seen.after.predictions
    return {
        "compared_with": seen.compared_with.name,
        "judged": len(labels),
        "only_mistakes": seen.before.accuracy < MOSTLY_MISTAKES,
        "drawings_right_before": seen.before.right,
        "drawings_right_after": seen.after.right,
        "drawings_before": seen.before.accuracy,
        "drawings_after": seen.after.accuracy,
        "p_value": metrics.paired(labels, before, after).p_value,
        "changed": [
            {"drawing": int(seen.judged[n]), "label": int(labels[n]), "before": int(before[n]), "after": int(after[n])}
            for n in np.nonzero(before != after)[0]
        ],
    }

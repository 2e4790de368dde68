"""The outcome of a fine-tuning and its report."""

from dataclasses import dataclass

import numpy as np

from mnist_core.common.language import Text, n_
from mnist_core.config.schema import FineTuneConfig
from mnist_core.engine.fine_tuning.acceptance import Acceptance
from mnist_core.engine.fine_tuning.fine_tuner import ROUNDS
from mnist_core.engine.fine_tuning.fine_tuning_set import FineTuningSet, Indices
from mnist_core.engine.fine_tuning.replay_buffer import ReplayBuffer
from mnist_core.evaluation import metrics
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.reports import Change, FineTuneReport, LabelIssue, LearningPoint
from mnist_core.models.model import Model

MOSTLY_MISTAKES = 0.4
"""Below this share of correct predictions before, the person has confirmed hardly any."""


@dataclass(frozen=True)
class Comparison:
    """Judged drawings, by their indices in the fine-tuning set, as they were predicted before and after."""

    judged: Indices
    before: Predictions
    after: Predictions
    compared_with: Model
    """The model whose predictions are "before"."""

    @property
    def changed(self) -> list[Change]:
        """The drawings whose prediction changed."""
        labels, before, after = self.before.labels, self.before.predictions, self.after.predictions
        return [
            Change(drawing=int(self.judged[n]), label=int(labels[n]), before=int(before[n]), after=int(after[n]))
            for n in np.nonzero(before != after)[0]
        ]


@dataclass(frozen=True)
class Outcome:
    """Everything about a fine-tuning but its test on MNIST."""

    config: FineTuneConfig
    base: Model
    root: Model
    """The model with whose predictions of held-out images the tuned model's are compared."""
    tuning_set: FineTuningSet
    replay: ReplayBuffer
    comparison: Comparison
    acceptance: Acceptance
    issues: list[LabelIssue]
    learned: Indices
    """The drawings that were learned: the fine-tuning set without excluded label issues."""
    learned_right: int
    known_by_heart: bool
    """Whether the base has learned every judged drawing, so that the comparison proves nothing."""
    fit_seconds: float
    learning_curve: tuple[LearningPoint, ...] = ()


def warnings_of(tuning_set: FineTuningSet, base: Model) -> list[Text]:
    """What is wrong with the fine-tuning set."""
    if not tuning_set.missing:
        return []
    return [
        n_(
            "{model} has learned {n} drawing that is not on this machine. So the fine-tuning started from the weights "
            "of {model} and could not include all earlier drawings. To include the missing one, add it to the new "
            "drawings.",
            "{model} has learned {n:,} drawings that are not on this machine. So the fine-tuning started from the "
            "weights of {model} and could not include all earlier drawings. To include the missing ones, add them to "
            "the new drawings.",
            tuning_set.missing,
            model=base.name,
        )
    ]


@dataclass(frozen=True)
class MnistTest:
    """Accuracy on MNIST's test set; None where it is not on this machine."""

    before: float | None = None
    after: float | None = None


def report_of(
    outcome: Outcome, test: MnistTest, total_seconds: float, warnings: tuple[Text, ...] = ()
) -> FineTuneReport:
    """The report that page and command line show.

    Args:
        warnings: about the candidate.
    """
    compared, acceptance, count = outcome.comparison, outcome.acceptance, len(outcome.tuning_set.drawings)
    before, after = compared.before, compared.after
    return FineTuneReport(
        accepted=acceptance.accepted,
        reason=acceptance.reason,
        alpha=acceptance.alpha,
        base=outcome.base.name,
        base_id=outcome.base.id,
        root=outcome.root.name,
        started_from=outcome.tuning_set.initial.name,
        drawings=count,
        earlier=count - outcome.tuning_set.given,
        learned=len(outcome.learned),
        learned_right=outcome.learned_right,
        label_issues=outcome.issues,
        compared_with=compared.compared_with.name,
        judged=len(compared.judged),
        only_mistakes=before.accuracy < MOSTLY_MISTAKES,
        known_by_heart=outcome.known_by_heart,
        drawings_right_before=before.right,
        drawings_right_after=after.right,
        drawings_before=before.accuracy,
        drawings_after=after.accuracy,
        p_value=metrics.paired(before.labels, before.predictions, after.predictions).p_value,
        changed=compared.changed,
        learning_curve=outcome.learning_curve,
        replayed=outcome.replay.name,
        held_out_images=acceptance.old.count,
        held_out_became_wrong=acceptance.old.became_wrong,
        held_out_became_right=acceptance.old.became_right,
        greatest_drop=100 * acceptance.old.greatest_drop,
        allowed_drop=outcome.config.allowed_drop,
        mnist_before=test.before,
        mnist_after=test.after,
        test_accuracy=test.after,
        epochs=ROUNDS,
        fit_seconds=outcome.fit_seconds,
        seed=outcome.config.seed,
        warnings=(*warnings_of(outcome.tuning_set, outcome.base), *warnings),
        total_seconds=total_seconds,
    )

"""The gate: may a tuned model be proposed?

It looks at images that the tuning did not see: drawings that the judged model had not learned, and old images that
were not replayed. It never looks at the test set.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mnist_core.evaluation import metrics
from mnist_core.evaluation.predictions import Predictions

ALMOST_NOTHING = 1e-3
"""Nats. A loss below this is as good as none, so that two such models cannot be told apart by it."""
WITHOUT_EVIDENCE = 0.25
"""How far to go where unseen drawings cannot tell: far enough to help with the next ones, and safe for MNIST."""


Pair = tuple[Predictions, Predictions]
"""Before and after, of the same images."""


@dataclass(frozen=True)
class Acceptance:
    """What the gate says of the model at one α."""

    alpha: float
    old: metrics.Paired
    problems: tuple[str, ...]
    advice: str
    forgets: bool
    """Whether the loss on old images is one of the problems."""

    @property
    def accepted(self) -> bool:
        return not self.problems

    @property
    def reason(self) -> str:
        """Why it is not proposed, and what to do, for a person; empty if it is."""
        return "" if self.accepted else f"Not proposed: {' and '.join(self.problems)}. {self.advice}"


def by_promise(drawings: dict[float, Predictions]) -> list[float]:
    """The α of each reading of unseen drawings, the most promising first.

    That is the gentlest whose loss is within one standard error of the least (Breiman et al. 1984): further than
    there is evidence for, old digits are forgotten for nothing. The others follow by their loss. Where all are read
    so surely that no loss can tell, it is the nearest to `WITHOUT_EVIDENCE`, of two the gentler.
    """

    def rank(alpha: float) -> tuple[float, float, float]:
        return max(drawings[alpha].loss, ALMOST_NOTHING), round(abs(alpha - WITHOUT_EVIDENCE), 6), alpha

    alphas = sorted(drawings, key=rank)
    best = drawings[alphas[0]]
    if best.loss <= ALMOST_NOTHING:
        return alphas
    as_good = [alpha for alpha in sorted(drawings) if alpha <= alphas[0] and best.is_hardly_better(drawings[alpha])]
    return as_good + [alpha for alpha in alphas if alpha not in as_good]


def judge(alpha: float, drawings: Pair, old: Pair, allowed_drop: float, old_name: str) -> Acceptance:
    """Compare before and after on drawings and on old images.

    Args:
        allowed_drop: percentage points that accuracy on the old images may lose, with 95 % confidence.
        old_name: what the old images are called in the reason.
    """
    new_change, old_change = (
        metrics.paired(each[0].labels, *(r.predictions for r in each)) for each in (drawings, old)
    )
    problems, advice = [], []
    if (worse := new_change.became_wrong - new_change.became_right) > 0:
        problems.append(f"{worse} more of your {new_change.count} drawings would be misread")
        advice.append(f"Draw more of the digits that it misreads: {_misread(drawings[1])}.")
    if forgets := 100 * old_change.greatest_drop > allowed_drop:
        problems.append(
            f"it might forget up to {100 * old_change.greatest_drop:.2f} points of {old_name} ({allowed_drop:g} are "
            f"allowed): of {old_change.count:,} images, {old_change.became_wrong} would be newly misread and "
            f"{old_change.became_right} newly right"
        )
        advice.append("Collect more drawings, raise the share of replay, or allow a larger drop.")
    return Acceptance(alpha, old_change, tuple(problems), " ".join(advice), forgets)


def _misread(reading: Predictions) -> str:
    """The labels that are misread most often, in words."""
    wrong = Counter(reading.labels[reading.predictions != reading.labels].tolist())
    return ", ".join(f"{digit} ({count} misread)" for digit, count in wrong.most_common(3))


def first_accepted(alphas: Sequence[float], at: Callable[[float], Acceptance]) -> Acceptance:
    """The first way, by its α, that is accepted; if there is none, the gentlest.

    After one that forgets too much none that goes further is looked at: it would very probably forget more.
    """
    refused: dict[float, Acceptance] = {}
    forgets_from = float("inf")
    for alpha in alphas:
        if alpha < forgets_from:
            verdict = at(alpha)
            if verdict.accepted:
                return verdict
            refused[alpha] = verdict
            forgets_from = alpha if verdict.forgets else forgets_from
    return refused[min(alphas)]

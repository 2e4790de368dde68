"""The acceptance test: may a fine-tuned model become a candidate?

It uses images that the fine-tuning did not see: drawings that the judged model had not learned, and held-out images
that were not replayed. It never uses the test set.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mnist_core.common.language import Text, _, listed, sentences
from mnist_core.evaluation import metrics
from mnist_core.evaluation.predictions import Predictions

ALMOST_NOTHING = 1e-3
"""Nats. Two models whose loss is below this cannot be told apart by it."""
WITHOUT_EVIDENCE = 0.25
"""The alpha if unseen drawings cannot tell: large enough to help with the next drawings, and safe for MNIST."""


Pair = tuple[Predictions, Predictions]
"""Predictions before and after, of the same images."""


@dataclass(frozen=True)
class Acceptance:
    """The result of the acceptance test at one alpha."""

    alpha: float
    old: metrics.Paired
    problems: tuple[Text, ...]
    """Each a sentence, and what to do about it."""
    forgets: bool
    """Whether forgetting is one of the problems."""

    @property
    def accepted(self) -> bool:
        return not self.problems

    @property
    def reason(self) -> Text:
        """Why it was not accepted and what to do, for a person; empty if it was."""
        return Text("") if self.accepted else sentences([_("The fine-tuned model was not accepted."), *self.problems])


def by_promise(drawings: dict[float, Predictions]) -> list[float]:
    """The alphas, the most promising first, by their predictions of unseen drawings.

    The first is the smallest whose loss is within one standard error of the least (Breiman et al. 1984): a larger one
    forgets old digits without evidence of a gain. The others follow by their loss. If all drawings are predicted with
    so much certainty that no loss can tell, the order is by the distance to `WITHOUT_EVIDENCE`, the smaller first.
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
    """Compare before and after on drawings and on held-out images.

    Args:
        allowed_drop: the limit on the loss of accuracy on the old images, in percentage points, with 95% confidence.
        old_name: what the reason calls the old images.
    """
    new_change, old_change = (
        metrics.paired(each[0].labels, *(r.predictions for r in each)) for each in (drawings, old)
    )
    problems = []
    if (worse := new_change.became_wrong - new_change.became_right) > 0:
        problems.append(
            _(
                "It would misclassify {worse:,} more of your {count:,} drawings. Draw more of the digits that it "
                "misclassifies: {digits}.",
                worse=worse,
                count=new_change.count,
                digits=_misclassified(drawings[1]),
            )
        )
    if forgets := 100 * old_change.greatest_drop > allowed_drop:
        problems.append(
            _(
                "Its accuracy on {images} might drop by up to {drop:.2f} points (limit: {limit:g}): of {count:,} "
                "held-out images, {wrong:,} would become wrong and {right:,} correct. Collect more drawings, raise the "
                "replay share, or allow a larger drop.",
                images=old_name,
                drop=100 * old_change.greatest_drop,
                limit=allowed_drop,
                count=old_change.count,
                wrong=old_change.became_wrong,
                right=old_change.became_right,
            )
        )
    return Acceptance(alpha, old_change, tuple(problems), forgets)


def _misclassified(found: Predictions) -> Text:
    """The labels that are misclassified most often, in words."""
    wrong = Counter(found.labels[found.predictions != found.labels].tolist())
    return listed(_("{digit} ({count} wrong)", digit=digit, count=count) for digit, count in wrong.most_common(3))


def first_accepted(alphas: Sequence[float], at: Callable[[float], Acceptance]) -> Acceptance:
    """The first alpha that is accepted; if there is none, the smallest.

    After an alpha that forgets too much, larger ones are skipped, because they would very probably forget more.
    """
    rejected: dict[float, Acceptance] = {}
    forgets_from = float("inf")
    for alpha in alphas:
        if alpha < forgets_from:
            verdict = at(alpha)
            if verdict.accepted:
                return verdict
            rejected[alpha] = verdict
            forgets_from = alpha if verdict.forgets else forgets_from
    return rejected[min(alphas)]

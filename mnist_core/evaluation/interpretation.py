"""A fine-tuning's report → sentences that say what its figures prove and what they do not.

The sentences are plain text. They contain names that people gave.
"""

from mnist_core.common.text import some
from mnist_core.evaluation.reports import FineTuneReport

CHANCE = 0.05
"""Below this p-value a change is unlikely to be chance."""
SMALLEST = 0.01
"""Points of accuracy: a smaller upper limit is rounded up to this."""


def context(report: FineTuneReport) -> list[str]:
    """What a person must know to interpret the figures."""
    said = []
    if not report.accepted:
        said.append("The figures below are those of the smallest alpha. The acceptance test rejected it as well.")
    if report.known_by_heart:
        said.append(f"{report.base} has learned every judged drawing before, so these figures prove nothing.")
    else:
        said.append(
            "Cross-validation: the network that judged a drawing had learned other drawings of yours, but not that one."
        )
    if report.earlier:
        said.append(
            f"The fine-tuning set includes {some(report.earlier, 'drawing')} that {report.base} had learned before."
        )
    if report.compared_with != report.base:
        said.append(
            f"“Before” is {report.compared_with}, whose weights the fine-tuning started from. {report.base} has "
            "learned these drawings already, so its own predictions of them would prove nothing."
        )
    return said


def findings(report: FineTuneReport) -> list[str]:
    """What the figures say."""
    said = [_of_drawings(report), _of_held_out_images(report)]
    if report.accepted and report.learned_right is not None:
        said.append(_of_learned(report))
    if report.only_mistakes:
        said.append(
            "You collected almost only wrong predictions, so “before” looks worse than the model is. Confirm correct "
            "predictions as well (Quiz me on the Draw page collects both). They tell the network what to keep, and "
            "they make this comparison fair."
        )
    return said


def _of_drawings(report: FineTuneReport) -> str:
    better = sum(each.after == each.label for each in report.changed)
    worse = sum(each.before == each.label for each in report.changed)
    if better + worse == 0:
        right = f"{report.drawings_right_before} of {report.judged}"
        return f"The number of correct predictions is unchanged: {right}."
    if better == worse:
        return f"{some(better, 'prediction')} became correct and {worse} became wrong."
    chance = "is unlikely to be chance" if report.p_value < CHANCE else "could be chance; more drawings would tell"
    return (
        f"{some(better, 'prediction')} became correct and {worse} became wrong. The difference {chance} "
        f"(exact McNemar test, p = {report.p_value:.2g})."
    )


def _of_held_out_images(report: FineTuneReport) -> str:
    old = "MNIST images" if report.replayed == "mnist" else "synthetic digits"
    wrong, right = report.held_out_became_wrong, report.held_out_became_right
    changed = (
        f"Of {report.held_out_images:,} held-out {old}, {wrong:,} that {report.root} classified correctly {_be(wrong)} "
        f"now wrong, and {right:,} that it misclassified {_be(right)} now correct"
    )
    if report.greatest_drop <= 0:
        return f"{changed}. There is no measurable forgetting."
    return (
        f"{changed}. With 95 % confidence accuracy dropped by at most {max(SMALLEST, report.greatest_drop):.2f} points "
        f"(limit: {report.allowed_drop:g})."
    )


def _be(count: int) -> str:
    return "is" if count == 1 else "are"


def _of_learned(report: FineTuneReport) -> str:
    return (
        f"The interpolation coefficient alpha is {report.alpha:g}: 0 keeps the old weights, 1 takes the fully tuned "
        f"ones. {report.learned_right} of the {report.learned} learned drawings are now predicted correctly."
    )

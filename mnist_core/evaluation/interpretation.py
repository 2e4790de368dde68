"""A fine-tuning's report → sentences that say what its figures prove and what they do not.

The sentences are plain text. They contain names that people gave.
"""

from mnist_core.common.language import Text, _, n_, sentences
from mnist_core.evaluation.learning_curve import forecast
from mnist_core.evaluation.reports import FineTuneReport

CHANCE = 0.05
"""Below this p-value a change is unlikely to be chance."""
SMALLEST = 0.01
"""Points of accuracy: a smaller upper limit is rounded up to this."""


def headline(report: FineTuneReport) -> Text:
    """The result of an accepted fine-tuning in two sentences."""
    before, after = report.drawings_right_before, report.drawings_right_after
    if before == after:
        drawings = n_(
            "It predicts {after:,} of your {n} drawing correctly, as before.",
            "It predicts {after:,} of your {n:,} drawings correctly, as before.",
            report.judged, after=after,
        )  # fmt: skip
    else:
        drawings = n_(
            "It predicts {after:,} of your {n} drawing correctly instead of {before:,}.",
            "It predicts {after:,} of your {n:,} drawings correctly instead of {before:,}.",
            report.judged, after=after, before=before,
        )  # fmt: skip
    lost, count = report.held_out_became_wrong - report.held_out_became_right, report.held_out_images
    if lost > 0:
        others = n_(
            "Of {count:,} other digits, {n} more is wrong, within the limit.",
            "Of {count:,} other digits, {n:,} more are wrong, within the limit.",
            lost, count=count,
        )  # fmt: skip
    elif lost:
        others = n_(
            "Of {count:,} other digits, {n} fewer is wrong.",
            "Of {count:,} other digits, {n:,} fewer are wrong.",
            -lost, count=count,
        )  # fmt: skip
    else:
        others = _("Of {count:,} other digits, as many are wrong as before.", count=count)
    return sentences([drawings, others])


def context(report: FineTuneReport) -> list[Text]:
    """What a person must know to interpret the figures."""
    said = []
    if not report.accepted:
        said.append(_("The figures below belong to the smallest alpha. The acceptance test rejected that one as well."))
    if report.known_by_heart:
        said.append(
            _("{base} has already learned every judged drawing, so these figures prove nothing.", base=report.base)
        )
    else:
        said.append(
            _(
                "Cross-validation: each drawing was judged by a network that had learned other drawings, but not "
                "this one."
            )
        )
    if report.earlier:
        said.append(
            n_(
                "The fine-tuning set includes {n} drawing that {base} had already learned.",
                "The fine-tuning set includes {n:,} drawings that {base} had already learned.",
                report.earlier, base=report.base,
            )
        )  # fmt: skip
    if report.compared_with == report.base:
        said.append(_("“Before” is {base}, “after” is the new model.", base=report.base))
    else:
        said.append(
            _(
                "“Before” is {compared_with}, the model that provided the initial weights. {base} has already learned "
                "these drawings, so its own predictions of them would prove nothing.",
                compared_with=report.compared_with, base=report.base,
            )
        )  # fmt: skip
    return said


def findings(report: FineTuneReport) -> list[Text]:
    """What the figures say."""
    said = [_of_drawings(report)]
    if report.accepted and not report.gained:
        said.append(
            _(
                "The new model predicts no more of them correctly than the old one, so you can discard it. Collect "
                "drawings that are predicted wrongly, and fine-tune again."
            )
        )
    if report.learning_curve:
        said.append(_of_learning_curve(report))
    said.append(_of_held_out_images(report))
    if report.accepted and report.learned_right is not None:
        said.append(_of_learned(report))
    if report.only_mistakes:
        said.append(
            _(
                "You collected almost only wrong predictions, so “before” looks worse than the model is. Confirm "
                "correct predictions as well: they tell the network what to keep, and they make this comparison fair. "
                "Quiz me on the Draw page collects both."
            )
        )
    return said


def _of_drawings(report: FineTuneReport) -> Text:
    better = sum(each.after == each.label for each in report.changed)
    worse = sum(each.before == each.label for each in report.changed)
    if better + worse == 0:
        return _(
            "The number of correct predictions is unchanged: {right} of {judged}.",
            right=report.drawings_right_before, judged=report.judged,
        )  # fmt: skip
    changes = n_(
        "{n} prediction became correct and {worse:,} became wrong.",
        "{n:,} predictions became correct and {worse:,} became wrong.",
        better, worse=worse,
    )  # fmt: skip
    if better == worse:
        return changes
    if report.p_value < CHANCE:
        return _(
            "{changes} The difference is unlikely to be chance (exact McNemar test, p = {p:.2g}).",
            changes=changes, p=report.p_value,
        )  # fmt: skip
    return _(
        "{changes} The difference could be chance (exact McNemar test, p = {p:.2g}). Collect more drawings to "
        "find out.",
        changes=changes, p=report.p_value,
    )  # fmt: skip


def _of_learning_curve(report: FineTuneReport) -> Text:
    """Without the estimate if the counts do not support one."""
    none, few, many = report.learning_curve
    curve = _(
        "Learning curve: {share0:.0%} of your drawings were predicted correctly before, {share1:.0%} after the network "
        "had learned {few:,} others, and {share2:.0%} after {many:,}.",
        share0=none.share, share1=few.share, few=few.drawings, share2=many.share, many=many.drawings,
    )  # fmt: skip
    expected = forecast(report.learning_curve, report.learned)
    if expected is None:
        return curve
    return _(
        "{curve} About {more:,} more drawings should bring {share:.0%}.",
        curve=curve, more=expected.more, share=expected.share,
    )  # fmt: skip


def _of_held_out_images(report: FineTuneReport) -> Text:
    counts = {
        "images": report.held_out_images, "root": report.root,
        "wrong": report.held_out_became_wrong, "right": report.held_out_became_right,
    }  # fmt: skip
    if report.replayed == "mnist":
        changes = _(
            "Acceptance test, on {images:,} held-out training images of MNIST: the new model misclassifies {wrong:,} "
            "that {root} classified correctly, and correctly classifies {right:,} that {root} misclassified.",
            **counts,
        )
    else:
        changes = _(
            "Acceptance test, on {images:,} held-out synthetic digits: the new model misclassifies {wrong:,} that "
            "{root} classified correctly, and correctly classifies {right:,} that {root} misclassified.",
            **counts,
        )
    if report.greatest_drop <= 0:
        bound = _("These images show no forgetting.")
    else:
        bound = _(
            "With 95% confidence, accuracy on such images dropped by at most {drop:.2f} points (limit: {limit:g}).",
            drop=max(SMALLEST, report.greatest_drop), limit=report.allowed_drop,
        )  # fmt: skip
    if report.mnist_after is None:
        return sentences([changes, bound])
    tested = _("The accuracy above is measured on other images, those of MNIST's test set, so it can differ.")
    return sentences([changes, bound, tested])


def _of_learned(report: FineTuneReport) -> Text:
    return _(
        "The interpolation coefficient alpha is {alpha:g}: 0 keeps the old weights, 1 takes the fully tuned ones. "
        "Learned drawings that are now predicted correctly: {right} of {learned}.",
        alpha=report.alpha, right=report.learned_right, learned=report.learned,
    )  # fmt: skip

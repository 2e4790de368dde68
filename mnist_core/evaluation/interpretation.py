"""A fine-tuning's report → sentences: what its figures prove and what they do not, for a student.

All is plain text; the names in it are those that people gave.
"""

from mnist_core.evaluation.reports import FineTuneReport

LUCK = 0.05
SMALLEST = 0.01
"""Points of accuracy; what is less is not told in more digits than that."""


def context(report: FineTuneReport) -> list[str]:
    """What one must know to read the figures right."""
    said = []
    if not report.accepted:
        said.append("The figures below are those of the smallest change that was tried; it, too, was refused.")
    if report.known_by_heart:
        said.append("The network has learned all of these drawings before: how it reads them proves nothing.")
    else:
        said.append("Each was judged by a network that had not learned it, but others of yours (cross-validation).")
    if report.earlier:
        said.append(f"{report.earlier} drawings that {report.base} had learned before were learned again.")
    if report.compared_with != report.base:
        said.append(
            f"“Before” is {report.compared_with}, from which the tuning started: {report.base} has learned these "
            "drawings already, so its own readings of them would prove nothing."
        )
    return said


def findings(report: FineTuneReport) -> list[str]:
    """What the figures say."""
    said = [_of_drawings(report), _of_held_out_images(report)]
    if report.accepted:
        said.append(_of_learned(report))
    if report.only_mistakes:
        said.append(
            "You collected hardly anything but mistakes, so “before” looks worse than the model is for you. "
            "Confirm drawings that it reads right, too (Quiz me on the Draw page does both): they teach it what to "
            "keep, and make this comparison fair."
        )
    return said


def _of_drawings(report: FineTuneReport) -> str:
    better = sum(each.after == each.label for each in report.changed)
    worse = sum(each.before == each.label for each in report.changed)
    if better + worse == 0:
        right = f"{report.drawings_right_before} of {report.judged}"
        return f"It reads your drawings no better and no worse than before: the same {right} right."
    if better == worse:
        return f"As many drawings became right as became wrong: {better} of each."
    luck = "unlikely to be luck" if report.p_value < LUCK else "could be luck: more drawings would tell"
    way = "better" if better > worse else "worse"
    return (
        f"{max(better, worse)} of the {better + worse} drawings whose reading became right or wrong changed for the "
        f"{way}: {luck} (exact McNemar test, p = {report.p_value:.2g})."
    )


def _of_held_out_images(report: FineTuneReport) -> str:
    old = "MNIST images" if report.replayed == "mnist" else "digits that the program wrote"
    changed = (
        f"Of {report.held_out_images:,} {old} that were not replayed, {report.held_out_became_wrong} that "
        f"{report.root} reads right are misread, and {report.held_out_became_right} the other way round"
    )
    if report.greatest_drop <= 0:
        return f"{changed}: on balance nothing was forgotten."
    return (
        f"{changed}: with 95 % confidence no more than {max(SMALLEST, report.greatest_drop):.2f} points were "
        f"forgotten ({report.allowed_drop:g} are allowed)."
    )


def _of_learned(report: FineTuneReport) -> str:
    return (
        f"The new weights lie {report.alpha:.0%} of the way from the old ones to the fully trained ones: as far as "
        f"unseen drawings and old digits speak for it. With them {report.learned_right} of the {report.learned} "
        "drawings that it learned are read right."
    )

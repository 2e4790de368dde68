"""A fine-tuning's report → sentences: what its figures prove and what they do not, for a student."""

from typing import Any

LUCK = 0.05


def findings(report: dict[str, Any]) -> list[str]:
    """Plain text; the names in it are those that people gave."""
    said = [_of_drawings(report), _of_memory(report)]
    if "learned_right" in report:  # an older one did not tell
        said.append(_of_learned(report))
    if report["only_mistakes"]:
        said.append(
            "You collected hardly anything but mistakes, so “before” looks worse than the model is for you. "
            "Confirm drawings that it reads right, too (Quiz me on the Draw page does both): they teach it what to "
            "keep, and make this comparison fair."
        )
    return said


def _of_drawings(report: dict[str, Any]) -> str:
    better = sum(each["after"] == each["label"] for each in report["changed"])
    worse = sum(each["before"] == each["label"] for each in report["changed"])
    if better + worse == 0:
        right = f"{report['drawings_right_before']} of {report['judged']}"
        return f"No judged drawing became right or wrong: {right} were read right before, and the same after."
    luck = "unlikely to be luck" if report["p_value"] < LUCK else "could be luck: more drawings would tell"
    way, count = ("better", better) if better >= worse else ("worse", worse)
    return (
        f"{count} of the {better + worse} drawings whose reading became right or wrong changed for the {way}: "
        f"{luck} (exact McNemar test, p = {report['p_value']:.2g})."
    )


def _of_memory(report: dict[str, Any]) -> str:
    old = "MNIST images" if report["replayed"] == "mnist" else "digits that the program wrote"
    changed = (
        f"Of {report['kept_images']:,} {old} that were not replayed, {report['kept_became_wrong']} that "
        f"{report['root']} reads right are misread, and {report['kept_became_right']} the other way round"
    )
    if report["greatest_drop"] <= 0:
        return f"{changed}: on balance nothing was forgotten."
    return (
        f"{changed}: with 95 % confidence no more than {report['greatest_drop']:.2f} points were forgotten "
        f"({report['allowed_drop']:g} are allowed)."
    )


def _of_learned(report: dict[str, Any]) -> str:
    right = f"{report['learned_right']} of the {report['learned']} drawings that it learned"
    return (
        f"The new model goes {report['alpha']:.0%} of the way to what was learned, as far as unseen drawings and old "
        f"digits speak for it; so it reads {right} right."
    )

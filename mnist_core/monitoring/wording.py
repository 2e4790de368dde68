"""Drift in words."""

import time
from collections.abc import Sequence
from datetime import datetime

from mnist_core.common.language import N_, Text, _, n_
from mnist_core.monitoring.drift import Change
from mnist_core.monitoring.overview import DAY, LATEST, Overview
from mnist_core.monitoring.traits import TRAITS

SOURCES: dict[str, str] = {"draw": N_("Draw"), "service": N_("Service"), "demo": N_("Demonstration")}
"""Where predictions are made → its name."""

REFERENCES = {"mnist": N_("MNIST's test images"), "synthetic": N_("synthetic digits")}
"""The data of the `LearnedFigures` → their name."""

SENTENCES = {
    ("ink", True): N_("Since {when}, digits have more ink than before."),
    ("ink", False): N_("Since {when}, digits have less ink than before."),
    ("thickness", True): N_("Since {when}, lines are thicker than before."),
    ("thickness", False): N_("Since {when}, lines are thinner than before."),
    ("width", True): N_("Since {when}, digits are wider than before."),
    ("width", False): N_("Since {when}, digits are narrower than before."),
    ("height", True): N_("Since {when}, digits are taller than before."),
    ("height", False): N_("Since {when}, digits are flatter than before."),
    ("slant", True): N_("Since {when}, digits lean further to the right than before."),
    ("slant", False): N_("Since {when}, digits lean further to the left than before."),
    ("balance", True): N_("Since {when}, digits are heavier at the top than before."),
    ("balance", False): N_("Since {when}, digits are heavier at the bottom than before."),
    ("score", True): N_("Since {when}, drawings look more like digits to the network than before."),
    ("score", False): N_("Since {when}, drawings look less like digits to the network than before."),
    ("probability", True): N_("Since {when}, predictions are more certain than before."),
    ("probability", False): N_("Since {when}, predictions are less certain than before."),
}
"""A figure, and whether it has become larger → what that means."""

FURTHER = N_("The drawings are further from those that the network learned.")
WEEKDAYS = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday")
)  # fmt: skip
LARGE = 0.25
"""A PSI from which one speaks of a large change."""
ENOUGH = 10
"""New corrected drawings that make a fine-tuning worthwhile."""


def moment(at: float) -> Text | str:
    """Seconds since 1970 → the weekday and the time, or the date of what is longer ago, in this machine's time zone."""
    local = datetime.fromtimestamp(at)
    if 0 <= time.time() - at < 6 * DAY:
        return _("{weekday} {time}", weekday=_(WEEKDAYS[local.weekday()]), time=local.strftime("%H:%M"))
    # Translators: a date and a time, with the codes of Python's strftime.
    return local.strftime(_("%Y-%m-%d %H:%M"))


def sentence(change: Change, seen: Overview) -> Text:
    """Such as "Since Tuesday 14:05, lines are thinner than before."."""
    return _(SENTENCES[change.figure, change.up], when=moment(float(seen.logged.at[change.since])))


def further(seen: Overview) -> Text:
    """Whether a change of the drawings leads away from what the network learned; empty if it does not."""
    changed = {change.figure for change in seen.ongoing} & {*TRAITS} & {*seen.stability}
    pairs = [seen.stability[figure] for figure in changed]
    return _(FURTHER) if any(new >= LARGE and new > 1.5 * old for old, new in pairs) else Text("")


def accuracy(seen: Overview) -> Text:
    """How many of the labelled drawings were predicted correctly; empty if none is labelled."""
    judged = seen.labelled
    if not judged.count:
        return Text("")
    low, high = judged.interval
    return n_(
        "Of {n} labelled drawing, {right:,} was predicted correctly: {share:.1%} (95% interval {low:.1%}–{high:.1%}).",
        "Of {n:,} labelled drawings, {right:,} were predicted correctly: {share:.1%} "
        "(95% interval {low:.1%}–{high:.1%}).",
        judged.count, right=judged.right, share=judged.share, low=low, high=high,
    )  # fmt: skip


def looked_at(seen: Overview) -> Text:
    """Which predictions the figures are of, if they are not of all; else ""."""
    if len(seen.logged) >= seen.stream.count:
        return Text("")
    return _(
        "The figures are of the first {first:,} and the last {last:,} predictions.",
        first=len(seen.logged) - LATEST, last=LATEST,
    )  # fmt: skip


def time_to_fine_tune(corrections: Sequence[int]) -> Text:
    """Whether it is time to fine-tune; empty if it is not.

    Args:
        corrections: for each digit, the drawings that were predicted wrongly and that the model has not learned.
    """
    total, most = sum(corrections), max(corrections)
    if total < ENOUGH:
        return Text("")
    return _(
        "Time to fine-tune: {total:,} new corrected drawings, {most:,} of them of the digit {digit}.",
        total=total, most=most, digit=list(corrections).index(most),
    )  # fmt: skip

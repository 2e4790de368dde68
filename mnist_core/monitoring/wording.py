"""Drift in words."""

import time
from collections.abc import Sequence
from datetime import datetime

from mnist_core.common.language import N_, Text, _, n_
from mnist_core.monitoring.drift import Change
from mnist_core.monitoring.overview import DAY, Overview

SOURCES: dict[str, str] = {"draw": N_("Draw"), "service": N_("Service"), "demo": N_("Demonstration")}
"""Where predictions are made → its name."""

REFERENCES = {"mnist": N_("MNIST's test images"), "synthetic": N_("synthetic digits")}
"""The data of the `LearnedFigures` → their name."""

SENTENCES = {
    ("ink", True): N_("Since {when}, digits have more ink than {reference}."),
    ("ink", False): N_("Since {when}, digits have less ink than {reference}."),
    ("thickness", True): N_("Since {when}, lines are thicker than {reference}."),
    ("thickness", False): N_("Since {when}, lines are thinner than {reference}."),
    ("width", True): N_("Since {when}, digits are wider than {reference}."),
    ("width", False): N_("Since {when}, digits are narrower than {reference}."),
    ("height", True): N_("Since {when}, digits are taller than {reference}."),
    ("height", False): N_("Since {when}, digits are flatter than {reference}."),
    ("slant", True): N_("Since {when}, digits lean further to the right than {reference}."),
    ("slant", False): N_("Since {when}, digits lean further to the left than {reference}."),
    ("balance", True): N_("Since {when}, digits are heavier at the top than {reference}."),
    ("balance", False): N_("Since {when}, digits are heavier at the bottom than {reference}."),
    ("score", True): N_("Since {when}, drawings look more like digits to the network than {reference}."),
    ("score", False): N_("Since {when}, drawings look less like digits to the network than {reference}."),
    ("probability", True): N_("Since {when}, predictions are more certain than {reference}."),
    ("probability", False): N_("Since {when}, predictions are less certain than {reference}."),
}
"""A figure, and whether it has become larger → what that means."""

EARLIER, LEARNED = N_("earlier ones"), N_("those it learned")
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
    """Such as "Since Tuesday 14:05, lines are thinner than earlier ones."."""
    old, new = seen.stability.get(change.figure, (0.0, 0.0))
    away = new >= LARGE and new > 1.5 * old  # what has changed is further away from what the network learned
    reference = _(LEARNED) if away else _(EARLIER)
    return _(SENTENCES[change.figure, change.up], when=moment(float(seen.logged.at[change.since])), reference=reference)


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

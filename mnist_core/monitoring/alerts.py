"""When the figures of a stream need a person's attention: one table of rules."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from mnist_core.common.language import Text, _
from mnist_core.monitoring.overview import RECENT, Overview
from mnist_core.monitoring.wording import further, sentence

LEAST = 50
"""Recent predictions without which their shares say little."""
NOT_DIGITS, NOT_SURE = 0.2, 0.2
"""The highest normal shares of these verdicts."""
SLOW_S = 0.5
"""The highest normal time of 95% of the predictions."""
ACCURATE, JUDGED = 0.9, 20
"""The lowest normal accuracy, and the labels that are needed to say so."""
OFTEN = 7.0
"""Standard deviations by which a digit's share is unusual."""


@dataclass(frozen=True)
class Alert:
    """What a rule found."""

    code: str
    level: Literal["warning", "note"]
    text: Text

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return {"rule": self.code, "level": self.level, "message": self.text}


@dataclass(frozen=True)
class Rule:
    """One rule."""

    level: Literal["warning", "note"]
    check: Callable[[Overview], list[Text]]


def alerts(seen: Overview) -> list[Alert]:
    """What all rules find, in the order of the table."""
    return [Alert(code, rule.level, text) for code, rule in RULES.items() for text in rule.check(seen)]


def _drift(seen: Overview) -> list[Text]:
    found = [sentence(change, seen) for change in seen.ongoing]
    return [*found, *filter(None, [further(seen)])]


def _not_digits(seen: Overview) -> list[Text]:
    share, count = _share(seen, "not a digit")
    if share <= NOT_DIGITS:
        return []
    return [_("{share:.0%} of the last {count} drawings do not look like a digit.", share=share, count=count)]


def _not_sure(seen: Overview) -> list[Text]:
    share, count = _share(seen, "not sure")
    if share <= NOT_SURE:
        return []
    return [_("The network is not sure about {share:.0%} of the last {count} drawings.", share=share, count=count)]


def _slow(seen: Overview) -> list[Text]:
    recent = seen.seconds[-RECENT:]
    if len(recent) < LEAST or (slow := float(np.quantile(recent, 0.95))) <= SLOW_S:
        return []
    return [_("5% of the last {count} predictions took longer than {ms:,.0f} ms.", count=len(recent), ms=1000 * slow)]


def _inaccurate(seen: Overview) -> list[Text]:
    recent = seen.recent_accuracy()
    if recent.count < JUDGED or recent.interval[1] >= ACCURATE:
        return []
    return [
        _(
            "{right} of the last {count} labelled drawings were predicted correctly ({low:.0%} to {high:.0%}).",
            count=recent.count, right=recent.right, low=recent.interval[0], high=recent.interval[1],
        )
    ]  # fmt: skip


def _digits(seen: Overview) -> list[Text]:
    """The digit whose share has changed most."""
    before, recent = seen.logged.digit[:-RECENT], seen.logged.digit[-RECENT:]
    if len(before) < RECENT:
        return []
    old, new = (np.bincount(part, minlength=10) / len(part) for part in (before, recent))
    likely = (np.bincount(seen.logged.digit, minlength=10) + 1) / (len(seen.logged) + 10)
    scores = np.abs(new - old) / np.sqrt(likely * (1 - likely) * (1 / len(before) + 1 / RECENT))
    digit = int(scores.argmax())
    if scores[digit] < OFTEN:
        return []
    return [
        _(
            "{new:.0%} of the last {count} predictions are {digit}; before, {old:.0%} were.",
            new=float(new[digit]), old=float(old[digit]), digit=digit, count=RECENT,
        )
    ]  # fmt: skip


def _share(seen: Overview, verdict: str) -> tuple[float, int]:
    """The verdict's share of the recent predictions, 0 if there are too few, and their number."""
    recent = seen.logged.verdict[-RECENT:]
    return float((recent == verdict).mean()) if len(recent) >= LEAST else 0.0, len(recent)


RULES = {
    "not_a_digit": Rule("warning", _not_digits),
    "not_sure": Rule("warning", _not_sure),
    "accuracy": Rule("warning", _inaccurate),
    "drift": Rule("warning", _drift),
    "latency": Rule("warning", _slow),
    "digits": Rule("note", _digits),
}
"""Code → rule. To add one, write a function and a line here."""

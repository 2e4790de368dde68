"""Predictions of several institutions' digits and letters, as Markdown tables."""

import statistics
from collections.abc import Sequence

from mnist_core.benchmarks.hands import Hands, Institution
from mnist_core.benchmarks.results import Section

WORST = 10
"""Kinds of scribbles in the list of those that a model refuses least."""


def tables(section: Section) -> list[str]:
    """The digits by institution, then the non-digits by model."""
    measured = [Hands(**each) for each in section.figures]
    return [
        *(f"{each.name} has learned drawings of `{each.learned}`.\n" for each in measured if each.learned),
        "The zeros have two or more strokes, such as slashed ones. Means are over the institutions.",
        "",
        "| | digits | predicted correctly | zeros | zeros predicted correctly |",
        "|---|---|---|---|---|",
        *_institutions([each for hands in measured for each in hands.institutions]),
        "",
        "Letters and symbols are those that nobody takes for a digit. *Refused* is their share below the threshold "
        "that refuses 1% of the digits. The other shares are verdicts at the model's own threshold.",
        "",
        "| | refused | AUROC | digits: not a digit | letters: sure | not sure | not a digit | scribbles: not a digit |",
        "|---|---|---|---|---|---|---|---|",
        *map(_refusals, measured),
        "",
        "The kinds of scribbles that are refused least:",
        "",
        *map(_least_refused, measured),
    ]


def _institutions(institutions: Sequence[Institution]) -> list[str]:
    rows = [
        f"| {each.name} | {each.digits:,} | {each.right / each.digits:.1%} | {each.zeros:,} "
        f"| {f'{each.zeros_right / each.zeros:.0%}' if each.zeros else '–'} |"
        for each in institutions
    ]
    accuracy = statistics.fmean(each.right / each.digits for each in institutions)
    zeros = [each.zeros_right / each.zeros for each in institutions if each.zeros]
    count = sum(each.digits for each in institutions)
    count_of_zeros = sum(each.zeros for each in institutions)
    mean_of_zeros = f"{statistics.fmean(zeros):.0%}" if zeros else "–"
    return [*rows, f"| mean | {count:,} | **{accuracy:.1%}** | {count_of_zeros:,} | **{mean_of_zeros}** |"]


def _refusals(hands: Hands) -> str:
    cells = [
        hands.name,
        f"{hands.refused:.1%}",
        f"{hands.auroc:.4f}",
        f"{hands.of_digits.not_a_digit:.1%}",
        f"{hands.of_characters.sure:.1%}",
        f"{hands.of_characters.not_sure:.1%}",
        f"{hands.of_characters.not_a_digit:.1%}",
        f"{statistics.fmean(hands.scribbles.values()):.1%}",
    ]
    return f"| {' | '.join(cells)} |"


def _least_refused(hands: Hands) -> str:
    kinds = sorted(hands.scribbles, key=hands.scribbles.__getitem__)[:WORST]
    return f"- {hands.name}: {', '.join(f'`{kind}` {hands.scribbles[kind]:.0%}' for kind in kinds)}."

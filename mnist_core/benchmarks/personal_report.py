"""What fine-tuning gained for people, as Markdown tables."""

import statistics
from collections.abc import Sequence

from mnist_core.benchmarks.personal import Tuned
from mnist_core.benchmarks.results import Section

TARGETS = {"10 drawings": 0.985, "25 drawings": 0.99, "50 drawings": 0.995, "100 drawings": 0.997}
"""Mean accuracy on the writers' last drawings."""


def tunings(section: Section) -> list[str]:
    """One line a trial: means over its writers."""
    tuned = [Tuned(**each) for each in section.figures]
    names = list(dict.fromkeys(each.trial for each in tuned))
    return [
        "Each writer's first drawings are learned, and the last 100 are the test. If the acceptance test rejected the "
        "candidate, the base counts. Figures are means over the writers. The MNIST column is the loss of accuracy on "
        "its test set, in points. The time is that of a whole fine-tuning after the imports: median (longest).",
        "",
        "| | writers | accepted | errors before → after | fewer | accuracy after | made worse by more than one "
        "| MNIST, mean (most) | seconds |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_trial(name, [each for each in tuned if each.trial == name]) for name in names),
    ]


def _trial(name: str, own: Sequence[Tuned]) -> str:
    tested = sum(each.tested for each in own)
    before = tested - sum(each.right_before for each in own)
    after = tested - sum(each.right_after for each in own)
    lost = [100 * (each.mnist_before - each.mnist_after) for each in own]
    seconds = [each.seconds for each in own]
    accuracy = 1 - after / tested
    target = f" (target {TARGETS[name]:.1%})" if name in TARGETS else ""
    cells = [
        name,
        str(len(own)),
        str(sum(each.accepted for each in own)),
        f"{before} → {after} of {tested:,}",
        f"{before / after:.1f} ×" if after else "all",
        f"{accuracy:.2%}{target}",
        str(sum(each.right_before - each.right_after > 1 for each in own)),
        f"{statistics.fmean(lost):+.3f} ({max(lost):+.2f})",
        f"{statistics.median(seconds):.1f} ({max(seconds):.1f})",
    ]
    return f"| {' | '.join(cells)} |"


def rounds(section: Section) -> list[str]:
    """One line a round."""
    return [
        "Each round fine-tunes the model of the round before on 25 drawings of the next writer alone. The test is the "
        "first writer's last 100 drawings and MNIST's test set.",
        "",
        "| round | writer | accepted | alpha | first writer, correct | MNIST lost, points | seconds |",
        "|---|---|---|---|---|---|---|",
        *(_round(Tuned(**each)) for each in section.figures),
    ]


def _round(each: Tuned) -> str:
    cells = [
        each.trial.removeprefix("round "),
        each.writer,
        "yes" if each.accepted else "no",
        f"{each.alpha:g}",
        f"{each.right_after} of {each.tested}",
        f"{100 * (each.mnist_before - each.mnist_after):+.2f}",
        f"{each.seconds:.1f}",
    ]
    return f"| {' | '.join(cells)} |"

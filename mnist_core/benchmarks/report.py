"""The figures as Markdown tables, and the comparison as a chart."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_core.benchmarks import hands_report, searches_report
from mnist_core.benchmarks.comparison import BASELINES, NAMES, PRESETS, Finish, TimeTo, our_time_to, time_to
from mnist_core.benchmarks.personal_report import rounds, tunings
from mnist_core.benchmarks.pictures import Kind, as_table
from mnist_core.benchmarks.results import Section, Sections
from mnist_core.benchmarks.trials import Outcome

ACCURACIES = (0.9839, 0.99, 0.994)
"""The articles' own claim, and what good and very good models reach."""


@dataclass(frozen=True)
class Target:
    """A baseline's seconds to an accuracy (None: of its whole fit) over ours must be at least this factor."""

    baseline: str
    their_accuracy: float | None
    our_accuracy: float
    at_least: float


TARGETS = (
    Target("articles", None, 0.9839, 10),
    Target("keras_convnet", 0.99, 0.99, 15),
    Target("pytorch_example", 0.99, 0.99, 40),
)


def write(document: Path, sections: Sections) -> None:
    """Write the document, and the chart beside it if there was a comparison."""
    chart = document.with_suffix(".svg")
    heading = ["# Benchmarks", "", "Written by the commands below; do not edit.", ""]
    if "comparison" in sections:
        draw(_finishes(sections["comparison"]), chart)
        heading += [f"![Test accuracy over seconds of fitting]({chart.name})", "", ""]
    if "search" in sections:
        searches_report.draw(sections["search"], document.with_name(searches_report.CHART.format(document.stem)))
    document.write_text("\n".join(heading) + as_markdown(sections), encoding="utf-8")


def as_markdown(sections: Sections) -> str:
    """All sections, each with its command, date and machine."""
    return "\n".join(_section(name, section) for name, section in sections.items())


def _section(name: str, section: Section) -> str:
    kind, _, of = name.partition(":")
    title, body = _BODIES[kind]
    measured = f"`{section.command}`, {section.date}, {section.machine}."
    return "\n".join([f"## {title}{f': {of.strip()}' if of else ''}", "", measured, "", *body(section), ""])


def _finishes(section: Section) -> list[Finish]:
    return [Finish(**each) for each in section.figures]


def _comparison(section: Section) -> list[str]:
    finishes = _finishes(section)
    seeds = len({finish.seed for finish in finishes})
    return [
        f"{_counted(seeds, 'run')} of each contestant, in turns. The time to an accuracy ends with the first epoch "
        "whose mean accuracy over the seeds is at least that. Presets are tested only at their end. 98.39% is the "
        "accuracy that the articles claim. Test accuracy: mean; seconds: median (smallest–largest).",
        "",
        "| | epochs | test accuracy | fit | whole process | "
        + " | ".join(f"to {accuracy:.2%}" for accuracy in ACCURACIES)
        + " |",
        "|---" * (5 + len(ACCURACIES)) + "|",
        *(_contestant(name, finishes) for name in NAMES if any(finish.contestant == name for finish in finishes)),
        "",
        "| seconds of fitting | ours | times faster | target | |",
        "|---|---|---|---|---|",
        *(_target(target, finishes) for target in TARGETS),
    ]


def _contestant(name: str, finishes: Sequence[Finish]) -> str:
    own = [finish for finish in finishes if finish.contestant == name]
    accuracies = [finish.epochs[-1].test_accuracy for finish in own]
    times = [time_to(accuracy, name, finishes) for accuracy in ACCURACIES]
    cells = [
        NAMES[name],
        str(len(own[0].epochs)) if name in BASELINES else "",
        _spread(accuracies, lambda share: f"{share:.2%}", statistics.fmean),
        _seconds([finish.fit_seconds for finish in own]),
        _seconds([finish.process_seconds for finish in own]),
        *(_seconds(time.seconds) if time else "–" for time in times),
    ]
    return f"| {' | '.join(cells)} |"


def _target(target: Target, finishes: Sequence[Finish]) -> str:
    own = [finish for finish in finishes if finish.contestant == target.baseline]
    if not own:
        return f"| {NAMES[target.baseline]} did not run | | | ≥ {target.at_least:g} | |"
    if target.their_accuracy is None:
        theirs: TimeTo | None = TimeTo(contestant=target.baseline, seconds=[finish.fit_seconds for finish in own])
        what = f"{NAMES[target.baseline]}, {len(own[0].epochs)} epochs; ours to {target.our_accuracy:.2%}"
    else:
        theirs = time_to(target.their_accuracy, target.baseline, finishes)
        what = f"{NAMES[target.baseline]} and ours to {target.our_accuracy:.2%}"
    ours = our_time_to(target.our_accuracy, finishes)
    if theirs is None or ours is None:
        missing = f"{NAMES[target.baseline]} does not reach it" if theirs is None else "no preset reaches it"
        return f"| {what} | {missing} | | ≥ {target.at_least:g} | |"
    ratios = [their / our for their, our in zip(theirs.seconds, ours.seconds, strict=True)]
    reached = "reached" if statistics.median(ratios) >= target.at_least else "not reached"
    sooner = _spread(ratios, lambda ratio: f"{ratio:.1f}")
    return f"| {what} | `{ours.contestant}` | {sooner} | ≥ {target.at_least:g} | {reached} |"


def _step(section: Section) -> list[str]:
    return [
        "The cost of the live curve, the checkpoints and the control: images per second of the program's whole fit "
        "over those of the bare compiled step of the same network on the same resident data, in turns. A ratio above 1 "
        "is possible because the program takes many steps in one call. The peak is that of a large float32 matrix "
        "product. Only the FLOP of convolutions and dense layers are counted.",
        "",
        "| network of preset | bare step, images/s | fit, images/s | fit / bare | target | share of the peak |",
        "|---|---|---|---|---|---|",
        *(_cost(cost) for cost in section.figures),
    ]


def _cost(cost: dict[str, Any]) -> str:
    ratios = [fit / bare for fit, bare in zip(cost["fit"], cost["bare"], strict=True)]
    bare, fit = (_spread(cost[name], lambda speed: f"{speed:,.0f}") for name in ("bare", "fit"))
    done = statistics.median(cost["fit"]) * cost["flops"]
    share = f"{done / 1e9:.0f} of {cost['peak'] / 1e9:.0f} GFLOP/s: {done / cost['peak']:.0%}"
    return (
        f"| `{cost['preset']}` | {bare} | {fit} | {_spread(ratios, lambda ratio: f'{ratio:.2f}')} | ≥ 0.95 | {share} |"
    )


def _app(section: Section) -> list[str]:
    return [
        "In a real browser, with a real mouse.",
        "",
        "| | measured | target | |",
        "|---|---|---|---|",
        *(_felt(figure) for figure in section.figures),
    ]


def _felt(figure: dict[str, Any]) -> str:
    note = f" ({figure['note']})" if figure["note"] else ""
    reached = "reached" if figure["value"] <= figure["target"] else "not reached"
    unit = figure["unit"]
    return f"| {figure['what']} | {figure['value']:g} {unit}{note} | ≤ {figure['target']:g} {unit} | {reached} |"


def _trials(section: Section) -> list[str]:
    outcomes = [Outcome(**each) for each in section.figures]
    names = list(dict.fromkeys(outcome.trial for outcome in outcomes))
    first = _accuracies(outcomes, names[0])
    seeds = _counted(len({outcome.seed for outcome in outcomes}), "seed")
    return [
        f"{seeds}, in turns; mean (smallest–largest). There are 10,000 test images: differences below about 0.15 "
        "points may be chance.",
        "",
        "| | flags | test accuracy | against the first | fit |",
        "|---|---|---|---|---|",
        *(_trial(name, outcomes, statistics.fmean(first)) for name in names),
    ]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _accuracies(outcomes: Sequence[Outcome], name: str) -> list[float]:
    return [outcome.test_accuracy for outcome in outcomes if outcome.trial == name]


def _trial(name: str, outcomes: Sequence[Outcome], first: float) -> str:
    own = [outcome for outcome in outcomes if outcome.trial == name]
    accuracies = _accuracies(outcomes, name)
    cells = [
        name,
        f"`{' '.join(own[0].flags)}`",
        _spread(accuracies, lambda share: f"{share:.2%}", statistics.fmean),
        f"{100 * (statistics.fmean(accuracies) - first):+.2f}",
        _seconds([outcome.fit_seconds for outcome in own]),
    ]
    return f"| {' | '.join(cells)} |"


def _spread(
    values: Sequence[float],
    show: Callable[[float], str],
    middle: Callable[[Sequence[float]], float] = statistics.median,
) -> str:
    if len(values) == 1:
        return show(values[0])
    return f"{show(middle(values))} ({show(min(values))}–{show(max(values))})"


def _seconds(values: Sequence[float]) -> str:
    return _spread(values, lambda seconds: f"{seconds:.1f} s")


def _pictures(section: Section) -> list[str]:
    return as_table([Kind(**each) for each in section.figures])


_BODIES: dict[str, tuple[str, Callable[[Section], list[str]]]] = {
    "comparison": ("Comparison with baselines", _comparison),
    "step": ("Overhead of the training loop", _step),
    "app": ("Response times of the app", _app),
    "endurance": ("An hour of use", _app),
    "presets": ("Presets", _trials),
    "ablation": ("Ablation of the training options", _trials),
    "personal": ("Fine-tuning by writer", tunings),
    "options": ("Ablation of the fine-tuning options", tunings),
    "rounds": ("Ten fine-tunings in a row", rounds),
    "hands": ("Digits, letters and scribbles", hands_report.tables),
    "pictures": ("Pictures of every kind", _pictures),
    "search": ("Search: TPE with the pruner, and at random", searches_report.tables),
    "institutions": ("Institutions that the training leaves out", hands_report.tables),
}
"""Section → its title and what makes its lines."""


def draw(finishes: Sequence[Finish], path: Path) -> None:
    """Test error over seconds of fitting, both logarithmic: baselines as lines, our presets as points.

    Raises:
        ModuleNotFoundError: matplotlib, a dependency of the benchmark alone, is not installed.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for name in NAMES:
        own = [finish for finish in finishes if finish.contestant == name]
        if not own:
            continue
        epochs = list(zip(*(finish.epochs for finish in own), strict=False))
        seconds = [statistics.fmean(epoch.seconds for epoch in each) for each in epochs]
        errors = [100 * (1 - statistics.fmean(epoch.test_accuracy for epoch in each)) for each in epochs]
        style = "o" if name in PRESETS else ".-"
        axes.plot(seconds, errors, style, label=NAMES[name].replace("`", ""))
    axes.set(xscale="log", yscale="log", xlabel="seconds of fitting", ylabel="test error, %")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    figure.savefig(path, metadata={"Date": None})

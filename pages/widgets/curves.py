"""A run's curves, with its latest figures beside them and other runs' curves behind them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import streamlit as st

from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import Text, _
from mnist_core.evaluation import charts
from mnist_core.evaluation.charts import FIGURES, Record
from mnist_core.evaluation.training_curves import PLAIN, Curve, Figure, learning_curves
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets.guarded import guarded
from pages.widgets.live_chart import live_chart

HEIGHT = 380
COMPARABLE = 50
"""How many earlier runs are offered for comparison."""
CHOSEN: dict[str, Any] = {"figure": "error", "logarithmic": True, "smoothing": 0.9, "more": False}
"""What a person can choose, and what is chosen at first. A choice counts for all curves of the session."""

Comparable = Callable[[], dict[str, Run]]
"""Gives the runs that can be compared, by their names."""


def curves(run: Run, key: str, comparable: Comparable | None = None) -> None:
    """Error rate, accuracy or loss; on request learning rate and gradients.

    Args:
        comparable: by default, the newest runs of the same kind.
    """
    records, keeps_epoch = run.records(), run.keeps_epoch
    with st.container(horizontal=True, vertical_alignment="bottom"):
        figure = _choice_of_figure(key)
        logarithmic = _toggle("logarithmic", _("Logarithmic axis"), key, disabled=figure in PLAIN)
        more = _toggle("more", _("Learning rate and gradients"), key)
        smoothing = st.slider(
            _("Smoothing"), 0.0, 0.99, _chosen("smoothing"), key=f"smoothing-{key}", width=180,
            on_change=guarded(_keep), args=("smoothing", key),
        )  # fmt: skip
        others = _compared(run, key, comparable)
    curve = Curve.of(records, figure, smoothing=smoothing, keeps_epoch=keeps_epoch)
    compared = {
        name: Curve.of(_records(other), figure, smoothing=smoothing, keeps_epoch=other.keeps_epoch)
        for name, other in others.items()
    }
    left, right = st.columns([5, 1], gap="medium")
    with left:
        live_chart(learning_curves(curve, compared, logarithmic=logarithmic), key=f"curve-{key}", height=HEIGHT)
    with right, st.container(horizontal=True, key=f"latest-{key}"):
        _latest(curve, run.progress())
    if more:
        left, right = st.columns(2)
        with left:
            live_chart(charts.recorded_learning_rate(records), key=f"rate-{key}")
        with right:
            live_chart(charts.gradient_norms(records), key=f"gradients-{key}")


def machine(progress: Progress) -> list[Text]:
    """Where it trains, and how much of that it uses; not every GPU reports all figures."""
    device, gpu, own = progress.device.upper(), progress.gpu, progress.process
    said = [Text(device)] if device else []
    if "use" in gpu:
        said.append(_("{percent:.0f}% busy", percent=gpu["use"]))
    elif own and not gpu and device.startswith("CPU"):
        said.append(_("{percent:.0f}% busy", percent=own["use"]))
    if "memory_gib" in gpu:
        said.append(_("{size:.1f} GiB of memory", size=gpu["memory_gib"]))
    elif own:
        said.append(_("{size:.1f} GiB of memory", size=own["memory_gib"]))
    if "temperature" in gpu:
        said.append(_("{degrees:.0f} °C", degrees=gpu["temperature"]))
    return said


def _latest(curve: Curve, progress: Progress) -> None:
    for name, value in curve.latest.items():
        st.metric(name, curve.shown(value), width="content")
    if curve.best is not None:
        epoch = _("Best epoch: {epoch}", epoch=round(curve.epochs[curve.best]))
        st.metric(epoch, curve.shown(curve.validation[curve.best]), width="content")
    if said := machine(progress):
        st.caption("  \n".join(said))


def _compared(run: Run, key: str, comparable: Comparable | None) -> dict[str, Run]:
    """The other runs that a person has chosen, by their names."""
    known = comparable() if comparable is not None else _alike(run)
    offered = {other.id: (name, other) for name, other in known.items() if other.id != run.id}
    if not offered:
        return {}
    chosen = st.multiselect(
        _("Compare with other runs"), list(offered), format_func=lambda id_: offered[id_][0], key=f"compare-{key}",
        placeholder=_("Compare with other runs"), label_visibility="collapsed", width=280,
    )  # fmt: skip
    return {offered[id_][0]: offered[id_][1] for id_ in chosen}


def _alike(run: Run) -> dict[str, Run]:
    """The newest runs of the same kind."""
    here = studio()
    try:
        jobs = here.jobs.page(limit=COMPARABLE, kinds=(run.kind(),))
    except UnreadableError:
        return {}
    return {f"{job.title} ({job.id[-6:]})": Run.at(here.workspace, job.id) for job in jobs if job.state != "queued"}


def _records(run: Run) -> Sequence[Record]:
    """Read again only if they have changed."""
    path = run.folder / "metrics.jsonl"
    return _read(str(run.folder), path.stat().st_mtime_ns) if path.exists() else []


@st.cache_data(show_spinner=False, max_entries=COMPARABLE)
def _read(folder: str, changed: int) -> Sequence[Record]:  # noqa: ARG001 – a part of the key
    return Run("", Path(folder)).records()


def _choice_of_figure(key: str) -> Figure:
    offered: tuple[Figure, ...] = get_args(Figure)
    chosen: Figure = st.segmented_control(
        _("Figure"), offered, format_func=lambda code: _(FIGURES[code]), default=_chosen("figure"),
        key=f"figure-{key}", required=True, label_visibility="collapsed", on_change=guarded(_keep),
        args=("figure", key),
    )  # fmt: skip
    return chosen


def _toggle(name: str, label: str, key: str, *, disabled: bool = False) -> bool:
    return st.toggle(
        label, _chosen(name), key=f"{name}-{key}", disabled=disabled, on_change=guarded(_keep), args=(name, key)
    )


def _chosen(name: str) -> Any:
    return st.session_state.get(f"curves.{name}", CHOSEN[name])


def _keep(name: str, key: str) -> None:
    st.session_state[f"curves.{name}"] = st.session_state[f"{name}-{key}"]

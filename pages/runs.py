"""All runs: results, comparison, and buttons to resume, repeat or delete them."""

from typing import Any

import streamlit as st

from mnist_core.common import clock
from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import N_, _, listed, n_
from mnist_core.config.fields import Config
from mnist_core.config.schema import TrainConfig
from mnist_core.evaluation import charts
from mnist_core.jobs import preflight
from mnist_core.jobs.job import Job
from mnist_core.jobs.kinds import KINDS, JobKind
from mnist_core.jobs.runs import Run, data_text
from pages.studio import studio
from pages.widgets.as_code import as_code
from pages.widgets.compressed import SHOWN, has_points
from pages.widgets.federated import clients_of
from pages.widgets.guarded import once, show_error
from pages.widgets.heading import heading
from pages.widgets.live_chart import live_chart
from pages.widgets.run_view import ended_early, run_view
from pages.widgets.searched import all_trials
from pages.widgets.stored_text import stored_text
from pages.widgets.table import harmless, table
from pages.widgets.text import escape

PAGE = 50
ENDED = ("completed", "stopped", "failed", "interrupted")
CURVES = {
    "loss": N_("**Loss**: training thin, validation thick"),
    "accuracy": N_("**Accuracy**: training thin, validation thick"),
}


def main() -> None:
    heading(
        _("Runs"),
        _(
            "Watch trainings, searches, fine-tunings and compressions, compare their results, and resume or delete "
            "them."
        ),
    )
    jobs = studio().jobs
    count = jobs.count()
    if not count:
        st.info(
            _("No training yet. Start one on the Train page; it appears here with its curve."),
            icon=":material/timeline:",
        )
        st.page_link("pages/train.py", label=_("Train"), icon=":material/model_training:")
        return
    pages = -(-count // PAGE)
    title = _("Page (of {pages})", pages=pages)
    number = st.number_input(title, 1, pages, 1, key="runs.page", width=140) if pages > 1 else 1
    shown = jobs.page(limit=PAGE, offset=PAGE * (int(number) - 1))
    names = {model.id: model.name for model in studio().registry.all()}
    chosen = table(
        shown,
        [_row(job, names) for job in shown],
        key="runs",
        mode="multi-row",
        columns={
            "name": _("Name"),
            "kind": _("Kind"),
            "state": _("State"),
            "data": _("Data"),
            "validation": st.column_config.LineChartColumn(_("Validation by epoch"), y_max=1.0),
            "test": st.column_config.NumberColumn(_("Test accuracy"), format="percent"),
            "time": st.column_config.NumberColumn(_("Time"), format=_("%.0f s")),
            "model": _("Model"),
            "created": _("Created"),
            "note": _("Note"),
        },
    )
    if not chosen:
        st.caption(_("Select one run to open it, or several to compare them."))
    elif len(chosen) == 1:
        _one(chosen[0])
    else:
        _several(chosen)


def _row(job: Job, names: dict[str, str]) -> dict[str, Any]:
    """
    Args:
        names: model's id → its name.
    """
    # An ended run does not change until it is resumed and ends in another way.
    details = _details(job.id, job.kind, (job.state, job.model_id)) if job.state in ENDED else _read(job.id, job.kind)
    return {
        "name": job.title,
        "kind": job.kind_text,
        "state": job.state_text,
        **details,
        "data": data_text(details["data"]),
        "model": names.get(job.model_id or ""),
        "created": clock.local(job.created),
        "note": job.note,
    }


@st.cache_data(show_spinner=False, max_entries=20_000)
def _details(job_id: str, kind: str, end: tuple[str, str | None]) -> dict[str, Any]:  # noqa: ARG001 - a part of the key
    return _read(job_id, kind)


def _read(job_id: str, kind: str) -> dict[str, Any]:
    run = Run.at(studio().workspace, job_id)
    progress = run.progress()
    try:
        run.config()
        report = run.report()
    except UnreadableError:
        return {"data": "unreadable", "validation": [], "test": None, "time": None}
    # The report of a resumed run counts only the time since it was resumed.
    seconds = progress.elapsed_s if report is None or KINDS[kind].resumes else report.total_seconds
    return {
        "data": run.learns_from(),
        "validation": progress.accuracies,
        "test": getattr(report, "test_accuracy", None),
        "time": seconds or None,
    }


def _one(job: Job) -> None:
    ended_early(job, dismissible=False)
    try:
        config = Run.at(studio().workspace, job.id).config()
    except UnreadableError as error:
        show_error(error)
        _delete_button([job])
        return
    run_view(job)
    if job.kind == "search":
        all_trials(job.id)
    clients_of(job)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if KINDS[job.kind].repeats:
            st.button(
                _("Run again, same seed"), icon=":material/replay:", key="runs.again", on_click=once(_again),
                args=(KINDS[job.kind], config),
            )  # fmt: skip
        if has_points(job) and st.button(_("Show its models"), icon=":material/compress:", key="runs.points"):
            st.session_state[SHOWN] = job.id
            st.switch_page("pages/compress.py")
        if job.model_id:
            st.button(
                _("Activate its model"), icon=":material/download_done:", key="runs.activate",
                on_click=once(studio().registry.activate), args=(job.model_id,),
            )  # fmt: skip
        _delete_button([job])
    stored_text(
        _("Note"), job.note, lambda note: studio().jobs.annotate(job.id, note), key=f"note-{job.id}", max_chars=500
    )
    with st.expander(_("Settings"), key="runs.settings", icon=":material/tune:"):
        st.json(preflight.shown(config, studio().workspace))
    if isinstance(config, TrainConfig) and job.kind == "train":
        as_code(config, key="runs")


def _several(jobs: list[Job]) -> None:
    runs = {job: Run.at(studio().workspace, job.id) for job in jobs}
    records = {f"{job.title} ({job.id[-6:]})": run.records() for job, run in runs.items()}
    for column, (figure, title) in zip(st.columns(2), CURVES.items(), strict=True):
        with column:
            st.markdown(_(title))
            live_chart(charts.overlay(records, figure), key=f"overlay-{figure}")
    if without := [escape(name) for name, recorded in records.items() if not recorded]:
        st.caption(
            f":material/info: {_('Without a curve, because nothing was recorded: {runs}', runs=listed(without))}"
        )
    st.markdown(f"**{_('Settings that differ')}**")
    configs = {name: _settings(run) for name, run in zip(records, runs.values(), strict=True)}
    fields = dict.fromkeys(field for config in configs.values() for field in config)
    differing = [f for f in fields if len({config.get(f, "–") for config in configs.values()}) > 1]
    if differing:
        rows = [{"setting": f, **{name: config.get(f, "–") for name, config in configs.items()}} for f in differing]
        st.dataframe(harmless(rows), hide_index=True, column_config={"setting": _("Setting")})
    else:
        st.caption(_("None: all settings are the same, seed included."))
    _delete_button(jobs)


def _settings(run: Run) -> dict[str, str]:
    """Label → value of its settings; empty if they are unreadable."""
    try:
        config = run.config()
    except UnreadableError:
        return {}
    return {config.label(field): str(v) for field, v in preflight.shown(config, studio().workspace).items()}


def _again(kind: JobKind, config: Config) -> None:
    kind.check(config, studio().workspace)
    job = studio().jobs.submit(kind.name, config)
    studio().runner.poke()
    st.toast(_("{run} is queued.", run=escape(job.title)), icon=":material/replay:")


def _delete_button(jobs: list[Job]) -> None:
    title = n_("Delete {n} run", "Delete {n:,} runs", len(jobs)) if len(jobs) > 1 else _("Delete")
    with st.popover(title, icon=":material/delete:", key="runs.delete"):
        st.write(
            _(
                "This deletes the curves, settings, checkpoints and undecided candidates of {runs}. Models stay. It "
                "cannot be undone.",
                runs=listed(escape(job.title) for job in jobs),
            )
        )
        st.button(
            _("Delete"), type="primary", key="runs.delete-now", on_click=once(_delete), args=([job.id for job in jobs],)
        )


def _delete(ids: list[str]) -> None:
    for job_id in ids:
        studio().jobs.delete(job_id)


main()

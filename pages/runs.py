"""All runs: results, comparison, and buttons to resume, repeat or delete them."""

from functools import partial
from typing import Any

import streamlit as st

from mnist_core.common import clock
from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import _, listed, n_
from mnist_core.config.fields import Config
from mnist_core.config.schema import TrainConfig
from mnist_core.jobs import preflight
from mnist_core.jobs.job import Job
from mnist_core.jobs.kinds import KINDS, JobKind
from mnist_core.jobs.runs import Run, data_text
from mnist_core.jobs.seeds import Repeated, repeated
from mnist_core.jobs.summary import TALLEST, Summary
from pages.studio import studio
from pages.widgets.as_code import as_code
from pages.widgets.comparison import comparison
from pages.widgets.compressed import SHOWN, has_points
from pages.widgets.federated import clients_of
from pages.widgets.guarded import guarded, once, show_error
from pages.widgets.heading import heading
from pages.widgets.run_list import summaries, wanted
from pages.widgets.run_view import ended_early, run_view
from pages.widgets.searched import all_trials
from pages.widgets.stored_text import stored_text
from pages.widgets.table import table
from pages.widgets.text import escape

PAGE = 50
MOST_TAGS = 10


def main() -> None:
    heading(
        _("Runs"),
        _(
            "Watch trainings, searches, fine-tunings and compressions, compare their results, and resume or delete "
            "them."
        ),
    )
    runs = summaries(studio().jobs.page())
    if not runs:
        st.info(
            _("No training yet. Start one on the Train page; it appears here with its curve."),
            icon=":material/timeline:",
        )
        st.page_link("pages/train.py", label=_("Train"), icon=":material/model_training:")
        return
    found, together = wanted(runs)
    if not found:
        st.info(_("No run matches the search and the filters."), icon=":material/filter_list_off:")
        return
    groups = repeated(found) if together else [Repeated((run,)) for run in found]
    chosen = _table(groups, together)
    if len(found) < len(runs):
        st.caption(_("{shown:,} of {all:,} runs match.", shown=len(found), all=len(runs)))
    if not chosen:
        st.caption(_("Select one run to open it, or several to compare them."))
    elif len(chosen) == 1 and len(chosen[0].runs) == 1:
        _one(chosen[0].runs[0].job, sorted({tag for run in runs for tag in run.job.tags}))
    else:
        comparison(chosen)
        _delete_button([run.job for group in chosen for run in group.runs])


def _table(groups: list[Repeated], together: bool) -> list[Repeated]:
    """Show a page of them; return those that are selected."""
    pages = -(-len(groups) // PAGE)
    title = _("Page (of {pages})", pages=pages)
    number = st.number_input(title, 1, pages, 1, key="runs.page", width=140) if pages > 1 else 1
    shown = groups[PAGE * (int(number) - 1) : PAGE * int(number)]
    names = {model.id: model.name for model in studio().registry.all()}
    column = st.column_config
    share = partial(column.TextColumn, alignment="right") if together else partial(column.NumberColumn, format="%.2f%%")
    wide = 125 if together else 85
    return table(
        shown,
        [_row(group, names, together) for group in shown],
        key="runs",
        mode="multi-row",
        columns={
            "name": column.TextColumn(_("Name"), width=150),
            "validation": share(_("Validation"), width=wide, help=_("Best accuracy on the validation images.")),
            "test": share(_("Test accuracy"), width=wide),
            "state": column.TextColumn(_("State"), width=80),
            "epochs": column.BarChartColumn(
                _("By epoch"), y_min=0, y_max=TALLEST, width=100,
                help=_(
                    "Accuracy on the validation images after each epoch, on a logarithmic scale: 90% has one third of "
                    "the height, 99% two thirds, 99.9% all of it."
                ),
            ),
            "architecture": column.TextColumn(_("Architecture"), width=90),
            "data": column.TextColumn(_("Data"), width=90),
            "kind": column.TextColumn(_("Kind"), width=90),
            "time": column.NumberColumn(_("Time"), format=_("%.0f s"), width=70),
            "tags": column.ListColumn(_("Tags"), width=110),
            "model": column.TextColumn(_("Model"), width=140),
            "created": column.TextColumn(_("Created"), width=130),
            "note": column.TextColumn(_("Note"), width=140),
        },
    )  # fmt: skip


def _row(group: Repeated, names: dict[str, str], together: bool) -> dict[str, Any]:
    """
    Args:
        names: model's id → its name.
        together: whether accuracies are texts, which may have a standard deviation.
    """
    run: Summary = group.runs[-1]
    job, figures = run.job, run.figures
    return {
        "name": group.title,
        "validation": group.spread(lambda each: each.validation) if together else _percent(figures.validation),
        "test": group.spread(lambda each: each.test) if together else _percent(figures.test),
        "state": job.state_text,
        "epochs": figures.heights,
        "architecture": figures.architecture or None,
        "data": data_text(figures.data),
        "kind": job.kind_text,
        "time": figures.seconds,
        "tags": [*dict.fromkeys(tag for each in group.runs for tag in each.job.tags)],
        "model": names.get(job.model_id or ""),
        "created": clock.local(job.created),
        "note": job.note or None,
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _one(job: Job, tags: list[str]) -> None:
    """
    Args:
        tags: those of all runs.
    """
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
                disabled=job.model_id == studio().registry.active().id,
            )  # fmt: skip
        _delete_button([job])
    left, right = st.columns(2)
    with left:
        stored_text(
            _("Note"), job.note, lambda note: studio().jobs.annotate(job.id, note), key=f"note-{job.id}", max_chars=500
        )
    with right:
        _tags(job, tags)
    with st.expander(_("Settings"), key="runs.settings", icon=":material/tune:"):
        st.json(preflight.shown(config, studio().workspace))
    if isinstance(config, TrainConfig) and job.kind == "train":
        as_code([config], key="runs")


def _tags(job: Job, known: list[str]) -> None:
    """The run's tags; a person types new ones or chooses some of other runs."""
    key = f"tags-{job.id}"

    def typed() -> None:
        studio().jobs.tag(job.id, st.session_state[key])

    st.multiselect(
        _("Tags"), [*dict.fromkeys([*job.tags, *known])], default=list(job.tags), key=key, accept_new_options=True,
        max_selections=MOST_TAGS, placeholder=_("Choose tags or type new ones"), on_change=guarded(typed),
    )  # fmt: skip


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

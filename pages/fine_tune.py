"""Fine-tune on the collected drawings with one click, and compare before and after."""

import streamlit as st

from mnist_core.collection.goals import FEWEST, WANTED, lacking
from mnist_core.common.errors import InputError, UnreadableError
from mnist_core.common.language import Text, _, listed, n_
from mnist_core.config.schema import FineTuneConfig
from mnist_core.evaluation.reports import FineTuneReport
from mnist_core.jobs import candidates
from mnist_core.jobs.job import Job
from mnist_core.jobs.runs import Run
from pages.studio import studio
from pages.widgets import config_form, loop_steps
from pages.widgets.before_after import before_after
from pages.widgets.fine_tuning_view import fine_tuning_view
from pages.widgets.gallery import gallery
from pages.widgets.guarded import guarded, once, show_error
from pages.widgets.heading import heading
from pages.widgets.label_issues import label_issues_before
from pages.widgets.queue_panel import queue_panel, tell_wait
from pages.widgets.review import review
from pages.widgets.run_view import ended_early
from pages.widgets.text import escape

FORM = "fine_tune"
GIVEN = {"model", "include_earlier"}
"""The fields that the page sets: it tunes the active model on the collection, and on nothing else."""


def main() -> None:
    heading(_("Fine-tune"), _("Fine-tune the network to your handwriting, and keep or discard the result."))
    here = studio()
    if under_way := [job for job in here.jobs.unfinished() if job.kind == "fine_tune"]:
        loop_steps.show(loop_steps.FINE_TUNE)
        fine_tuning_view(under_way[0])
        queue_panel(without=under_way[0].id)
        return
    newest = next(iter(here.jobs.page(limit=1, kinds=("fine_tune",))), None)
    report = _report_to_show(newest) if newest is not None else None
    if newest is not None and report is not None:
        loop_steps.show(loop_steps.COMPARE)
        before_after(newest, report)
        st.divider()
    else:
        loop_steps.show(loop_steps.FINE_TUNE)
        if newest is not None:
            ended_early(newest)
    queue_panel()
    label_issues_before()
    _ask(newest is not None and report is not None and candidates.is_pending(Run.at(here.workspace, newest.id)))
    review()
    gallery()


def _report_to_show(job: Job) -> FineTuneReport | None:
    """The report of a completed fine-tuning; None if a person discarded or closed it, or if it is unreadable."""
    run = Run.at(studio().workspace, job.id)
    if job.state != "completed" or st.session_state.get("fine_tune.dismissed") == job.id:
        return None
    try:
        report = run.report_as(FineTuneReport)
    except UnreadableError as error:
        show_error(error)
        return None
    discarded = report is not None and report.accepted and not job.model_id and not candidates.is_pending(run)
    return None if discarded else report


def _ask(undecided: bool) -> None:
    here = studio()
    counts = here.drawings.counts()
    total = sum(counts)
    different = len({content for content, _label in here.drawings.contents()})
    model = here.registry.active()
    new = here.drawings.new(model.id)
    if total < FEWEST:
        st.info(
            _(
                "Drawings so far: {total}. Fine-tuning needs at least {fewest}; {wanted} of each digit are a good "
                "start. Draw and label some, or import them below.",
                total=total,
                fewest=FEWEST,
                wanted=WANTED,
            ),
            icon=":material/draw:",
        )
        st.page_link("pages/draw.py", label=_("Draw"), icon=":material/draw:")
        return
    if model.card.predicts_only:
        st.info(escape(model.without_keras), icon=":material/info:")
        st.page_link("pages/models.py", label=_("Models"), icon=":material/deployed_code:")
        return
    with st.container(border=True):
        left, right = st.columns([3, 2], vertical_alignment="center")
        with left:
            drawings = n_("{new:,} new of {n} drawing", "{new:,} new of {n:,} drawings", total, new=new)
            st.markdown(f"**{drawings} → {escape(model.title)}**")
            st.caption(
                _(
                    "The network learns your drawings and replays old digits to limit forgetting. The active model "
                    "does not change until you keep the result."
                )
            )
            earlier = frozenset() if model.card.kind == "federated" else here.registry.learned(model.id).learned
            if elsewhere := here.drawings.missing(earlier):
                st.caption(f":material/warning: {_excluded(elsewhere)}")
            if missing := lacking(counts):
                wanted = listed(f"{digit} (+{count})" for digit, count in missing.items())
                st.caption(
                    f":material/lightbulb: {_('For a balanced set, draw more of these: {digits}', digits=wanted)}"
                )
        with right:
            config = _advanced_values()
            st.button(
                n_("Fine-tune on {n} drawing", "Fine-tune on {n:,} drawings", different), key="fine_tune.start",
                icon=":material/school:", type="primary" if new else "secondary", width="stretch",
                on_click=once(_start), args=(config,),
                disabled=config is None or undecided,
            )  # fmt: skip
            if config is None:
                st.caption(f":red[{_('A value under Advanced is out of range. Fix it to start.')}]")
            elif changed := config_form.changed(FORM, config):
                st.caption(f":material/tune: {_('Changed under Advanced: {names}.', names=listed(changed))}")
            tell_wait()
            if not new:
                st.caption(_("The active model has learned all of these. Draw new ones first."))
            if copies := total - different:
                st.caption(
                    n_(
                        "{n} drawing is an exact copy of another, which counts once.",
                        "{n:,} drawings are exact copies of others, which count once.",
                        copies,
                    )
                )
            if undecided:
                st.caption(_("Keep or discard the candidate above first."))
    with st.expander(_("Advanced"), icon=":material/tune:"):
        config_form.config_form(FORM, FineTuneConfig, ["fine_tuning", "model", "machine"], hidden=GIVEN)
        st.button(
            _("Reset to defaults"), key="fine_tune.reset", on_click=guarded(config_form.set_values),
            args=(FORM, FineTuneConfig, {}),
        )  # fmt: skip


def _excluded(count: int) -> Text:
    return n_(
        "This model has learned {n} drawing that your collection lacks. The fine-tuning excludes it. Import it below "
        "to include it.",
        "This model has learned {n:,} drawings that your collection lacks. The fine-tuning excludes them. Import them "
        "below to include them.",
        count,
    )


def _advanced_values() -> FineTuneConfig | None:
    """The form's values, even while it is closed; None while one of them is wrong."""
    keys = {name: config_form.widget_key(FORM, name) for name in FineTuneConfig.model_fields}
    try:
        return FineTuneConfig.checked(**{n: st.session_state[k] for n, k in keys.items() if k in st.session_state})
    except InputError:
        return None


def _start(config: FineTuneConfig) -> None:
    here = studio()
    base = here.registry.active()
    asked = config.model_copy(update={"model": base.id, "include_earlier": False})
    here.jobs.submit("fine_tune", asked, drawings=here.drawings.all())
    here.runner.poke()
    config_form.set_value(FORM, "name", "")  # the next model needs a name of its own


main()

"""Parts of the Monitor page: the choice of a stream, one figure's drift, the settings of the log."""

import streamlit as st

from mnist_core.common.language import _, n_
from mnist_core.monitoring import charts
from mnist_core.monitoring.demonstration import demonstrate
from mnist_core.monitoring.learned import learned_figures
from mnist_core.monitoring.log import KEPT, Stream
from mnist_core.monitoring.overview import Overview, overview
from mnist_core.monitoring.traits import NAMES
from mnist_core.monitoring.wording import LARGE, SOURCES
from pages.language import keep_choice
from pages.studio import predictor, studio
from pages.widgets.guarded import guarded, once
from pages.widgets.live_chart import live_chart
from pages.widgets.text import escape

STREAM, LOGGED = "monitor.stream", "monitor.logged"


def chosen() -> Overview | None:
    """The stream that the person chooses; None if nothing is logged."""
    names = {model.id: model.title for model in studio().registry.all()}
    streams = {f"{each.source} {each.model_id}": each for each in studio().predictions.streams()}
    streams = {key: each for key, each in streams.items() if each.model_id in names}
    if not streams:
        return None
    keep_choice(STREAM)
    key = st.selectbox(
        _("Predictions of"), [*streams], key=STREAM,
        format_func=lambda key: _title(streams[key], names[streams[key].model_id]),
    )  # fmt: skip
    stream = streams[key]
    model = studio().registry.get(stream.model_id)
    with st.spinner(_("Comparing with what the network learned…"), show_time=False):
        learned = learned_figures(studio().predictions, studio().workspace, model.id, predictor(model))
        return overview(studio().predictions, stream, learned)


def _title(stream: Stream, name: str) -> str:
    count = n_("{n:,} prediction", "{n:,} predictions", stream.count)
    return f"{_(SOURCES[stream.source])} · {name} · {count}"


def nothing_yet() -> None:
    """What will be here, and how to get it."""
    st.info(
        _(
            "Nothing is logged yet. The log gets each drawing that you save or clear on the Draw page, and each "
            "prediction of the service for other programs. Then this page shows what the network predicts, how sure "
            "it is, and whether the drawings change."
        ),
        icon=":material/monitoring:",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Show a demonstration"), type="primary", icon=":material/play_arrow:", key="monitor.demonstrate",
            on_click=once(_demonstrate),
            help=_("Writes 1,500 digits, the last 300 in another style. It takes a few seconds."),
        )  # fmt: skip
        st.page_link("pages/draw.py", label=_("Draw"), icon=":material/draw:")


def _demonstrate() -> None:
    model = studio().registry.active()
    demonstrate(studio().predictions, model.id, predictor(model))


def small_multiple(seen: Overview, name: str) -> None:
    """One figure of the drawings: its distribution before and now, its PSI, and an icon if it has changed or is far."""
    _before, now = seen.stability.get(name, (0.0, 0.0))
    changed = any(change.figure == name for change in seen.ongoing)
    mark = ":orange[:material/warning:] " if changed or now >= LARGE else ""
    with st.container(width=255, key=f"monitor.drift-{name}"):
        title = _("**{figure}** · PSI {psi:.2f}", figure=_(NAMES[name]), psi=now)
        st.markdown(f"{mark}{title}")
        live_chart(charts.distributions(seen, name), key=f"monitor.distribution-{name}", height=150, modebar=False)


def settings(seen: Overview | None) -> None:
    """What is stored, and how to turn it off or delete it."""
    log = studio().predictions
    with st.expander(_("What is stored"), key="monitor.settings", icon=":material/shield:"):
        st.markdown(
            _(
                "For each prediction: the time, the model, the digit, its probability, the verdict, the latency, the "
                "label, and six figures of the drawing, such as its width. **The log has no drawings.** It stays on "
                "this machine, in the file `monitor.db` of the workspace, and has the last {count:,} predictions.",
                count=KEPT,
            )
        )
        st.session_state.setdefault(LOGGED, log.logs_drawings)
        st.toggle(_("Log the predictions of the Draw page"), key=LOGGED, on_change=guarded(_switch))
        if seen is not None:
            _delete_button(seen.stream.source)


def _delete_button(source: str) -> None:
    log, name = studio().predictions, escape(_(SOURCES[source]))
    with st.popover(_("Delete the log of: {source}", source=name), icon=":material/delete:", key="monitor.delete"):
        count = sum(each.count for each in log.streams() if each.source == source)
        st.write(
            n_(
                "This deletes {n} logged prediction of {source}. It cannot be undone.",
                "This deletes {n:,} logged predictions of {source}. It cannot be undone.",
                count, source=name,
            )
        )  # fmt: skip
        st.button(
            _("Delete"), type="primary", key="monitor.forget", on_click=once(log.forget), args=(source,)
        )  # fmt: skip


def _switch() -> None:
    studio().predictions.logs_drawings = st.session_state[LOGGED]

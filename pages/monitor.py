"""What the network predicts in use: alerts, counts, confidence, latency, and whether the drawings change."""

import streamlit as st

from mnist_core.common.language import _, n_
from mnist_core.monitoring import charts
from mnist_core.monitoring.alerts import alerts
from mnist_core.monitoring.overview import RECENT, Overview
from mnist_core.monitoring.wording import LARGE, REFERENCES, accuracy, looked_at, time_to_fine_tune
from pages.studio import studio
from pages.widgets import monitoring
from pages.widgets.heading import heading
from pages.widgets.live_chart import live_chart
from pages.widgets.text import escape

ICONS = {"warning": ":material/warning:", "note": ":material/info:"}


def main() -> None:
    heading(_("Monitor"), _("See what the network predicts in use, and whether the drawings change."))
    seen = monitoring.chosen()
    if seen is None:
        monitoring.nothing_yet()
    else:
        _alerts(seen)
        _numbers(seen)
        _charts(seen)
        _drift(seen)
    monitoring.settings(seen)


def _alerts(seen: Overview) -> None:
    found = alerts(seen)
    for level, show in (("warning", st.warning), ("note", st.info)):
        if texts := [escape(alert.text) for alert in found if alert.level == level]:
            show("\n\n".join(texts), icon=ICONS[level])
    if not found:
        st.markdown(f":green[:material/check:] {_('There is no alert.')}")
    corrections = studio().drawings.new_corrections(studio().registry.active().id)
    if advice := time_to_fine_tune(corrections):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/school: {advice}", width="content")
            st.page_link("pages/fine_tune.py", label=f"**{_('Fine-tune on your drawings')}**")


def _numbers(seen: Overview) -> None:
    total = len(seen.logged)
    sure = seen.verdicts["sure"] / total
    with st.container(horizontal=True, key="monitor.numbers"):
        st.metric(_("Predictions"), f"{seen.stream.count:,}", width="content")
        st.metric(_("Sure"), f"{sure:.1%}", width="content", help=_("The share of the verdict “sure”."))
        if seen.latency_ms is not None:
            median, high, _highest = seen.latency_ms
            st.metric(
                _("Latency"), f"{median:,.1f} ms", width="content",
                help=_("Half of the predictions took less. 95% took less than {high:,.1f} ms.", high=high),
            )  # fmt: skip
        if seen.labelled.count:
            st.metric(
                _("Accuracy"), f"{seen.labelled.share:.1%}", width="content", help=_("On the labelled drawings."),
            )  # fmt: skip
    if judged := accuracy(seen):
        st.caption(judged)
    if part := looked_at(seen):
        st.caption(part)


def _charts(seen: Overview) -> None:
    shown = {
        "by-time": (_("Predictions over time"), charts.by_time),
        "by-digit": (_("Predictions by digit"), charts.by_digit),
        "confidence": (_("Confidence and verdicts"), charts.confidence),
        "latency": (_("Latency"), charts.latency),
    }
    for pair in (("by-time", "by-digit"), ("confidence", "latency")):
        for column, key in zip(st.columns(2, gap="large"), pair, strict=True):
            title, chart = shown[key]
            with column:
                st.markdown(f"## {title}")
                live_chart(chart(seen), key=f"monitor.{key}", height=260, modebar=False)


def _drift(seen: Overview) -> None:
    st.markdown(f"## {_('Have the drawings changed?')}")
    least = 2 * RECENT
    if len(seen.logged) < least:
        missing = least - len(seen.logged)
        st.caption(n_("{n} more prediction is needed to tell.", "{n:,} more predictions are needed to tell.", missing))
        return
    st.caption(
        _(
            "The last {count} predictions (coloured) and those before (grey). The PSI says how far the last ones are "
            "from {images}: above {large} is far.",
            count=RECENT,
            images=_(REFERENCES[seen.learned.data]) if seen.learned else "",
            large=LARGE,
        )
    )
    with st.container(horizontal=True, key="monitor.drift"):
        for name in seen.logged.figures:
            monitoring.small_multiple(seen, name)


main()

"""The HTTP service on the page Models: a switch, its address, and how its models compare."""

from typing import Any

import streamlit as st

from mnist_core.common.language import N_, _
from mnist_core.models.model import Model
from mnist_core.service.state import State
from pages.studio import studio
from pages.widgets.guarded import guarded_fragment, once
from pages.widgets.table import harmless
from pages.widgets.text import escape

REFRESH_S = 2.0
CANARY, SHADOW = "canary", "shadow"
MODES = {CANARY: N_("Canary: it answers a share of the requests"), SHADOW: N_("Shadow: it is compared silently")}
ROLES = {"active": N_("active"), CANARY: N_("canary"), SHADOW: N_("shadow")}


def service(models: list[Model], active: Model) -> None:
    """Show the switch.

    Args:
        models: those that can be compared with the active one.
    """
    with st.expander(_("Service for other programs"), key="service", icon=":material/api:"):
        st.caption(
            _(
                "Other programs on this machine can ask the active model for predictions over HTTP. The service keeps "
                "only drawings that get feedback. It ends with the app."
            )
        )
        others = [each for each in models if each.id != active.id and each.card.usable and not each.without_onnx]
        guarded_fragment(_service, run_every=REFRESH_S)(others)


def _service(others: list[Model]) -> None:
    own = studio().service
    running = own.running
    for each in running:
        _one(each)
    if own.starting:
        st.caption(f":material/hourglass_empty: {_('Starting…')}")
    elif not running:
        _start(others)
    if own.failure:
        st.error(escape(own.failure.again()), icon=":material/error:")


def _start(others: list[Model]) -> None:
    flags = _second_model({each.id: each.name for each in others}) if others else []
    st.button(
        _("Start the service"), icon=":material/play_arrow:", key="service.start",
        on_click=once(studio().service.start), args=tuple(flags),
    )  # fmt: skip


def _second_model(names: dict[str, str]) -> list[str]:
    """The flags for the model that is to be compared with the active one.

    Args:
        names: a model's id → its name.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        second = st.selectbox(
            _("Compare with"), ["", *names], key="service.second",
            format_func=lambda model_id: names.get(model_id, _("no other model")),
        )  # fmt: skip
        if not second:
            return []
        mode = st.selectbox(_("How"), [*MODES], key="service.mode", format_func=lambda code: _(MODES[code]))
        if mode == SHADOW:
            return ["--shadow", second]
        share = st.number_input(_("Share in %"), 1, 100, 10, key="service.share")
        return ["--canary", second, "--share", str(share / 100)]


def _one(state: State) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(_("running"), icon=":material/check:", color="green")
        st.markdown(f"[{state.url}]({state.url})", width="content")
        st.button(
            _("Stop the service"), icon=":material/stop:", key=f"service.stop-{state.pid}",
            on_click=once(studio().service.stop), args=(state,),
        )  # fmt: skip
    if state.problem:
        st.warning(escape(state.problem), icon=":material/warning:")
    if state.models:
        st.dataframe(harmless([_row(each) for each in state.models]), hide_index=True)
    if state.shadow and (compared := state.shadow.compared):
        st.caption(
            _(
                "The shadow model predicted the same digit for {share:.2%} of {count:,} drawings.",
                share=state.shadow.same_digit / compared,
                count=compared,
            )
        )


def _row(each: Any) -> dict[str, Any]:
    judged = f"{each.feedback_right} / {each.feedback}" if each.feedback else "–"
    return {
        _("Model"): each.model_name,
        _("Role"): _(ROLES[each.role]),
        _("Predictions"): each.predictions,
        _("Mean probability"): f"{each.mean_probability:.1%}" if each.predictions else "–",
        _("Milliseconds per image"): f"{each.mean_ms:.1f}" if each.mean_ms is not None else "–",
        _("Right by feedback"): judged,
    }

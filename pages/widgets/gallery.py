"""The collected drawings by digit: view, select, relabel, delete, undo, import, export."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.common.language import _, n_
from pages.studio import studio
from pages.widgets.digits import digit
from pages.widgets.drawings_import import drawings_import
from pages.widgets.guarded import deferred, guarded, once
from pages.widgets.passphrase import encrypted, name_of, to_encrypt

PAGE = 40
WIDTH = 104
"""Of a drawing with its checkbox, in pixels."""


def gallery() -> None:
    """The gallery and its tools."""
    here = studio()
    counts = here.drawings.counts()
    st.markdown(f"## {_('Your drawings')}")
    if sum(counts):
        shown = st.segmented_control(
            _("Digit"), range(10), format_func=lambda label: f"{label} ({counts[label]})", key="gallery.digit",
            required=True, default=next(label for label, count in enumerate(counts) if count),
            label_visibility="collapsed",
        )  # fmt: skip
        _one_digit(shown, counts[shown])
    else:
        st.caption(_("There are none yet. The drawings that you save on the Draw page appear here."))
    if undo := st.session_state.get("gallery.undo"):
        st.button(_what(undo), key="gallery.undo-button", icon=":material/undo:", on_click=once(_undo))
    _import_export(sum(counts))


def _one_digit(label: int, count: int) -> None:
    pages = max(1, -(-count // PAGE))
    number = st.number_input(_("Page"), 1, pages, 1, key=f"gallery.page-{label}", width=140) if pages > 1 else 1
    drawings = studio().drawings.page(label, limit=PAGE, offset=PAGE * (int(number) - 1))
    if not drawings:
        st.caption(_("There is no drawing of {digit} yet.", digit=label))
        return
    with st.container(horizontal=True, key="gallery-drawings"):  # columns would stand one below the other on a phone
        for drawing in drawings:
            with st.container(width=WIDTH):
                digit(drawing.image, side=76)
                st.checkbox(_caption(drawing), key=_key(drawing))
    selected = [drawing for drawing in drawings if st.session_state.get(_key(drawing))]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            _("Select all"), key="gallery.all", icon=":material/select_all:",
            on_click=guarded(_select), args=(drawings, True),
        )  # fmt: skip
        st.button(
            _("Select none"), key="gallery.none", on_click=guarded(_select), args=(drawings, False),
            disabled=not selected,
        )  # fmt: skip
        new = st.selectbox(_("New label"), range(10), index=label, key=f"gallery.relabel-{label}", width=120)
        st.button(
            _("Relabel"), key="gallery.relabel", icon=":material/edit:", on_click=once(relabel), args=(selected, new),
            disabled=not selected or new == label,
        )  # fmt: skip
        st.button(
            _("Delete {n:,}", n=len(selected)) if selected else _("Delete"), key="gallery.delete",
            icon=":material/delete:", on_click=once(delete), args=(selected,), disabled=not selected,
        )  # fmt: skip


def _caption(drawing: Drawing) -> str:
    if drawing.prediction is None:
        return _("imported")
    predicted = _("predicted {digit}", digit=drawing.prediction)
    return predicted if drawing.prediction == drawing.label else f":red[{predicted}]"


def _key(drawing: Drawing) -> str:
    return f"drawing-{drawing.id}"


def _select(drawings: list[Drawing], value: bool) -> None:
    for drawing in drawings:
        st.session_state[_key(drawing)] = value


def _ids(drawings: list[Drawing]) -> list[int]:
    return [drawing.id for drawing in drawings if drawing.id is not None]


def relabel(drawings: list[Drawing], label: int) -> None:
    """Correct the labels; a button undoes it."""
    studio().drawings.relabel(_ids(drawings), label)
    st.session_state["gallery.undo"] = {"relabelled": drawings, "label": label}
    _select(drawings, False)


def delete(drawings: list[Drawing]) -> None:
    """Delete them; a button undoes it."""
    studio().drawings.delete(_ids(drawings))
    st.session_state["gallery.undo"] = {"deleted": _ids(drawings)}
    _select(drawings, False)


def _what(undo: dict[str, Any]) -> str:
    """What the button undoes."""
    if deleted := undo.get("deleted"):
        return n_("Undo: {n} drawing deleted", "Undo: {n:,} drawings deleted", len(deleted))
    return n_(
        "Undo: {n} drawing relabelled as {label}", "Undo: {n:,} drawings relabelled as {label}",
        len(undo["relabelled"]), label=undo["label"],
    )  # fmt: skip


def _undo() -> None:
    undo = st.session_state.pop("gallery.undo")
    studio().drawings.restore(undo.get("deleted", []))
    for drawing in undo.get("relabelled", []):
        studio().drawings.relabel(_ids([drawing]), drawing.label, confirmed=drawing.confirmed)


def _import_export(total: int) -> None:
    with st.expander(_("Import and export"), icon=":material/swap_vert:"):
        left, right = st.columns(2)
        with left:
            drawings_import()
        with right:
            st.caption(_("Export all drawings as a backup or for another machine."))
            # The file is made only when the button is pressed: packing a hundred thousand drawings on every rerun would
            # take too long. Another thread makes it, in which `studio()` does not work.
            passphrase = to_encrypt("gallery")
            _download(_("Strokes (.jsonl)"), "drawings.jsonl", file_formats.to_jsonl, passphrase, total)
            _download(_("Pictures (.zip)"), "drawings.zip", file_formats.to_zip, passphrase, total)


def _download(
    label: str, name: str, made: Callable[[list[Drawing]], bytes], passphrase: str | None, total: int
) -> None:
    """
    Args:
        passphrase: what to encrypt with; "" for nothing, None if it is not known yet.
    """
    store = studio().drawings
    st.download_button(
        label,
        data=deferred(lambda: encrypted(name, made(store.all()), passphrase or "")),
        disabled=not total or passphrase is None,
        file_name=name_of(name, passphrase or ""),
        icon=":material/download:",
        on_click="ignore",
    )

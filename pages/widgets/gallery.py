"""The collected drawings by digit: view, select, relabel, delete, undo, import, export."""

import streamlit as st

from mnist_core.collection import file_formats, importer
from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from pages.studio import studio
from pages.widgets.digits import digit
from pages.widgets.guarded import deferred, guarded, once, show_error

PAGE = 40
COLUMNS = 10


def gallery() -> None:
    """The gallery and its tools."""
    here = studio()
    counts = here.drawings.counts()
    st.markdown("#### Your drawings")
    if sum(counts):
        shown = st.segmented_control(
            "Digit", range(10), format_func=lambda label: f"{label} ({counts[label]})", key="gallery.digit",
            default=next(label for label, count in enumerate(counts) if count), label_visibility="collapsed",
        )  # fmt: skip
        if shown is not None:
            _one_digit(shown, counts[shown])
    else:
        st.caption("None yet. What you save on the Draw page appears here.")
    if undo := st.session_state.get("gallery.undo"):
        st.button(f"Undo: {undo['what']}", icon=":material/undo:", on_click=once(_undo))
    _import_export(sum(counts))


def _one_digit(label: int, count: int) -> None:
    pages = max(1, -(-count // PAGE))
    number = st.number_input("Page", 1, pages, 1, key=f"gallery.page-{label}", width=140) if pages > 1 else 1
    drawings = studio().drawings.page(label, limit=PAGE, offset=PAGE * (int(number) - 1))
    if not drawings:
        st.caption(f"No {label} yet.")
        return
    for start in range(0, len(drawings), COLUMNS):
        for column, drawing in zip(st.columns(COLUMNS), drawings[start : start + COLUMNS], strict=False):
            with column:
                digit(drawing.image, side=76)
                st.checkbox(
                    _caption(drawing),
                    key=_key(drawing),
                )  # fmt: skip
    selected = [drawing for drawing in drawings if st.session_state.get(_key(drawing))]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button("Select all", on_click=guarded(_select), args=(drawings, True), icon=":material/select_all:")
        st.button("Select none", on_click=guarded(_select), args=(drawings, False), disabled=not selected)
        new = st.selectbox("Relabel as", range(10), index=label, key=f"gallery.relabel-{label}", width=120)
        st.button(
            "Relabel", icon=":material/edit:", on_click=once(relabel), args=(selected, new),
            disabled=not selected or new == label,
        )  # fmt: skip
        st.button(
            f"Delete {len(selected) or ''}", icon=":material/delete:", on_click=once(delete), args=(selected,),
            disabled=not selected,
        )  # fmt: skip


def _caption(drawing: Drawing) -> str:
    if drawing.prediction is None:
        return "imported"
    predicted = f"predicted {drawing.prediction}"
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
    st.session_state["gallery.undo"] = {
        "what": f"{len(drawings)} relabelled as {label}",
        "relabelled": drawings,
    }
    _select(drawings, False)


def delete(drawings: list[Drawing]) -> None:
    """Delete them; a button undoes it."""
    studio().drawings.delete(_ids(drawings))
    st.session_state["gallery.undo"] = {"what": f"{len(drawings)} deleted", "deleted": _ids(drawings)}
    _select(drawings, False)


def _undo() -> None:
    undo = st.session_state.pop("gallery.undo")
    studio().drawings.restore(undo.get("deleted", []))
    for drawing in undo.get("relabelled", []):
        studio().drawings.relabel(_ids([drawing]), drawing.label, confirmed=drawing.confirmed)


def _import_export(total: int) -> None:
    with st.expander("Import and export", icon=":material/swap_vert:"):
        left, right = st.columns(2)
        with left:
            file = st.file_uploader("Strokes (.jsonl, .jsonl.gz) or a .zip of PNGs in folders 0 to 9", key="import")
            if file is not None and st.button("Import", icon=":material/upload_file:", type="primary"):
                try:
                    given = file_formats.parse(file.name, file.getvalue())
                    imported = importer.import_drawings(given, studio().workspace)
                except InputError as error:
                    show_error(error)
                else:
                    st.toast(str(imported), icon=":material/check:", duration="long")
                    st.rerun()
        with right:
            st.caption(f"Export all {total} drawings as a backup or for another machine.")
            # Made only when pressed: a hundred thousand drawings are not packed on every rerun. And in another thread,
            # where `studio()` does not work.
            store = studio().drawings
            st.download_button(
                "Strokes (.jsonl)", data=deferred(lambda: file_formats.to_jsonl(store.all())), disabled=not total,
                file_name="drawings.jsonl", icon=":material/download:",
            )  # fmt: skip
            st.download_button(
                "Pictures (.zip)", data=deferred(lambda: file_formats.to_zip(store.all())), disabled=not total,
                file_name="drawings.zip", icon=":material/download:",
            )  # fmt: skip

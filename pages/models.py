"""The models: compare, activate, rename, annotate, roll back, export, import, delete, for good as well."""

from pathlib import Path
from typing import Any

import streamlit as st

from mnist_core.common import clock
from mnist_core.common.errors import StudioError
from mnist_core.common.files import scratch_folder
from mnist_core.common.text import some
from mnist_core.models import import_export
from mnist_core.models.export_formats import ExportFormat, export_model, formats_of
from mnist_core.models.registry import SHIPPED, Model, Unreadable
from pages.studio import studio
from pages.widgets.deleted_models import deleted_models
from pages.widgets.guarded import deferred, once, show_error
from pages.widgets.onnx_file import onnx_file
from pages.widgets.stored_text import stored_text
from pages.widgets.table import table
from pages.widgets.text import escape


def main() -> None:
    registry = studio().registry
    models, active = registry.all(), registry.active()
    chosen = table(
        models,
        [_row(model, active) for model in models],
        key="models",
        mode="single-row",
        default=active.id,
        columns={
            "test": st.column_config.NumberColumn("test accuracy", format="percent"),
            "active": st.column_config.CheckboxColumn("active"),
            "parameters": st.column_config.NumberColumn(format="localized"),
            "size": st.column_config.NumberColumn("size", format="%.2f MB"),
        },
    )
    _one(chosen[0] if chosen else active, active)
    for model in registry.unreadable():
        _unreadable(model)
    if undo := st.session_state.get("models.undo"):
        st.button(f"Undo: {escape(undo.name)} deleted", icon=":material/undo:", on_click=once(_restore), args=(undo,))
    deleted_models()
    _import()


def _row(model: Model, active: Model) -> dict[str, Any]:
    card = model.card
    learned = "–"
    if card.fine_tuning_data:
        learned = some(card.fine_tuning_data.learned, "drawing")
    elif card.training_data:
        learned = card.training_data.name
    return {
        "active": model.id == active.id,
        "name": model.name,
        "kind": f"{model.card.kind}, damaged" if model.problems else model.card.kind,
        "architecture": model.card.architecture,
        "test": model.card.figures.test_accuracy,
        "parameters": model.card.parameters,
        "size": model.bytes / 1e6,
        "data": learned,
        "made": clock.local(model.card.created),
        "note": model.note,
    }


def _unreadable(model: Unreadable) -> None:
    """A model that cannot be used can be deleted."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/broken_image: **{escape(model.name)}** is unreadable. {escape(model.problem)}")
        st.button("Delete", key=f"delete-{model.id}", on_click=once(studio().registry.delete), args=(model.id,))


def _one(model: Model, active: Model) -> None:
    registry = studio().registry
    with st.container(border=True):
        st.markdown(f"#### {escape(model.name)}")
        if not model.card.usable:
            shapes = model.card.shapes
            st.warning(
                f"This model takes {shapes and shapes.input_shape} and gives {shapes and shapes.output_shape}, "
                "not (28, 28) and 10 logits. You can keep and export it, but it cannot predict or be fine-tuned.",
                icon=":material/block:",
            )
        for problem in model.problems:
            st.warning(escape(problem), icon=":material/warning:")
        if model.without_onnx and not model.without_keras:
            onnx_file(model)
        with st.container(horizontal=True, vertical_alignment="center"):
            if model.id == active.id:
                st.badge("active", icon=":material/check:", color="green")
            else:
                st.button(
                    "Activate", icon=":material/download_done:", type="primary",
                    disabled=not model.card.usable or bool(model.without_onnx),
                    on_click=once(registry.activate), args=(model.id,),
                )  # fmt: skip
            for each in formats_of(model):
                _download(model, each)
            if model.id != SHIPPED:
                st.button("Delete", icon=":material/delete:", on_click=once(_delete), args=(model,))
        if model.id != SHIPPED:
            _names(model)
        _lineage(model, active)
        with st.expander("Card", icon=":material/description:"):
            st.json(model.card.model_dump(exclude_none=True, mode="json"))


def _download(model: Model, wanted: ExportFormat) -> None:
    suffix = wanted.suffix

    def content() -> bytes:
        with scratch_folder() as folder:
            path = folder / f"model{suffix}"
            export_model(model, path)
            return path.read_bytes()

    st.download_button(
        f"Export {suffix}", data=deferred(content), file_name=f"model-{model.id}{suffix}", icon=":material/download:",
        key=f"export{suffix}", help=wanted.description,
    )  # fmt: skip


def _names(model: Model) -> None:
    registry = studio().registry
    left, right = st.columns([1, 2])
    with left:
        stored_text(
            "Name", model.name, lambda name: registry.rename(model.id, name), key=f"name-{model.id}", max_chars=100
        )
    with right:
        stored_text(
            "Note", model.note, lambda note: registry.annotate(model.id, note), key=f"note-{model.id}", max_chars=500
        )


def _lineage(model: Model, active: Model) -> None:
    line = studio().registry.lineage(model)
    if len(line) == 1:
        return
    st.markdown(
        "**Lineage**: each model was made from the one below it, from its weights or from the drawings that it had "
        "learned. Activate any of them to roll back."
    )
    for ancestor in line:
        with st.container(horizontal=True, vertical_alignment="center"):
            known = f"{escape(ancestor.name)} · {ancestor.card.kind} {escape(ancestor.card.tested)}"
            st.markdown(f":material/subdirectory_arrow_right: {known}", width="content")
            if ancestor.id != active.id and ancestor.id != model.id:
                st.button(
                    "Roll back to it", key=f"back-{ancestor.id}", icon=":material/history:",
                    on_click=once(studio().registry.activate), args=(ancestor.id,),
                )  # fmt: skip


def _delete(model: Model) -> None:
    studio().registry.delete(model.id)
    st.session_state["models.undo"] = model


def _restore(model: Model) -> None:
    studio().registry.restore(model.id)
    st.session_state.pop("models.undo", None)


def _import() -> None:
    with st.expander("Import a model", icon=":material/upload_file:"):
        st.caption(
            "A .keras file made of Keras' own layers. The app checks it first and opens it in a separate process."
        )
        file = st.file_uploader("A .keras file", key="model-file", label_visibility="collapsed")
        if file is not None and st.button("Import", type="primary"):
            with scratch_folder() as folder, st.spinner("Checking and opening the file…"):
                path = folder / "model.keras"
                path.write_bytes(file.getvalue())
                try:
                    model = import_export.import_model(path, studio().workspace, Path(file.name).stem[:100])
                except StudioError as error:
                    show_error(error)
                else:
                    st.toast(f"{escape(model.name)} was added.", icon=":material/check:")
                    st.rerun()


main()

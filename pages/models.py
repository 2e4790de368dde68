"""The models: compare, activate, rename, annotate, roll back, export, import and delete them."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mnist_core.common import clock
from mnist_core.common.language import _, n_, sentences
from mnist_core.common.text import megabytes
from mnist_core.jobs import purge
from mnist_core.models.model import Model, Unreadable
from mnist_core.models.registry import SHIPPED
from pages.studio import studio
from pages.widgets.deleted_models import deleted_models
from pages.widgets.export import export_section
from pages.widgets.guarded import guarded, once
from pages.widgets.heading import heading
from pages.widgets.lineage_tree import lineage_tree
from pages.widgets.mistakes import mistakes
from pages.widgets.model_card import model_card
from pages.widgets.model_import import model_import
from pages.widgets.onnx_file import onnx_file
from pages.widgets.service import service
from pages.widgets.stored_text import stored_text
from pages.widgets.table import table
from pages.widgets.text import escape


def main() -> None:
    heading(_("Models"), _("Compare models, choose the active one, roll back to an earlier one, and export or import."))
    registry = studio().registry
    models, active = registry.all(), registry.active()
    column = st.column_config
    chosen = table(
        models,
        [_row(model, active) for model in models],
        key="models",
        mode="single-row",
        default=active.id,
        columns={
            "name": column.TextColumn(_("Name"), width=150),
            "test": column.NumberColumn(
                _("Test accuracy"),
                format="%.2f%%",
                width=85,
                help=_("Of an imported model: as it was measured at the import."),
            ),
            "activate": column.ButtonColumn(
                _("Active"),
                width=110,
                key="models.activate-row",
                on_click=guarded(_activate_row),
                args=(models,),
            ),
            "kind": column.TextColumn(_("Kind"), width=90),
            "architecture": column.TextColumn(_("Architecture"), width=90),
            "parameters": column.NumberColumn(_("Parameters"), format="localized", width=90),
            "size": column.NumberColumn(_("Size"), format="%.2f MB", width=80),
            "data": column.TextColumn(_("Data"), width=90),
            "made": column.TextColumn(_("Created"), width=130),
            "note": column.TextColumn(_("Note"), width=140),
        },
    )
    _disk(models)
    if undo := st.session_state.get("models.undo"):
        st.button(
            _("Restore {model}", model=escape(undo.name)), icon=":material/undo:", key="models.restore",
            on_click=once(_restore), args=(undo,),
        )  # fmt: skip
    shown = chosen[0] if chosen else active
    examples = _one(shown, active)
    for model in registry.unreadable():
        _unreadable(model)
    lineage_tree(models, active)
    service(models, active)
    deleted_models()
    model_import()
    with examples:  # last, because the first time it takes a while
        mistakes(shown)


def _row(model: Model, active: Model) -> dict[str, Any]:
    card = model.card
    tried = card.inputs.accuracy if card.inputs else None
    test = tried if card.figures.test_accuracy is None else card.figures.test_accuracy
    learned = "–"
    if card.fine_tuning_data:
        learned = n_("{n} drawing", "{n:,} drawings", card.fine_tuning_data.learned)
    elif card.training_data:
        learned = card.training_data.title
    return {
        "name": model.name,
        "test": None if test is None else 100 * test,
        "activate": _button(model, active),
        "kind": _("{kind}, damaged", kind=card.kind_text) if model.problems else card.kind_text,
        "architecture": card.architecture,
        "parameters": card.parameters,
        "size": model.bytes / 1e6,
        "data": learned,
        "made": clock.local(card.created),
        "note": model.note or None,
    }


def _button(model: Model, active: Model) -> str | None:
    """What the row's button says; none for a model that cannot be activated without further ado."""
    if model.id == active.id:
        return f":material/check: {_('active')}"
    return _("Activate") if _can_be_active(model) and not model.reads_badly else None


def _can_be_active(model: Model) -> bool:
    return model.card.usable and not model.without_onnx


def _activate_row(models: list[Model]) -> None:
    """Activate the model of the row whose button was pressed. The active one's button changes nothing."""
    studio().registry.activate(models[st.session_state["models.activate-row"]["row"]].id)


def _disk(models: list[Model]) -> None:
    """How much space all models take, the deleted ones included."""
    gone = purge.deleted(studio().workspace)
    size = megabytes(sum(model.bytes for model in models))
    said = n_("{n} model: {size} on this disk.", "{n:,} models: {size} on this disk.", len(models), size=size)
    if gone:
        more = megabytes(sum(each.bytes for each in gone))
        said = sentences(
            [said, n_("{n} deleted model: {size}.", "{n:,} deleted models: {size}.", len(gone), size=more)]
        )
    st.caption(f":material/hard_drive: {said}")


def _unreadable(model: Unreadable) -> None:
    """A model that cannot be used can be deleted."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        said = _("**{model}** is unreadable. {problem}", model=escape(model.name), problem=escape(model.problem))
        st.markdown(f":material/broken_image: {said}")
        st.button(_("Delete"), key=f"delete-{model.id}", on_click=once(studio().registry.delete), args=(model.id,))


def _one(model: Model, active: Model) -> DeltaGenerator:
    """Show the model; return the place for some of its mistakes."""
    registry = studio().registry
    with st.container(border=True):
        st.markdown(f"## {escape(model.name)}")
        if not model.card.usable:
            st.warning(escape(model.no_digit_model), icon=":material/block:")
        if model.card.predicts_only:
            st.info(escape(model.without_keras), icon=":material/info:")
        if model.reads_badly:
            st.warning(escape(model.reads_badly), icon=":material/warning:")
        for problem in model.problems:
            st.warning(escape(problem), icon=":material/warning:")
        if model.without_onnx and not model.without_keras:
            onnx_file(model)
        with st.container(horizontal=True, vertical_alignment="center"):
            if model.id == active.id:
                st.badge(_("active"), icon=":material/check:", color="green")
            else:
                anyway = bool(model.reads_badly) and st.checkbox(
                    _("Activate it all the same"), key=f"models.anyway-{model.id}"
                )
                st.button(
                    _("Activate"), icon=":material/download_done:", type="primary", key="models.activate",
                    disabled=not _can_be_active(model) or bool(model.reads_badly and not anyway),
                    on_click=once(registry.activate), args=(model.id,), kwargs={"anyway": anyway},
                )  # fmt: skip
            if model.id != SHIPPED:
                st.button(
                    _("Delete"), icon=":material/delete:", key="models.delete", on_click=once(_delete), args=(model,)
                )
        export_section(model)
        if model.id != SHIPPED:
            _names(model)
        line = registry.lineage(model)
        examples = model_card(model, line)
        _lineage(line, active)
        return examples


def _names(model: Model) -> None:
    registry = studio().registry
    left, right = st.columns([1, 2])
    with left:
        stored_text(
            _("Name"), model.name, lambda name: registry.rename(model.id, name), key=f"name-{model.id}", max_chars=100
        )
    with right:
        stored_text(
            _("Note"), model.note, lambda note: registry.annotate(model.id, note), key=f"note-{model.id}", max_chars=500
        )


def _lineage(line: list[Model], active: Model) -> None:
    """
    Args:
        line: the model that is shown, its base, its base's base, …
    """
    if len(line) == 1:
        return
    st.markdown(
        _(
            "**Lineage**: each model was made from the one below it, from its weights or from the drawings that it "
            "had learned. To roll back, activate an earlier one."
        )
    )
    for ancestor in line:
        with st.container(horizontal=True, vertical_alignment="center"):
            known = [ancestor.name, ancestor.card.kind_text, ancestor.card.measured]
            line_of_it = " · ".join(escape(each) for each in known if each)
            st.markdown(f":material/subdirectory_arrow_right: {line_of_it}", width="content")
            if ancestor.id not in (active.id, line[0].id):
                st.button(
                    _("Roll back to it"), key=f"back-{ancestor.id}", icon=":material/history:",
                    on_click=once(studio().registry.activate), args=(ancestor.id,),
                )  # fmt: skip


def _delete(model: Model) -> None:
    studio().registry.delete(model.id)
    st.session_state["models.undo"] = model


def _restore(model: Model) -> None:
    studio().registry.restore(model.id)
    st.session_state.pop("models.undo", None)


main()

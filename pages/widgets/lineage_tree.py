"""All models as a picture: each is indented below the one that it was made from."""

import html

import streamlit as st

from mnist_core.common.language import _
from mnist_core.common.names import plain
from mnist_core.models.lineage import Branch, trees
from mnist_core.models.model import Model
from pages.studio import studio


def lineage_tree(models: list[Model], active: Model) -> None:
    """Show all trees with more than one model; nothing if there is none."""
    deleted = studio().registry.deleted()
    found = [tree for tree in trees(models, deleted) if tree.children]
    if not found:
        return
    gone = {model.id for model in deleted}
    with st.expander(_("Lineage of all models"), expanded=True, key="models.lineage", icon=":material/account_tree:"):
        st.html(f'<ul class="lineage">{"".join(_item(tree, active, gone) for tree in found)}</ul>')


def _item(branch: Branch, active: Model, gone: set[str]) -> str:
    model = branch.model
    known = [model.card.kind_text, model.card.measured]
    marks = {
        "active": _("active") if model.id == active.id else "",
        "deleted": _("deleted") if model.id in gone else "",
    }
    said = " · ".join(html.escape(each) for each in (*known, *marks.values()) if each)
    mark = next((mark for mark, text in marks.items() if text), "")
    children = "".join(_item(child, active, gone) for child in branch.children)
    inner = f"<ul>{children}</ul>" if children else ""
    return f'<li><div class="{mark}"><b>{html.escape(plain(model.name))}</b><span>{said}</span></div>{inner}</li>'

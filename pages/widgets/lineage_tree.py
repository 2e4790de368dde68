"""All models as a picture: each is indented below the one that it was made from."""

import html

import streamlit as st

from mnist_core.common.language import _
from mnist_core.common.names import plain
from mnist_core.models.lineage import Branch, trees
from mnist_core.models.model import Model
from pages.studio import studio

CSS = """
.lineage, .lineage ul { list-style: none; margin: 0; padding: 0; }
.lineage ul { margin-left: .7rem; }
.lineage ul > li { position: relative; padding-left: 1.3rem; }
.lineage ul > li::before { content: ""; position: absolute; left: 0; top: -.4rem; height: 1.4rem; width: 1rem;
  border: solid light-dark(#b9bad0, #565b78); border-width: 0 0 1.5px 1.5px; border-bottom-left-radius: .5rem; }
.lineage ul > li:not(:last-child)::after { content: ""; position: absolute; left: 0; top: -.4rem; bottom: .4rem;
  border-left: 1.5px solid light-dark(#b9bad0, #565b78); }
.lineage div { display: inline-flex; flex-wrap: wrap; column-gap: .6rem; align-items: baseline; padding: .15rem .6rem;
  margin: .15rem 0; border: 1px solid light-dark(#d4d5e0, #3a3d54); border-radius: .5rem; font-size: .9rem;
  overflow-wrap: anywhere; }
.lineage div.active { border-color: light-dark(#4f46e5, #8f88ff); background: light-dark(#ecebff, #2f2c5c); }
.lineage div.deleted b { text-decoration: line-through; }
.lineage span { opacity: .8; }
"""


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

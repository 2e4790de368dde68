"""The CSS for what Streamlit's theme cannot express, and for Streamlit's own English words."""

import json

import streamlit as st

from mnist_core.common import language
from mnist_core.common.language import N_, _
from pages.widgets import (
    curves,
    differences,
    glance,
    label_bars,
    lineage_tree,
    loop_steps,
    preset_cards,
    shares,
    workbench,
)

WIDGETS = (
    curves, differences, glance, label_bars, lineage_tree, loop_steps, preset_cards, shares, workbench,
)  # fmt: skip
"""What has CSS of its own."""
WORDS = {
    '[data-testid="stFileUploaderDropzone"] button p': N_("Upload"),
    '[data-testid="stCameraInput"]:has(video) button': N_("Take a photo"),
    '[data-testid="stCameraInput"]:has(img) button': N_("Clear the photo"),
    '[data-testid="stCameraInput"] :has(> a[target="_blank"])': N_("Allow this page to use the camera."),
    '[data-testid="stTooltipErrorContent"] p': N_("This file is too large or of another type."),
    '[role="listbox"][data-empty="true"] span': N_("No such option"),
}
"""Where Streamlit has an English text of its own → what it says."""
CSS = """
/* A desktop program starts at the top of its window. */
[data-testid="stMainBlockContainer"] { padding-top: 4rem; padding-bottom: 2rem; }
.st-key-top-line { border-bottom: 1px solid var(--st-border-color, rgba(128,128,128,.25)); padding-bottom: .1rem; }
.st-key-top-line [data-testid="stMenuButton"] button { min-height: 0; padding-block: .15rem; }
.st-key-status-bar { row-gap: 0; }
@media (max-width: 640px) {
  .st-key-status-bar > div { max-width: 100%; }
  .st-key-status-bar p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
}
.st-key-heading { column-gap: .8rem; row-gap: 0; margin-bottom: -.2rem; }
.st-key-heading h1 { font-size: 1.4rem; line-height: 1.2; padding: 0; }
[data-testid="stMarkdownContainer"] h2 { font-size: 1.15rem; padding: .5rem 0 .75rem; }
.st-key-quiz h2 { font-size: 1.8rem; }
/* Streamlit's own greys and its primary colour as a text have too little contrast (WCAG 2.2, 1.4.3). */
[data-testid="stCaptionContainer"] { opacity: .75; }
button[data-selected="true"] p, [data-testid="stSliderThumbValue"] p { color: light-dark(#4f46e5, #a8a2ff); }
/* On a narrow screen Streamlit would hide the navigation behind a button without a label. */
[data-testid="stLayoutWrapper"]:has(> .st-key-narrow-navigation) { display: none; }
@media (max-width: 899.98px) {
  [data-testid="stMainBlockContainer"] { padding-top: .5rem; }
  [data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] { gap: .5rem; }
  .st-key-status-bar [data-testid="stCaptionContainer"] p { font-size: .75rem; }
  [data-testid="stLayoutWrapper"]:has(> .st-key-narrow-navigation) { display: flex; }
  .st-key-narrow-navigation { gap: 0; }
  .st-key-narrow-navigation a { padding-inline: .4rem; }
  .st-key-narrow-navigation a > :has([data-testid="stIconMaterial"]) { display: none; }
  [data-testid="stHeader"], [data-testid="stSidebar"] { display: none; }
}
/* A finger needs 44 pixels (WCAG 2.2, 2.5.5). */
@media (max-width: 640px) {
  [data-testid="stMain"] button:is([data-testid^="stBaseButton-primary"], [data-testid^="stBaseButton-secondary"]),
  [data-testid="stMain"] [data-testid="stPopoverButton"] { min-height: 44px; }
}
.architecture { display: block; width: 100%; max-width: 620px; max-height: 190px; }
.architecture rect, .architecture path {
  fill: light-dark(#e4e2fc, #2c2a55); stroke: light-dark(#4f46e5, #a8a2ff); stroke-width: 1;
}
.architecture .side { fill: light-dark(#cfcbf8, #3c3878); }
.architecture text { fill: currentColor; font-size: 10px; text-anchor: middle; }
/* The eye would take the focus from its field, and Streamlit would forget what was typed. */
[data-testid="stTextInputRootElement"] button { display: none; }
/* A script takes no room. */
[data-testid="stElementContainer"]:has(> [data-testid="stHtml"] > script) { position: absolute; }
/* After a key press Streamlit would frame the whole page. */
[data-testid="stMain"]:focus-visible::before { box-shadow: none; }
/* The label of an upload says the limit, in the page's language. */
[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
/* A heading's link to itself is useless here and an invisible stop of the Tab key. */
[data-testid="stHeaderActionElements"] { display: none; }
/* A table's tool bar appears under the mouse. Show it for the Tab key as well. */
[data-testid="stElementToolbar"]:focus-within { opacity: 1; }
"""


def apply() -> None:
    widgets = "".join(each.CSS for each in WIDGETS)
    st.html(f"<style>{CSS}{widgets}{_words()}</style>")


def _words() -> str:
    """In another language than English, ours take the place of Streamlit's."""
    if language.current() == language.SOURCE:
        return ""
    rules = [f"{', '.join(WORDS)} {{ font-size: 0; }}"]
    for where, text in WORDS.items():
        shown = json.dumps(_(text), ensure_ascii=False)
        rules.append(f"{where}::after {{ font-size: .875rem; content: {shown}; }}")
    return "\n".join(rules)

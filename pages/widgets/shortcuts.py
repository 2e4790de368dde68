"""The keys that do something, and what: for the elements that listen to them and for the Help page."""

from mnist_core.common.language import N_

CLEAR = "Esc"
SAVE = "Enter"
HELP = "?"
"""`help_key.js` listens to it, because Streamlit's buttons take letters and digits only."""

SHORTCUTS = {
    N_("Draw"): (
        ("0–9", N_("Save the drawing, or the marked digit, with this label")),
        (SAVE, N_("Save the whole number; in the quiz, save the digit that it asks for")),
        ("← →", N_("Mark the previous or the next digit of a number")),
        (CLEAR, N_("Clear the field")),
        ("← → ↑ ↓ Space", N_("Move the pen on the focused field; Space lowers and lifts it")),
    ),
    N_("A picture on the Draw page"): (
        ("← → ↑ ↓", N_("Move the box")),
        ("Shift + ← → ↑ ↓", N_("Resize the box")),
    ),
    N_("Every page"): ((HELP, N_("Open this page")),),
}
"""Where the keys work → each key, and what it does there."""

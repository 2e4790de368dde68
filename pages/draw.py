"""Draw a digit, see what the network predicts, and label the drawing."""

from collections.abc import Sequence

import streamlit as st

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.goals import WANTED
from mnist_core.common.errors import InputError
from mnist_core.common.text import some
from mnist_core.drawing import pictures, strokes
from mnist_core.evaluation import charts
from mnist_core.models.predictor import Prediction
from pages.studio import predictor, studio
from pages.widgets.canvas import SIDE, Sheet, canvas
from pages.widgets.digits import digit
from pages.widgets.guarded import errors_shown, guarded_fragment, once, show_error
from pages.widgets.labelling import CLEAR, UNDO, clear, desk, drawing_is_the_source, keys_and_buttons, labels, press
from pages.widgets.live_chart import live_chart
from pages.widgets.loop_steps import loop_steps
from pages.widgets.quiz import fine_tune_link, quiz_panel, quiz_switch

HINTS = {
    "Draw": (
        "Draw a digit",
        "Use the mouse, a pen or a finger on the black field. The network predicts after every stroke.",
    ),
    "Upload": ("Choose a picture", "It should show one digit, dark on light paper or light on dark."),
    "Camera": ("Take a photograph", "It should show one digit, written with a dark pen on light paper."),
}
NO_INK = "No ink was found. Use a dark pen on light paper and go closer."
VERDICTS = {
    "sure": "",
    "not sure": "The network is **not sure**. Label the drawing below so that the next fine-tuning learns it.",
    "not a digit": "**This does not look like a digit** to the network. If it is one, label it below.",
}


@guarded_fragment
def main() -> None:
    """The field is always there: what the database or the model refuses is told beside it."""
    this = desk()
    steps = st.container()  # the first of all, so that an error in it does not move the field to another place
    with steps, errors_shown():
        this.act_on_presses()
    left, right = st.columns([SIDE + 40, 620], gap="large")
    with left:
        drawing = _given(this.sheet)
    prediction = None
    with right, errors_shown():
        model = studio().registry.active()
        prediction = predictor(model).predict(drawing.image) if drawing is not None else None
        quiz_panel(on_drawn=press, clear=clear)
        _show_prediction(prediction, drawing)
    labels(prediction.digit if prediction is not None and prediction.verdict != "nothing drawn" else None)
    with errors_shown():
        counts = studio().drawings.counts()
        with steps:
            loop_steps(1 if drawing is not None else 2 if sum(counts) >= 2 * WANTED else 0)
        _counts(counts)


def _given(this: Sheet) -> Drawing | None:
    """Where the person draws, or gives a picture, and what that is."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.segmented_control(
            "Source", ["Draw", "Upload", "Camera"], default="Draw", label_visibility="collapsed", key="source",
            width="content",
        )  # fmt: skip
        quiz_switch()
    if not drawing_is_the_source():
        return _from_picture(st.session_state["source"])
    _show_canvas(this)
    return this.drawing


def _show_canvas(this: Sheet) -> None:
    canvas(this, st.session_state.get("pen", 18), *keys_and_buttons())
    with st.container(horizontal=True, vertical_alignment="center"):
        for meaning, icon, shortcut in ((UNDO, ":material/undo:", None), (CLEAR, ":material/delete_sweep:", "Esc")):
            st.button(
                meaning.capitalize(), key=meaning, icon=icon, on_click=once(press), args=(meaning,),
                disabled=not this.marks, shortcut=shortcut,
            )  # fmt: skip
        st.slider(
            "Pen", 4, 40, 18, key="pen", persist_state="session",
            help="How thick the pen looks. The network sees the same thickness for every pen.",
        )  # fmt: skip


def _from_picture(source: str) -> Drawing | None:
    """Ask for a picture; keep its drawing for the script run in which a key labels it."""
    st.session_state["picture"] = None
    number = st.session_state.get("picture_number", 0)
    if source == "Upload":
        file = st.file_uploader("A picture of one digit", ["png", "jpg", "jpeg"], key=f"upload-{number}")
    else:
        file = st.camera_input("Photograph one digit, dark on light paper", key=f"camera-{number}")
    if file is None:
        return None
    try:
        drawing = Drawing(None, bitmap=strokes.normalize_bitmap(pictures.read_gray(file.getvalue(), file.name)))
    except InputError as error:
        show_error(error)
        return None
    st.session_state["picture"] = drawing
    return drawing


def _show_prediction(prediction: Prediction | None, drawing: Drawing | None) -> None:
    found, seen = st.columns([3, 2])
    with found:
        if prediction is None or prediction.verdict == "nothing drawn":
            title, hint = HINTS[st.session_state.get("source") or "Draw"]
            st.markdown(f"### {title}")
            st.write(hint if drawing is None else NO_INK)
        else:
            st.html(
                f'<div class="prediction" role="status" aria-live="polite" data-verdict="{prediction.verdict}"'
                ' style="display:flex;align-items:baseline;gap:1rem">'
                f'<span style="font-size:5.5rem;font-weight:700;line-height:1">{prediction.digit}</span>'
                f'<span style="font-size:1.4rem;opacity:.75">{prediction.probability:.1%}</span></div>'
            )
            st.markdown(VERDICTS.get(prediction.verdict, ""))
    with seen:
        if drawing is not None:
            digit(drawing.image, side=150, caption="what the network sees: 28 × 28")
    chosen = prediction.digit if prediction and prediction.verdict != "nothing drawn" else None
    values = prediction.probabilities if prediction and chosen is not None else (0.0,) * 10
    live_chart(charts.probabilities(values, chosen), key="probabilities", height=210, modebar=False)


def _counts(counts: Sequence[int]) -> None:
    total = sum(counts)
    st.divider()
    if not total:
        st.caption(
            "Your collection is empty. Save a few drawings of each digit, above all those with a wrong prediction. "
            "Then fine-tune the network to your handwriting on the **Fine-tune** page."
        )
        return
    balance = [min(count, WANTED) for count in counts]
    st.progress(sum(balance) / (10 * WANTED), f"**{some(total, 'drawing')}** collected. Goal: {WANTED} of each digit")
    with st.container(horizontal=True, key="counts"):
        for label, count in enumerate(counts):
            st.badge(f"{label}: {count}", color="green" if count >= WANTED else "gray")
    if total >= WANTED:
        fine_tune_link()


main()

"""Draw a digit, see what the network predicts, and label the drawing."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from mnist_core.collection import review_queue
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.goals import WANTED
from mnist_core.common.errors import InputError
from mnist_core.common.text import some
from mnist_core.drawing import pictures, strokes
from mnist_core.evaluation import charts
from mnist_core.models.predictor import Prediction
from pages.studio import predictor, studio
from pages.widgets.canvas import SIDE, arrived, canvas, sheet
from pages.widgets.digits import digit
from pages.widgets.guarded import guarded_fragment, once, show_error
from pages.widgets.labelling import ask_for_another_picture, labels, press, save_pressed
from pages.widgets.live_chart import live_chart
from pages.widgets.loop_steps import loop_steps
from pages.widgets.quiz import fine_tune_link, quiz_panel, quiz_switch

SMALLEST = 0.06 * SIDE
"""A smaller mark is an accidental click, not a digit."""

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


def main() -> None:
    if st.session_state.get("page_entered"):
        sheet().show_again()
    _workbench()


@guarded_fragment
def _workbench() -> None:
    model = studio().registry.active()
    source = st.session_state.get("source") or "Draw"
    drawing = _given(source)
    if save_pressed(drawing, model):
        drawing = None
    counts = studio().drawings.counts()
    loop_steps(1 if drawing is not None else 2 if sum(counts) >= 2 * WANTED else 0)
    left, right = st.columns([SIDE + 40, 620], gap="large")
    with left:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.segmented_control(
                "Source", ["Draw", "Upload", "Camera"], default="Draw", label_visibility="collapsed", key="source",
                on_change=sheet().show_again, width="content",
            )  # fmt: skip
            quiz_switch()
        if source == "Draw":
            _show_canvas()
        else:
            drawing = _from_picture(source)
    prediction = predictor(model).predict(drawing.image) if drawing is not None else None
    with right:
        quiz_panel(on_drawn=press, clear=_clear)
        _show_prediction(prediction, drawing)
    labels(prediction.digit if prediction is not None and prediction.verdict != "nothing drawn" else None)
    _counts(counts)


def _given(source: str) -> Drawing | None:
    """The drawing at the start of this run."""
    if source != "Draw":
        return st.session_state.get("picture")
    return _large_enough(arrived(_complete_saved).strokes)


def _large_enough(drawn: strokes.Strokes) -> Drawing | None:
    return Drawing(None, drawn) if strokes.extent(drawn) >= SMALLEST else None


def _complete_saved(drawing_id: int, drawn: strokes.Strokes) -> None:
    drawing, model = Drawing(None, drawn), studio().registry.active()
    found = predictor(model).predict(drawing.image)
    complete = replace(drawing, prediction=found.digit, probability=found.probability, model_id=model.id)
    studio().drawings.redraw(drawing_id, complete)


def _show_canvas() -> None:
    canvas(st.session_state.get("pen", 18))
    this = sheet()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Undo", icon=":material/undo:", on_click=once(this.undo), disabled=not this.drawing["objects"])
        st.button(
            "Clear", icon=":material/delete_sweep:", on_click=once(_clear), disabled=not this.drawing["objects"],
            shortcut="Esc",
        )  # fmt: skip
        st.slider(
            "Pen", 4, 40, 18, key="pen", persist_state="session",
            help="How thick the pen looks. The network sees the same thickness for every pen.",
        )  # fmt: skip


def _clear() -> None:
    """Empty the field; an unlabelled drawing goes into the review queue."""
    if (st.session_state.get("source") or "Draw") != "Draw":
        ask_for_another_picture()
        return
    drawing = _large_enough(sheet().strokes)
    sheet().clear()
    if drawing is not None:
        model = studio().registry.active()
        studio().review_queue.add(review_queue.predicted([drawing], predictor(model), model.id))


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

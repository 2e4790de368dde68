"""One image large: its label, what each model predicts for it, and what a person can do with it."""

from itertools import islice

import streamlit as st

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.flags import Flagged, Flags
from mnist_core.common.language import _
from mnist_core.models.model import Model
from mnist_core.models.predictor import Prediction
from pages.studio import predictor, studio
from pages.widgets.digits import digit
from pages.widgets.evaluation_set import EvaluationSet
from pages.widgets.gallery import relabel
from pages.widgets.guarded import guarded_dialog, once
from pages.widgets.shares import shares
from pages.widgets.table import harmless
from pages.widgets.text import escape

SIDE = 252
OTHERS = 8
"""How many other models are asked, the newest first."""


def enlarge(judged_on: EvaluationSet, number: int, model: Model) -> None:
    """Open the dialog.

    Args:
        number: the image's place in the set.
        model: whose probabilities are shown.
    """
    title = _("Image {number:,}", number=number + 1)
    guarded_dialog(content, title, width="medium", icon=":material/zoom_in:")(judged_on, number, model)


def content(judged_on: EvaluationSet, number: int, model: Model) -> None:
    """What the dialog shows."""
    image, label = judged_on.images[number], int(judged_on.labels[number])
    found = predictor(model).predict(image)
    left, right = st.columns(2)
    with left:
        digit(image, side=SIDE, caption=_("Label: {label}", label=label))
    with right:
        st.markdown(
            _(
                "**{model}** predicts **{digit}** ({share:.1%}).",
                model=escape(model.name), digit=found.digit, share=found.probability,
            )
        )  # fmt: skip
        shares(found.probabilities)
    _others(judged_on, number, model)
    _flag(Flagged(image, label, judged_on.source))
    _learn(judged_on, number, found, model)


def _others(judged_on: EvaluationSet, number: int, model: Model) -> None:
    models = (each for each in studio().registry.all() if each.card.usable and each.id != model.id)
    asked = [*islice((each for each in models if not each.without_onnx), OTHERS)]
    if not asked:
        return
    st.markdown(f"**{_('What other models predict')}**")
    rows = []
    for each in asked:
        found = predictor(each).predict(judged_on.images[number])
        right = found.digit == judged_on.labels[number]
        rows.append({"right": right, "model": each.name, "digit": found.digit, "share": 100 * found.probability})
    st.dataframe(
        harmless(rows), hide_index=True, height="content",
        column_config={
            "right": st.column_config.CheckboxColumn(_("Correct"), width=70),
            "model": st.column_config.TextColumn(_("Model"), width=150),
            "digit": st.column_config.NumberColumn(_("Predicted"), width=80),
            "share": st.column_config.NumberColumn(_("Probability"), format="%.1f%%", width=90),
        },
    )  # fmt: skip


def _flag(flagged: Flagged) -> None:
    flags = Flags(studio().workspace)
    if flagged.image in flags:
        st.button(
            _("Remove the flag"), icon=":material/flag:", key="image.unflag", on_click=once(flags.remove),
            args=(flagged.image,),
        )  # fmt: skip
    else:
        st.button(
            _("Flag"), icon=":material/outlined_flag:", key="image.flag", on_click=once(flags.add), args=(flagged,),
            help=_("Flagged images are listed on this page under “Flagged”."),
        )  # fmt: skip


def _learn(judged_on: EvaluationSet, number: int, found: Prediction, model: Model) -> None:
    """Relabel a drawing, or put another image into the fine-tuning set, unless it is for testing."""
    if judged_on.use == "test":
        why = _(
            "This image is in a test set. The network must not learn it: the accuracy there would no longer say how "
            "well it predicts unseen images."
        )
        st.caption(f":material/lock: {why}")
    elif judged_on.use == "drawings":
        label, new = int(judged_on.labels[number]), _label(judged_on, number)
        if st.button(_("Relabel"), icon=":material/edit:", key="image.relabel", disabled=new == label):
            drawings = studio().drawings.with_contents([judged_on.contents[number]])
            relabel([each for each in drawings if each.label == label], new)
            st.rerun()  # the set has changed, so the dialog closes
        st.caption(_("It is one of your drawings, so the next fine-tuning learns it with its label."))
    elif judged_on.use == "others":
        drawing = Drawing(
            _label(judged_on, number), bitmap=judged_on.images[number], prediction=found.digit,
            probability=found.probability, model_id=model.id,
        )  # fmt: skip
        st.button(
            _("Add to the fine-tuning set"), icon=":material/add:", key="image.learn", on_click=once(_add),
            args=(drawing,),
        )  # fmt: skip
        st.caption(_("It joins your drawings. After a fine-tuning, its prediction here proves nothing."))


def _label(judged_on: EvaluationSet, number: int) -> int:
    """The label that a person chooses, at first the present one."""
    given = int(judged_on.labels[number])
    key = f"image.label-{judged_on.key}-{number}"
    return int(st.selectbox(_("Label"), range(10), index=given, key=key, width=120))


def _add(drawing: Drawing) -> None:
    added, _skipped = studio().drawings.add_new([drawing])
    said = _("It is among your drawings now.") if added else _("It is among your drawings already.")
    st.toast(said, icon=":material/draw:")

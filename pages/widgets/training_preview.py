"""What a training will be like: its learning rate, and the images as the network sees them."""

import streamlit as st

from mnist_core.common.language import _
from mnist_core.config.schema import Augmentation, TrainConfig
from mnist_core.data import augmentation, datasets, synthetic
from mnist_core.drawing.strokes import Gray
from mnist_core.evaluation import charts
from mnist_core.jobs import preflight
from mnist_core.models import legibility
from mnist_core.models.registry import shipped
from pages.studio import predictor, studio
from pages.widgets import config_form, data_preview
from pages.widgets.digits import contact_sheet
from pages.widgets.guarded import errors_shown, guarded
from pages.widgets.live_chart import live_chart
from pages.widgets.train_form import FORM


def training_preview(config: TrainConfig) -> None:
    """Show both."""
    st.markdown(f"**{_('Learning rate during the training')}**")
    rate = charts.schedule_preview(config.schedule, config.learning_rate, config.epochs)
    live_chart(rate, key="schedule", height=220, modebar=False)
    if config.dataset in datasets.BY_NAME:
        _augmented_digits(config)
    else:
        _own_data(config)


def _own_data(config: TrainConfig) -> None:
    """The images that a path in the form leads to."""
    if "dataset" in preflight.problems(config, studio().workspace):  # which are shown beside the button
        return
    if (found := data_preview.of_path(config.dataset)) is None:
        return
    dataset, judged = found
    data_preview.show(dataset.turned() if config.turn_images else dataset, judged)
    with errors_shown():
        datasets.check_split(dataset.y_train)
    if judged.looks_turned and not config.turn_images:
        st.button(
            _("Turn the images"), key="train.turn", icon=":material/screen_rotation_alt:", on_click=guarded(_turn)
        )


def _turn() -> None:
    config_form.set_value(FORM, "turn_images", True)


def _augmented_digits(config: TrainConfig) -> None:
    images = _examples()[0]
    changed = augmentation.preview(images, config, seed=config.seed)
    if (changed != images).any():
        st.markdown(f"**{_('Digits as the network sees them')}**")
    else:
        st.markdown(f"**{_('Digits, unchanged')}**")
    contact_sheet(changed, 10)
    share = _legibility(Augmentation(**config.model_dump(include=set(Augmentation.model_fields))))
    if share < legibility.LEAST:
        st.warning(
            _(
                "The shipped model recognizes only {share:.0%} of digits that are changed like this. Reduce the "
                "augmentation, or the network learns from unreadable digits.",
                share=share,
            ),
            icon=":material/visibility_off:",
        )


@st.cache_data(show_spinner=False, max_entries=200, hash_funcs={Augmentation: Augmentation.model_dump_json})
def _legibility(changes: Augmentation) -> float:
    return legibility.legibility(changes, predictor(shipped()))


@st.cache_data(show_spinner=False)
def _examples() -> tuple[Gray, Gray]:
    return synthetic.generate(30, seed=1)

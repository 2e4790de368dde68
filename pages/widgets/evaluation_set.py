"""What the Evaluate page evaluates models on: a test set or the collected drawings."""

import hashlib
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import streamlit as st

from mnist_core.common.language import _
from mnist_core.data import datasets
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor
from pages.studio import studio

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]
Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True)
class EvaluationSet:
    """(N, 28, 28) images, their (N,) labels, and a key that identifies the images."""

    key: str
    images: Images
    labels: Labels

    def probabilities(self, model: Model) -> Probabilities:
        """(N, 10): what the model predicts."""
        with st.spinner(_("Predicting…")):
            return _probabilities(model.id, self)


@st.cache_data(show_spinner=False, max_entries=16, hash_funcs={EvaluationSet: attrgetter("key")})
def _probabilities(model_id: str, judged_on: EvaluationSet) -> Probabilities:
    return Predictor.of(studio().registry.get(model_id), threads=0).probabilities(judged_on.images)


def of_data_set(name: str, models: list[Model]) -> EvaluationSet:
    """The test images of a data set, by its name.

    If its files do not say which images are for testing, these are all, unless one of the models was trained on it.
    """
    named, lineages = name in datasets.BY_NAME, [studio().registry.lineage(model) for model in models]
    trained = not named and any(each.card.was_trained_on(name) for line in lineages for each in line)
    with st.spinner(_("Loading the test set…")):
        return _of_data_set(name, trained, 0 if named else Path(name).stat().st_mtime_ns)


@st.cache_resource(show_spinner=False, max_entries=4)
def _of_data_set(name: str, trained: bool, changed: int) -> EvaluationSet:
    """
    Args:
        trained: whether a model was trained on it.
        changed: when its file was changed, as a part of the key.
    """
    dataset = datasets.load(name, studio().workspace)
    x, y = dataset.all if dataset.undivided and not trained else (dataset.x_test, dataset.y_test)
    return EvaluationSet(f"{name} {trained} {changed}", x, y)


def of_drawings(models: list[Model]) -> EvaluationSet:
    """The collected drawings, at first without those that one of the models has learned: they prove nothing.

    When the page runs again, it rasterises only new drawings, and predicts only a new set.
    """
    collected = studio().drawings.contents()
    learned = set().union(*(studio().registry.seen_along(model) for model in models))
    new = [each for each in collected if each[0] not in learned]
    chosen = new or collected
    if collected and not new:
        st.warning(
            _(
                "All your drawings were used for fine-tuning. This accuracy says how well the model has learned them, "
                "not how well it predicts new ones. Draw some more to measure that."
            ),
            icon=":material/school:",
        )
    elif len(new) < len(collected) and not st.toggle(
        _("Only drawings that were not used for fine-tuning ({count:,})", count=len(new)),
        value=True,
        key="evaluate.new",
    ):
        chosen = collected
    return _set_of(chosen, {content for content, _ in collected})


def _set_of(chosen: list[tuple[str, int]], collected: set[str]) -> EvaluationSet:
    """The chosen (sha256, label), without drawings that another tab has just deleted."""
    images = studio().image_cache.images(collected)
    there = [(content, label) for content, label in chosen if content in images]
    key = hashlib.sha256("".join(content for content, _ in there).encode()).hexdigest()
    pixels = np.stack([images[content] for content, _ in there]) if there else np.zeros((0, 28, 28), np.uint8)
    return EvaluationSet(key, pixels, np.array([label for _, label in there], np.uint8))

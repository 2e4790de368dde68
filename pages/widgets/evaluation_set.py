"""What the Evaluate page evaluates models on: a test set or the collected drawings."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from threading import Lock
from typing import Literal

import numpy as np
import numpy.typing as npt
import streamlit as st

from mnist_core.collection.flags import Flagged, sha256
from mnist_core.common.language import Text, _
from mnist_core.data import datasets
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor
from pages.studio import studio

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]
Probabilities = npt.NDArray[np.float32]


Use = Literal["test", "drawings", "others", "flagged"]
"""What images are for: testing alone, collected drawings, other images that a model may learn, or flagged ones."""
AT_ONCE = 512


@dataclass(frozen=True)
class EvaluationSet:
    """(N, 28, 28) images, their (N,) labels, and a key that identifies the images."""

    key: str
    images: Images
    labels: Labels
    source: str
    """The name of the data set, or "drawings"."""
    use: Use
    contents: tuple[str, ...] = ()
    """Of drawings: the sha256 of each."""

    def probabilities(self, model: Model) -> Probabilities:
        """(N, 10): what the model predicts. The page shows how far it is, and the accuracy so far.

        A person need not wait: a click elsewhere ends the run of the page, and the next one goes on from there.
        """
        predicting, place = _predicting(model.id, self), st.empty()
        while (done := predicting.done) < len(self.labels):
            predicting.go_on()
            place.progress(done / len(self.labels), text=self._so_far(predicting))
        place.empty()
        return predicting.probabilities

    def first(self, count: int) -> "EvaluationSet":
        """The same set with its first images only."""
        return replace(self, key=f"{self.key} {count}", images=self.images[:count], labels=self.labels[:count])

    def _so_far(self, predicting: "Predicting") -> Text:
        done = predicting.done
        right = predicting.probabilities[:done].argmax(axis=1) == self.labels[:done]
        return _(
            "{done:,} of {count:,} images predicted, {accuracy:.2%} correctly",
            done=done, count=len(self.labels), accuracy=float(right.mean()),
        )  # fmt: skip


class Predicting:
    """A model's predictions for a set of images, as far as they are made. All tabs share them."""

    def __init__(self, predictor: Predictor, images: Images) -> None:
        self._predictor, self._images, self._lock = predictor, images, Lock()
        self.probabilities = np.empty((len(images), 10), np.float32)
        self.done = 0

    def go_on(self) -> None:
        """Predict some more."""
        with self._lock:
            part = slice(self.done, self.done + AT_ONCE)
            if len(images := self._images[part]):
                self.probabilities[part] = self._predictor.probabilities(images)
                self.done += len(images)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={EvaluationSet: attrgetter("key")})
def _predicting(model_id: str, judged_on: EvaluationSet) -> Predicting:
    return Predicting(Predictor.of(studio().registry.get(model_id), threads=0), judged_on.images)


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
    everything = dataset.undivided and not trained
    x, y = dataset.all if everything else (dataset.x_test, dataset.y_test)
    return EvaluationSet(f"{name} {trained} {changed}", x, y, dataset.name, "others" if everything else "test")


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
    labels = np.array([label for _, label in there], np.uint8)
    return EvaluationSet(key, pixels, labels, "drawings", "drawings", tuple(content for content, _ in there))


def of_flagged(flagged: Sequence[Flagged]) -> EvaluationSet:
    """The images that a person has flagged, from wherever they are."""
    key = hashlib.sha256("".join(sha256(each.image) for each in flagged).encode()).hexdigest()
    images = np.stack([each.image for each in flagged])
    return EvaluationSet(f"flagged {key}", images, np.array([each.label for each in flagged], np.uint8), "", "flagged")

"""A look at a data set before it is used: its images with their labels, and what was converted."""

from pathlib import Path

import streamlit as st

from mnist_core.common.errors import StudioError
from mnist_core.common.language import _, n_
from mnist_core.data import datasets, preview
from mnist_core.data.datasets import Dataset
from mnist_core.models import turned
from mnist_core.models.turned import Judged
from pages.studio import studio
from pages.widgets.digits import strip
from pages.widgets.guarded import show_error
from pages.widgets.text import escape

SIDE = 44


def show(dataset: Dataset, judged: Judged) -> None:
    """The images, the counts and the conversions.

    Args:
        judged: how well the shipped model predicts the images as they are in the files.
    """
    found = preview.of(dataset)
    images = n_("{n} image", "{n:,} images", found.count)
    parts = _("{train:,} for training, {test:,} for testing", train=sum(found.train), test=sum(found.test))
    st.markdown(f"**{escape(found.name)}**: {images} ({parts})")
    strip(found.images, [str(label) for label in found.labels], side=SIDE)
    counts = [train + test for train, test in zip(found.train, found.test, strict=True)]
    by_digit = " · ".join(f"{digit}: {count:,}" for digit, count in enumerate(counts))
    st.caption(_("Images of each digit: {counts}", counts=by_digit))
    if found.conversions:
        lines = [f":material/sync_alt: {escape(text.again())}" for text in found.conversions]
        st.caption("  \n".join(lines))
    if judged.looks_turned:
        st.warning(escape(judged.text), icon=":material/screen_rotation_alt:")
    elif judged.looks_wrong:
        st.warning(escape(judged.text), icon=":material/rule:")
    else:
        st.caption(f":material/check: {escape(judged.text)}")


def of_path(name: str) -> tuple[Dataset, Judged] | None:
    """The data set of a path that a person entered; None if it cannot be read, which is shown."""
    try:
        with st.spinner(_("Reading the images…")):
            return _loaded(datasets.settled(name), _signature(Path(datasets.settled(name))))
    except StudioError as error:
        show_error(error)
        return None


def _signature(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


@st.cache_resource(show_spinner=False, max_entries=2)
def _loaded(name: str, signature: tuple[int, int]) -> tuple[Dataset, Judged]:  # noqa: ARG001 – a part of the key
    return judged_of(datasets.load(name, studio().workspace))


def judged_of(dataset: Dataset) -> tuple[Dataset, Judged]:
    """The data set and how well the shipped model predicts it."""
    return dataset, turned.judge(*dataset.examples)

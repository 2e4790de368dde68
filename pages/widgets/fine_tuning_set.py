"""The drawings of a fine-tuning set, by the indices of its report."""

from pathlib import Path

import streamlit as st

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import n_
from mnist_core.jobs.runs import Run


def fine_tuning_set(run: Run, indices: list[int]) -> list[Drawing]:
    """The drawings with these indices.

    Raises:
        InputError: the file is missing or damaged.
        UnreadableError: the file has fewer drawings than the report lists.
    """
    return _read(str(run.learned), tuple(indices))


# A run's fine-tuning set never changes, so each is parsed once and not on every rerun of the page. `cache_resource`
# returns the same objects each time (`cache_data` would copy them), so images and hashes are computed once as well.
@st.cache_resource(show_spinner=False, max_entries=8)
def _read(path: str, indices: tuple[int, ...]) -> list[Drawing]:
    drawings = file_formats.labelled(file_formats.read(Path(path), bounded=False), Path(path).name)
    if max(indices, default=0) >= len(drawings):
        raise UnreadableError(
            n_(
                "{path} has {n} drawing, fewer than the run's report lists.",
                "{path} has {n:,} drawings, fewer than the run's report lists.",
                len(drawings),
                path=path,
            )
        )
    return [drawings[index] for index in indices]

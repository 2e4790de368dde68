"""What holds for every file with a data set, whole or broken: images and labels, or one sentence."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.common.errors import InputError
from mnist_core.data.files import reading
from tests.data.test_files import LABEL_FIRST, PICTURES, X, Y, arrays, zipped

NAMES = ("a.csv", "a.csv.gz", "a.tsv", "a.npz", "a.zip", "a", "train-images-idx3-ubyte")
WHOLE = {
    "a.csv": LABEL_FIRST[: LABEL_FIRST.index(b"\n", 20_000) + 1],
    "a.npz": arrays(x=X[:5].astype(np.float32), y=np.eye(10)[Y[:5]]),
    "a.zip": zipped(dict([*PICTURES.items()][:4])),
}
changes = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=3), st.integers(0, 3)), max_size=4)


def check(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            parts = reading.read(path)
        except InputError:
            return
    for part in filter(None, parts):
        assert (part.images.shape[1:], part.images.dtype, part.labels.dtype) == ((28, 28), np.uint8, np.uint8)
        assert len(part.images) == len(part.labels) > 0
        assert part.labels.max() <= 9


@given(st.sampled_from(NAMES), st.binary(max_size=200))
def test_any_bytes_are_a_data_set_or_a_sentence(name: str, content: bytes) -> None:
    """An InputError; nothing else is raised."""
    check(name, content)


@given(
    st.lists(st.lists(st.sampled_from(["0", "7", "255", "0.5", "x", "", '"', "1e400", "nan"]), max_size=6), max_size=4)
)
def test_any_table_is_a_data_set_or_a_sentence(rows: list[list[str]]) -> None:
    """Of any number of columns, and of 785 if the first cells are repeated."""
    check("a.csv", "\n".join(map(",".join, rows)).encode())
    check("a.csv", "\n".join(",".join([*row, *["0"] * (785 - len(row))]) for row in rows).encode())


@pytest.mark.parametrize("name", WHOLE)
@given(changed=changes, kept=st.floats(0, 1))
def test_a_damaged_file_is_a_data_set_or_a_sentence(
    name: str, changed: list[tuple[float, bytes, int]], kept: float
) -> None:
    """Bytes replaced, added, taken out; the end cut off."""
    content = WHOLE[name]
    for place, put, replaced in changed:
        at = int(place * len(content))
        content = content[:at] + put + content[at + replaced :]
    check(name, content[: round(kept * len(content))] if kept < 0.5 else content)

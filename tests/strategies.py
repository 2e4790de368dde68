"""What Hypothesis makes up: drawings as JSON has them, and JSON that is anything."""

from typing import Any

from hypothesis import strategies as st

from mnist_core.drawing.strokes import MAX_COORDINATE, SIDE, Strokes

coordinates = st.one_of(
    st.floats(-MAX_COORDINATE, MAX_COORDINATE),
    st.integers(-400, 400).map(float),  # which coincide now and then: dots, straight lines, pens that stand still
)

drawn_strokes: st.SearchStrategy[Strokes] = st.lists(
    st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8), min_size=1, max_size=5
)
"""One point at least, anywhere."""

grid_strokes: st.SearchStrategy[Strokes] = st.lists(
    st.lists(st.tuples(*[st.integers(0, 340).map(float)] * 2), min_size=1, max_size=8), min_size=1, max_size=5
)
"""On whole pixels, which can be moved and scaled without rounding."""


@st.composite
def bitmap_rows(draw: st.DrawFn) -> list[list[int]]:
    """28 rows of 28 grey values."""
    values = draw(st.binary(min_size=SIDE * SIDE, max_size=SIDE * SIDE))
    return [list(values[row * SIDE : (row + 1) * SIDE]) for row in range(SIDE)]


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just(10**400), st.just("5")
)  # fmt: skip


def json_values(*keys: str) -> st.SearchStrategy[Any]:
    """Anything that JSON can hold, NaN included; its objects have some of these keys."""
    names = st.sampled_from(keys) if keys else st.text(max_size=5)
    return st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
        max_leaves=12,
    )

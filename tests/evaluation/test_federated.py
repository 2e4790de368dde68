"""The figures of a federated model."""

import pytest

from mnist_core.common.errors import InputError
from mnist_core.evaluation import federated
from mnist_core.evaluation.federated import ClientScores, gain, mean
from mnist_core.evaluation.federated_chart import chart

CLIENTS = (
    ClientScores(name="a", trained=9, held_out=10, before=5, alone=6, federated=8),
    ClientScores(name="b<i>", trained=9, held_out=20, before=18, alone=17, federated=18),
)


def test_each_client_counts_the_same() -> None:
    """However many drawings it holds out. What was not measured has no mean."""
    assert mean(CLIENTS, "before") == pytest.approx(0.7)
    assert mean(CLIENTS, "federated") == pytest.approx(0.85)
    assert mean(CLIENTS, "pooled") is None
    found = gain(CLIENTS, "federated")
    assert found is not None
    assert found == pytest.approx((0.15, 0.0, 0.3))
    assert gain(CLIENTS, "pooled") is None


def test_the_chart_has_a_row_for_each_client() -> None:
    """The lowest accuracy is at the top, ways that were not measured are missing, and names are inert."""
    figure = chart(CLIENTS)
    assert [trace.name.split(" ")[0] for trace in figure.data] == ["before", "alone", "federated"]
    assert list(figure.data[0].y) == ["b&lt;i&gt;", "a"]


def test_without_flower_it_says_how_to_install_it() -> None:
    """In one sentence with both commands, because Flower's own requirements do not fit."""
    with pytest.raises(InputError, match=r"mnist-studio\[federated\].*--no-deps flwr=="):
        federated.check(lambda name: None)
    federated.check(lambda name: name)

"""The points that a compression is going to make."""

import pytest

from mnist_core.config.schema import CompressConfig
from mnist_core.evaluation.compression import key_of
from mnist_core.evaluation.compression_plan import planned


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        (CompressConfig(), "int8"),
        (CompressConfig(low_rank=0.5, int8=False), "rank50"),
        (CompressConfig(sparsity="50, 80"), "int8 sparse50 sparse50-int8 sparse80 sparse80-int8"),
        (
            CompressConfig(distill_into="tiny", low_rank=0.5, sparsity="80", int8=False),
            "tiny tiny-rank50 tiny-rank50-sparse80",
        ),
    ],
)
def test_each_step_leaves_a_point_and_its_int8_form(config: CompressConfig, keys: str) -> None:
    assert [key_of(steps) for steps in planned(config)] == keys.split()

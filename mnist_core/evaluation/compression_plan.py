"""A config → the points that its compression makes."""

from mnist_core.config.schema import CompressConfig
from mnist_core.evaluation.compression import CompressionStep, Steps

INT8 = CompressionStep(kind="int8")


def planned(config: CompressConfig) -> list[Steps]:
    """The steps of each point in their order, without the base.

    Some may be missing: after a stop, after a step that failed, or if no layer is large enough for a low rank.
    """
    before: Steps = ()
    changed: list[Steps] = []
    if config.distill_into != "none":
        before = (CompressionStep(kind="distilled", architecture=config.distill_into),)
        changed.append(before)
    if config.low_rank:
        before = (*before, CompressionStep(kind="low_rank", share=config.low_rank))
        changed.append(before)
    changed += [(*before, CompressionStep(kind="pruned", share=level)) for level in config.levels]
    if not config.int8:
        return changed
    return [(INT8,), *(steps for each in changed for steps in (each, (*each, INT8)))]

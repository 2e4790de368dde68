"""The stages of a compression, one after the other: distill, low rank, prune; and the int8 form of each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import keras

from mnist_core.common.language import _
from mnist_core.config.schema import CompressConfig, TrainConfig
from mnist_core.engine.backends import saved
from mnist_core.engine.compression import files
from mnist_core.engine.compression.fitting import Stage, fit
from mnist_core.engine.compression.low_rank import factorize, ranks
from mnist_core.engine.compression.material import Material
from mnist_core.engine.compression.measuring import Candidate
from mnist_core.engine.compression.pruning import Masks, prune
from mnist_core.engine.context import RunContext
from mnist_core.engine.networks.averaging import without_views
from mnist_core.engine.networks.build import build
from mnist_core.engine.networks.flat import flat
from mnist_core.evaluation.compression import CompressionStep, Steps
from mnist_core.jobs.progress import Phase
from mnist_core.models.model import Model

DISTILLATION_FACTOR = 4
"""The learning rate of a distillation, whose weights are random at first, over that of the other stages."""


@dataclass
class Work:
    """One compression under way."""

    context: RunContext[CompressConfig]
    base: Model
    material: Material
    device: str
    fit_seconds: float = 0.0
    epochs: int = 0
    """Trained so far."""
    epochs_in_all: int = 0

    def candidates(self, base: Candidate) -> Iterator[Candidate]:
        """Each compressed model, as soon as its files are there."""
        yield from self._in_int8(base)
        if not self.context.config.trains:
            return
        config = self.context.config
        distills = config.distill_into != "none"
        network, views = (self._student(config.distill_into), 1) if distills else self._network()
        thins = bool(ranks(network, config.low_rank))
        if config.low_rank and not thins:
            self.material.warnings.append(_("The network has no layer that is large enough for a low rank."))
        self.epochs_in_all = distills * config.distill_epochs + config.epochs * (thins + len(config.levels))
        steps: Steps = ()
        if distills:
            steps = (CompressionStep(kind="distilled", architecture=config.distill_into),)
            self._fit(network, "distilling", config.distill_epochs, DISTILLATION_FACTOR * config.learning_rate)
            yield from self._written(network, steps, views)
        if thins:
            network = factorize(network, config.low_rank)
            steps = (*steps, CompressionStep(kind="low_rank", share=config.low_rank))
            self._fit(network, "low_rank", config.epochs, config.learning_rate)
            yield from self._written(network, steps, views)
        for level in config.levels:
            masks = prune(network, level)
            self._fit(network, "pruning", config.epochs, config.learning_rate, share=level, masks=masks)
            yield from self._written(network, (*steps, CompressionStep(kind="pruned", share=level)), views)

    def _network(self) -> tuple[keras.Model, int]:
        """The base's network to be changed, and over how many views it averages.

        An imported network may be inside another one, and a fine-tuned one may have frozen layers.
        """
        network, views = without_views(saved.network_of(self.base))
        network = flat(network)
        network.trainable = True
        return network, views

    @cached_property
    def _teacher(self) -> keras.Model:
        return without_views(saved.network_of(self.base))[0]

    def _student(self, architecture: str) -> keras.Model:
        """A new network of this architecture, with a digit score if the base has one."""
        outliers = 1 if self.base.card.digit_score else 0
        seed = self.context.config.seed
        return build(TrainConfig(architecture=architecture, outliers=outliers, seed=seed))

    def _fit(
        self,
        network: keras.Model,
        phase: Phase,
        epochs: int,
        learning_rate: float,
        *,
        share: float = 0.0,
        masks: Masks | None = None,
    ) -> None:
        if not epochs:
            return
        warnings = self.material.warnings
        stage = Stage(
            phase, epochs, learning_rate, share, self.epochs, self.epochs_in_all, self.fit_seconds, tuple(warnings)
        )
        position = fit(self.context, stage, network, self._teacher, self.material, self.device, masks)
        warnings += [each for each in position.warnings if each not in warnings]
        self.fit_seconds += position.elapsed_s
        self.epochs += epochs

    def _written(self, network: keras.Model, steps: Steps, views: int) -> Iterator[Candidate]:
        written = files.write(self.context.run, network, steps, self.material, views=views)
        candidate = replace(written, epochs=self.epochs, fit_seconds=self.fit_seconds)
        yield candidate
        yield from self._in_int8(candidate)

    def _in_int8(self, candidate: Candidate) -> Iterator[Candidate]:
        if self.context.config.int8:
            self.context.tell("quantizing")
            yield files.write_int8(self.context.run, candidate, self.material)

"""FedProx: an optimizer that holds the weights near those that it began with.

Li et al. 2020, "Federated optimization in heterogeneous networks".
"""

from typing import Any

from keras import ops

from mnist_core.engine.fine_tuning.trainable_layers import LayerwiseAdam


class ProximalAdam(LayerwiseAdam):
    """Minimises the loss plus μ/2 times the squared distance to the anchor."""

    def __init__(self, shares: dict[str, float], learning_rate: float, mu: float) -> None:
        super().__init__(shares, learning_rate)
        self._mu = mu

    def build(self, variables: list[Any]) -> None:
        super().build(variables)
        # They are the optimizer's own variables, because JAX knows no others within a compiled step.
        self._anchors = [self.add_variable_from_reference(each, "anchor") for each in variables]

    def anchor(self, variables: list[Any]) -> None:
        """Hold the weights near their present values."""
        for anchor, variable in zip(self._anchors, variables, strict=True):
            anchor.assign(variable)

    def apply(self, grads: list[Any], trainable_variables: list[Any] | None = None) -> None:
        present = self._trainable_variables if trainable_variables is None else trainable_variables
        pulled = [
            grad + self._mu * (ops.convert_to_tensor(variable) - ops.convert_to_tensor(anchor))
            for grad, variable, anchor in zip(grads, present, self._anchors, strict=True)
        ]
        super().apply(pulled, trainable_variables)

"""What a job lacks on this machine, said beside the button that would start it."""

import streamlit as st

from mnist_core.common.language import _
from mnist_core.config.schema import CompressConfig, TrainConfig
from mnist_core.data import datasets
from mnist_core.jobs import preflight
from pages.studio import studio
from pages.widgets.text import escape


def is_blocked(config: TrainConfig | CompressConfig, without_mnist: str) -> bool:
    """Whether a job with these settings cannot start on this machine; say why.

    Args:
        without_mnist: a sentence for a machine that lacks MNIST, if the settings name it.
    """
    workspace = studio().workspace
    problems = preflight.problems(config, workspace)
    for name, problem in problems.items():
        said = _("{setting}: {problem}", setting=config.label(name), problem=escape(problem))
        st.error(said, icon=":material/error:")
    name = config.dataset
    if isinstance(config, CompressConfig) and not name and "model" not in problems:
        name = preflight.dataset_of(studio().registry.of_config(config.model), workspace)
    lacks_mnist = name == "mnist" and not datasets.find_mnist(workspace)
    if lacks_mnist:
        st.info(without_mnist, icon=":material/cloud_off:")
    return bool(problems) or lacks_mnist

"""The loop, the keyboard shortcuts, the words, and where everything is kept."""

from collections.abc import Iterable

import streamlit as st

from mnist_core import __version__
from mnist_core.common.language import N_, _
from pages.studio import studio
from pages.widgets import tour
from pages.widgets.guarded import guarded
from pages.widgets.heading import heading
from pages.widgets.shortcuts import SHORTCUTS

LOOP = (
    ("draw", "draw", N_("Draw"), N_("Draw a digit. The network predicts after every stroke.")),
    ("draw", "keyboard", N_("Label"), N_("Press the digit's key. The drawing joins your collection.")),
    ("fine_tune", "school", N_("Fine-tune"), N_("Click once. The network learns your drawings.")),
    ("fine_tune", "compare_arrows", N_("Compare"), N_("See the accuracy before and after.")),
    ("models", "deployed_code", N_("Keep"), N_("Keep the new model, or return to an earlier one.")),
)
"""The page, the icon, the name and the sentence of each step."""
WORDS = {
    N_("Candidate"): N_("A fine-tuned model that you have neither kept nor discarded."),
    N_("Replay buffer"): N_("Digits of the earlier training that the network practises while it learns your drawings."),
    N_("Training images"): N_("What the network learns from."),
    N_("Validation images"): N_("What a training does not learn from. They decide which epoch is the best."),
    N_("Test set"): N_("What no training uses for anything. Only the final model is measured on it."),
    N_("Calibration"): N_("It adjusts the probabilities, so that of all predictions at 90%, nine in ten are correct."),
    N_("Acceptance test"): N_("It rejects a fine-tuned model that is worse on your drawings or has forgotten MNIST."),
}


def main() -> None:
    heading(_("Help"), _("The loop, the keyboard shortcuts and the words of this program."))
    with st.container(key="help-page"):
        _loop()
        left, right = st.columns(2, gap="large")
        with left:
            st.markdown(f"## {_('Keyboard shortcuts')}")
            _table(
                (_("key"), _("page"), _("action")),
                ((f"`{key}`", _(where), _(action)) for where, keys in SHORTCUTS.items() for key, action in keys),
            )
        with right:
            st.markdown(f"## {_('Words')}")
            _table((_("word"), _("meaning")), ((f"**{_(word)}**", _(meaning)) for word, meaning in WORDS.items()))
        _where()


def _loop() -> None:
    """The steps beside each other, each with a link to its page."""
    with st.container(horizontal=True, key="help-loop"):
        for number, (page, icon, name, sentence) in enumerate(LOOP, start=1):
            with st.container(key=f"help-step-{number}"):
                st.page_link(f"pages/{page}.py", label=f"**{number}. {_(name)}**", icon=f":material/{icon}:")
                st.caption(_(sentence))
    st.button(_("Start the tour"), key="help.tour", icon=":material/tour:", on_click=guarded(tour.start))


def _table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    names = [*names]
    lines = [names, ["---"] * len(names), *rows]
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _where() -> None:
    st.markdown(f"## {_('Your files')}")
    st.caption(_("The workspace is a folder with your drawings, models and runs. A copy of it is a backup."))
    st.code(str(studio().workspace.root), language=None)
    st.markdown(
        _(
            "MNIST Studio {version}. The folder `docs` beside the program's source explains each page; "
            "`mnist-studio --help` explains the commands.",
            version=__version__,
        )
    )


main()

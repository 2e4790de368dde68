"""Import a model file, and set the form of its input if that cannot be found out."""

from contextlib import suppress
from pathlib import Path

import streamlit as st

from mnist_core.common.errors import StudioError
from mnist_core.common.files import scratch_folder
from mnist_core.common.language import N_, _, sentences
from mnist_core.models import import_export
from mnist_core.models.input_form import SCALES, Wanted, formula
from pages.language import keep_choice
from pages.studio import studio
from pages.widgets.guarded import show_error
from pages.widgets.passphrase import uploaded
from pages.widgets.text import escape
from pages.widgets.upload import upload

BACKGROUNDS = {
    "": N_("Find out"),
    "light": N_("Light digits on a dark background"),
    "dark": N_("Dark digits on a light background"),
}

IMPORTED = "models.imported"
"""The session-state key of the id of the model that was imported last."""


def model_import() -> None:
    """An uploader, two questions with an answer that is mostly right, and the result."""
    with st.expander(_("Import a model"), key="models.import", icon=":material/upload_file:"):
        st.caption(
            _(
                "A .keras or .h5 file made of Keras' own layers, or an .onnx file, which can predict but cannot be "
                "fine-tuned. The app checks it first and opens it in a separate process. Then it finds out on real "
                "digits which form of input the network expects."
            )
        )
        file = upload(_("A .keras, .h5 or .onnx file"), import_export.MAX_FILE, key="model-file")
        left, right = st.columns(2)
        for key in ("models.scale", "models.background"):
            keep_choice(key)
        scale = left.selectbox(
            _("Values of the images, from x of 0 to 255"), ["", *SCALES], key="models.scale",
            format_func=lambda code: formula(code) if code else _("Find out"),
        )  # fmt: skip
        background = right.selectbox(
            _("Background"), [*BACKGROUNDS], key="models.background", format_func=lambda code: _(BACKGROUNDS[code])
        )
        plain = uploaded(file) if file is not None else None
        if plain is not None and st.button(_("Import"), type="primary", key="models.import-file"):
            inverted = {"light": False, "dark": True}.get(background)
            with scratch_folder() as folder, st.spinner(_("Checking and opening the file…")):
                path = folder / f"model{Path(plain.name).suffix.lower()[:10]}"
                path.write_bytes(plain.content)
                try:
                    model = import_export.import_model(
                        path, studio().workspace, Path(plain.name).stem[:100], Wanted.of(scale, inverted)
                    )
                except StudioError as error:
                    show_error(error)
                else:
                    st.session_state["models.chosen"] = [model.id]  # the table selects it
                    st.session_state[IMPORTED] = model.id
                    st.toast(_("{model} was added.", model=escape(model.name)), icon=":material/check:")
                    st.rerun()
        _result()


def _result() -> None:
    """What the import of this session found out last."""
    with suppress(StudioError):  # the model has been deleted
        if model_id := st.session_state.get(IMPORTED):
            model = studio().registry.get(model_id)
            said = model.no_digit_model or model.reads_badly or (model.card.inputs and model.card.inputs.text)
            added = _("{model} was added.", model=model.name)
            show = st.warning if model.no_digit_model or model.reads_badly else st.success
            show(escape(sentences([added, said] if said else [added])), icon=":material/upload_file:")

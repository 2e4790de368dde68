"""Import a file of drawings: pictures are shown with their labels before they are taken."""

import numpy as np
import streamlit as st

from mnist_core.collection import file_formats, importer, stroke_lines
from mnist_core.collection.importer import Compared
from mnist_core.collection.picture_sets import Found
from mnist_core.common.encryption import Plain
from mnist_core.common.errors import InputError
from mnist_core.common.language import _, n_, sentences
from pages.studio import studio
from pages.widgets.digits import strip
from pages.widgets.guarded import show_error
from pages.widgets.passphrase import uploaded
from pages.widgets.text import escape
from pages.widgets.upload import upload

SHOWN = 30
SIDE = 44
READ = "drawings_import.read"
"""The session-state key of the last upload: its file's id, and the drawings or the error."""

COMPARED = "drawings_import.compared"
"""The session-state key of the labels and predictions of the last upload."""


def drawings_import() -> None:
    """An uploader, a look at the drawings, and a button that imports them."""
    strokes_or_pictures = _("Strokes (.jsonl, .jsonl.gz) or a .zip of pictures in folders 0 to 9")
    file = upload(strokes_or_pictures, stroke_lines.MAX_BYTES, key="import")
    if file is None:
        return
    if (plain := uploaded(file)) is None:
        return
    found = _read(file.file_id, plain)
    if isinstance(found, InputError):
        show_error(found)
        return
    if found.label_names:
        said = n_(
            "{n} picture without a label has a digit in its name. Is it the label?",
            "{n:,} pictures without a label have a digit in their names. Are these the labels?",
            found.label_names,
        )
        st.warning(said, icon=":material/help:")
        if st.toggle(_("Take the labels from the names"), key=f"import.names-{file.file_id}"):
            found = found.with_labels_from_names()
    _show(found, _compared(found, file.file_id))
    label = n_("Import {n} drawing", "Import {n:,} drawings", len(found.drawings))
    if st.button(label, key="gallery.import", icon=":material/upload_file:", type="primary"):
        imported = importer.import_drawings(found.drawings, studio().workspace)
        st.toast(imported.summary, icon=":material/check:", duration="long")
        st.rerun()


def _read(file_id: str, plain: Plain) -> Found | InputError:
    """Read an upload once."""
    known, found = st.session_state.get(READ, (None, None))
    if known != file_id:
        try:
            found = file_formats.find_in(plain.name, plain.content)
        except InputError as error:
            found = error
        st.session_state[READ] = file_id, found
    result: Found | InputError = found
    return result


def _compared(found: Found, file_id: str) -> Compared:
    """Predict the labelled drawings once for each model."""
    here = studio()
    labels = tuple(each.label for each in found.drawings)
    key = file_id, here.registry.active().id, labels
    known, compared = st.session_state.get(COMPARED, (None, None))
    if known != key:
        compared = importer.compare(found.drawings, here.workspace)
        st.session_state[COMPARED] = key, compared
    result: Compared = compared
    return result


def _caption(label: int | None, predicted: int | None) -> str:
    if label is None:
        return "?"
    return str(label) if predicted == label else f"{label} ({predicted})"


def _show(found: Found, compared: Compared) -> None:
    """Some drawings with their labels and what the model predicts instead, and what is odd about the file."""
    pairs = [*zip(found.drawings, compared.predictions, strict=True)]
    shown = pairs[:: -(-len(pairs) // SHOWN) or 1]
    if shown:
        captions = [_caption(each.label, predicted) for each, predicted in shown]
        strip(np.stack([each.image for each, _predicted in shown]), captions, side=SIDE)
    if compared.contradicted:
        meaning = _("Behind a label: what the model predicts instead.")
        st.warning(escape(sentences([compared.text.again(), meaning])), icon=":material/rule:")
    if unlabelled := sum(each.label is None for each in found.drawings):
        st.caption(
            n_(
                "{n} drawing without a label will wait in the review queue.",
                "{n:,} drawings without a label will wait in the review queue.",
                unlabelled,
            )
        )
    if found.damaged:
        st.warning(escape(found.damage.again()), icon=":material/broken_image:")

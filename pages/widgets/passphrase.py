"""The passphrase of an encrypted file: asked before a download, and after an upload."""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mnist_core.common import encryption
from mnist_core.common.encryption import Plain
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from pages.widgets.guarded import show_error

OPENED = "passphrase.opened"
"""The session-state key of the last encrypted upload: its file's id, the passphrase, and its content."""


def to_encrypt(key: str) -> str | None:
    """A switch and a field; what to encrypt downloads with: "" for nothing, None if they must wait."""
    if not st.toggle(_("Encrypt"), key=f"{key}.encrypt", help=_("Only the passphrase opens the file.")):
        return ""
    passphrase = _field(f"{key}.passphrase", "new-password")
    if not passphrase:
        st.caption(_("Choose a passphrase of at least {count} characters.", count=encryption.SHORTEST))
        return None
    try:
        encryption.check_new(passphrase)
    except InputError as error:
        show_error(error)
        return None
    st.caption(_("Keep the passphrase. Without it, the file is lost."))
    return passphrase


def encrypted(name: str, content: bytes, passphrase: str) -> bytes:
    """The content of a download, encrypted unless the passphrase is empty."""
    return encryption.encrypt(Plain(name, content), passphrase) if passphrase else content


def name_of(name: str, passphrase: str) -> str:
    """The name of a download."""
    return name + encryption.SUFFIX if passphrase else name


def uploaded(file: UploadedFile) -> Plain | None:
    """The upload's name and content. For an encrypted one, a field asks for the passphrase: None until it is right."""
    content = file.getvalue()
    if not encryption.is_encrypted(content):
        return Plain(file.name, content)
    passphrase = _field(f"passphrase.{file.file_id}", "off")
    if not passphrase:
        st.caption(_("The file is encrypted. Type its passphrase."))
        return None
    known, opened = st.session_state.get(OPENED, (None, None))
    if known != (file.file_id, passphrase):
        try:
            opened = encryption.decrypt(content, passphrase, file.name)
        except InputError as error:
            show_error(error)
            return None
        st.session_state[OPENED] = (file.file_id, passphrase), opened
    result: Plain | None = opened
    return result


def _field(key: str, autocomplete: str) -> str:
    return st.text_input(_("Passphrase"), type="password", autocomplete=autocomplete, key=key)

"""The passphrase of an encrypted file: asked before a download, and after an upload."""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mnist_core.common import encryption
from mnist_core.common.encryption import Plain
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from pages.widgets.guarded import show_error

DECRYPT = "`mnist-studio decrypt FILE`"
OPENED = "passphrase.opened"
"""The session-state key of the last encrypted upload: its file's id and what was in it."""


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
    st.caption(_("Keep the passphrase. Without it, the file is lost. To open it elsewhere: {command}", command=DECRYPT))
    return passphrase


def encrypted(name: str, content: bytes, passphrase: str) -> bytes:
    """The content of a download, encrypted unless the passphrase is empty."""
    return encryption.encrypt(Plain(name, content), passphrase) if passphrase else content


def name_of(name: str, passphrase: str) -> str:
    """The name of a download."""
    return name + encryption.SUFFIX if passphrase else name


def uploaded(file: UploadedFile) -> Plain | None:
    """The upload's name and content. For an encrypted one, a field asks for the passphrase: None until it is right.

    Then the field goes, and Streamlit forgets the passphrase.
    """
    content = file.getvalue()
    if not encryption.is_encrypted(content):
        return Plain(file.name, content)
    known, opened = st.session_state.get(OPENED, (None, None))
    if known == file.file_id:
        result: Plain = opened
        return result
    passphrase = _field(f"passphrase.{file.file_id}", "off")
    if not passphrase:
        st.caption(_("The file is encrypted. Type its passphrase."))
        return None
    try:
        st.session_state[OPENED] = file.file_id, encryption.decrypt(content, passphrase, file.name)
        st.rerun()
    except InputError as error:
        show_error(error)
    return None


def _field(key: str, autocomplete: str) -> str:
    return st.text_input(_("Passphrase"), type="password", autocomplete=autocomplete, key=key)

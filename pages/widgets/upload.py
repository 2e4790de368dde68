"""A file uploader that says how large a file may be. The program's own limit decides, and so does the server's."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from mnist_core.common.language import _


def upload(label: str, limit: int, types: Sequence[str] | None = None, *, key: str, multiple: bool = False) -> Any:
    """What a person has uploaded: a file or None, or a list of files.

    Args:
        label: what to upload, in words.
        limit: the most bytes that the program accepts.
        types: the endings of the names; None allows all.
        multiple: whether several files may be given.
    """
    megabytes = min(limit >> 20, int(st.get_option("server.maxUploadSize")))
    said = _("{what}, up to {megabytes} MB", what=label, megabytes=megabytes)
    return st.file_uploader(said, types, key=key, accept_multiple_files=multiple, max_upload_size=megabytes)

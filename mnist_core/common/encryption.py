"""Files that only a passphrase opens.

scrypt (RFC 7914) makes the key from the passphrase, AES-256-GCM (NIST SP 800-38D) encrypts and seals. A file is

    magic (8 bytes) | salt (16) | nonce (12) | ciphertext with its tag (16)

and the plain text is the name of the file, a zero byte, and its content. The magic stands for the version of all this.
"""

import os
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from mnist_core.common.errors import InputError
from mnist_core.common.language import _

MAGIC = b"MNSTENC1"
SUFFIX = ".encrypted"
VARIABLE = "MNIST_STUDIO_PASSPHRASE"
"""The environment variable that scripts put the passphrase into."""
SALT, NONCE, TAG, KEY = 16, 12, 16, 32
"""Bytes."""
OVERHEAD = 1024
"""The most bytes by which the encrypted file is larger, with a name in it."""
SCRYPT: dict[str, Any] = {"n": 2**17, "r": 8, "p": 1}
"""OWASP's recommendation for a passphrase: 128 MB and some tenths of a second for each guess."""
SHORTEST = 8
"""Characters of a new passphrase. NIST SP 800-63B asks for at least that."""
_NAME = re.compile(r"[^/\\\x00]{1,200}")


@dataclass(frozen=True)
class Plain:
    """What was encrypted."""

    name: str
    """The file's name, without folders."""
    content: bytes


class WrongPassphraseError(InputError):
    """The passphrase is not the one with which the file was encrypted, or the file has been changed."""


def is_encrypted(start: bytes) -> bool:
    """Whether a file that starts with these bytes, at least eight, was made by `encrypt`."""
    return start.startswith(MAGIC)


def plain_name(name: str) -> str:
    """The name without the ending of encrypted files."""
    return name[: -len(SUFFIX)] if is_named(name) else name


def is_named(name: str) -> bool:
    """Whether the name has the ending of encrypted files."""
    return name.lower().endswith(SUFFIX)


def check_new(passphrase: str) -> None:
    """Raises:
    InputError: it is too short to encrypt with.
    """
    if len(passphrase) < SHORTEST:
        raise InputError(_("The passphrase is too short. It must have at least {count} characters.", count=SHORTEST))


def encrypt(plain: Plain, passphrase: str) -> bytes:
    """The encrypted file.

    Raises:
        InputError: the passphrase is too short.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    check_new(passphrase)
    salt, nonce = os.urandom(SALT), os.urandom(NONCE)
    head = MAGIC + salt
    text = plain.name.encode() + b"\0" + plain.content
    return head + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, text, head)


def decrypt(file: bytes, passphrase: str, name: str) -> Plain:
    """What `encrypt` was given.

    Args:
        name: what the message calls the file.

    Raises:
        WrongPassphraseError: it is another passphrase, or the file is damaged. Nobody can tell which.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    head, rest = file[: len(MAGIC) + SALT], file[len(MAGIC) + SALT :]
    wrong = WrongPassphraseError(
        _("{file} cannot be decrypted. The passphrase is wrong, or the file is damaged.", file=name)
    )
    if not is_encrypted(head) or len(rest) < NONCE + TAG:
        raise wrong
    try:
        text = AESGCM(_key(passphrase, head[len(MAGIC) :])).decrypt(rest[:NONCE], rest[NONCE:], head)
    except InvalidTag:
        raise wrong from None
    inside, _zero, content = text.partition(b"\0")
    found = inside.decode(errors="replace")
    if not _NAME.fullmatch(found):
        raise wrong
    return Plain(found, content)


def _key(passphrase: str, salt: bytes) -> bytes:
    """Two keyboards may type the same letter as different code points, so the text is normalised first."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=KEY, **SCRYPT).derive(unicodedata.normalize("NFKC", passphrase).encode())

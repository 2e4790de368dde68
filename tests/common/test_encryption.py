"""Encrypted files: what goes in comes out, and nothing but the passphrase opens them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.common import encryption
from mnist_core.common.encryption import Plain, WrongPassphraseError, decrypt, encrypt, is_encrypted, plain_name
from mnist_core.common.errors import InputError

WORDS = "correct horse 电池"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess costs next to nothing."""
    monkeypatch.setitem(encryption.SCRYPT, "n", 2)


def test_the_cost_is_what_is_recommended(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a part of the format: another one opens no file of today."""
    monkeypatch.undo()
    assert encryption.SCRYPT == {"n": 2**17, "r": 8, "p": 1}
    assert decrypt(encrypt(Plain("a.txt", b"content"), WORDS), WORDS, "file") == Plain("a.txt", b"content")


@given(
    name=st.from_regex(r"[^/\\\x00]{1,100}", fullmatch=True).filter(str.isprintable), content=st.binary(max_size=300)
)
def test_what_goes_in_comes_out(name: str, content: bytes) -> None:
    """Whatever it is; two files of the same content differ."""
    plain = Plain(name, content)
    file = encrypt(plain, WORDS)
    assert is_encrypted(file)
    assert decrypt(file, WORDS, "file") == plain
    assert encrypt(plain, WORDS) != file
    assert len(file) - len(content) <= encryption.OVERHEAD


@given(data=st.data())
def test_no_byte_can_be_changed(data: st.DataObject) -> None:
    """Nor can bytes be left out, or another passphrase be used."""
    file = encrypt(Plain("a.jsonl", b"content"), WORDS)
    place = data.draw(st.integers(0, len(file) - 1))
    changed = bytearray(file)
    changed[place] ^= data.draw(st.integers(1, 255))
    for wrong, passphrase in ((bytes(changed), WORDS), (file[:place], WORDS), (file, WORDS + " ")):
        with pytest.raises(WrongPassphraseError, match=r"mine cannot be decrypted\. The passphrase is wrong"):
            decrypt(wrong, passphrase, "mine")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "a\\b", "", "x" * 201])
def test_the_name_inside_is_not_trusted(name: str) -> None:
    """It cannot lead out of the folder."""
    with pytest.raises(WrongPassphraseError):
        decrypt(encrypt(Plain(name, b""), WORDS), WORDS, "file")


def test_the_same_letters_are_the_same_passphrase() -> None:
    """One keyboard types é as one code point, another one as two."""
    assert decrypt(encrypt(Plain("a", b"x"), "cafe\u0301 noir"), "caf\u00e9 noir", "file").content == b"x"


def test_a_short_passphrase_is_refused() -> None:
    """Before anything is encrypted."""
    with pytest.raises(InputError, match="at least 8 characters"):
        encrypt(Plain("a", b""), "1234567")


def test_names() -> None:
    """The ending comes off, whatever its case; other names stay."""
    assert [plain_name(each) for each in ("a.jsonl.encrypted", "A.ZIP.Encrypted", "a.zip")] == [
        "a.jsonl",
        "A.ZIP",
        "a.zip",
    ]

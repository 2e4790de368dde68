"""Who may enter the service, and what it logs."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mnist_core.cli.app import app
from mnist_core.common import keys
from mnist_core.common.errors import InputError
from mnist_core.common.hosts import is_this_machine
from mnist_core.common.workspace import Workspace
from mnist_core.service.access import OPEN, AccessPolicy
from mnist_core.service.address import Address
from tests.service.client import STROKES, Client, serving
from tests.service.test_problems import is_problem

KEY = "correct-horse-battery"


@pytest.mark.parametrize("host", ["evil.example.org", "evil.example.org:8770", "", "127.0.0.1.evil.org"])
def test_a_foreign_host_is_refused(client: Client, host: str) -> None:
    """Otherwise a website could reach the service by a name of its own that resolves to this machine."""
    assert "--allowed-host" in is_problem(client.get("/v1/model", {"Host": host}), 403)
    assert client.get("/v1/model", {"Host": "LOCALHOST:1"}).status == 200


def test_a_key_opens_the_service(workspace: Workspace) -> None:
    """Its health and its page need none; everything else does, an unknown address as well."""
    with serving(workspace, policy=AccessPolicy(keys=frozenset({KEY, "another-key-of-theirs"}))) as client:
        for path in OPEN:
            assert client.get(path).status == 200
        for path in ("/v1/model", "/metrics", "/openapi.json", "/nix"):
            refused = client.get(path)
            assert "Bearer KEY" in is_problem(refused, 401)
            assert refused.headers["WWW-Authenticate"] == "Bearer"
        for wrong in ({"X-API-Key": KEY[:-1]}, {"Authorization": f"Basic {KEY}"}, {"X-API-Key": "ключ".encode()}):
            is_problem(client.get("/v1/model", wrong), 401)
        for right in ({"X-API-Key": KEY}, {"Authorization": f"Bearer {KEY}"}, {"X-API-Key": "another-key-of-theirs"}):
            assert client.get("/v1/model", right).status == 200
        is_problem(client.post("/v1/predict", {"strokes": STROKES}), 401)


@pytest.mark.parametrize(
    ("address", "answer"),
    [("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("192.168.0.7", False), ("example.org", False), ("", False)],
)  # fmt: skip
def test_what_other_machines_cannot_reach(address: str, answer: bool) -> None:
    assert is_this_machine(address) is answer


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "--api-key-file"),
        (["--host", "0.0.0.0", "--api-key-file", "empty"], "at least 16 characters"),
        (["--api-key-file", "short"], "at least 16 characters"),
        (["--api-key-file", "missing"], "does not exist"),
        (["--keyfile", "key"], "--certfile"),
        (["--certfile", "short"], "certificate"),
        (["--model", "nix"], "There is no model"),
        (["--canary", "nix"], "There is no model"),
        (["--shadow", "nix"], "There is no model"),
        (["--host", "203.0.113.9", "--api-key-file", "good"], "cannot listen"),
    ],
)
def test_wrong_arguments_are_told(
    tmp_path: Path, workspace: Workspace, arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").write_text("# none\n")
    Path("short").write_text("secret\n")
    Path("good").write_text(f"# ours\n\n{KEY}\n")
    found = CliRunner().invoke(app, ["serve", "--workspace", str(workspace.root), *arguments])
    assert isinstance(found.exception, InputError)
    assert said in str(found.exception)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_keys_of_a_file(tmp_path: Path, encoding: str) -> None:
    """A comment is none, wherever it begins."""
    file = tmp_path / "keys"
    text = f"# of the lab, since 2026\n {KEY} \r\n\n \t# another comment, indented\nanother-key-of-theirs"
    file.write_bytes(text.encode(encoding))
    assert keys.read(file) == {KEY, "another-key-of-theirs"}


@pytest.mark.parametrize(
    "content", [KEY.encode("utf-16"), KEY.encode("utf-16-le"), f"{KEY}-ключ".encode(), KEY.encode() + b"\xff"]
)
def test_a_file_with_anything_else_has_no_keys(tmp_path: Path, content: bytes) -> None:
    """A key that no client could send would let nobody in."""
    file = tmp_path / "keys"
    file.write_bytes(content)
    with pytest.raises(InputError, match="of at least 16 characters"):
        keys.read(file)


def test_it_serves_over_https(workspace: Workspace, tmp_path: Path) -> None:
    """With a certificate; a key that belongs to another one is refused at the start."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not on this machine")
    key, other, certificate = tmp_path / "key.pem", tmp_path / "other.pem", tmp_path / "cert.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout"]
    for each in (other, key):
        subprocess.run([*make, str(each), "-out", str(certificate)], check=True, capture_output=True)
    with serving(workspace, certfile=certificate, keyfile=key) as client:
        assert client.post("/v1/predict", {"strokes": STROKES}).json["digit"] == 1
    with pytest.raises(InputError, match="cannot be used"):
        Address("127.0.0.1", 1, certificate, other).check_certificate()


def test_the_access_log_is_json(workspace: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    """A line for each request, refused ones too; without what was drawn."""
    with serving(workspace, access_log=True) as client:
        client.post("/v1/predict", {"strokes": STROKES}, {"X-Request-ID": "mine"})
        client.get("/nix", {"Host": "evil.example.org"})
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    predicted = next(each for each in lines if each["id"] == "mine")
    assert predicted["ms"] > 0
    assert {name: predicted[name] for name in ("client", "method", "path", "status")} == {
        "client": "127.0.0.1", "method": "POST", "path": "/v1/predict", "status": 200,
    }  # fmt: skip
    assert lines[-1]["status"] == 403
    assert "strokes" not in json.dumps(lines)

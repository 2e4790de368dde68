"""The Dockerfile, as far as it can be read without Docker: what it copies is there, and what it sets is true."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def instructions(name: str) -> list[str]:
    """What follows a word such as COPY, in the order of the file."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} +(.*)$", joined, flags=re.MULTILINE)


def kept(path: str) -> bool:
    """Whether .dockerignore lets this path through: all are left out but those after an exclamation mark."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    return f"!{path}" in lines


@pytest.mark.parametrize("copied", instructions("COPY"))
def test_what_is_copied_is_there(copied: str) -> None:
    """In the repository, and let through by .dockerignore."""
    *sources, _ = copied.split()
    assert [each for each in sources if not (ROOT / each).exists() or not kept(each)] == []


def test_all_that_the_wheel_is_built_from_is_copied() -> None:
    """The build would fail, or make a program without its pages."""
    copied = {each for line in instructions("COPY") for each in line.split()[:-1]}
    assert {"pyproject.toml", "README.md", "LICENSE", "app.py", "pages", "mnist_core", ".streamlit"} <= copied


def test_the_default_serves_the_app_to_a_volume() -> None:
    """As a user without rights, at the port that is exposed and asked for its health."""
    assert instructions("USER") == ["1000"]
    (volume,), (port,), (health,) = instructions("VOLUME"), instructions("EXPOSE"), instructions("HEALTHCHECK")
    assert f"MNIST_STUDIO_HOME={volume}" in DOCKERFILE
    assert f'CMD ["--no-browser", "--host", "0.0.0.0", "--port", "{port}"]' in DOCKERFILE
    assert "STREAMLIT_" not in DOCKERFILE, "the program does not read these variables"
    assert f"http://localhost:{port}/_stcore/health" in health
    assert f"-p 127.0.0.1:{port}:{port}" in DOCKERFILE
    assert Path(volume).is_absolute()

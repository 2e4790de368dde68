"""What is installed: the wheel's files, its metadata, and the versions that it asks for."""

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import mnist_core
from mnist_core.evaluation.federated import INSTALL
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


EXTRAS = PROJECT["optional-dependencies"]


def pins(name: str) -> dict[str, str]:
    """Package → version, of a requirements file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    assert all(each.url is None for each in wanted)
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in wanted}


def names(archive: Path) -> set[str]:
    """The files in a wheel."""
    with zipfile.ZipFile(archive) as wheel:
        return set(wheel.namelist())


def test_the_wheel_carries_the_whole_program(wheel: Path) -> None:
    """Every file of the core, and the app with its pages in a folder of their own; the metadata beside them."""
    program = {
        path.relative_to(ROOT).as_posix()
        for path in [*(ROOT / "mnist_core").rglob("*"), *(ROOT / "pages").rglob("*")]
        if path.is_file() and "__pycache__" not in path.parts
    }
    core = {name for name in program if name.startswith("mnist_core/")}
    app = {"app.py", ".streamlit/config.toml", *(program - core)}
    metadata = {name for name in names(wheel) if ".dist-info/" in name}
    assert names(wheel) - metadata == core | {f"mnist_studio/{name}" for name in app}
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = (archive.read(each).decode() for each in metadata if each.endswith("entry_points.txt"))
    assert "mnist-studio = mnist_core.__main__:main" in entry_points


def test_a_source_distribution_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """It carries all that the build reads."""
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path), "-t"]
    subprocess.run([*build, "sdist"], cwd=ROOT, check=True, capture_output=True)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    source = tmp_path / sdist.name.removesuffix(".tar.gz")
    subprocess.run([*build, "wheel"], cwd=source, check=True, capture_output=True)
    (other,) = tmp_path.glob("*.whl")
    assert names(other) == names(wheel)


@pytest.mark.parametrize("where", ["repository", "installed"])
def test_the_version_is_told(where: str, site: Path, tmp_path: Path) -> None:
    """From a checkout as well; the wheel's metadata has the same."""
    folder = ROOT if where == "repository" else site
    command = [sys.executable, "-m", "mnist_core", "--version"]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    assert said == f"MNIST Studio {mnist_core.__version__}\n"
    assert (site / f"mnist_studio-{mnist_core.__version__}.dist-info").is_dir()


def test_the_pinned_versions_satisfy_the_declared_ranges() -> None:
    """requirements.txt pins what pyproject.toml declares, all of it and nothing else."""
    declared = {canonicalize_name(each.name): each for each in map(Requirement, PROJECT["dependencies"])}
    pinned = pins("requirements.txt")
    assert sorted(pinned) == sorted(declared)
    for name, version in pinned.items():
        assert version in declared[name].specifier, f"{name} {version} is outside of {declared[name].specifier}"


def test_flower_is_tested_in_the_version_that_we_name() -> None:
    """With libraries that its extra allows, which has no Flower: its own requirements exclude those of the program."""
    pinned = pins("requirements-federated.txt")
    extra = {canonicalize_name(each.name): each for each in map(Requirement, EXTRAS["federated"])}
    here = pinned | pins("constraints.txt")
    assert [str(each) for name, each in extra.items() if here[name] not in each.specifier] == []
    assert f"flwr=={pinned['flwr']}" in INSTALL[1]
    assert "flwr" not in extra


def test_what_the_requirements_pull_in_is_pinned() -> None:
    """constraints.txt has each pin of the requirements, and every package that those need here; no address of any."""
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in constraints
    constrained = {canonicalize_name(line.split("==")[0]) for line in constraints.splitlines()}
    pinned = pins("requirements.txt") | pins("requirements-test.txt")
    assert [f"{name}=={version}" for name, version in pinned.items() if f"{name}=={version}" not in constraints] == []
    assert needed(set(pinned)) <= constrained


def needed(packages: set[str]) -> set[str]:
    """These packages, and what they need on this machine."""
    found: set[str] = set()
    while packages:
        found |= packages
        wanted = [Requirement(each) for name in packages for each in requires(name) or []]
        packages = {
            canonicalize_name(each.name)
            for each in wanted
            if each.marker is None or each.marker.evaluate({"extra": ""})
        } - found
    return found

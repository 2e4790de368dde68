"""The files in deploy/, as far as they can be read without Docker: what they name is there and says the same."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from mnist_core.common.workspace import Workspace
from mnist_core.service.state import PORT
from tests.conftest import ROOT
from tests.service.client import STROKES, serving
from tests.test_docker import kept
from tests.test_package import pins

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
KEY = "/run/secrets/api_key"


def instruction(name: str) -> str:
    (found,) = re.findall(rf"^{name} +(.*)$", DOCKERFILE, flags=re.MULTILINE)
    return str(found)


def wanted() -> list[str]:
    return (DEPLOY / "requirements.txt").read_text(encoding="utf-8").split()


def test_what_the_image_copies_is_there() -> None:
    copied = [each for line in re.findall(r"^COPY +(.*)$", DOCKERFILE, re.MULTILINE) for each in line.split()[:-1]]
    assert "mnist_core" in copied
    assert [each for each in copied if not (ROOT / each).exists() or not kept(each)] == []


def test_the_image_runs_the_service_without_rights() -> None:
    """At the port that is exposed and asked for its health, with a key, because it listens to all."""
    assert instruction("USER") == "1000"
    assert instruction("EXPOSE") == str(PORT)
    assert f"http://127.0.0.1:{PORT}/healthz" in DOCKERFILE
    assert json.loads(instruction("ENTRYPOINT")) == ["python", "-m", "mnist_core", "serve"]
    assert json.loads(instruction("CMD")) == ["--host", "0.0.0.0", "--api-key-file", KEY]
    assert f"MNIST_STUDIO_HOME={instruction('VOLUME')}" in DOCKERFILE


def test_the_image_has_all_that_the_service_imports(tmp_path: Path) -> None:
    """And none of the large libraries: with only these packages, the service predicts."""
    assert set(wanted()) <= set(pins("requirements.txt"))
    program = f"""
import importlib.metadata as metadata, re, sys
def needed(names):
    found = set()
    while names:
        found |= names
        names = {{re.split(r"[^\\w.-]", each)[0].lower().replace("_", "-") for name in names
                 for each in installed(name) if "extra ==" not in each}} - found
    return found
def installed(name):
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # optional, or for another system
        return []
allowed = needed(set({wanted()!r}))
owners = {{module: {{name.lower().replace("_", "-") for name in names}}
          for module, names in metadata.packages_distributions().items()}}
class Others:
    def find_spec(self, name, path=None, target=None):
        owned = owners.get(name.split(".")[0])
        if owned and not owned & allowed:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Others())
from mnist_core.cli import app, serve
from mnist_core.common.workspace import Workspace
from mnist_core.service import own_process
from mnist_core.service.server import Server; from mnist_core.service.address import Address
from mnist_core.service.serving import Options, Service
from mnist_core.drawing.strokes import rasterize
service = Service(Workspace.open({str(tmp_path)!r}), Options())
print(service.active.loaded.predictor.predict(rasterize({STROKES!r})).digit)
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.returncode) == ("1\n", 0), ended.stderr


def test_compose_gives_the_service_no_more_than_it_needs() -> None:
    service = COMPOSE["services"]["serve"]
    assert (DEPLOY / service["build"]["context"]).resolve() == ROOT
    assert (ROOT / service["build"]["dockerfile"]).is_file()
    assert (service["read_only"], service["cap_drop"], service["secrets"]) == (True, ["ALL"], ["api_key"])
    assert service["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    mounted = [each.split(":")[0] for other in COMPOSE["services"].values() for each in other["volumes"]]
    assert [each for each in mounted if each not in COMPOSE["volumes"] and not (DEPLOY / each).exists()] == []
    scraped = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text(encoding="utf-8"))["scrape_configs"][0]
    assert scraped["static_configs"] == [{"targets": [f"serve:{PORT}"]}]
    assert scraped["authorization"] == {"credentials_file": KEY}


def test_the_board_shows_figures_that_exist(workspace: Workspace) -> None:
    """Each panel asks for a figure of the service, or of its process."""
    board: dict[str, Any] = json.loads((DEPLOY / "grafana/boards/mnist-studio.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    with serving(workspace) as client:
        found = client.post("/v1/predict", {"strokes": STROKES}).json
        client.post("/v1/feedback", {"id": found["id"], "digit": 1})
        told = client.get("/metrics").body.decode()
    names = {name for expression in asked for name in re.findall(r"(?:mnist_studio|process)_\w+", expression)}
    assert len(names) > 8
    assert [name for name in names if not re.search(rf"^{name}[ {{]", told, re.MULTILINE)] == []
    for expression in asked:
        assert [expression.count(each) for each in "({["] == [expression.count(each) for each in ")}]"]
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text(encoding="utf-8"))
    assert {panel["datasource"]["uid"] for panel in board["panels"]} == {source["datasources"][0]["uid"]}

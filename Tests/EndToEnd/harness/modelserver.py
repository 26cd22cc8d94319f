# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""A real model server of the Open Inference Protocol on loopback: MLServer, with one small model."""

import json
import os
from pathlib import Path
from types import TracebackType

import requests

from .processes import Child, TemporaryFolder, free_port

REPOSITORY = Path(__file__).resolve().parents[3]
MANIFEST = """\
name: brightness
version: "1"
licence: made for this test
source: Tests/EndToEnd/harness/mlserver_runtime.py
input: picture
raster: stretch:64x64
recipe:
  engine: openvino
  steps: ["crop:32x32"]
  layout: nhwc
  scale: 0.00392156862745098
  outputs: [brightness, ""]
operating_points:
  - { name: bright, output: brightness, at_least: 0.5 }
"""


def modelserver_program() -> Path:
    """MLServer, as `scripts/bootstrap test` put it."""
    venv = os.environ.get("HAECHI_VENV", str(REPOSITORY / ".venv"))
    return Path(venv + "-modelserver", "bin", "mlserver")


class ModelServer:
    """MLServer with the model `light`."""

    def __init__(self, shape: tuple[int, ...] = (-1, 32, 32, 3)):
        self._shape = shape
        self._folder = TemporaryFolder("models")
        self._child: Child | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "ModelServer":
        folder = self._folder.path
        settings = {
            "http_port": self.port, "grpc_port": free_port(), "metrics_port": free_port(), "host": "127.0.0.1", "parallel_workers": 0,
        }  # fmt: skip
        model = {
            "name": "light", "implementation": "mlserver_runtime.Brightness", "parameters": {"version": "3"},
            "inputs": [{"name": "pixels", "datatype": "FP32", "shape": list(self._shape)}],
            "outputs": [{"name": "scores", "datatype": "FP32", "shape": [-1, 2]}],
        }  # fmt: skip
        (folder / "settings.json").write_text(json.dumps(settings))
        (folder / "light").mkdir()
        (folder / "light" / "model-settings.json").write_text(json.dumps(model))
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "HOME": str(folder)}
        self._child = Child([modelserver_program(), "start", folder], folder / "log", env=env, cwd=folder)
        self._child.wait_for("the model server", self._is_ready, seconds=120)
        return self

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/v2/models/light/ready", timeout=5).ok
        except requests.RequestException:
            return False

    def kill(self) -> None:
        assert self._child
        self._child.kill()

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._child:
            self._child.stop()
        self._folder.__exit__()

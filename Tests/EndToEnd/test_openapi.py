# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""The served OpenAPI document is true: whatever schemathesis derives from it, good or bad, is answered as the document says."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from harness.haechi import Haechi

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.fixture(scope="module")
def haechi() -> Iterator[Haechi]:
    with Haechi() as running:
        yield running


def test_schemathesis_finds_no_difference(haechi, tmp_path):
    schemathesis = Path(sys.executable).parent / "schemathesis"
    command = [
        schemathesis, "run", f"{haechi.url}/openapi.json", "--mode", "all", "--checks", CHECKS,
        "--max-examples", os.environ.get("HAECHI_SCHEMATHESIS_EXAMPLES", "25"), "--phases", "examples,coverage,fuzzing",
        "--seed", os.environ.get("HAECHI_SEED", "1"), "--workers", "1", "--no-color",
    ]  # fmt: skip
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    assert requests.get(f"{haechi.url}/ready", timeout=5).status_code == 200

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""What the benchmarks share. Importing this makes the end-to-end tests' `harness` importable too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "EndToEnd"))

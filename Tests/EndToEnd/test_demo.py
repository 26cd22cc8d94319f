# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""What the demo shows can be made with what `scripts/bootstrap demo` installs."""

import subprocess

from harness.haechi import REPOSITORY
from harness.synapse import synapse_python


def test_every_special_item_of_the_demo_can_be_made(tmp_path):
    script = (
        "import sys; from pathlib import Path; import specials; folder = Path(sys.argv[1]); "
        "assert specials.write_trust_list(folder); print(*(one.name for one in specials.all_of(folder)), specials.COUNT, sep='\\n')"
    )
    done = subprocess.run(
        [synapse_python(), "-B", "-c", script, tmp_path], cwd=REPOSITORY / "scripts" / "demo", capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0 and "left out" not in done.stdout, done.stdout + done.stderr
    *names, count = done.stdout.splitlines()
    assert len(set(names)) == int(count)

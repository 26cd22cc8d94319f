# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""What the numbers were taken on, and what a process used of it."""

import os
from pathlib import Path


def describe() -> str:
    """Cores, memory and system in one line, with the load: numbers of a busy machine are low, their ratios less so."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = "Linux"
    release = Path("/etc/os-release")
    if release.exists():
        known = dict(line.split("=", 1) for line in release.read_text().splitlines() if "=" in line)
        name = known.get("PRETTY_NAME", name).strip('"')
    return f"{os.cpu_count()} virtual cores, {memory:.0f} GiB, {name}; load before the run {os.getloadavg()[0]:.1f}"


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, all its threads."""
    # The name, in brackets, may hold spaces; user and system time are the 14th and 15th field of the whole line.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Regular expressions beside RE2 and Python's re, on the same texts. See README.md."""

import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import re2

from support import machine, tables, texts

REPOSITORY = Path(__file__).resolve().parents[1]

# Of the kinds that rules have; without groups, which every engine has to look for by a slower way.
PATTERNS = {
    "invitation": r"(?i)(?:discord\.gift|dlscord|steamcommunlty)\.[a-z]{2,6}/[a-z0-9]+",
    "address": r"[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,6}",
    "number": r"\b[0-9]{3}[-. ]?[0-9]{3,4}[-. ]?[0-9]{4}\b",
    "words apart": r"(?i)\bfree\b.{0,30}\b(?:gift|offer|prize)s?\b",
    "forty words": r"(?i)\b(?:{})\b",
    "Korean": r"(?:내일|오늘)은?\s[가-힣]{1,8}에서?\s",
}
# Something for each to find, in one message of a hundred.
FOUND = (
    "see dlscord.test/gift1", "write to someone@mail.example", "call 010-1234-5678", "a free and quite small offer", "내일은 학교에서 만나요"
)
# A pattern and a text that take exponential time by going back.
HOSTILE = (r"^(?:a|aa)+$", b"a" * 27 + b"!")
Search = Callable[[bytes], bool]
Count = Callable[[bytes], int]


def bench() -> str:
    """The program beside `haechi`."""
    program = Path(os.environ.get("HAECHI_BIN", REPOSITORY / ".build" / "release" / "haechi"))
    return os.environ.get("HAECHI_BENCH", str(program.with_name("haechi-bench")))


def with_re2(pattern: str) -> tuple[Search, Count]:
    options = re2.Options()
    options.never_capture = True
    compiled = re2.compile(pattern.encode(), options)
    return lambda line: compiled.search(line) is not None, lambda text: sum(1 for _ in compiled.finditer(text))


def with_python(pattern: str) -> tuple[Search, Count]:
    """On texts that are decoded already: `lines` are str here."""
    compiled = re.compile(pattern, re.ASCII)
    return lambda line: compiled.search(line) is not None, lambda text: sum(1 for _ in compiled.finditer(text))


def compile_again(name: str, pattern: str) -> None:
    if name == RE2:
        re2.purge()
        re2.compile(pattern.encode())
    else:
        re.purge()
        re.compile(pattern, re.ASCII)


RE2 = "RE2 (google-re2)"
PYTHON = "Python's re"
PEERS: dict[str, Callable[[str], tuple[Search, Count]]] = {RE2: with_re2, PYTHON: with_python}


# Python has no \z, and both stop at the first letter.
NOTHING = {name: make(r"\Aq{3}\Z" if name == PYTHON else r"\Aq{3}\z")[0] for name, make in PEERS.items()}


def seconds(work: Callable[[], object], rounds: int) -> float:
    """Processor time of the median pass."""
    times = []
    for _ in range(rounds):
        begin = time.thread_time()
        work()
        times.append(time.thread_time() - begin)
    return statistics.median(times)


def measure_peer(name: str, pattern: str, lines: list[bytes], rounds: int) -> dict[str, float]:
    search, count = PEERS[name](pattern)
    given = [line.decode() for line in lines] if name == PYTHON else lines
    whole = ("\n" if name == PYTHON else b"\n").join(given)
    return {
        "lines": sum(map(search, given)), "matches": count(whole),
        "line": seconds(lambda: [search(line) for line in given], rounds) / len(lines) * 1e9,
        "call": seconds(lambda: [NOTHING[name](line) for line in given], rounds) / len(lines) * 1e9,
        "rate": sum(map(len, lines)) / max(seconds(lambda: count(whole), rounds), 1e-9) / 1e6,
        "compile": seconds(lambda: compile_again(name, pattern), max(rounds, 5)) * 1e6,
    }  # fmt: skip


def measure_ours(patterns: list[str], lines: list[bytes], rounds: int) -> list[dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        texts_file, patterns_file = Path(folder, "texts"), Path(folder, "patterns")
        texts_file.write_bytes(b"\n".join(lines))
        patterns_file.write_text("\n".join(patterns))
        command = [bench(), "regex", str(texts_file), str(patterns_file), "--json", "--rounds", str(rounds)]
        seen = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return [
        {
            "lines": seen[f"matchingLines{number}"], "matches": seen[f"matches{number}"],
            "line": seen[f"lineNanoseconds{number}"], "rate": seen[f"wholeMBPerSecond{number}"],
            "compile": seen[f"compileMicroseconds{number}"],
        }
        for number in range(len(patterns))
    ]  # fmt: skip


def median(rounds: list[dict[str, float]], key: str) -> float:
    return statistics.median(one[key] for one in rounds)


Rounds = dict[str, list[dict[str, float]]]


def comparison(key: str, title: str, words: Callable[[float], str], ours: Rounds, peers: dict[str, Rounds]) -> str:
    """A row for each engine, and for each peer one with how many times as fast Haechi is."""
    rows = [["Haechi", *(words(median(ours[name], key)) for name in ours)]]
    for peer, seen in peers.items():
        rows.append([peer, *(words(median(seen[name], key)) for name in ours)])
    for peer, seen in peers.items():
        ratios = []
        for name in ours:
            pairs = [(one[key], other[key]) for one, other in zip(ours[name], seen[name], strict=True)]
            ratios.append(statistics.median(a / b if key == "rate" else b / a for a, b in pairs))
        rows.append([f"× {peer}", *(f"{ratio:.1f}" for ratio in ratios)])
    return tables.table([title, *ours], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds; medians are over these (default 5)")
    parser.add_argument("--passes", type=int, default=5, help="passes of each measurement (default 5)")
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args()

    print(f"\n# Regular expressions\n\n{machine.describe()}; {options.rounds} rounds, seed {options.seed}\n", flush=True)
    lines = texts.messages(options.messages, 0.3, options.seed)
    words = [word.decode() for word in texts.literals(200, options.seed + 1) if word.isascii() and b" " not in word][:40]
    found = [*FOUND, words[0]]
    for place in range(0, len(lines), 100):
        lines[place] += f" {found[place // 100 % len(found)]}".encode()
    patterns = {name: pattern.replace("{}", "|".join(words)) if name == "forty words" else pattern for name, pattern in PATTERNS.items()}

    ours: dict[str, list[dict]] = {name: [] for name in patterns}
    peers: dict[str, dict[str, list[dict]]] = {peer: {name: [] for name in patterns} for peer in PEERS}
    for number in range(options.rounds):
        for name, measured in zip(patterns, measure_ours(list(patterns.values()), lines, options.passes), strict=True):
            ours[name].append(measured)
        for peer in PEERS:
            for name, pattern in patterns.items():
                measured = measure_peer(peer, pattern, lines, options.passes)
                for key in ("lines", "matches"):
                    if measured[key] != ours[name][-1][key]:
                        raise RuntimeError(f"{name}: {peer} finds {measured[key]} {key}, Haechi {ours[name][-1][key]}")
                peers[peer][name].append(measured)
        print(f"round {number + 1} of {options.rounds} done", flush=True)

    mean = sum(map(len, lines)) / len(lines)
    whole = "MB/CPU s, all matches in one long text"
    print(f"\n{comparison('rate', whole, tables.count, ours, peers)}", flush=True)
    each = f"CPU ns to say whether a message of {mean:.0f} bytes matches"
    rows = [["Haechi", *(tables.count(median(ours[name], "line")) for name in patterns)]]
    for peer in PEERS:
        rows.append([f"{peer}, called from Python", *(tables.count(median(peers[peer][name], "line")) for name in patterns)])
        rows.append(["of that the call", *(tables.count(median(peers[peer][name], "call")) for name in patterns)])
    print(f"\n{tables.table([each, *patterns], rows)}", flush=True)
    print(f"\n{comparison('compile', 'CPU µs to compile', lambda value: f'{value:.1f}', ours, peers)}", flush=True)
    print("\n× is how many times as fast as the peer Haechi is, round by round, median")
    matching = ", ".join(f"{name} {median(ours[name], 'lines'):.0f}" for name in patterns)
    print(f"\nMessages that match: {matching}, of {len(lines):,}")

    pattern, text = HOSTILE
    mine = measure_ours([pattern], [text] * 200, options.passes)[0]["line"]
    rows = [["Haechi", f"{mine:,.0f}"]]
    rows.append([RE2, f"{measure_peer(RE2, pattern, [text] * 200, options.passes)['line']:,.0f}"])
    rows.append([PYTHON, f"{measure_peer(PYTHON, pattern, [text], 1)['line']:,.0f}"])
    escaped = pattern.replace("|", "\\|")
    title = f"CPU ns, {escaped} in {len(text)} bytes, calls from Python included"
    print(f"\n{tables.table([title, 'ns'], rows)}", flush=True)


if __name__ == "__main__":
    main()

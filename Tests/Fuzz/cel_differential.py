#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Evaluates random expressions with `haechi cel eval --batch` and with another engine, and compares what they come to.

    python Tests/Fuzz/cel_differential.py --count 20000 [--seed 7] [--haechi .build/release/haechi]

The other engine is the package cel-expr-python. A difference is shrunk and printed with its seed; the exit status is then 1.
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cel_expr_python import cel  # noqa: E402
from cel_expr_python.ext import ext_bindings, ext_encoders, ext_math, ext_optional, ext_strings  # noqa: E402
from cel_expressions import VARIABLES, Generator, Node, described, typed  # noqa: E402

# Where the two may differ: why, and what the expression and the two answers look like, one a line.
KNOWN = [
    ("base64 with white space is refused here", re.compile(r"base64\.decode(?s:.*)no base64")),
    ("substring up to the very end is an error there", re.compile(r"\nvalue: (?s:.*)\nerror: .*<string>\.substring\(<start>, <end>\)")),
    ("int(bool) is a conversion there only", re.compile(r"no such overload: int\(bool\)")),
    ("a key of a type that no map has is not in the map here, an error there", re.compile(r" in (?s:.*)\nvalue: (?s:.*)\nerror: .*No matching overloads found : @in")),
    ("two negations of what is no bool are folded there", re.compile(r"!\(*!(?s:.*)(no such overload: !_|'!' cannot take)")),
    ("a repeated key is an error that nothing absorbs there", re.compile(r"\nvalue: (?s:.*)\nerror: .*duplicate key in map")),
    ("after a loop the variable of cel.bind is mixed up with that of the loop there", re.compile(r"^(?=[^\n]*\be0,)(?=[^\n]*cel\.bind)")),
]  # fmt: skip

BATCH = 1000


class Peer:
    """The other engine."""

    def __init__(self) -> None:
        kinds = {
            "bool": cel.Type.BOOL, "int": cel.Type.INT, "uint": cel.Type.UINT, "double": cel.Type.DOUBLE, "string": cel.Type.STRING,
            "bytes": cel.Type.BYTES, "timestamp": cel.Type.TIMESTAMP, "duration": cel.Type.DURATION, "dyn": cel.Type.DYN,
        }  # fmt: skip
        for element in ("int", "string", "double"):
            kinds[f"list_{element}"] = cel.Type.List(kinds[element])
        kinds["map_string_int"] = cel.Type.Map(cel.Type.STRING, cel.Type.INT)
        kinds["map_int_string"] = cel.Type.Map(cel.Type.INT, cel.Type.STRING)
        self.environment = cel.NewEnv(
            variables={name: kinds[kind] for name, kind in VARIABLES.items()},
            extensions=[
                ext_bindings.ExtBindings(), ext_encoders.ExtEncoders(), ext_math.ExtMath(), ext_optional.ExtOptional(),
                ext_strings.ExtStrings(),
            ],
        )  # fmt: skip

    def answer(self, expression: str, bindings: dict[str, object]) -> tuple[str, object]:
        try:
            program = self.environment.compile(expression)
        except Exception as error:
            return "refused", str(error)
        try:
            value = program.eval(data={name: plain(value) for name, value in bindings.items()})
        except Exception as error:
            return "error", str(error)
        if value.type().name() == "ERROR":
            return "error", str(value.value())
        return "value", self.typed(value)

    def typed(self, value: cel.Value) -> object:
        kind = value.type().name()
        content = value.value()
        if kind.startswith("LIST"):
            return {"t": "list", "v": [self.typed(element) for element in content]}
        if kind.startswith("MAP"):
            return {"t": "map", "v": [[typed(key), self.typed(element)] for key, element in content.items()]}
        if kind == "TYPE":
            name = str(content)
            return {"t": "type", "v": name.split("<")[0].lower()}
        if kind == "UINT":
            return {"t": "uint", "v": str(content)}
        return typed(content)


def plain(value: object) -> object:
    """Without the classes that tell int from uint: the declared types say it."""
    if isinstance(value, bool) or not isinstance(value, (int, list, dict)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, list):
        return [plain(element) for element in value]
    return {plain(key): plain(element) for key, element in value.items()}


def answers(haechi: str, cases: list[tuple[Node, dict[str, object]]]) -> list[tuple[str, object]]:
    types = {name: described(kind) for name, kind in VARIABLES.items()}
    requests = []
    for expression, bindings in cases:
        request = {"expr": str(expression), "bindings": {name: typed(value) for name, value in bindings.items()}, "types": types}
        requests.append(json.dumps(request))
    done = subprocess.run([haechi, "cel", "eval", "--batch"], input="\n".join(requests) + "\n", capture_output=True, text=True)
    lines = done.stdout.splitlines()
    if done.returncode != 0 or len(lines) != len(cases):
        raise SystemExit(f"haechi answered {len(lines)} of {len(cases)} requests, status {done.returncode}:\n{done.stderr}")
    found: list[tuple[str, object]] = []
    for line in lines:
        answer = json.loads(line)
        kind = next(name for name in ("value", "error", "refused") if name in answer)
        found.append((kind, answer[kind]))
    return found


def normal(value: object) -> object:
    """Values in a form in which equal ones are equal: keys without the type that Python cannot tell, times to the microsecond."""
    if not isinstance(value, dict) or "t" not in value:
        return value
    kind, content = value["t"], value["v"]
    match kind:
        case "list": return [normal(element) for element in content]
        case "map": return {"map": sorted((key_text(key), json.dumps(normal(element))) for key, element in content)}
        case "double": return {"double": "NaN" if math.isnan(float(content)) else repr(float(content))}
        case "timestamp" | "duration": return {kind: (int(content["seconds"]) * 10**9 + content["nanos"]) // 1000}
        case "type": return {"type": TYPE_NAMES.get(content.lower(), content.lower())}
        case _: return {kind: content}  # fmt: skip


TYPE_NAMES = {
    "google.protobuf.timestamp": "timestamp", "google.protobuf.duration": "duration", "null_type": "null",
}  # fmt: skip


def key_text(key: dict[str, object]) -> str:
    return str(key["v"]) if key["t"] in ("int", "uint") else json.dumps(key)


def differs(ours: tuple[str, object], theirs: tuple[str, object]) -> bool:
    if ours[0] != theirs[0]:
        return True
    return ours[0] == "value" and normal(ours[1]) != normal(theirs[1])


def known(expression: str, ours: tuple[str, object], theirs: tuple[str, object]) -> str | None:
    """Why the two may differ here."""
    text = f"{expression}\n{ours[0]}: {ours[1]}\n{theirs[0]}: {theirs[1]}"
    return next((reason for reason, pattern in KNOWN if pattern.search(text)), None)


def shrunk(haechi: str, peer: Peer, expression: Node, bindings: dict[str, object]) -> Node:
    """The smallest expression found that still shows a difference that is not known."""
    for _ in range(40):
        candidates = []
        for node in expression.walk():
            candidates += [expression.replacing(node, part) for part in node.walk() if part is not node and part.type == node.type]
        candidates += [part for part in expression.walk() if part is not expression]
        candidates = sorted({str(candidate): candidate for candidate in candidates}.values(), key=lambda node: len(str(node)))[:200]
        if not candidates:
            break
        for candidate, ours in zip(candidates, answers(haechi, [(candidate, bindings) for candidate in candidates])):
            theirs = peer.answer(str(candidate), bindings)
            both_refuse = ours[0] == theirs[0] == "refused"
            if not both_refuse and differs(ours, theirs) and not known(str(candidate), ours, theirs):
                if len(str(candidate)) < len(str(expression)):
                    expression = candidate
                    break
        else:
            break
    return expression


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000, help="expressions to evaluate")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--haechi", default=os.environ.get("HAECHI_BIN", ".build/release/haechi"))
    parser.add_argument("--differences", type=int, default=10, help="stop after so many")
    options = parser.parse_args()

    generator, peer = Generator(options.seed), Peer()
    kinds: collections.Counter[str] = collections.Counter()
    reasons: collections.Counter[str] = collections.Counter()
    differences = 0
    for start in range(0, options.count, BATCH):
        cases = [(generator.expression(), generator.bindings()) for _ in range(min(BATCH, options.count - start))]
        for (expression, bindings), ours in zip(cases, answers(options.haechi, cases)):
            theirs = peer.answer(str(expression), bindings)
            kinds[theirs[0]] += 1
            if not differs(ours, theirs):
                continue
            if reason := known(str(expression), ours, theirs):
                reasons[reason] += 1
                continue
            differences += 1
            small = shrunk(options.haechi, peer, expression, bindings)
            used = {name: value for name, value in bindings.items() if re.search(rf"\b{name}\b", str(small))}
            print(f"DIFFERENCE (seed {options.seed})\n  {small}\n  with {used}")
            print(f"  here:  {answers(options.haechi, [(small, bindings)])[0]}\n  there: {peer.answer(str(small), bindings)}")
            if differences >= options.differences:
                return 1
    for reason, count in sorted(reasons.items()):
        print(f"{count} known: {reason}")
    print(f"seed {options.seed}: {options.count} expressions, {dict(kinds)}, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())

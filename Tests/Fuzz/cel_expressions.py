# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Random expressions of the Common Expression Language, well typed by construction, and random values for their variables."""

from __future__ import annotations

import base64
import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

UTC = datetime.timezone.utc
INTS = [0, 1, -1, 2, 3, 7, -7, 10, 60, 2**31, -(2**31), 2**53 + 1, 2**62, 2**63 - 1, -(2**63)]
UINTS = [0, 1, 2, 3, 10, 2**32, 2**53 + 1, 2**63, 2**64 - 1]
DOUBLES = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -2.5, 0.1, 3.0, 1e15, 1e16, 1e19, -1e19, 1e100, 1e-7, 9007199254740993.0, float("inf"), float("nan")]  # fmt: skip
TEXTS = ["", "a", "b", "ab", "abc", "a,b,c", "Hello World", "e\u0301", "\u00e9", "\U0001f600x", "지인", " x ", "aaa", "1", "-2.5", "true", "%d"]  # fmt: skip
BYTES = [b"", b"a", b"abc", b"\xff", b"\xc3\xa9", b"\x01\x02"]
PATTERNS = ["a", "^a", "b$", "a+b", "[a-c]+", "^$", ".", "^.{2}$", "(a|b)c", "\\\\d+", "\\\\w", "x*", "(?i)HELLO"]
ZONES = ["UTC", "+09:00", "-02:30", "America/New_York", "Asia/Seoul"]

LISTS = {"int": "list_int", "string": "list_string", "double": "list_double"}
SCALARS = ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"]
TYPES = [*SCALARS, "list_int", "list_string", "list_double", "map_string_int", "map_int_string", "dyn"]
ORDERED = ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"]

VARIABLES = {
    "i": "int", "j": "int", "u": "uint", "v": "uint", "d": "double", "f": "double", "s": "string", "r": "string", "b": "bytes",
    "p": "bool", "t": "timestamp", "w": "duration", "li": "list_int", "ls": "list_string", "ld": "list_double",
    "ms": "map_string_int", "mi": "map_int_string", "x": "dyn", "y": "dyn",
}  # fmt: skip


@dataclass
class Node:
    """An expression: its text is the pattern with the parts put in."""

    type: str
    pattern: str
    parts: list[Node] = field(default_factory=list)

    def __str__(self) -> str:
        return self.pattern.format(*self.parts)

    def walk(self) -> Iterator[Node]:
        yield self
        for part in self.parts:
            yield from part.walk()

    def replacing(self, old: Node, new: Node) -> Node:
        if self is old:
            return new
        return Node(self.type, self.pattern, [part.replacing(old, new) for part in self.parts])


# What makes each type from which others; `{0}` stands for the first operand. Weights are by repetition.
# Not here: texts whose form the language leaves open. Doubles get an exponent from 1e21 on here, from 1e6 on there; parts of a
# second have as many digits as needed here, three, six or nine there.
OPERATIONS: dict[str, list[tuple[str, list[str]]]] = {
    "bool": [
        *[(f"({{0}} {sign} {{1}})", [kind, kind]) for kind in ORDERED for sign in ("<", "<=", ">", ">=", "==", "!=")],
        *[("({0} == {1})", [kind, kind]) for kind in TYPES], *[("({0} != {1})", [kind, kind]) for kind in TYPES],
        *[("({0} && {1})", ["bool", "bool"]), ("({0} || {1})", ["bool", "bool"]), ("!({0})", ["bool"])] * 4,
        ("({0} && {1} && {2})", ["bool"] * 3), ("({0} || {1} || {2})", ["bool"] * 3), ("(dyn({0}) == {1})", ["int", "double"]),
        ("(dyn({0}) < {1})", ["int", "double"]), ("(dyn({0}) >= {1})", ["uint", "int"]), ("(dyn({0}) == {1})", ["double", "uint"]),
        ("{0}.contains({1})", ["string", "string"]), ("{0}.startsWith({1})", ["string", "string"]),
        ("{0}.endsWith({1})", ["string", "string"]), ("({0} in {1})", ["int", "list_int"]), ("({0} in {1})", ["string", "list_string"]),
        ("({0} in {1})", ["string", "map_string_int"]), ("({0} in {1})", ["int", "map_int_string"]), ("has({0}.a)", ["map_string_int"]),
        ("math.isNaN({0})", ["double"]), ("math.isFinite({0})", ["double"]), ("bool({0})", ["string"]),
        ("({0} < {1})", ["dyn", "dyn"]), ("({0} >= {1})", ["dyn", "int"]), ("({0} in {1})", ["dyn", "dyn"]), ("({0} && {1})", ["dyn", "bool"]),
        ("({0} || {1})", ["bool", "dyn"]), ("!({0})", ["dyn"]), ("has({0}.a)", ["dyn"]), ("{0}.all(q, q == {0})", ["dyn"]),
        ("optional.of({0}).hasValue()", ["int"]), ("{0}[?{1}].hasValue()", ["map_string_int", "string"]),
    ],
    "int": [
        *[("({0} + {1})", ["int", "int"]), ("({0} - {1})", ["int", "int"]), ("({0} * {1})", ["int", "int"])] * 2,
        ("({0} / {1})", ["int", "int"]), ("({0} % {1})", ["int", "int"]), ("-({0})", ["int"]), ("int({0})", ["uint"]),
        ("int({0})", ["double"]), ("int({0})", ["string"]), ("int({0})", ["timestamp"]), ("size({0})", ["string"]),
        ("{0}.size()", ["bytes"]), ("size({0})", ["list_int"]), ("{0}.size()", ["map_string_int"]), ("{0}[{1}]", ["list_int", "int"]),
        ("{0}[{1}]", ["map_string_int", "string"]), ("{0}.a", ["map_string_int"]), ("{0}.indexOf({1})", ["string", "string"]),
        ("{0}.lastIndexOf({1})", ["string", "string"]), ("math.greatest({0}, {1})", ["int", "int"]), ("math.least({0})", ["list_int"]),
        ("math.abs({0})", ["int"]), ("math.bitAnd({0}, {1})", ["int", "int"]), ("math.bitXor({0}, {1})", ["int", "int"]),
        ("math.bitShiftLeft({0}, {1})", ["int", "int"]), ("math.bitShiftRight({0}, {1})", ["int", "int"]), ("math.sign({0})", ["int"]),
        ("{0}.getFullYear()", ["timestamp"]), ("{0}.getMonth()", ["timestamp"]), ("{0}.getDayOfYear()", ["timestamp"]),
        ("{0}.getDayOfWeek()", ["timestamp"]), ("{0}.getHours()", ["timestamp"]), ("{0}.getHours({1})", ["timestamp", "zone"]),
        ("{0}.getDate({1})", ["timestamp", "zone"]), ("{0}.getMilliseconds()", ["timestamp"]), ("{0}.getHours()", ["duration"]),
        ("{0}.getSeconds()", ["duration"]), ("{0}[?{1}].orValue({2})", ["map_string_int", "string", "int"]),
        ("cel.bind(q, {0}, q + q)", ["int"]), ("size({0})", ["dyn"]), ("int({0})", ["dyn"]),
    ],
    "uint": [
        ("({0} + {1})", ["uint", "uint"]), ("({0} - {1})", ["uint", "uint"]), ("({0} * {1})", ["uint", "uint"]),
        ("({0} / {1})", ["uint", "uint"]), ("({0} % {1})", ["uint", "uint"]), ("uint({0})", ["int"]), ("uint({0})", ["double"]),
        ("uint({0})", ["string"]), ("math.greatest({0}, {1})", ["uint", "uint"]), ("math.bitNot({0})", ["uint"]),
    ],
    "double": [
        ("({0} + {1})", ["double", "double"]), ("({0} - {1})", ["double", "double"]), ("({0} * {1})", ["double", "double"]),
        ("({0} / {1})", ["double", "double"]), ("-({0})", ["double"]), ("double({0})", ["int"]), ("double({0})", ["uint"]),
        ("double({0})", ["string"]), ("{0}[{1}]", ["list_double", "int"]), ("math.ceil({0})", ["double"]), ("math.round({0})", ["double"]),
        ("math.trunc({0})", ["double"]), ("math.abs({0})", ["double"]),
    ],
    "string": [
        *[("({0} + {1})", ["string", "string"])] * 3, ("string({0})", ["int"]), ("string({0})", ["uint"]), ("string({0})", ["bool"]),
        ("string({0})", ["bytes"]), ("string(timestamp(int({0})))", ["timestamp"]),
        ("string(duration(string({0}.getSeconds()) + 's'))", ["duration"]), ("{0}[{1}]", ["list_string", "int"]),
        ("{0}[{1}]", ["map_int_string", "int"]), ("{0}.charAt({1})", ["string", "int"]), ("{0}.substring({1})", ["string", "int"]),
        ("{0}.substring({1}, {2})", ["string", "int", "int"]), ("{0}.replace({1}, {2})", ["string", "string", "string"]),
        ("{0}.lowerAscii()", ["string"]), ("{0}.upperAscii()", ["string"]), ("{0}.trim()", ["string"]), ("{0}.reverse()", ["string"]),
        ("{0}.join({1})", ["list_string", "string"]), ("'%d|%s|%x'.format([{0}, {1}, {2}])", ["int", "string", "int"]),
        ("base64.encode({0})", ["bytes"]), ("strings.quote({0})", ["string"]),
    ],
    "bytes": [("({0} + {1})", ["bytes", "bytes"]), ("bytes({0})", ["string"]), ("base64.decode({0})", ["string"])],
    "timestamp": [
        ("({0} + {1})", ["timestamp", "duration"]), ("({0} - {1})", ["timestamp", "duration"]), ("timestamp({0})", ["int"]),
        ("timestamp(string({0}))", ["timestamp"]),
    ],
    "duration": [
        ("({0} + {1})", ["duration", "duration"]), ("({0} - {1})", ["duration", "duration"]), ("({0} - {1})", ["timestamp", "timestamp"]),
        ("duration(string({0}))", ["duration"]),
    ],
    "list_int": [("[{0}, {1}]", ["int", "int"]), ("({0} + {1})", ["list_int", "list_int"]), ("[{0}]", ["int"])],
    "list_string": [
        ("[{0}, {1}]", ["string", "string"]), ("({0} + {1})", ["list_string", "list_string"]), ("{0}.split(',')", ["string"]),
        ("{0}.split('b')", ["string"]),
    ],
    "list_double": [("[{0}, {1}]", ["double", "double"]), ("({0} + {1})", ["list_double", "list_double"])],
    "map_string_int": [("{{{0}: {1}}}", ["string", "int"]), ("{{{0}: {1}, {2}: {3}}}", ["string", "int", "string", "int"])],
    "map_int_string": [("{{{0}: {1}}}", ["int", "string"]), ("{{{0}: {1}, {2}: {3}}}", ["int", "string", "int", "string"])],
    "dyn": [(f"dyn({{0}})", [kind]) for kind in TYPES if kind != "dyn"] 
    + [("type({0})", ["dyn"]), ("-({0})", ["dyn"]), ("{0}[{1}]", ["dyn", "dyn"]), ("{0}.a", ["dyn"])]
    + [(f"({{0}} {sign} {{1}})", ["dyn", "dyn"]) for sign in "+-*/%"],
}  # fmt: skip

# Loops: `{0}` is the range, `{1}` the condition or result, in which the element is a variable of the type given.
LOOPS: dict[str, list[tuple[str, str, str, str]]] = {
    "bool": [(f"{{0}}.{macro}(@, {{1}})", LISTS[kind], kind, "bool") for macro in ("all", "exists", "exists_one") for kind in LISTS]
    + [(f"{{0}}.{macro}(@, {{1}})", "map_string_int", "string", "bool") for macro in ("all", "exists", "exists_one")],
    "list_int": [("{0}.map(@, {1})", "list_string", "string", "int"), ("{0}.filter(@, {1})", "list_int", "int", "bool"),
                 ("{0}.map(@, {1})", "list_int", "int", "int")],
    "list_string": [("{0}.map(@, {1})", "list_string", "string", "string"), ("{0}.filter(@, {1})", "list_string", "string", "bool")],
    "list_double": [("{0}.map(@, {1})", "list_int", "int", "double"), ("{0}.filter(@, {1})", "list_double", "double", "bool")],
}  # fmt: skip


class Generator:
    """Random expressions and bindings; the same ones for the same seed."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def expression(self) -> Node:
        return self.node(self.random.choice(TYPES), self.random.randint(1, 4), {})

    def node(self, kind: str, depth: int, local: dict[str, str]) -> Node:
        if depth == 0 or kind == "zone" or self.random.random() < 0.1:
            return self.leaf(kind, local)
        choice = self.random.random()
        if choice < 0.08:
            parts = [self.node("bool", depth - 1, local), self.node(kind, depth - 1, local), self.node(kind, depth - 1, local)]
            return Node(kind, "({0} ? {1} : {2})", parts)
        if choice < 0.22 and kind in LOOPS and depth > 1:
            pattern, range_type, element, body = self.random.choice(LOOPS[kind])
            name = f"e{len(local)}"
            parts = [self.node(range_type, depth - 1, local), self.node(body, depth - 1, {**local, name: element})]
            return Node(kind, pattern.replace("@", name), parts)
        if kind == "bool" and choice < 0.26:
            pattern = self.random.choice(PATTERNS)
            return Node(kind, "{0}.matches('" + pattern.replace("{", "{{").replace("}", "}}") + "')", [self.node("string", depth - 1, local)])
        pattern, kinds = self.random.choice(OPERATIONS[kind])
        return Node(kind, pattern, [self.node(part, depth - 1, local) for part in kinds])

    def leaf(self, kind: str, local: dict[str, str]) -> Node:
        names = [name for name, type in local.items() if type == kind] * 3 + [name for name, type in VARIABLES.items() if type == kind]
        if names and self.random.random() < 0.6:
            return Node(kind, self.random.choice(names))
        return Node(kind, literal(kind, self.random).replace("{", "{{").replace("}", "}}"))

    def bindings(self) -> dict[str, object]:
        return {name: self.value(kind) for name, kind in VARIABLES.items()}

    def value(self, kind: str) -> object:
        pick = self.random.choice
        few = range(self.random.randint(0, 3))
        match kind:
            case "bool": return pick([True, False])
            case "int": return Int(pick(INTS))
            case "uint": return UInt(pick(UINTS))
            case "double": return pick(DOUBLES)
            case "string": return pick(TEXTS)
            case "bytes": return pick(BYTES)
            case "timestamp":
                return datetime.datetime.fromtimestamp(self.random.choice([0, 1, 1_700_000_000, 951_782_399, 1_709_210_096]), UTC)
            case "duration": return datetime.timedelta(milliseconds=self.random.choice([0, 1, -1, 1_501, -90_000, 86_400_000, 3_661_001]))
            case "list_int": return [self.value("int") for _ in few]
            case "list_string": return [self.value("string") for _ in few]
            case "list_double": return [self.value("double") for _ in few]
            case "map_string_int": return {pick(TEXTS): self.value("int") for _ in few}
            case "map_int_string": return {self.value("int"): pick(TEXTS) for _ in few}
            case _: return self.value(pick(["bool", "int", "double", "string", "bytes", "list_int", "map_string_int"]))  # fmt: skip


class Int(int):
    """A CEL int."""


class UInt(int):
    """A CEL uint."""


def literal(kind: str, source: random.Random) -> str:
    """An expression of that type without variables."""
    pick = source.choice
    match kind:
        case "bool": return pick(["true", "false"])
        case "int": return str(pick(INTS))
        case "uint": return f"{pick(UINTS)}u"
        case "double": return pick(["0.0", "1.0", "-0.0", "2.5", "1e15", "1e16", "1e19", "0.1", "-1.5", "1e-7"])
        case "string": return quoted(pick(TEXTS))
        case "bytes": return "b'" + "".join(f"\\x{byte:02x}" for byte in pick(BYTES)) + "'"
        case "timestamp": return pick(["timestamp('2024-02-29T12:34:56.789Z')", "timestamp('0001-01-01T00:00:00Z')", "timestamp('9999-12-31T23:59:59Z')"])
        case "duration": return pick(["duration('1h30m')", "duration('-0.501s')", "duration('100000h')", "duration('1ms')", "duration('0s')"])
        case "zone": return quoted(pick(ZONES))
        case "list_int" | "list_string" | "list_double":
            return "[" + ", ".join(literal(kind[5:], source) for _ in range(source.randint(1, 3))) + "]"
        case "map_string_int": return "{" + f"{quoted(pick(TEXTS))}: {pick(INTS)}" + "}"
        case "map_int_string": return "{" + f"{pick(INTS)}: {quoted(pick(TEXTS))}" + "}"
        case _: return f"dyn({literal(pick(SCALARS), source)})"  # fmt: skip


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def described(kind: str) -> dict[str, object]:
    """The type as the command reads it."""
    if kind.startswith("list_"):
        return {"kind": "list", "params": [described(kind[5:])]}
    if kind.startswith("map_"):
        return {"kind": "map", "params": [described(part) for part in kind[4:].split("_")]}
    return {"kind": kind}


def typed(value: object) -> dict[str, object]:
    """The value as the command reads it."""
    match value:
        case None: return {"t": "null", "v": None}
        case bool(): return {"t": "bool", "v": value}
        case UInt(): return {"t": "uint", "v": str(int(value))}
        case int(): return {"t": "int", "v": str(int(value))}
        case float(): return {"t": "double", "v": {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(repr(value), repr(value))}
        case str(): return {"t": "string", "v": value}
        case bytes() | bytearray(): return {"t": "bytes", "v": base64.b64encode(value).decode()}
        case list(): return {"t": "list", "v": [typed(element) for element in value]}
        case dict(): return {"t": "map", "v": [[typed(key), typed(element)] for key, element in value.items()]}
        case datetime.datetime(): return instant("timestamp", value - datetime.datetime(1970, 1, 1, tzinfo=UTC))
        case datetime.timedelta(): return instant("duration", value)
        case _: raise TypeError(repr(value))  # fmt: skip


def instant(kind: str, span: datetime.timedelta) -> dict[str, object]:
    microseconds = span // datetime.timedelta(microseconds=1)
    seconds, rest = divmod(microseconds, 1_000_000)
    if kind == "duration" and seconds < 0 and rest:
        seconds, rest = seconds + 1, rest - 1_000_000
    return {"t": kind, "v": {"seconds": str(seconds), "nanos": rest * 1000}}

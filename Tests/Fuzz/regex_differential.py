# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Random patterns over random texts, answered by LinearRegex and by libre2 (the google-re2 package): both must say the same.

The program given reads lines {"pattern": …, "text": …} and writes a line {"matches", "start", "end", "groups"} or {"error"} for each,
offsets in bytes.

    python Tests/Fuzz/regex_differential.py --seed 7 --count 20000 -- PROGRAM ARGUMENT...
"""

import argparse
import json
import random
import subprocess
import sys
import time

import re2

OPTIONS = re2.Options()
OPTIONS.log_errors = False

LETTERS = list("aabbcckKsSxZ019_ -.\n\tß") + ["é", "É", "ſ", "\u212a", "가", "힣", "漢", "я", "Я", "σ", "ς", "Σ", "😀", "\u0301"]
CLASSES = [r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", "[[:alpha:]]", "[^[:upper:]]", r"\pL", r"\PL", r"\p{Lu}", r"\p{^Ll}", r"\p{Hangul}"]
CLASSES += [r"\p{Greek}", r"\P{Latin}", "[a-c]", "[^a-c]", "[ks]", "[^ks]", "[a-zé-ü]", r"[\d가-힣]", r"[^\w\s]", "[]a]", "[^]a]", "[a-]"]
LOOKS = ["^", "$", r"\b", r"\B", r"\A", r"\z"]
REPEATS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?", "{2,}", "{0}", "{,2}"]
WRONG = [
    "(", ")", "a)", "[", "[a", "[]", "[^", "a**", "*", "+a", "|*", "(*)", "a{1001}", "a{3,2}", "(a{100}){11}", "(a{10}){100}", "\\",
    r"\1", r"(a)\1", r"\8", r"\x", r"\x{110000}", r"\x{}", r"\xg", r"\q", r"\Z", r"\_", "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(?>a)",
    "(?P<n", "(?P<>a)", "(?P<1>a)", "(?P=n)", "(?P<a b>c)", "(?<n>a)", "(?i", "(?i-)", "(?-)", "(?)", "(?q)", "(?i-s:a)",
    r"\p{Foo}", r"\p", r"\pX", r"\p{L", "[[:foo:]]", "[[:alpha:]", "[z-a]", r"[a-\d]", r"[\d-z]", "[a-b-c]", r"\Qa*b\E+", r"\Qa", r"\E", "a{", "a{2",
    "a{2,1}", "{1}", "a{1}{2}", "a*{2}", "a*??", "a|*", "^*", r"\b+", "(?:)*", "(?i)*", "a(?i)*", "a(?i)b*", "()*", "(|a)*", "(|a)+", "(a|b|)*?",
    r"\07", r"\101", r"\18", r"\0", r"[\0]", r"[\b]", r"[\x41-\x{1F600}]", "(?s).", "(?m)^a$", "(?U)a+", "(?U)a+?", "(?ims-U:a.$)", "", "|", "a||b",
    "(?:a|(?i)b)c", "(?i:a)b", "((((((((a))))))))", r"\pN+", r"\p{Nd}", r"\p{Any}", r"\P{Any}", r"[^\x00-\x{10FFFF}]", "(a*)+", "(a*)*", "(a*?)*",
    "(a?)*?b", "(?:(a)|b)*", "(?:(a)|(b))+", "(a+|b+)*c", "x{2}{3}", "(?:a{2}){3}", "a++", "(?P<한>a)", "(?P<é1>a)", r"\a\f\n\r\t\v", r"\C",
    r"[[:word:]]", r"[[:^space:]x]", "(?i)[^k]", "(?i)[k-s]", r"(?i)\w", r"(?i)\W", r"(?i)[[:lower:]]", r"(?i)\p{Lu}", r"(?i)\P{Lu}", "(?i)σ", "(?i)ß",
]  # fmt: skip


def piece(chance: random.Random, depth: int) -> str:
    kind = chance.random()
    if depth > 0 and kind < 0.3:
        opening = chance.choice(["(", "(", "(?:", "(?i:", "(?s:", "(?m:", "(?-i:", "(?U:"])
        return opening + alternation(chance, depth - 1) + ")"
    if kind < 0.42:
        return chance.choice(CLASSES)
    if kind < 0.52:
        return chance.choice(LOOKS)
    if kind < 0.57:
        return "."
    letter = chance.choice(LETTERS)
    return "\\" + letter if letter in ".-" else letter


def alternation(chance: random.Random, depth: int) -> str:
    branches = []
    for _ in range(chance.choice([1, 1, 1, 2, 2, 3])):
        items = []
        for _ in range(chance.choice([0, 1, 2, 2, 3, 4])):
            items.append(piece(chance, depth) + (chance.choice(REPEATS) if chance.random() < 0.3 else ""))
        branches.append("".join(items))
    return "|".join(branches)


def text(chance: random.Random) -> str:
    return "".join(chance.choice(LETTERS) for _ in range(chance.choice([0, 1, 2, 4, 8, 8, 16, 40])))


def expected(pattern: str, subject: str) -> dict | None:
    try:
        regex = re2.compile(pattern, OPTIONS)
    except re2.error:
        return {"error": True}
    found = regex.search(subject)
    if found is None:
        return {"matches": False}

    def place(character: int) -> int:
        return len(subject[:character].encode())

    groups = [None if found.start(group) < 0 else [place(found.start(group)), place(found.end(group))] for group in range(regex.groups + 1)]
    return {"matches": True, "start": groups[0][0], "end": groups[0][1], "groups": groups}


def differs(pattern: str, answer: dict, wanted: dict) -> str | None:
    if "error" in wanted or "error" in answer:
        # \C is in RE2 and not in ours; sizes are counted in other ways.
        if ("error" in wanted) != ("error" in answer) and r"\C" not in pattern and answer.get("error") != "programTooLarge":
            return "one refuses it"
        return None
    if answer["matches"] != wanted["matches"]:
        return "matches"
    if not wanted["matches"]:
        return None
    # \B can hold inside a character, which offsets in characters cannot say.
    if r"\B" in pattern and answer["start"] != wanted["start"]:
        return None
    return next((key for key in ("start", "end", "groups") if answer.get(key) != wanted[key]), None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    chance = random.Random(options.seed)
    requests = [(pattern, text(chance)) for pattern in WRONG for _ in range(5)]
    while len(requests) < options.count:
        pattern = ("(?i)" if chance.random() < 0.2 else "") + alternation(chance, 3)
        requests += [(pattern, text(chance)) for _ in range(4)]
    lines = "".join(json.dumps({"pattern": pattern, "text": subject}) + "\n" for pattern, subject in requests)
    done = subprocess.run(options.program, input=lines, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(requests):
        print(f"{len(requests)} lines gave {len(answers)} answers")
        return 1
    wrong = 0
    for (pattern, subject), answer in zip(requests, answers, strict=True):
        wanted = expected(pattern, subject)
        difference = differs(pattern, answer, wanted)
        if difference:
            wrong += 1
            if wrong <= 20:
                print(json.dumps({"difference": difference, "pattern": pattern, "text": subject, "ours": answer, "re2": wanted}, ensure_ascii=False))
    matched = sum(1 for answer in answers if answer.get("matches"))
    refused = sum(1 for answer in answers if "error" in answer)
    print(f"{len(requests)} questions, {matched} match, {refused} refused, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Texts as long as chat messages and literals to look for: English prose out of Python's own documentation strings, and Korean
sentences put together from ordinary words."""

import importlib
import pkgutil
import random
import re

KOREAN = (
    "오늘 날씨가 좋아서 공원에서 친구와 점심을 먹고 커피를 마셨어요 내일은 도서관에 가서 책을 빌리려고 해요 주말에는 가족과 함께 산에 "
    "오르기로 했습니다 버스가 늦게 와서 조금 기다렸지만 시간에 맞춰 도착했네요 새로 나온 노래를 들어 보셨나요 저녁에 같이 게임 할래 "
    "시험이 끝나면 영화 보러 가자 고양이 사진이 정말 귀엽다 감사합니다 안녕하세요 반갑습니다 그런데 혹시 자료 있으면 보내 줄 수 있어"
).split()
MODULES = ("argparse", "asyncio", "collections", "csv", "ctypes", "datetime", "decimal", "email", "fractions", "http", "inspect",
           "json", "logging", "multiprocessing", "os", "random", "re", "shutil", "socket", "sqlite3", "statistics", "subprocess",
           "tarfile", "threading", "tkinter", "turtle", "typing", "unittest", "urllib", "xml", "zipfile")  # fmt: skip


def prose() -> list[str]:
    """Lines of English, in a fixed order."""
    lines = []
    for name in MODULES:
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        names = [name, *(f"{name}.{part.name}" for part in pkgutil.iter_modules(getattr(module, "__path__", []))
                   if not part.name.startswith("__"))]
        for one in names:
            try:
                module = importlib.import_module(one)
            except Exception:  # a module for another system
                continue
            for _, thing in sorted(vars(module).items()):
                members = sorted(vars(thing).items()) if isinstance(thing, type) else []
                for text in (getattr(part, "__doc__", None) for part in (thing, *(member for _, member in members))):
                    if isinstance(text, str):
                        lines.append(re.sub(r"\s+", " ", text).strip())
    return sorted({line for line in lines if len(line) > 20})


def messages(count: int, korean: float, seed: int) -> list[bytes]:
    """Lower-case lines of 40 to 240 bytes, the given part of them Korean."""
    chance = random.Random(seed)
    words = " ".join(prose()).lower().split()
    result = []
    for _ in range(count):
        length, parts = chance.randint(40, 240), []
        start = chance.randrange(len(words) - 60)
        while sum(map(len, parts)) + len(parts) < length and len(parts) < 50:
            parts.append(chance.choice(KOREAN).encode() if chance.random() < korean else words[start + len(parts)].encode())
        result.append(b" ".join(parts))
    return result


def literals(count: int, seed: int) -> list[bytes]:
    """Phrases that begin as the texts do, so that a filter has work: two words that rarely follow each other, one in five Korean, one in five a
    single word with another letter."""
    chance = random.Random(seed)
    words = sorted({word for line in prose() for word in re.findall(r"[a-z]{4,12}", line.lower())})
    result: set[bytes] = set()
    while len(result) < count:
        kind = chance.random()
        if kind < 0.2:
            result.add(f"{chance.choice(KOREAN)} {chr(chance.randint(0xAC00, 0xD7A3))}{chance.choice(KOREAN)}".encode())
        elif kind < 0.4:
            word = chance.choice(words)
            place = chance.randrange(len(word))
            result.add((word[:place] + chance.choice("qxzjkv") + word[place:]).encode())
        else:
            result.add(f"{chance.choice(words)} {chance.choice(words)}".encode())
    return sorted(result)

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""An index of look-alikes with given vectors, as the server writes it (Sources/Adapters/LookAlikeFiles/VectorLog.swift)."""

import random
import re
import struct
from pathlib import Path

from harness.haechi import REPOSITORY

DIMENSION = 64


def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ 0x82F63B78 if byte & 1 else byte >> 1
        table.append(byte)
    return table


TABLE = _table()


def crc32c(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ TABLE[(value ^ byte) & 255]
    return value ^ 0xFFFFFFFF


def model_key() -> str:
    manifest = dict(re.findall(r'^(name|version|sha256): "?([^"\n]+)"?$', (REPOSITORY / "Models" / "embedding.yaml").read_text(), re.M))
    return f"{manifest['name']} {manifest['version']} {manifest['sha256'][:16]}"


def vector(generator: random.Random, near: list[int] | None = None) -> list[int]:
    """At random, or near to another one."""
    if near is None:
        return [generator.randint(-100, 100) for _ in range(DIMENSION)]
    return [number + generator.randint(-6, 6) for number in near]


def write(folder: Path, rows: list[tuple[str, str, str, str, str, float, list[int]]]) -> None:
    """Rows of platform, space, actor (empty for nobody), item, media, time and vector."""
    key = model_key().encode()
    head = b"HAECHILA" + struct.pack("<II", DIMENSION, len(key)) + key
    head = head.ljust(124, b"\0")
    data = head + struct.pack("<I", crc32c(head))
    for *names, at, numbers in rows:
        record = b"".join(struct.pack("<H", len(name.encode())) + name.encode() for name in names)
        record += struct.pack("<q", int(at * 1e6)) + struct.pack(f"<{DIMENSION}b", *numbers)
        record += b"\0" * (-len(record) % 16)
        start = struct.pack("<III", 0x3152414C, len(record), crc32c(record))
        data += start + struct.pack("<I", crc32c(start)) + record
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vectors").write_bytes(data)

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Text in pictures is read in the box, in English and Korean, in bounded time; where the reader is missing, it is said."""

import ctypes.util
import os
import struct
import subprocess
from pathlib import Path

import pytest
from harness.haechi import REPOSITORY, haechi_binary
from PIL import Image, ImageDraw, ImageFont

NATIVE = Path(os.environ.get("HAECHI_NATIVE", REPOSITORY / "native")).resolve()
RECIPE = "engine=tesseract;steps=;order=rgb;layout=nchw;mean=0.0,0.0,0.0;scale=1.0,1.0,1.0;reading=words;outputs="
ENGLISH = "join example.org/abc123 for the full set"
KOREAN = "지인 사진 합성 해드립니다 문의 주세요"
DATA = Path("/usr/share/tesseract-ocr/5/tessdata")
FONTS = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
IS_INSTALLED = ctypes.util.find_library("tesseract") is not None and all((DATA / f"{name}.traineddata").exists() for name in ("eng", "kor"))


class Thinker:
    """The process that asks models, as haechi starts it: clean pictures in, answers out."""

    def __init__(self, languages: str):
        binary = os.environ.get("HAECHI_MEDIA_WORKER", haechi_binary().resolve().with_name("haechi-media-worker"))
        load = f"picture-text|5|auto||{RECIPE}|{languages}"
        command = [str(binary), "--think", "--native", str(NATIVE), "--model", load]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
        )
        self.greeting = self._receive().decode()
        # It says what it is at first.
        while self.greeting.startswith("loading "):
            self.greeting = self._receive().decode()

    def _receive(self) -> bytes:
        assert self._process.stdout
        head = self._process.stdout.read(4)
        assert len(head) == 4, "the thinker ended"
        return self._process.stdout.read(struct.unpack("<I", head)[0])

    def ask(self, picture: Image.Image) -> tuple[str, str]:
        """The kind of the answer, and what follows: the text, or why there is none."""
        grey = picture.convert("L")
        body = f"run picture-text raster {grey.width} {grey.height} 1\n\n".encode() + grey.tobytes()
        assert self._process.stdin
        self._process.stdin.write(struct.pack("<I", len(body)) + body)
        self._process.stdin.flush()
        header, _, rest = self._receive().partition(b"\n\n")
        kind, _, words = header.decode().split("\n")[0].partition(" ")
        return kind, rest.decode() if kind == "text" else words

    def __enter__(self) -> "Thinker":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        assert self._process.wait(30) == 0


def written(*lines: str, size: int = 36, ink: str = "black", paper: str = "white") -> Image.Image:
    """Lines of print; a font with Korean letters comes with the end-to-end tests' packages."""
    picture = Image.new("RGB", (1000, 40 + 2 * size * len(lines)), paper)
    font = ImageFont.truetype(str(FONTS), size, index=1)
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text((20, 20 + 2 * size * number), line, font=font, fill=ink)
    return picture


@pytest.fixture(scope="module")
def thinker():
    with Thinker("eng+kor") as one:
        yield one


def words_off(greeting: str) -> str:
    [line] = [line for line in greeting.split("\n") if line.startswith("model picture-text ")]
    assert " off " in line, line
    return line.partition(" off ")[2]


def test_reads_english_and_korean_or_says_why_not(thinker):
    assert "seccomp=on" in thinker.greeting
    kind, text = thinker.ask(written(ENGLISH, KOREAN))
    if IS_INSTALLED:
        assert "model picture-text 5 on" in thinker.greeting
        assert (kind, text.split("\n")) == ("text", [ENGLISH, KOREAN])
    else:
        assert words_off(thinker.greeting)
        assert kind == "unknown" and text


@pytest.mark.parametrize(("ink", "paper"), [("white", "black"), ("#ffe000", "#305080"), ("#707070", "#e0e0e0")])
def test_reads_light_and_coloured_print(thinker, ink, paper):
    kind, text = thinker.ask(written(ENGLISH, ink=ink, paper=paper))
    if IS_INSTALLED:
        assert kind == "text" and "full set" in text, text
    else:
        assert kind == "unknown"


def test_finds_nothing_where_nothing_is_written(thinker):
    kind, text = thinker.ask(Image.linear_gradient("L").resize((640, 480)))
    assert (kind, text) == ("text", "") if IS_INSTALLED else kind == "unknown"


def test_a_crowded_picture_ends_in_bounded_text_and_time(thinker):
    crowded = Image.new("L", (1600, 1600), 255)
    font = ImageFont.truetype(str(FONTS), 14, index=1)
    for line in range(75):
        ImageDraw.Draw(crowded).text((4, 21 * line), f"{KOREAN} {ENGLISH} {line} " * 3, font=font, fill=0)
    kind, text = thinker.ask(crowded)
    # Too much for the time that one reading has, or cut; on any machine one of both.
    assert kind == "unknown" and text or kind == "text" and len(text.encode()) <= 4096
    kind, text = thinker.ask(written(ENGLISH))
    assert kind == "unknown" or "full set" in text


def test_says_which_language_is_missing():
    with Thinker("eng+xyz_nowhere") as thinker:
        assert words_off(thinker.greeting)
        assert thinker.ask(written(ENGLISH))[0] == "unknown"


def test_a_name_is_not_a_path():
    with Thinker("..") as thinker:
        assert words_off(thinker.greeting)

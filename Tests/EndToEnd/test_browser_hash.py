# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""The hash that a browser computes before anything is sent: the server's, bit for bit, in a real Chromium."""

import hashlib
import io
import json
import threading
from collections.abc import Iterator
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from harness.browser import Browser
from harness.vectors import published
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]
ASSETS = REPOSITORY / "Sources/App/HaechiServer/Assets/static-hash"
DIHEDRALS = ["rot90", "rot180", "rot270", "flipx", "flipy", "flipp", "flipm"]

# Of the pattern below, by the reference's steps and by the Python package `pdqhash` (`full-size`): width, height, channels,
# method, quality, hash, dihedrals.
KNOWN = [
    (200, 150, 3, "nearest-512", 100, "9f3c1b5ab6540b55be005cba91ae6cda599ab45a6ef04825da8f94e19497b4ac", [
        "ba4fea4329631130ddb85298f8280d7f07bf8e9b86b50a1dc7c945e4c7ca4de1",
        "ca2ab1f0e20061ffeb51f610c4fac6700cef1ef03ba5e20f8fda3e4be1c21e06",
        "ef1a00e97c36bb9a88edf832ad3d87d552ea2431d360a0b7929ce74e129f054b",
        "9f3ca4a4b65434aabe00a34591ae9325599a49a56ef0b75ada8f2b1eb4974b53",
        "ca6a4e0fe2009e00eb5109efc4fa398f0cefe10f3ba51df08fda81b4e1c2e1f9",
        "aa4f05b82961eecfddb8ad67f828d28007af71648635f5e2c7c9b21b47ca101e",
        "ef1abf127c36446588ed07cdad7d582a52ea5bced3e05f48929c10b1929f18b4",
    ]),
    (700, 900, 1, "nearest-512", 100, "83ffc3ff07ff83f41ff007f01fc01fd07f801fd07e003f40fe003f00fe003f00", [
        "d00afff500aff4000bfff4027ffd102bff0002ffe80002ffe0001fffe0001fff",
        "d4aa295556aa287a4aa5a97a4a95b57a6a55b52a2b55b5aaab5595aa2d5594aa",
        "855d155f55fa5eaa5eaa5ea82aa8aa00aa15a815bd55a855b555a555b555b555",
        "81ff3c0003ff7c2b1ff0fc2f1f80e02f3e00e03f3e00e0fffe00c0ff7800c0ff",
        "d4aad6aa56aad7854aa556854ad54a856a554a556b554a55ab556a55ad556b55",
        "d00a40aa00bf0bff0bff2fffffffffd5ffc0ff50fc00fd40e000f000e000e000",
        "855daa8055faa1555eaaa1572aa8457eaa1555aabd5557aab5554aaab5554aaa",
    ]),
    (700, 900, 1, "full-size", 100, "81ff83ff07ff97f41ffc1fd01fc03fd03f803f007e003f00fe007f007e00be00", [
        "c008fff500bffc000bffe0013fff003ffe8001ffe80003ffe0001fffe0001fff",
        "d4aa2b5556aaad5a5aa5ad3a4a95b52a6ad5b4aa6b5594aaab5594aa2b5590aa",
        "8555555b55ea52aa52aa4aa82aaaaa85aad5aa55ad55a955b555a555b555b555",
        "81ff7c0003ff780b07f0e02f1fc0e03f3f80e0ff3e00c0ff7e0081ff7a00c1ff",
        "d4aad4aa56aa52855aa552854a954a556ad54a556b556b55ab556b552b556f55",
        "d009002e01ff1fff0fff3fff7fffffd4ff80ff00f800fd00e800f800e000e000",
        "955daaa055eaa9555eaab5546aaa552aaad550aaad5556aab5554aaab5554aaa",
    ]),
    (513, 40, 3, "nearest-512", 100, "bf2a6daaa9598a9734b9c9aa934a6ed598ad2f6dd88a2d12da252d89da2270aa", [
        "b2aaba540955655435fe32ab114a19ab5ca4ccbfcccac6efc625c6374633c233",
        "e27fe700fc0d203e61fc6300c41f847fcdf085c38ddf87b88f7087238f77da00",
        "e3ff117efc00dffea0ab9c01c41fb30108f07615999e6445bb3044dd93667c99",
        "bf2ab255a959756b34a93655914ad12a98a5d096d88ad2edda25d276da228f55",
        "c07d10ffdc00cf8061e018fec41f3b008df07a308ddf78478f7078dc8f77255f",
        "b6aa452be9558aabf5fec954934ae6545da52340cccb3910eee511c8d63339cc",
        "e3ffee81fc00200120ab63fec41f4cfe08f089ea999e9bbabb30bb229366a366",
    ]),
]  # fmt: skip


def pattern(width: int, height: int, channels: int) -> Image.Image:
    """A picture that anyone can compute."""
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            pixels.append((x * x + y * y) // 97 & 255)
            if channels == 3:
                pixels += bytes([x * 3 + y * 5 & 255, x * y // 31 & 255])
    return Image.frombytes("RGB" if channels == 3 else "L", (width, height), bytes(pixels))


def smooth(width: int, height: int) -> Image.Image:
    """Soft bright discs, off the middle: quality 100, and no two sides alike."""
    discs = [(50, 40, 3), (140, 100, 5), (170, 30, 2), (30, 120, 4), (95, 70, 1)]
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            u, v = 200 * x // width, 150 * y // height
            light = sum(max(0, 180 - ((u - a) ** 2 + (v - b) ** 2) // c) for a, b, c in discs)
            pixels += bytes([min(255, light), min(255, light * 3 // 4), min(255, 40 + light // 2)])
    return Image.frombytes("RGB", (width, height), bytes(pixels))


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


class Site:
    """The assets and what a test puts beside them, on one port of this machine; `asked` lists the paths fetched."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                name = self.path.lstrip("/")
                asset = ASSETS / name
                if name in site.files:
                    self.answer(site.files[name], "application/octet-stream")
                elif name and asset.is_file():
                    self.answer(asset.read_bytes(), "text/javascript")
                elif not name:
                    self.answer(b"<!doctype html><title>hash</title><link rel=icon href=data:,>", "text/html")
                else:
                    self.send_error(404)

            def do_POST(self) -> None:
                site.asked.append("POST " + self.path)
                self.send_error(405)

            def answer(self, body: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                # As strict as the server is with its pages: nothing from elsewhere, no inline script.
                self.send_header("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class HashPage:
    """A page that has the module; what its functions give comes back as JSON."""

    def __init__(self, browser: Browser, site: Site):
        self.site = site
        self._driver = browser.driver
        self._driver.set_script_timeout(120)
        self._driver.get(site.url)

    def _run(self, body: str, *arguments: object) -> Any:
        result = self._driver.execute_async_script(
            """const [done, ...given] = [arguments[arguments.length - 1], ...Array.from(arguments).slice(0, -1)];
            (async () => {
                const pdq = await import("/pdq.js");
                const bytes = async (name) => new Uint8Array(await (await fetch("/" + name)).arrayBuffer());
                %s
            })().then((value) => done({ value }), (error) => done({ error: String(error) }));"""
            % body,
            *arguments,
        )
        if "error" in result:
            raise RuntimeError(result["error"])
        return result["value"]

    def pixels(self, raw: bytes, width: int, height: int, **options: object) -> dict[str, Any]:
        self.site.files["raw"] = raw
        return self._run("return pdq.hashPixels(await bytes('raw'), ...given);", width, height, options)

    def file(self, data: bytes, **options: object) -> dict[str, Any]:
        self.site.files["file"] = data
        return self._run("return pdq.hashFile(new Blob([await bytes('file')]), given[0]);", options)

    def files_in_background(self, files: list[bytes]) -> list[dict[str, Any]]:
        for index, data in enumerate(files):
            self.site.files[f"file{index}"] = data
        return self._run(
            """const hasher = new pdq.BackgroundHasher();
            const names = Array.from({ length: given[0] }, (_, index) => "file" + index);
            const blobs = await Promise.all(names.map(async (name) => new Blob([await bytes(name)])));
            const results = await Promise.allSettled(blobs.map((blob) => hasher.hashFile(blob)));
            hasher.close();
            return results.map(({ value, reason }) => value ?? { refused: String(reason) });""",
            len(files),
        )


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[HashPage]:
    site = Site()
    yield HashPage(browser, site)
    site.close()


class Vector:
    """A published picture with its hash."""

    def __init__(self, folder: Path, record: dict[str, Any]):
        self.name: str = record["file"]
        self.record = record
        self._path = folder / self.name

    @cached_property
    def data(self) -> bytes:
        return self._path.read_bytes()


def vectors(*folders: str) -> list[Vector]:
    """Those of the folders, none where they are not present: then the end of the run says so."""
    folder = published("pdq")
    if folder is None:
        return []
    records = json.loads((folder / "expected.json").read_text())
    found = [Vector(folder, record) for record in records if record["file"].startswith(folders)]
    assert found, folders
    return found


def assert_is(result: dict[str, Any], quality: int, value: str, dihedrals: list[str], what: object) -> None:
    assert (result["quality"], result["hash"]) == (quality, value), what
    assert [result["dihedrals"][name] for name in DIHEDRALS] == dihedrals, what


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: f"{known[0]}x{known[1]}-{known[3]}")
def test_pixels_have_the_known_hash(page: HashPage, known: tuple[Any, ...]) -> None:
    width, height, channels, method, quality, value, dihedrals = known
    picture = pattern(width, height, channels)
    shapes = [picture, picture.convert("RGBA")] + ([picture.convert("RGB")] if channels == 1 else [])
    for shape in shapes:
        result = page.pixels(shape.tobytes(), width, height, method=method)
        assert_is(result, quality, value, dihedrals, shape.mode)
    # A lossless file gives the same pixels.
    result = page.file(encoded(picture, "PNG"), method=method)
    assert_is(result, quality, value, dihedrals, "file")
    assert (result["width"], result["height"]) == (width, height)


def test_published_exact_pictures_have_their_hash(page: HashPage) -> None:
    for vector in vectors("exact/", "synthetic/"):
        expected = vector.record
        dihedrals = [expected["dihedral"][name] for name in DIHEDRALS]
        assert_is(page.file(vector.data), expected["quality"], expected["hash"], dihedrals, vector.name)
        result = page.file(vector.data, method="full-size")
        assert (result["hash"], result["quality"]) == (expected["pypi"]["hash"], expected["pypi"]["quality"]), vector.name


def test_published_photographs_are_within_ten_bits(page: HashPage) -> None:
    for vector in vectors("photos/", "mods/", "dihedral/"):
        expected = vector.record
        if expected["quality"] < 80:
            continue
        assert distance(page.file(vector.data)["hash"], expected["hash"]) <= 10, vector.name
        full_size = page.file(vector.data, method="full-size")
        assert distance(full_size["hash"], expected["pypi"]["hash"]) <= 10, vector.name


def test_a_photograph_is_hashed_as_it_is_seen(page: HashPage) -> None:
    upright = smooth(400, 300)
    expected = page.file(encoded(upright, "PNG"))
    assert expected["quality"] >= 80
    # Stored lying, with the tag that says so.
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = encoded(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, exif=exif)
    seen = page.file(stored)
    assert (seen["width"], seen["height"]) == (400, 300)
    assert distance(seen["hash"], expected["hash"]) <= 10
    # Another file of the same picture.
    assert distance(page.file(encoded(upright, "WEBP", quality=80))["hash"], expected["hash"]) <= 10
    assert distance(page.file(encoded(upright.resize((1600, 1200)), "JPEG"))["hash"], expected["hash"]) <= 31


def test_a_turned_picture_is_among_the_dihedrals(page: HashPage) -> None:
    original = smooth(400, 300)
    dihedrals = page.file(encoded(original, "PNG"))["dihedrals"]
    turned = page.file(encoded(original.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "PNG"))["hash"]
    assert min(distance(turned, value) for value in dihedrals.values()) <= 31


def test_what_is_transparent_lies_on_the_background(page: HashPage) -> None:
    picture = smooth(300, 200).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize((300, 200)).point(lambda value: 0 if value < 100 else 255))
    for grey in [255, 0]:
        flat = Image.new("RGBA", picture.size, (grey, grey, grey, 255))
        flat.alpha_composite(picture)
        expected = page.file(encoded(flat.convert("RGB"), "PNG"))
        assert page.file(encoded(picture, "PNG"), background=grey)["hash"] == expected["hash"]
        assert page.pixels(picture.tobytes(), 300, 200, background=grey)["hash"] == expected["hash"]


def test_large_pictures_pass_in_strips(page: HashPage) -> None:
    small = pattern(500, 375, 3)
    large = small.resize((4000, 3000), Image.Resampling.NEAREST)
    # The nearest of every eighth pixel, so that the pixels hashed are known.
    nearest = Image.new("RGB", (512, 512))
    source, target = large.load(), nearest.load()
    for y in range(512):
        for x in range(512):
            target[x, y] = source[x * 4000 // 512, y * 3000 // 512]
    expected = page.pixels(nearest.tobytes(), 512, 512)
    assert page.file(encoded(large, "PNG", compress_level=1))["hash"] == expected["hash"]


def test_tiny_pictures_have_the_zero_hash(page: HashPage) -> None:
    result = page.pixels(bytes([200]) * 16, 4, 4)
    assert result["quality"] == 0
    assert {result["hash"], *result["dihedrals"].values()} == {"0" * 64}


@pytest.mark.parametrize(
    ("raw", "width", "height", "options"),
    [(b"\0" * 299, 10, 10, {}), (b"", 0, 10, {}), (b"\0" * 100, 10, 10, {"method": "fast"}), (b"\0" * 200, 10, 10, {})],
)  # fmt: skip
def test_wrong_shapes_are_refused(page: HashPage, raw: bytes, width: int, height: int, options: dict[str, str]) -> None:
    with pytest.raises(RuntimeError, match="RangeError"):
        page.pixels(raw, width, height, **options)


def test_the_worker_gives_the_same_and_goes_on_after_a_broken_file(page: HashPage) -> None:
    files = [encoded(pattern(200, 150, 3), "PNG"), b"no picture", encoded(smooth(900, 600), "JPEG")]
    first, broken, last = page.files_in_background(files)
    for result, data in [(first, files[0]), (last, files[2])]:
        assert result == page.file(data)
        assert result["sha256"] == hashlib.sha256(data).hexdigest()
    assert first["hash"] == KNOWN[0][5]
    assert "refused" in broken and "TypeError" not in broken["refused"]


def test_nothing_leaves_the_page(page: HashPage) -> None:
    page.site.asked.clear()
    data = encoded(pattern(200, 150, 3), "PNG")
    page.files_in_background([data])
    page.file(data)
    assert set(page.site.asked) <= {"/pdq.js", "/pdq-worker.js", "/file", "/file0"}

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Harmless files that give models and marks something to say: generated here, but for one portrait that NASA gave to everybody."""

import importlib.util
import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from . import pictures

MADE_BY_MACHINE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def portrait(size: int = 512) -> bytes:
    """A woman in a space suit (Eileen Collins, NASA S99-03187, public domain), as the package scikit-image carries it."""
    package = importlib.util.find_spec("skimage")
    assert package is not None and package.origin is not None, "scikit-image is not installed: scripts/bootstrap test"
    picture = Image.open(Path(package.origin).parent / "data" / "astronaut.png").convert("RGB")
    return pictures.jpeg(picture.resize((size, size)), quality=90)


def with_generator_mark(seed: int) -> bytes:
    """A pattern with what programs for making pictures write into a PNG."""
    text = PngInfo()
    text.add_text("parameters", "a pattern of discs\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 320x320, Model: test")
    out = io.BytesIO()
    pictures.pattern(seed).save(out, "PNG", pnginfo=text)
    return out.getvalue()


def with_source_type(seed: int) -> bytes:
    """A pattern that says by the IPTC's DigitalSourceType, in XMP, that a trained model made it."""
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f'Iptc4xmpExt:DigitalSourceType="{MADE_BY_MACHINE}"/></rdf:RDF></x:xmpmeta>'
    )
    jpeg = pictures.jpeg(pictures.pattern(seed), quality=85)
    payload = b"http://ns.adobe.com/xap/1.0/\x00" + xmp.encode()
    segment = b"\xff\xe1" + (len(payload) + 2).to_bytes(2, "big") + payload
    return jpeg[:2] + segment + jpeg[2:]


def with_text(*lines: str) -> bytes:
    """Black words on a light ground, as messages that travel as pictures."""
    picture = Image.new("RGB", (1_000, 120 + 90 * len(lines)), "#f4f1e8")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=48)
    for number, line in enumerate(lines):
        draw.text((60, 60 + 90 * number), line, fill="#202020", font=font)
    return pictures.png(picture)


def video(first: Image.Image, frames: int = 48) -> bytes:
    """Four seconds that begin with one picture and go over into patterns."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=12, options={"g": "12"})
        stream.width, stream.height, stream.pix_fmt = first.width, first.height, "yuv420p"
        others = [pictures.pattern(seed, first.width).resize(first.size) for seed in range(71, 74)]
        for number in range(frames):
            part = number * 4 // frames
            container.mux(stream.encode(av.VideoFrame.from_image(first if part == 0 else others[part - 1])))
        container.mux(stream.encode())
    return out.getvalue()


def broken(seed: int) -> bytes:
    """A PNG that ends in the middle and lies about its size."""
    whole = pictures.png(pictures.pattern(seed))
    return whole[:16] + b"\x7f\xff\xff\xff\x7f\xff\xff\xff" + whole[24 : len(whole) // 3]

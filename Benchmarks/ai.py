# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""From a picture's bytes to its hashes and what the models say, beside the Python service that one writes first.

`--harmless FOLDER...` instead: how often the models call pictures that are known to be harmless. See README.md.
"""

import argparse
import io
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import yaml
from PIL import Image, ImageOps

from support import edits, machine, pictures, tables

SIZES = (640, 1280, 2048, 4000)
MODELS = ("nudity", "faces")
TUNED = "Python, one thread in each of two processes"
DEFAULTS = "Python, one process as it comes"
SAME_WORK = "Haechi, the same work"
ALL = "Haechi, all that is on by default"
FEATURES = ("avx2", "avx512f", "avx512_vnni", "amx_bf16", "amx_int8", "amx_fp16")


# What is run


def line(name: str) -> tuple[str, str]:
    """A shipped model as the worker is told of it, and the raster it looks at."""
    manifest = yaml.safe_load((pictures.REPOSITORY / "Models" / f"{name}.yaml").read_text())
    recipe = manifest["recipe"]
    words = {
        "engine": recipe["engine"], "steps": ",".join(recipe["steps"]), "order": recipe["order"], "layout": recipe["layout"],
        "mean": ",".join(str(float(number)) for number in recipe["mean"]),
        "scale": ",".join(str(float(number)) for number in recipe["scale"]), "reading": recipe["reading"],
        "outputs": ",".join(recipe["outputs"]),
    }
    text = ";".join(f"{key}={value}" for key, value in words.items())
    parts = [name, manifest["version"], "auto", manifest["sha256"], text, str(native() / manifest["file"])]
    return "|".join(parts), manifest["raster"]


def haechi(files: list[Path], models: tuple[str, ...], repeats: int, *flags: str, workers: int = 2) -> dict:
    command = [bench(), "models", *map(str, files), "--worker", worker(), "--native", str(native()), "--json", *flags]
    command += ["--workers", str(workers), "--repeats", str(repeats)]
    for name in models:
        text, raster = line(name)
        command += ["--model", text, "--raster", raster]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"haechi-bench models failed: {done.stderr}")
    answer = json.loads(done.stdout)
    off = [state for state in answer["models"] if state.startswith("off")]
    if off:
        raise RuntimeError(f"a model does not run ({off}): scripts/bootstrap models")
    return answer


def python(files: list[Path], processes: int, threads: int, repeats: int) -> dict:
    """The plain service in so many processes, let go together."""
    script = Path(__file__).parent / "support" / "plain_service.py"
    model = native() / "models" / "open-nsfw.onnx"
    command = [sys.executable, "-B", script, model, str(threads), str(repeats), *map(str, files)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    for process in running:
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("the Python service does not start")
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [json.loads(process.communicate()[0]) for process in running]
    return answers[0] | {
        "items_per_second": sum(answer["items"] for answer in answers) / max(answer["seconds"] for answer in answers),
        "cpu_ms": statistics.mean(answer["cpu_ms"] for answer in answers),
    }


def program() -> Path:
    return Path(os.environ.get("HAECHI_BIN", pictures.REPOSITORY / ".build" / "release" / "haechi"))


def bench() -> str:
    return os.environ.get("HAECHI_BENCH", str(program().with_name("haechi-bench")))


def worker() -> str:
    return os.environ.get("HAECHI_MEDIA_WORKER", str(program().with_name("haechi-media-worker")))


def native() -> Path:
    return Path(os.environ.get("HAECHI_NATIVE", pictures.REPOSITORY / "native")).resolve()


def processor() -> str:
    """Its name and what of it decides how fast a network is."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    known = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = known.get("flags", "").split()
    return f"{known.get('model name', 'unknown processor')} ({', '.join(f for f in FEATURES if f in flags) or 'no AVX2'})"


# Speed


def photographs(size: int, count: int, folder: Path) -> list[Path]:
    """Photographs whose longer side is that long, as JPEG of quality 85."""
    made = []
    for number, path in enumerate(pictures.fetch()[:count]):
        picture = Image.open(path).convert("RGB")
        made.append(folder / f"{size}-{number}.jpg")
        made[-1].write_bytes(edits.jpeg(edits.scaled(picture, size / max(picture.size)), 85))
    return made


def speed(options: argparse.Namespace, folder: Path) -> None:
    sets: dict[str, list[Path]] = {f"{size} px": photographs(size, options.pictures, folder) for size in options.sizes}
    # What a chat has: mostly pictures that phones and services have made smaller, a few as the camera made them.
    sets["mixed"] = [file for place, files in enumerate(sets.values()) for file in files[: max(1, options.pictures // (place + 1))]]
    ways: dict[str, Callable[[list[Path]], dict]] = {
        ALL: lambda files: haechi(files, MODELS, options.repeats),
        SAME_WORK: lambda files: haechi(files, ("nudity",), options.repeats, "--plain"),
        TUNED: lambda files: python(files, 2, 1, options.repeats),
        DEFAULTS: lambda files: python(files, 1, 0, options.repeats),
    }
    seen: dict[tuple[str, str], list[dict]] = {}
    for number in range(options.rounds):
        for title, files in sets.items():
            for name, measure in ways.items():
                seen.setdefault((name, title), []).append(measure(files))
        print(f"round {number + 1} of {options.rounds} done", flush=True)

    precision = seen[ALL, "mixed"][0]["models"]
    print(f"\n{processor()}; models in this precision: {', '.join(precision)}\n")
    for unit, key, shown in (("CPU ms a picture", "cpu_ms", "{:.1f}"), ("pictures a second", "items_per_second", "{:.1f}")):
        rows = []
        for name in ways:
            cells = []
            for title in sets:
                pairs = zip(seen[name, title], seen[TUNED, title])
                ratios = [a[key] / b[key] if key == "items_per_second" else b[key] / a[key] for a, b in pairs]
                cells += [shown.format(middle(seen[name, title], key)), f"{statistics.median(ratios):.1f}"]
            rows.append([name, *cells])
        print(tables.table([unit, *[cell for title in sets for cell in (title, "×")]], rows) + "\n")
    print(f"× is how many times as good as “{TUNED}”, round by round, median\n")
    print(tables.table(["CPU ms of it", *sets], steps(seen, sets)))
    mine, theirs = seen[SAME_WORK, "mixed"][0]["found"], seen[TUNED, "mixed"][0]["scores"]
    apart = max(abs(found["nudity"] - score) for found, score in zip(mine, theirs))
    print(f"\nLargest difference of the score between the two, over {len(theirs)} pictures: {apart:.4f}", flush=True)


def steps(seen: dict[tuple[str, str], list[dict]], sets: dict[str, list[Path]]) -> list[list[str]]:
    rows = []
    for step in ("decode", "hash", "shrink", "marks", "c2pa"):
        rows.append([f"Haechi: {step}", *[number(seen[ALL, title], lambda a: step_ms(a, step)) for title in sets]])
    rows.append(["Haechi: decoding process in all", *[number(seen[ALL, title], lambda a: a["decoder_cpu_ms"]) for title in sets]])
    for name in MODELS:
        cells = [number(seen[ALL, title], lambda a: a["model_cpu_ms"][name]) for title in sets]
        rows.append([f"Haechi: {name}, raster to answer", *cells])
    for step in ("decode", "hash", "prepare", "model"):
        rows.append([f"Python: {step}", *[number(seen[TUNED, title], lambda a: a["steps"][step]) for title in sets]])
    return rows


def step_ms(answer: dict, step: str) -> float:
    """The share of a step in the processor time of decoding, by the worker's own clock, which neighbours slow down."""
    return answer["decoder_cpu_ms"] * answer["step_us"].get(step, 0) / max(1, sum(answer["step_us"].values()))


def middle(answers: list[dict], key: str) -> float:
    return statistics.median(answer[key] for answer in answers)


def number(answers: list[dict], value: Callable[[dict], float]) -> str:
    return f"{statistics.median(map(value, answers)):.1f}"


# False alarms


def harmless(folders: list[Path]) -> None:
    """Every picture once; those whose shorter side is below 256 pixels are icons and not counted."""
    sources: dict[str, list[tuple[Path, dict]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        files, origins = [], []
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                content = posted(path)
                if content is not None:
                    files.append(Path(scratch) / f"{len(files)}.jpg")
                    files[-1].write_bytes(content)
                    origins.append((folder, path))
        if not files:
            raise SystemExit("there are no pictures of 256 pixels and more")
        unique: dict[bytes, int] = {}
        for place, file in enumerate(files):
            unique.setdefault(file.read_bytes(), place)
        kept = sorted(unique.values())
        answer = haechi([files[place] for place in kept], MODELS, 1)
        for place, found in zip(kept, answer["found"]):
            sources.setdefault(origins[place][0].name, []).append((origins[place][1], found))
    print(f"\n{processor()}; {', '.join(answer['models'])}\n")
    everything = [entry for entries in sources.values() for entry in entries]
    rows = []
    for name, entries in [*sources.items(), ("all", everything)]:
        scores = sorted(found.get("nudity", math.nan) for _, found in entries)
        rows.append([
            name, str(len(entries)), *[rate(sum(score >= point for score in scores), len(scores)) for point in (0.8, 0.5, 0.2)],
            f"{statistics.median(scores):.3f}", f"{scores[-1]:.2f}", str(sum(found.get("faces", 0) > 0 for _, found in entries)),
        ])
    head = ["harmless pictures", "n", "nudity ≥ 0.8", "nudity ≥ 0.5", "nudity ≥ 0.2", "median", "largest", "with a face found"]
    print(tables.table(head, rows))
    print("\nIn brackets 95 % Wilson intervals. Wallpapers and sample photographs are not chat pictures.")
    for path, found in sorted(everything, key=lambda entry: -entry[1].get("nudity", 0))[:5]:
        print(f"nudity {found.get('nudity', math.nan):.2f}  {path.name}")
    for path, found in everything:
        if found.get("faces", 0):
            print(f"faces {found['faces']:.0f} ({found['faces-score']:.2f})  {path.name}")


def posted(path: Path) -> bytes | None:
    """A picture as somebody would post it, at most 2,048 pixels; None when it is none."""
    if path.suffix.lower() not in (".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff") or not path.is_file():
        return None
    try:
        picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    except (OSError, ValueError):
        return None
    if min(picture.size) < 256:
        return None
    picture.thumbnail((2048, 2048), Image.Resampling.LANCZOS)
    stored = io.BytesIO()
    picture.save(stored, "JPEG", quality=90)
    return stored.getvalue()


def rate(count: int, of: int) -> str:
    """`2 of 77 (0.7–9.0 %)`: the Wilson score interval."""
    z, share = 1.959964, count / of
    center, spread = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low, high = ((center - spread) / (1 + z * z / of), (center + spread) / (1 + z * z / of))
    return f"{count} ({100 * max(0, low):.1f}–{100 * high:.1f} %)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds; medians are over these (default 3)")
    parser.add_argument("--pictures", type=int, default=6, help="photographs of each size (default 6)")
    parser.add_argument("--repeats", type=int, default=3, help="how often each is looked at in a round (default 3)")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), help="longer sides in pixels (default 640 1280 2048 4000)")
    parser.add_argument("--harmless", nargs="+", type=Path, metavar="FOLDER", help="count false alarms on these pictures instead")
    options = parser.parse_args()
    if options.harmless:
        harmless(options.harmless)
        return
    print(f"\n# Models\n\n{machine.describe()}; {options.pictures} pictures a size, {options.rounds} rounds\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        speed(options, Path(folder))


if __name__ == "__main__":
    main()

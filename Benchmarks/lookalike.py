# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Look-alikes: what the image embedding finds of edited pictures, and the index beside faiss on the same vectors. See README.md."""

import argparse
import json
import os
import random
import subprocess
import tempfile
import time
from pathlib import Path

import faiss
import numpy
from PIL import Image, ImageOps
from support import edits, machine, pictures, tables

REPOSITORY = Path(__file__).resolve().parents[1]
MODEL = Path(os.environ.get("HAECHI_NATIVE", REPOSITORY / "native")) / "models" / "clip-image.onnx"
SIZES = {"100k": 100_000, "1M": 1_000_000}
DIMENSION = 512
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)

EDITS = [
    ("30 % cropped off", lambda p, c: edits.cropped(0.3)(p, c)),
    ("mirrored", lambda p, c: ImageOps.mirror(p)),
    ("JPEG quality 20", lambda p, c: edits.reopened(edits.jpeg(p, 20))),
    ("gray", lambda p, c: ImageOps.grayscale(p).convert("RGB")),
    ("tilted by 8°, black corners", lambda p, c: edits.tilted(p, 8, False)),
    ("caption above and below", lambda p, c: edits.caption(p)),
    ("meme bar above", lambda p, c: edits.meme_bar(p)),
    ("screenshot of a chat", lambda p, c: edits.reopened(edits.in_a_chat(p))),
]


def unit(rows: numpy.ndarray) -> numpy.ndarray:
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


# What the model finds


class Embedder:
    """The same arithmetic as Models/embedding.yaml, in onnxruntime."""

    def __init__(self) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])

    def __call__(self, picture: Image.Image) -> numpy.ndarray:
        small = picture.convert("RGB")
        small.thumbnail((512, 512), Image.Resampling.BILINEAR)
        small = small.resize((224, 224), Image.Resampling.BILINEAR)
        tensor = (numpy.asarray(small) / 255 - MEAN) / DEVIATION
        [vector] = self.session.run(None, {"pixel_values": tensor.transpose(2, 0, 1)[None].astype(numpy.float32)})
        return vector[0] / numpy.linalg.norm(vector[0])


def quality(count: int) -> str:
    if not MODEL.exists():
        return f"What the model finds: not measured, there is no {MODEL.name} (scripts/bootstrap models --embeddings)."
    embed, chance = Embedder(), random.Random(5)
    originals = [edits.reopened(pictures.posted(path)) for path in pictures.fetch()[:count]]
    begin = time.process_time()
    base = numpy.array([embed(one) for one in originals])
    each = (time.process_time() - begin) / len(originals) * 1e3
    others = (base @ base.T)[numpy.triu_indices(len(base), 1)]
    rows = []
    for name, edit in EDITS:
        found = numpy.array([embed(edit(one, chance)) for one in originals])
        scores = found @ base.T
        own = scores.diagonal()
        rank = (scores > own[:, None]).sum(1)
        low, middle = numpy.percentile(own, [5, 50])
        rows.append([name, f"{(rank == 0).mean():.2f}", f"{(rank < 10).mean():.2f}", f"{low:.2f}", f"{middle:.2f}"])
    head = ["edit", "original first", "in the first ten", "cosine, 5 of 100 below", "median"]
    note = f"{len(base)} pictures, {each:.0f} ms of one core each; different pictures: median {numpy.median(others):.2f}, 1 of 100 above"
    return f"{note} {numpy.percentile(others, 99):.2f}\n\n{tables.table(head, rows)}"


# How fast the index is


def vectors(kind: str, count: int, seed: int) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Rows, queries, and which row each query was made of. All share a direction, as those of the model do."""
    chance = numpy.random.default_rng([seed, count])
    common = chance.normal(0, 1, DIMENSION).astype(numpy.float32)
    groups = max(1, count // 100) if kind == "clustered" else count
    rows = numpy.empty((count, DIMENSION), numpy.int8)
    centres = chance.normal(0, 0.8, (groups, DIMENSION)).astype(numpy.float32) if kind == "clustered" else None
    for start in range(0, count, 50_000):
        some = min(50_000, count - start)
        own = chance.standard_normal((some, DIMENSION), numpy.float32)
        own = own * 0.5 + centres[chance.integers(0, groups, some)] if centres is not None else own
        rows[start : start + some] = short(common + own)
    own = chance.integers(0, count, 200)
    queries = short(rows[own].astype(numpy.float32) + chance.normal(0, 10, (200, DIMENSION)))
    return rows, queries, own


def short(rows: numpy.ndarray) -> numpy.ndarray:
    return numpy.round(rows * (127 / numpy.abs(rows).max(1, keepdims=True))).astype(numpy.int8)


def bench() -> str:
    program = Path(os.environ.get("HAECHI_BIN", REPOSITORY / ".build" / "release" / "haechi"))
    return os.environ.get("HAECHI_BENCH", str(program.with_name("haechi-bench")))


def compare(kind: str, count: int, seed: int) -> str:
    rows, queries, own = vectors(kind, count, seed)
    with tempfile.TemporaryDirectory() as folder:
        rows.tofile(f"{folder}/rows")
        queries.tofile(f"{folder}/queries")
        command = [bench(), "lookalike", f"{folder}/rows", f"{folder}/queries"]
        ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    faiss.omp_set_num_threads(1)
    begin = time.process_time()
    flat = faiss.IndexFlatIP(DIMENSION)
    for start in range(0, count, 50_000):
        flat.add(unit(rows[start : start + 50_000].astype(numpy.float32)))
    built = time.process_time() - begin
    asked = unit(queries.astype(numpy.float32))
    found, times = [], []
    for query in asked[:: 1 if count <= 100_000 else 4]:
        begin = time.process_time()
        found.append(flat.search(query[None], 10)[1][0])
        times.append((time.process_time() - begin) * 1e3)
    step = 1 if count <= 100_000 else 4
    same = [len(set(mine) & set(theirs)) / 10 for mine, theirs in zip(ours["found"][::step], found)]
    mine = numpy.mean([row in seen for row, seen in zip(own, ours["found"])])
    theirs = numpy.mean([row in seen for row, seen in zip(own[::step], found)])
    lines = [
        ["Haechi", f"{mine:.3f}", f"{numpy.mean(same):.3f}", f"{ours['p50']:.1f}", f"{ours['p99']:.1f}", f"{ours['build']:.0f}",
         tables.count(ours["memory"] / 2**20)],
        ["faiss flat (exact)", f"{theirs:.3f}", "1.000", f"{numpy.median(times):.1f}", f"{numpy.percentile(times, 99):.1f}",
         f"{built:.0f}", tables.count(count * DIMENSION * 4 / 2**20)],
    ]  # fmt: skip
    head = ["index", "finds its own", "recall of the first ten", "CPU ms", "99 of 100 below", "build CPU s", "MiB"]
    return f"{count:,} vectors of {DIMENSION} numbers, {kind}; opening: {ours['open']:.1f} CPU s\n\n" + tables.table(head, lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=100, help="0: only the index (default 100)")
    parser.add_argument("--sizes", nargs="*", choices=SIZES, default=list(SIZES), help="1M needs 4 GB and some minutes")
    parser.add_argument("--kinds", nargs="+", choices=["clustered", "random"], default=["clustered", "random"])
    parser.add_argument("--seed", type=int, default=20261123)
    options = parser.parse_args()
    print(f"\n# Look-alikes\n\n{machine.describe()}; seed {options.seed}", flush=True)
    if options.pictures:
        print("\n" + quality(options.pictures), flush=True)
    for size in options.sizes:
        for kind in options.kinds:
            print("\n" + compare(kind, SIZES[size], options.seed), flush=True)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""The service that one writes first: Pillow, pdqhash and onnxruntime in a loop. Started as a program; prints one JSON object.

    python plain_service.py MODEL THREADS REPEATS FILE...     THREADS 0: as many as onnxruntime likes
"""

import io
import json
import statistics
import sys
import time
from pathlib import Path

import numpy
import onnxruntime
import pdqhash
from PIL import Image

MEAN = numpy.array([104, 117, 123], numpy.float32)


class Service:
    def __init__(self, model: str, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        if threads:
            options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name
        self.steps: dict[str, list[float]] = {}

    def look(self, content: bytes) -> float:
        picture = self.timed("decode", lambda: Image.open(io.BytesIO(content)).convert("RGB"))
        self.timed("hash", lambda: pdqhash.compute(numpy.asarray(picture)))
        tensor = self.timed("prepare", lambda: prepare(picture))
        return float(self.timed("model", lambda: self.session.run(None, {self.name: tensor}))[0][0][1])

    def timed(self, step: str, work):
        begin = time.process_time()
        result = work()
        self.steps.setdefault(step, []).append(1000 * (time.process_time() - begin))
        return result


def prepare(picture: Image.Image) -> numpy.ndarray:
    """As the network's authors did, JPEG included."""
    small = picture.resize((256, 256), Image.Resampling.BILINEAR).crop((16, 16, 240, 240))
    stored = io.BytesIO()
    small.save(stored, "JPEG")
    return (numpy.asarray(Image.open(stored), numpy.float32)[:, :, ::-1] - MEAN)[None].astype(numpy.float32)


def main() -> None:
    model, threads, repeats, *files = sys.argv[1:]
    contents = [Path(file).read_bytes() for file in files]
    service = Service(model, int(threads))
    scores = [service.look(content) for content in contents]
    service.steps.clear()
    print("ready", flush=True)
    sys.stdin.readline()  # several are let go at the same time
    wall, processor = time.monotonic(), time.process_time()
    for _ in range(int(repeats)):
        for content in contents:
            service.look(content)
    count = int(repeats) * len(contents)
    print(
        json.dumps({
            "items": count, "seconds": time.monotonic() - wall, "cpu_ms": 1000 * (time.process_time() - processor) / count,
            "steps": {step: statistics.mean(times) for step, times in service.steps.items()}, "scores": scores,
        })
    )


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""One peer in a process of its own: builds its index over a file of hashes, then answers on stdin, a JSON line for each.

    go N           the first N queries, one after the other: CPU seconds and latencies
    matches N      the same once more, for recall: all matches as [query, place] pairs
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy

sys.path.insert(0, str(Path(__file__).parent.parent))
from support import hash_sets

Ask = Callable[[numpy.ndarray], list[int]]


def flat(rows: numpy.ndarray, radius: int) -> Ask:
    index = faiss.IndexBinaryFlat(256)
    index.add(rows)
    return ranged(index, radius)


def multi_hash(rows: numpy.ndarray, radius: int) -> Ask:
    """As Hasher-Matcher-Actioner sets it up: 16 tables of 16 bits, one bit flipped at most."""
    index = faiss.IndexBinaryMultiHash(256, 16, 16)
    index.nflip = radius // 16
    index.add(rows)
    return ranged(index, radius)


def inverted_lists(probes: int) -> Callable[[numpy.ndarray, int], Ask]:
    """Approximate: looks only into the nearest of the lists."""

    def build(rows: numpy.ndarray, radius: int) -> Ask:
        lists = int(4 * len(rows) ** 0.5)
        quantizer = faiss.IndexBinaryFlat(256)
        index = faiss.IndexBinaryIVF(quantizer, 256, lists)
        index.cp.seed = 20261122
        index.train(rows[: min(len(rows), 64 * lists)])
        index.add(rows)
        index.nprobe = probes
        index._quantizer = quantizer  # faiss does not keep it alive
        return ranged(index, radius)

    return build


def threatexchange(rows: numpy.ndarray, radius: int) -> Ask:
    """The Python package's own index, asked as Hasher-Matcher-Actioner asks it: a text at a time."""
    from threatexchange.signal_type.pdq.pdq_index import PDQIndex

    assert radius == PDQIndex.get_match_threshold()
    index = PDQIndex((row.tobytes().hex(), place) for place, row in enumerate(rows))
    return lambda query: [match.metadata for match in index.query(query.tobytes().hex())]


def ranged(index: faiss.IndexBinary, radius: int) -> Ask:
    # faiss means "nearer than".
    return lambda query: index.range_search(query[None], radius + 1)[2].tolist()


PEERS: dict[str, Callable[[numpy.ndarray, int], Ask]] = {
    "faiss flat": flat,
    "faiss multi-hash 16×16": multi_hash,
    "threatexchange": threatexchange,
    "faiss IVF, 8 probes": inverted_lists(8),
    "faiss IVF, 32 probes": inverted_lists(32),
    "faiss IVF, 128 probes": inverted_lists(128),
}


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    name, haystack, needles, radius = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    faiss.omp_set_num_threads(1)
    rows, queries = hash_sets.load(haystack), hash_sets.load(needles)
    before, begin = resident(), cpu()
    ask = PEERS[name](rows, radius)
    print(json.dumps({"build": cpu() - begin, "memory": resident() - before}), flush=True)
    for line in sys.stdin:
        verb, number = line.split()
        if verb == "go":
            waits, begin = [], cpu()
            for query in queries[: int(number)]:
                start = time.perf_counter()
                ask(query)
                waits.append(time.perf_counter() - start)
            p50, p99 = numpy.percentile(waits, [50, 99]) * 1000
            print(json.dumps({"cpu": cpu() - begin, "queries": len(waits), "p50": p50, "p99": p99}), flush=True)
        else:
            pairs = [[number, place] for number, query in enumerate(queries[: int(number)]) for place in ask(query)]
            print(json.dumps({"pairs": pairs}), flush=True)


if __name__ == "__main__":
    main()

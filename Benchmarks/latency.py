# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""How long a known picture stays in a public room of a real homeserver, beside a hand-written bot. See README.md."""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from support import machine, tables
from support.witness import Witness
from harness import pictures
from harness.matrix import MatrixClient
from harness.moderated import ModeratedHomeserver
from harness.processes import TemporaryFolder, die_with_parent, wait_until

BOT = Path(__file__).parent / "support" / "plain_bot.py"


@dataclass(frozen=True)
class Removal:
    """Seconds until another client is told that the picture is gone."""

    since_begin: float  # of the upload
    since_sent: float  # the sender has the event's id


class World:
    """A homeserver with two public rooms: Haechi keeps one of them, the plain bot the other."""

    def __init__(self, moderated: ModeratedHomeserver):
        synapse = moderated.synapse
        self.poster = synapse.register("poster")
        self.looker = synapse.register("witness")
        self.bot = synapse.register("plain-bot")
        self.guarded = moderated.watched_room(self.poster, "Guarded")
        # Public, but not in the directory, where Haechi would find it.
        self.plain = self.poster.client("POST", "/createRoom", {
            "preset": "public_chat", "visibility": "private",
            "power_level_content_override": {"users": {self.bot.user_id: 50}},
        })["room_id"]  # fmt: skip
        self.bot.join(self.plain)
        for room in (self.guarded, self.plain):
            self.looker.join(room)


@contextmanager
def plain_bot(url: str, bot: MatrixClient, room: str, known: list[bytes]) -> Iterator[None]:
    with TemporaryFolder("bench") as folder:
        hashes = folder / "known"
        hashes.write_text("\n".join(map(pictures.sha256, known)))
        command = [sys.executable, "-B", str(BOT), url, room, str(hashes)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent()
        ) as process:
            try:
                process.stdin.write(bot.token + "\n")
                process.stdin.flush()
                assert process.stdout.readline() == "ready\n"
                yield
            finally:
                process.kill()


def removal(world: World, witness: Witness, room: str, picture: bytes) -> Removal:
    begin = time.monotonic()
    event, _ = world.poster.send_picture(room, picture)
    sent = time.monotonic()
    gone = witness.when_redacted(event)
    assert world.looker.was_redacted(room, event)
    return Removal(gone - begin, gone - sent)


def quarantine(world: World, witness: Witness, picture: bytes) -> float:
    """Until the picture itself is not given out any more. Asked for again and again, which slows the homeserver: hence apart."""
    event, url = world.poster.send_picture(world.guarded, picture)
    sent = time.monotonic()
    wait_until("the quarantine", lambda: world.looker.download(url) is None, every=0.01)
    gone = time.monotonic()
    witness.when_redacted(event)
    return gone - sent


def bare_redaction(world: World, witness: Witness) -> float:
    """What the homeserver needs when nobody has to look first: from the call to the other client."""
    event = world.poster.send_text(world.plain, "to be redacted")
    begin = time.monotonic()
    world.poster.redact(world.plain, event)
    return witness.when_redacted(event) - begin


def spread(name: str, seconds: list[float]) -> list[str]:
    p95 = quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    return [name] + [f"{1000 * value:.0f}" for value in (median(seconds), p95, max(seconds))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="pictures for each side, one after the other (default 30)")
    parser.add_argument("--pause", type=float, default=0.4, help="seconds between two measurements (default 0.4)")
    options = parser.parse_args()
    rounds = options.rounds
    # A picture of its own for each measurement: the homeserver refuses a quarantined one at its second upload.
    known = [pictures.png(pictures.pattern(20_000 + seed)) for seed in range(3 * rounds + 3)]

    print(f"\n# Latency\n\n{machine.describe()}\n", flush=True)
    haechi: list[Removal] = []
    bot: list[Removal] = []
    unreadable: list[float] = []
    floor: list[float] = []
    with ModeratedHomeserver() as moderated:
        moderated.know_as_bad(*known)
        world = World(moderated)
        with (
            plain_bot(moderated.synapse.url, world.bot, world.plain, known),
            Witness(world.looker) as witness,
        ):
            steps = [
                lambda: haechi.append(removal(world, witness, world.guarded, known.pop())),
                lambda: bot.append(removal(world, witness, world.plain, known.pop())),
                lambda: unreadable.append(quarantine(world, witness, known.pop())),
                lambda: floor.append(bare_redaction(world, witness)),
            ]
            for number in range(rounds + 1):
                for step in steps:
                    time.sleep(options.pause)  # so that what one leaves to do does not weigh on the next
                    step()
                steps = steps[1:] + steps[:1]  # nobody is always first
                if number == 0:  # it warmed up
                    for times in (haechi, bot, unreadable, floor):
                        times.clear()

    rows = [
        spread("Haechi: sent to redacted", [r.since_sent for r in haechi]),
        spread("plain bot: sent to redacted", [r.since_sent for r in bot]),
        spread("Haechi: begin of upload to redacted", [r.since_begin for r in haechi]),
        spread("plain bot: begin of upload to redacted", [r.since_begin for r in bot]),
        spread("Haechi: sent to picture unreadable", unreadable),
        spread("a redaction alone, call to other client", floor),
    ]  # fmt: skip
    print(tables.table([f"milliseconds, {rounds} rounds", "median", "p95", "max"], rows))
    sent = [median(r.since_sent for r in side) for side in (haechi, bot)]
    print(f"\nHaechi to plain bot, sent to redacted: {sent[0] / sent[1]:.2f} (ratio of medians)")
    print(f"Haechi to a redaction alone: {sent[0] / median(floor):.1f}; plain bot to a redaction alone: {sent[1] / median(floor):.1f}")


if __name__ == "__main__":
    main()

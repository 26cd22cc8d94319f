# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Fills the demo's homeserver with people and rooms, then posts without end: mostly small talk and patterns, now and then a test
item that Haechi knows as bad, now and then a report. Each line that it prints says what was posted, not what was written.

    seed.py FOLDER [--posts N] [--pause SECONDS]     FOLDER has peers.json and known-bad.json
"""

import argparse
import contextlib
import json
import random
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "EndToEnd"))

import known_bad  # noqa: E402
import specials  # noqa: E402
import texts  # noqa: E402
from harness import pictures  # noqa: E402
from harness.matrix import MatrixClient, MatrixError  # noqa: E402
from harness.megolm import MegolmSender  # noqa: E402
from requests import ConnectionError  # noqa: E402

PEOPLE = ["hana", "minsu", "jiwoo", "sora", "alice", "bob", "carol", "dan"]
PUBLIC_ROOMS = {
    "plaza": "Plaza",
    "hangang": "한강 산책 모임",
    "photos": "Photo exchange",
    "recipes": "요리와 맛집",
    "crafts": "Crafts and patterns",
}
PRIVATE_ROOM = ("family", "Family (private)")
ENCRYPTED_ROOM = ("diary", "Diary (encrypted)")


@dataclass(frozen=True)
class Peers:
    """Where the homeserver is and how to make accounts on it."""

    homeserver_url: str
    server_name: str
    shared_secret: str
    bot_user_id: str


class Town:
    """The people and the rooms. Made once; a later start finds them again by their names."""

    def __init__(self, peers: Peers):
        self._peers = peers
        self._strangers = 0
        self.people = [self._account(name) for name in PEOPLE]
        self.stranger = self.new_stranger()
        owner = self.people[0]
        self.public = [self._room(owner, alias, name, power={peers.bot_user_id: 100}) for alias, name in PUBLIC_ROOMS.items()]
        everyone = [person.user_id for person in self.people[1:]]
        self.private = self._room(owner, *PRIVATE_ROOM, public=False, invite=everyone)
        self.encrypted = self._room(owner, *ENCRYPTED_ROOM, public=False, encrypted=True, invite=everyone)
        # Who is where. People join when they first post: a start that joins everybody everywhere takes ten seconds.
        self._joined: dict[str, set[str]] = {}
        self.ciphers = {person.user_id: MegolmSender(self.encrypted) for person in self.people}

    def bring(self, person: MatrixClient, room: str) -> MatrixClient:
        """The person, who is now in the room."""
        if person.user_id not in self._joined:
            self._joined[person.user_id] = set(person.joined_rooms())
        joined = self._joined[person.user_id]
        if room not in joined:
            person.join(room)
            joined.add(room)
        return person

    def new_stranger(self) -> MatrixClient:
        """A fresh account that posts test items, until it is suspended or banned for it."""
        self._strangers += 1
        return self._account(f"stranger-{int(time.time())}-{self._strangers}")

    def _account(self, name: str) -> MatrixClient:
        peers = self._peers
        return MatrixClient.register(peers.homeserver_url, peers.shared_secret, name, f"demo-{name}")

    def _room(self, owner: MatrixClient, alias: str, name: str, **options: object) -> str:
        found = owner.room_of_alias(f"#{alias}:{self._peers.server_name}")
        return found or owner.create_room(name, alias=alias, **options)


class Flow:
    """What happens in the town, one step after the other, drawn by chance with the given weights."""

    def __init__(self, town: Town, chance: random.Random, folder: Path):
        self._town = town
        self._chance = chance
        self._specials = deque(specials.all_of(folder))
        self._recent: deque[tuple[str, str]] = deque(maxlen=30)
        self._steps = {
            self.small_talk: 50, self.pattern: 18, self.known_copy: 6, self.altered_copy: 5, self.phrase: 4,
            self.private_talk: 7, self.encrypted_talk: 6, self.report: 4, self.special: 3,
        }  # fmt: skip

    def step(self) -> str:
        """Does one thing and says in a few words what it was."""
        [act] = self._chance.choices(list(self._steps), list(self._steps.values()))
        return act()

    # Harmless

    def small_talk(self) -> str:
        room = self._public_room()
        self._remember(room, self._person(room).send_text(room, texts.small_talk(self._chance)))
        return "small talk"

    def pattern(self) -> str:
        room = self._public_room()
        picture = pictures.png(pictures.pattern(self._chance.randrange(1_000_000, 9_000_000)))
        event, _ = self._person(room).send_picture(room, picture, caption=self._chance.choice(texts.CAPTIONS))
        self._remember(room, event)
        return "harmless picture"

    def special(self) -> str:
        """Something harmless that models and marks of origin have something to say of; somebody reports it, so that it is in the queue."""
        item = self._specials[0]
        self._specials.rotate(-1)
        room = self._public_room()
        event, _ = self._person(room).send_picture(room, item.bytes, kind=item.kind, caption=item.caption)
        self._person(room).report(room, event, f"Please look: {item.name}")
        return f"{item.name}, reported"

    # Known as bad

    def known_copy(self) -> str:
        picture = known_bad.original(self._chance.choice(known_bad.SEEDS))
        return self._as_stranger("known picture", lambda who, room: who.send_picture(room, picture))

    def altered_copy(self) -> str:
        picture = known_bad.altered(self._chance.choice(known_bad.SEEDS), quality=self._chance.randrange(50, 90))
        return self._as_stranger(
            "altered copy of a known picture", lambda who, room: who.send_picture(room, picture, kind="image/jpeg")
        )

    def phrase(self) -> str:
        text = f"{texts.small_talk(self._chance)} {self._chance.choice(known_bad.PHRASES)}"
        return self._as_stranger("test phrase", lambda who, room: who.send_text(room, text))

    # Never read by Haechi: the same kinds of content, test items among it

    def private_talk(self) -> str:
        if self._chance.random() < 0.5:
            self._person(self._town.private).send_text(self._town.private, texts.small_talk(self._chance))
            return "private talk"
        picture = known_bad.original(self._chance.choice(known_bad.SEEDS))
        self._person(self._town.private).send_picture(self._town.private, picture)
        return "known picture in a private room"

    def encrypted_talk(self) -> str:
        person = self._person(self._town.encrypted)
        content = {"msgtype": "m.text", "body": self._chance.choice([texts.small_talk(self._chance), *known_bad.PHRASES])}
        cipher = self._town.ciphers[person.user_id]
        person.send(self._town.encrypted, cipher.encrypt(content), "m.room.encrypted")
        return "encrypted talk"

    # People who tell us

    def report(self) -> str:
        if not self._recent:
            return self.small_talk()
        room, event = self._chance.choice(self._recent)
        self._person(room).report(room, event, self._chance.choice(texts.REASONS))
        return "report"

    def _as_stranger(self, what: str, post: Callable[[MatrixClient, str], object]) -> str:
        town = self._town
        room = self._public_room()
        try:
            post(town.bring(town.stranger, room), room)
            return what
        except MatrixError as error:
            if "dev.haechi.clause" in error.body:
                return f"{what}: refused before acceptance"
            if error.status not in (401, 403):
                raise
            town.stranger = town.new_stranger()
            return f"{what}: the account may not post any more ({error.errcode}); a new one came"

    def _person(self, room: str) -> MatrixClient:
        return self._town.bring(self._chance.choice(self._town.people), room)

    def _public_room(self) -> str:
        return self._chance.choice(self._town.public)

    def _remember(self, room: str, event: str) -> None:
        self._recent.append((room, event))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--posts", type=int, help="stop after so many (default: never)")
    arguments.add_argument("--pause", type=float, default=1.0, help="mean seconds between posts (default: 1)")
    arguments.add_argument("--seed", type=int, default=int(time.time()), help="makes the flow repeatable")
    chosen = arguments.parse_args()

    peers = Peers(**json.loads((chosen.folder / "peers.json").read_text()))
    chance = random.Random(chosen.seed)
    flow = Flow(Town(peers), chance, chosen.folder)
    print(f"posting with seed {chosen.seed}", flush=True)
    for _ in range(specials.COUNT):
        with contextlib.suppress(MatrixError, ConnectionError):
            print(time.strftime("%H:%M:%S"), flow.special(), flush=True)
    done = 0
    while chosen.posts is None or done < chosen.posts:
        try:
            print(time.strftime("%H:%M:%S"), flow.step(), flush=True)
        except (MatrixError, ConnectionError) as error:  # a busy or restarting homeserver, an account just suspended
            print(time.strftime("%H:%M:%S"), "failed:", error, flush=True)
        done += 1
        # The first dozen come at once, so that there is something to see.
        time.sleep(0 if done < 12 else chance.uniform(0.3, 1.7) * chosen.pause)


if __name__ == "__main__":
    main()

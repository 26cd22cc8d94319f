# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""One Haechi reads what another shares: what may be shared, nothing else, and what is withdrawn goes here as well."""

import hashlib

from harness.haechi import Haechi
from harness.processes import wait_until


def digest(number: int) -> str:
    return hashlib.sha256(f"shared {number}".encode()).hexdigest()


def known(haechi: Haechi, number: int) -> list[dict]:
    answer = haechi.get("/v1/banks/lookup", params={"kind": "sha256", "value": digest(number)})
    assert answer.ok, answer.text
    return answer.json()["matches"]


def say(haechi: Haechi, number: int, source: str = "ours", **more) -> None:
    record = {"bank": "shared", "kind": "sha256", "value": digest(number), "trust": "verified", "source": source}
    answer = haechi.post("/v1/fingerprints", [record | more])
    assert answer.ok, answer.text


def test_another_haechi_follows_what_is_shared(tmp_path):
    with Haechi(folder=tmp_path / "one") as one, Haechi(folder=tmp_path / "other") as other:
        for number in range(3):
            say(one, number)
        say(one, 9, source="not to be shared")
        assert one.run("bank", "source", "ours", "--share", "yes").status == 0
        other.stop()
        exchanges = tmp_path / "exchanges.yaml"
        exchanges.write_text(
            "exchanges:\n"
            f"  - name: sister\n    kind: ndjson\n    bank: from-sister\n    url: {one.url}/v1/banks/feed/shared\n    interval: 60s\n"
        )
        other._env = {"HAECHI_EXCHANGES_PATH": str(exchanges)}
        other.start()
        for number in range(3):
            match = wait_until("the hash", lambda number=number: known(other, number), seconds=20)[0]
            # What the sister verified is a claim here until we say more of it.
            assert (match["bank"], match["trust"], match["source"]) == ("from-sister", "claimed", "sister")
        assert known(other, 9) == []

        say(one, 1, withdrawn=True)
        say(one, 4)
        other.kill()
        other.start()
        wait_until("the new one", lambda: known(other, 4), seconds=20)
        assert known(other, 1) == [] and known(other, 0) != []


def test_a_wrong_file_is_named_with_all_that_is_wrong(tmp_path):
    haechi = Haechi(folder=tmp_path)
    tmp_path.joinpath("exchanges.yaml").write_text(
        "exchanges:\n  - name: a b\n    kind: fax\n    bank: x\n  - name: c\n    kind: ndjson\n    bank: x\n    url: ftp://x\n    speed: 9\n"
    )
    haechi._env = {"HAECHI_EXCHANGES_PATH": "exchanges.yaml"}
    done = haechi.run("serve", "--port", "0")
    assert done.status == 78, done
    for words in ["exchange 1 ('a b')", "name", "kind", "exchange 2 ('c')", "url", "speed"]:
        assert words in done.errors, (words, done.errors)

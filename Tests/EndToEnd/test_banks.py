# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Banks as their keepers use them: lists in and out, two people, withdrawals, turned copies, and an index that is never behind."""

import hashlib
import json
from collections.abc import Iterator

import pytest
from harness import pictures
from harness.haechi import REPOSITORY, Haechi
from harness.processes import wait_until
from PIL import Image, ImageOps

TOKENS = {"hana": "hana-0123456789abcdef", "minsu": "minsu-0123456789abcdef"}
ENVIRONMENT = {
    "HAECHI_POLICIES_PATH": str(REPOSITORY / "Policies"),
    "HAECHI_API_TOKENS": ",".join(f"{name}={token}" for name, token in TOKENS.items()),
}
BANK = "ncii-confirmed"


@pytest.fixture(scope="module")
def haechi() -> Iterator[Haechi]:
    with Haechi(env=ENVIRONMENT) as running:
        yield running


def of(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS[name]}"}


def digest(number: int) -> str:
    return hashlib.sha256(f"digest {number}".encode()).hexdigest()


def look_up(haechi: Haechi, value: str, kind: str = "sha256", **query: str) -> list[dict]:
    answer = haechi.get("/v1/banks/lookup", params={"kind": kind, "value": value, **query}, headers=of("hana"))
    assert answer.ok, answer.text
    return answer.json()["matches"]


def add(haechi: Haechi, *records: dict, by: str = "hana") -> dict:
    base = {"bank": BANK, "kind": "sha256", "trust": "verified", "source": "desk"}
    answer = haechi.post("/v1/fingerprints", [base | record for record in records], headers=of(by))
    assert answer.ok, answer.text
    return answer.json()


def verdict(haechi: Haechi, data: bytes, number: str) -> str:
    import requests

    sent = requests.post(
        haechi.url + "/v1/media", data=data, headers={**of("hana"), "Content-Type": "image/png"}, timeout=30
    )
    assert sent.ok, sent.text
    event = {
        "id": f"event-{number}", "kind": "message.posted", "at": "2026-01-01T00:00:00Z", "space": {"id": "square", "class": "public"},
        "actor": {"id": f"actor-{number}"},
        "item": {"id": f"item-{number}", "media": [{"id": f"media-{number}", "type": "image/png", "sha256": pictures.sha256(data)}]},
    }  # fmt: skip
    answer = haechi.post("/v1/verdicts", event, headers=of("hana"))
    assert answer.ok, answer.text
    return answer.json()["verdict"]


def test_a_list_is_checked_before_anything_is_written(haechi, tmp_path):
    good = [{"kind": "sha256", "value": digest(number), "reference": f"case-{number}"} for number in range(3)]
    lines = [json.dumps(line) for line in good]
    lines.insert(1, '{"kind":"sha256","value":"12"}')
    lines.insert(3, "no json at all")
    (haechi.folder / "list.ndjson").write_text("\n".join(lines) + "\n")
    done = haechi.run("bank", "import", "--bank", "checked", "--source", "list", "list.ndjson")
    assert done.status == 65
    assert "list.ndjson:2:" in done.errors and "list.ndjson:4:" in done.errors and "nothing was written" in done.errors
    assert look_up(haechi, digest(0)) == []
    done = haechi.run("bank", "import", "--bank", "checked", "--source", "list", "--skip-bad", "list.ndjson")
    assert done.status == 0 and "3 new" in done.output and "2 refused" in done.output
    wait_until("the running server", lambda: len(look_up(haechi, digest(2))) == 1, seconds=5)
    match = look_up(haechi, digest(2))[0]
    assert match["bank"] == "checked" and match["provenance"][0]["reference"] == "case-2"


def test_a_csv_list_says_what_its_hashes_are(haechi):
    picture = pictures.png(pictures.pattern(51, 400))
    (haechi.folder / "p.png").write_bytes(picture)
    pdq = json.loads(haechi.run("hash", "image", "p.png").output)["pdq"]
    (haechi.folder / "list.csv").write_text(f"hash,tags\r\n{pdq},a;b\r\n")
    done = haechi.run("bank", "import", "--bank", "from-csv", "--source", "list", "list.csv")
    assert done.status == 65 and "--kind" in done.errors
    done = haechi.run("bank", "import", "--bank", "from-csv", "--source", "list", "--kind", "pdq", "list.csv")
    assert done.status == 0, done.errors
    wait_until("the running server", lambda: len(look_up(haechi, pdq, "pdq")) == 1, seconds=5)
    assert look_up(haechi, pdq, "pdq")[0]["provenance"][0]["tags"] == ["a", "b"]


def test_many_at_once_wait_for_a_second_person(haechi):
    records = "".join(json.dumps({"kind": "sha256", "value": digest(1000 + number)}) + "\n" for number in range(1_500))
    (haechi.folder / "many.ndjson").write_text(records)
    done = haechi.run("bank", "import", "--bank", "bulk", "--source", "many", "--as", "hana", "many.ndjson")
    assert done.status == 0 and "second person" in done.output, done
    assert look_up(haechi, digest(1000)) == []
    waiting = haechi.get("/v1/banks/imports", params={"state": "waiting"}, headers=of("hana")).json()
    assert [one["count"] for one in waiting if one["bank"] == "bulk"] == [1500]
    id = next(one["id"] for one in waiting if one["bank"] == "bulk")
    same = haechi.run("bank", "approve", "--as", "hana", id)
    assert same.status == 65 and "another person" in same.errors
    approved = haechi.post(f"/v1/banks/imports/{id}/approve", headers=of("minsu"))
    assert approved.ok and approved.json()["resolved_by"] == "api:minsu"
    # Live on return: no wait.
    assert len(look_up(haechi, digest(2499))) == 1
    assert haechi.post(f"/v1/banks/imports/{id}/approve", headers=of("minsu")).status_code == 404


def test_the_one_who_brought_it_through_the_api_cannot_approve_it(haechi):
    answer = add(haechi, *({"value": digest(5000 + number), "source": "tool"} for number in range(1_000)))
    assert [one["state"] for one in answer["imports"]] == ["applied"]
    # A program cannot pass by cutting its delivery into small ones.
    more = add(haechi, {"value": digest(6_999), "source": "tool"})
    assert [one["state"] for one in more["imports"]] == ["waiting"] and look_up(haechi, digest(6_999)) == []
    # The limit counts a delivery, and habits count a source: what is refused here is only the same person.
    records = "".join(json.dumps({"kind": "sha256", "value": digest(7000 + number)}) + "\n" for number in range(1_001))
    (haechi.folder / "more.ndjson").write_text(records)
    haechi.run("bank", "import", "--bank", "bulk", "--source", "more", "--as", "api:hana", "more.ndjson")
    waiting = haechi.get("/v1/banks/imports", params={"state": "waiting"}, headers=of("hana")).json()
    id = next(one["id"] for one in waiting if one["source"] == "more")
    assert haechi.post(f"/v1/banks/imports/{id}/approve", headers=of("hana")).status_code == 403
    refused = haechi.post(f"/v1/banks/imports/{id}/refuse", {"reason": "wrong list"}, headers=of("hana"))
    assert refused.status_code == 403
    refused = haechi.post(f"/v1/banks/imports/{id}/refuse", {"reason": "wrong list"}, headers=of("minsu"))
    assert refused.ok and refused.json()["state"] == "refused"
    assert look_up(haechi, digest(7000)) == []


def test_a_hash_counts_until_the_last_source_withdraws_it(haechi):
    value = digest(61)
    add(haechi, {"value": value, "source": "one"}, {"value": value, "source": "two"})
    assert look_up(haechi, value)[0]["trust"] == "verified"
    add(haechi, {"value": value, "source": "one", "withdrawn": True})
    assert len(look_up(haechi, value)) == 1
    id = look_up(haechi, value)[0]["id"]
    add(haechi, {"value": value, "source": "two", "withdrawn": True})
    # Live on return: no wait.
    assert look_up(haechi, value) == []
    history = haechi.run("bank", "show", id)
    assert history.status == 0 and "\tretired\t" in history.output and history.output.count("\tended ") == 2, history


def test_what_people_found_harmless_wins(haechi):
    picture = pictures.pattern(62, 400)
    add(haechi, {"value": pictures.sha256(pictures.png(picture))})
    assert verdict(haechi, pictures.png(picture), "harmful") == "refuse"
    add(haechi, {"value": pictures.sha256(pictures.png(picture)), "trust": "benign", "bank": "harmless", "source": "people"})
    assert verdict(haechi, pictures.png(picture), "harmless") == "allow"


TURNS = {
    "rotated": lambda picture: picture.rotate(90, expand=True),
    "upside down": lambda picture: picture.rotate(180),
    "mirrored": ImageOps.mirror,
    "inverted": ImageOps.invert,
    "mirrored at the diagonal": lambda picture: picture.transpose(Image.Transpose.TRANSPOSE),
    "in a white frame": lambda picture: ImageOps.expand(picture, 60, (255, 255, 255)),
    "between black bars": lambda picture: ImageOps.expand(picture, (0, 80), (0, 0, 0)),
    "smaller and recompressed": lambda picture: Image.open(__import__("io").BytesIO(pictures.jpeg(picture.resize((250, 250)), 50))),
}


@pytest.mark.parametrize("turn", TURNS)
def test_turned_copies_are_the_same_picture(haechi, turn):
    picture = pictures.pattern(63, 480)
    (haechi.folder / "known.png").write_bytes(pictures.png(picture))
    assert haechi.run("bank", "add", "--bank", BANK, "--source", "desk", "known.png").status == 0
    wait_until("the bank", lambda: look_up(haechi, pictures.sha256(pictures.png(picture))) != [], seconds=5)
    assert verdict(haechi, pictures.png(TURNS[turn](picture).convert("RGB")), turn) == "refuse"
    assert verdict(haechi, pictures.png(pictures.pattern(64, 480)), f"other {turn}") == "allow"


def test_match_says_how_a_copy_was_turned(haechi):
    picture = pictures.pattern(65, 480)
    (haechi.folder / "known65.png").write_bytes(pictures.png(picture))
    (haechi.folder / "turned.png").write_bytes(pictures.png(picture.rotate(90, expand=True)))
    assert haechi.run("bank", "add", "--bank", BANK, "--source", "desk", "known65.png").status == 0
    done = haechi.run("match", "turned.png")
    assert done.status == 0 and BANK in done.output and "rot" in done.output, done
    exact = haechi.run("match", "--kind", "sha256", pictures.sha256(pictures.png(picture)))
    assert exact.status == 0 and "distance 0" in exact.output
    assert haechi.run("match", digest(999_999)).status == 1
    wrong = haechi.run("match", "no-such-file.png")
    assert wrong.status == 66 and "no-such-file.png" in wrong.errors


def test_a_bank_goes_out_and_comes_back_the_same(haechi):
    lines = [{"kind": "sha256", "value": digest(70 + number), "trust": "probation"} for number in range(20)]
    (haechi.folder / "out.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert haechi.run("bank", "import", "--bank", "outgoing", "--source", "ours", "out.ndjson").status == 0
    assert haechi.run("bank", "export", "--bank", "outgoing").output == "", "not without the source's consent"
    # Probation is not for others, whatever the source allows.
    assert haechi.run("bank", "source", "ours", "--share", "yes").status == 0
    assert haechi.run("bank", "export", "--bank", "outgoing").output == ""
    for format in ["ndjson", "csv"]:
        assert haechi.run("bank", "export", "--bank", "outgoing", "--scope", "all", "--format", format, f"back.{format}").status == 0
        done = haechi.run("bank", "import", "--bank", f"back-{format}", "--source", "ours", f"back.{format}")
        assert done.status == 0 and "20 new" in done.output, done
    listed = haechi.run("bank", "list").output
    assert "back-csv\tsha256\tprobation\t20" in listed and "back-ndjson\tsha256\tprobation\t20" in listed
    verified = haechi.run("bank", "verify")
    assert verified.status == 0 and "0 not found" in verified.output, verified


def test_the_index_comes_back_as_it_was_and_is_made_again_when_it_is_damaged(tmp_path):
    with Haechi(env=ENVIRONMENT, folder=tmp_path) as haechi:
        for number in range(20):
            add(haechi, {"value": digest(number)})
        haechi.kill()
        haechi.start()
        assert all(len(look_up(haechi, digest(number))) == 1 for number in range(20))
        assert "anew" not in haechi.log
        haechi.stop()
        files = [file for file in (tmp_path / "var" / "index").rglob("*") if file.is_file() and file.stat().st_size > 0]
        assert files
        for file in files:
            data = bytearray(file.read_bytes())
            for place in range(0, len(data), 7):
                data[place] ^= 0x5A
            file.write_bytes(bytes(data))
        haechi.start()
        assert all(len(look_up(haechi, digest(number))) == 1 for number in range(20))
        assert "index" in haechi.log


def test_kills_lose_nothing_that_was_acknowledged(tmp_path):
    with Haechi(env=ENVIRONMENT, folder=tmp_path) as haechi:
        known: set[int] = set()
        for round in range(8):
            for number in range(round * 10, round * 10 + 10):
                add(haechi, {"value": digest(number)})
                known.add(number)
            gone = sorted(known)[round % len(known)]
            add(haechi, {"value": digest(gone), "withdrawn": True})
            known.discard(gone)
            haechi.kill()
            haechi.start()
            for number in range(round * 10 + 10):
                assert len(look_up(haechi, digest(number))) == (1 if number in known else 0), number



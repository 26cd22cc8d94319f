# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Clients of Hasher-Matcher-Actioner find what they expect: the calls of its own test suite, and what docs/hma.md says differs."""

import hashlib
from collections.abc import Iterator

import pytest
from harness import pictures
from harness.haechi import Haechi

PICTURE = pictures.pattern(41, 400)


@pytest.fixture(scope="module")
def haechi() -> Iterator[Haechi]:
    with Haechi() as running:
        yield running


def bank(haechi: Haechi, name: str) -> str:
    answer = haechi.post("/c/banks", {"name": name})
    assert answer.status_code == 201, answer.text
    return name


def photo(haechi: Haechi, path: str, data: bytes, field: str = "photo"):
    import requests

    return requests.post(haechi.url + path, files={field: ("picture.png", data, "image/png")}, timeout=30)


def pdq(haechi: Haechi, data: bytes) -> str:
    answer = photo(haechi, "/h/hash", data)
    assert answer.ok, answer.text
    return answer.json()["pdq"]


def test_is_alive(haechi):
    answer = haechi.get("/status")
    assert (answer.status_code, answer.text) == (200, "I-AM-ALIVE")


def test_makes_changes_and_deletes_banks(haechi):
    for name in ["01_TEST_BANK", "my_test_bank", "TEST-BANK", ""]:
        assert haechi.post("/c/banks", {"name": name}).status_code == 400, name
    made = haechi.post("/c/banks", {"name": "MY_TEST_BANK_01"})
    assert (made.status_code, made.json()) == (201, {"matching_enabled_ratio": 1.0, "name": "MY_TEST_BANK_01"})
    assert made.json() in haechi.get("/c/banks").json()
    assert haechi.post("/c/banks", {"name": "MY_TEST_BANK_01"}).status_code == 403
    import requests

    url = haechi.url + "/c/bank/MY_TEST_BANK_01"
    assert requests.put(url, json={"enabled": False}, timeout=30).json()["matching_enabled_ratio"] == 0
    assert requests.put(url, json={"enabled_ratio": 0.5}, timeout=30).json()["matching_enabled_ratio"] == 0.5
    renamed = requests.put(url, json={"name": "OTHER"}, timeout=30)
    assert renamed.status_code == 400 and "keeps its name" in renamed.json()["message"]
    assert requests.delete(url, timeout=30).status_code == 200
    assert requests.delete(url, timeout=30).status_code == 200
    assert haechi.get("/c/bank/MY_TEST_BANK_01").status_code == 404


def test_hashes_what_is_uploaded(haechi):
    value = pdq(haechi, pictures.png(PICTURE))
    assert len(value) == 64
    film = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256))
    assert photo(haechi, "/h/hash", film, "video").json() == {"video_md5": hashlib.md5(film).hexdigest()}
    for data, field, words in [(b"not a picture", "photo", "not a"), (pictures.png(PICTURE), "music", "no such content_type")]:
        answer = photo(haechi, "/h/hash", data, field)
        assert answer.status_code == 400 and words in answer.json()["message"], answer.text
    assert haechi.post("/h/hash", {}).status_code == 400
    private = haechi.get("/h/hash", params={"url": "http://127.0.0.1:1/picture.png"})
    assert private.status_code == 400 and "url" in private.json()["message"]


def test_banks_a_picture_and_finds_its_copies_at_once(haechi):
    name = bank(haechi, "NEW_BANK")
    added = photo(haechi, f"/c/bank/{name}/content", pictures.png(PICTURE))
    assert added.ok, added.text
    content, value = added.json()["id"], added.json()["signals"]["pdq"]
    assert value == pdq(haechi, pictures.png(PICTURE))

    query = {"signal_type": "pdq", "signal": value}
    assert haechi.get("/m/raw_lookup", params=query).json() == {"matches": [content]}
    distant = haechi.get("/m/raw_lookup", params=query | {"include_distance": "true"}).json()
    assert distant == {"matches": [{"bank_content_id": content, "distance": "0"}]}
    assert haechi.get("/m/lookup", params=query).json() == {name: [{"bank_content_id": content, "distance": "0"}]}
    assert haechi.get("/m/lookup", params=query | {"banks": name}).json() != {}

    copy = photo(haechi, "/m/lookup", pictures.jpeg(PICTURE.resize((300, 300)), 60)).json()
    assert [found["bank_content_id"] for found in copy["pdq"][name]] == [content]
    assert photo(haechi, "/m/lookup", pictures.png(pictures.pattern(42))).json() == {"pdq": {}}

    shown = haechi.get(f"/c/bank/{name}/content/{content}", params={"include_signals": "true"}).json()
    assert shown["id"] == content and shown["bank"]["name"] == name and shown["signals"] == {"pdq": value}
    assert shown["disable_until_ts"] == 1 and shown["original_media_uri"] is None

    import requests

    gone = requests.delete(f"{haechi.url}/c/bank/{name}/content/{content}", timeout=30)
    assert gone.json() == {"deleted": 1}
    # HMA would find it until the index is built again.
    assert haechi.get("/m/raw_lookup", params=query).json() == {"matches": []}
    assert requests.delete(f"{haechi.url}/c/bank/{name}/content/{content}", timeout=30).json() == {"deleted": 0}


def test_banks_a_signal_and_switches_it_off(haechi):
    import requests

    name = bank(haechi, "SIGNALS")
    value = pdq(haechi, pictures.png(pictures.pattern(43, 400)))
    added = haechi.post(f"/c/bank/{name}/signal", {"pdq": value})
    assert added.ok, added.text
    content = added.json()["id"]
    off = requests.put(f"{haechi.url}/c/bank/{name}/content/{content}", json={"disable_until_ts": 0}, timeout=30)
    assert off.json()["disable_until_ts"] == 0
    assert haechi.get("/m/lookup", params={"signal_type": "pdq", "signal": value}).json() == {}
    assert haechi.post(f"/c/bank/{name}/signal", {"pdq": "xyz"}).status_code == 400
    assert haechi.post(f"/c/bank/{name}/signal", {"photodna": value}).status_code == 400
    assert haechi.post("/c/bank/NO_SUCH/signal", {"pdq": value}).status_code == 404


def test_a_bank_that_is_switched_off_answers_raw_look_ups_only(haechi):
    import requests

    name = bank(haechi, "SHARED")
    value = pdq(haechi, pictures.png(pictures.pattern(44, 400)))
    assert haechi.post(f"/c/bank/{name}/signal", {"pdq": value}).ok
    query = {"signal_type": "pdq", "signal": value}
    url = f"{haechi.url}/c/bank/{name}"
    assert requests.put(url, json={"enabled_ratio": 0.0}, timeout=30).ok
    assert haechi.get("/m/lookup", params=query).json() == {}
    assert haechi.get("/m/lookup", params=query | {"bypass_coinflip": "true"}).json() != {}
    assert haechi.get("/m/raw_lookup", params=query).json()["matches"] != []
    assert requests.put(url, json={"enabled_ratio": 0.5}, timeout=30).ok
    answers = [bool(haechi.get("/m/lookup", params=query | {"seed": str(seed)}).json()) for seed in range(60)]
    again = [bool(haechi.get("/m/lookup", params=query | {"seed": str(seed)}).json()) for seed in range(60)]
    assert answers == again and 10 < sum(answers) < 50


def test_compares_and_says_what_is_there(haechi):
    one = pdq(haechi, pictures.png(PICTURE))
    other = pdq(haechi, pictures.png(pictures.pattern(45, 400)))
    assert haechi.post("/m/compare", {"pdq": [one, one]}).json() == {"pdq": [True, {"distance": 0}]}
    matches, how = haechi.post("/m/compare", {"pdq": [one, other]}).json()["pdq"]
    assert not matches and 31 < how["distance"] <= 256
    for wrong in [{"pdq": [one]}, {"pdq": ["x", one]}, {"md5": [one, one]}]:
        assert haechi.post("/m/compare", wrong).status_code == 400
    status = haechi.get("/m/index/status").json()
    assert set(status) == {"pdq", "video_md5"} and status["pdq"]["present"] and status["pdq"]["size"] >= 0
    assert {one["name"] for one in haechi.get("/c/signal_type").json()} == {"pdq", "video_md5"}
    for query, words in [
        ({}, "required"), ({"signal_type": "pdq"}, "required"), ({"signal_type": "none", "signal": one}, "No such SignalType"),
        ({"signal_type": "pdq", "signal": "12"}, "64"),
    ]:  # fmt: skip
        answer = haechi.get("/m/lookup", params=query)
        assert answer.status_code == 400 and words in answer.json()["message"], answer.text


def test_asks_for_a_token_when_there_are_some():
    with Haechi(env={"HAECHI_API_TOKENS": "tool=0123456789abcdef0123"}) as haechi:
        assert haechi.get("/c/banks").status_code == 401
        assert "message" in haechi.get("/c/banks").json()
        assert haechi.get("/c/banks", headers={"Authorization": "Bearer 0123456789abcdef0123"}).ok
        assert haechi.get("/status").ok

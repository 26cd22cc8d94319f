# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Models and marks of origin in a running server: what they see reaches a person, and what is missing is said."""

import io
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from harness import pictures, signals
from harness.browser import Browser
from harness.console import PASSWORD, ConsoleClient
from harness.haechi import REPOSITORY, Haechi
from harness.processes import TemporaryFolder, wait_until
from PIL import Image
from selenium.webdriver import Keys
from selenium.webdriver.common.by import By

NATIVE = Path(os.environ.get("HAECHI_NATIVE", REPOSITORY / "native"))
PHRASE = "test solicitation phrase"

POLICY = f"""
policy: ai
owner: tests
clauses:
  ai.1: {{ en: "A test clause.", ko: "시험 조항." }}
state:
  lists:
    written: {{ kind: text, entries: ["{PHRASE}"] }}
  signals:
    origin: {{ kind: provenance }}
    faces: {{ kind: model, model: faces }}
    known: {{ kind: pdq, bank: known }}
    written_in_picture: {{ kind: text, list: written, of: pictures }}
rules:
  - id: ai.made-by-machine
    stage: live
    events: [message.posted]
    when: origin.matched
    then: [ {{ preserve: {{}} }}, {{ remove: {{ clause: ai.1 }} }} ]
    quota: {{ per: 1h, max: 100 }}
    unknown: skip
  - id: ai.many-faces
    stage: live
    events: [message.posted]
    when: text == "count the faces" && faces.count >= 1
    then: [ {{ review: {{ clause: ai.1 }} }} ]
    unknown: hold
  - id: ai.known
    stage: live
    events: [message.posted]
    when: known.matched && known.trust in ["verified", "probation"]
    then: [ {{ preserve: {{}} }}, {{ remove: {{ clause: ai.1 }} }} ]
    quota: {{ per: 1h, max: 100 }}
    unknown: hold
  - id: ai.written
    stage: live
    events: [message.posted]
    when: text == "read it" && written_in_picture.matched
    then: [ {{ review: {{ clause: ai.1 }} }} ]
    unknown: skip
"""


def start(folder: Path, **more: str) -> Haechi:
    policies = folder / "policies"
    policies.mkdir()
    (policies / "policy.yaml").write_text(POLICY)
    settings = {
        "policies.path": policies, "policies.approval": "files", "models.path": REPOSITORY / "Models",
        "models.native_path": NATIVE, "models.deadline_ms": 30_000, "models.precision": "f32", **more,
    }  # fmt: skip
    return Haechi(arguments=[part for key, value in settings.items() for part in ("--set", f"{key}={value}")])


@pytest.fixture(scope="module")
def haechi() -> Iterator[Haechi]:
    """A server with whatever native parts are here."""
    with TemporaryFolder("ai") as folder, start(folder) as running:
        wait_until("the models", lambda: "being loaded" not in str(running.get("/ready").json()["signals"]), seconds=180)
        yield running


def upload(haechi: Haechi, data: bytes, kind: str) -> dict:
    answer = requests.post(haechi.url + "/v1/media", data=data, headers={"Content-Type": kind}, timeout=30)
    assert answer.ok, answer.text
    return {"id": f"media-{uuid.uuid4().hex}", "type": kind, "sha256": pictures.sha256(data)}


def post(haechi: Haechi, data: bytes, kind: str, text: str = "good morning") -> str:
    """A public message with a file; returns its id when it is concluded."""
    number = f"m-{uuid.uuid4().hex}"
    event = {
        "id": number, "kind": "message.posted", "at": now(), "space": {"id": "plaza", "class": "public"},
        "actor": {"id": "poster-1"}, "item": {"id": number, "text": text, "media": [upload(haechi, data, kind)]},
    }  # fmt: skip
    answer = haechi.post("/v1/events", event)
    assert answer.ok, answer.text
    wait_until("its conclusion", lambda: haechi.get(f"/v1/events/{number}").json()["state"] != "queued", seconds=120)
    return number


def report(haechi: Haechi, data: bytes, kind: str, space: str = "public") -> str:
    number = uuid.uuid4().hex
    answer = haechi.post("/v1/reports", {
        "id": f"report-{number}", "category": "intimate-imagery", "reason": "please look", "at": now(), "reporter": "person-1",
        "space": {"id": f"room-{number}", "class": space}, "actor": {"id": "poster-1"},
        "item": {"id": f"item-{number}", "text": "안녕하세요, 오늘 날씨가 참 좋네요. 산책하러 갈까요?",
                 "media": [upload(haechi, data, kind)]},
    })  # fmt: skip
    assert answer.ok, answer.text
    return answer.json()["case"]


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def page_of(client: ConsoleClient, case: str) -> str:
    """The page of a case that is looked into, for whoever holds it."""
    page = client._get(f"/console/cases/{case}")
    client._post(f"/console/cases/{case}/take", page, {})

    def looked() -> str | None:
        text = client._get(f"/console/cases/{case}").text
        return None if "data-waiting" in text else text

    return wait_until("the look into the case", looked, seconds=120)


def standing(haechi: Haechi) -> dict[str, str]:
    return haechi.get("/ready").json()["signals"]


def needs(haechi: Haechi, *names: str) -> None:
    """What `scripts/bootstrap models` fetches is there: this is where it is shown to work."""
    missing = {name: state for name in names if (state := standing(haechi).get(name)) != "on"}
    assert not missing, f"run scripts/bootstrap models: {missing}"


def test_a_picture_with_a_generator_s_mark_is_put_before_a_person_and_not_removed(haechi):
    number = post(haechi, signals.with_generator_mark(1), "image/png")
    assert haechi.get(f"/v1/events/{number}").json()["state"] == "decided"
    with ConsoleClient(haechi) as client:
        case = wait_until("the case", lambda: client.case_about(number), seconds=60)
        page = page_of(client, case)
    assert "a person decides" in page
    assert "Trace of a generator" in page and "Unsigned: anybody can write that." in page
    assert "Sampler" not in page, "what was asked of the generator is nobody's business"
    actions = haechi.get(f"/v1/events/{number}").json().get("actions", [])
    assert actions == []


def test_a_portrait_has_a_box_over_the_covered_picture(haechi):
    needs(haechi, "faces", "nudity", "language")
    case = report(haechi, signals.portrait(), "image/jpeg")
    with ConsoleClient(haechi) as client:
        page = page_of(client, case)
    assert page.count("<rect ") == 1, "one face"
    assert 'aria-label="Face 1: ' in page
    assert "No mark of origin: this means nothing." in page
    assert "Not calibrated here: shown, not judged." in page
    assert "Korean." in page, "the language of the text"
    assert "decode" in page and "hash" in page


def test_the_box_lies_on_the_face_in_a_real_browser(haechi, browser):
    needs(haechi, "faces")
    case = report(haechi, signals.portrait(), "image/jpeg")
    with ConsoleClient(haechi) as client:
        page_of(client, case)
    open_case(haechi, browser, case)
    # On the covered picture, in its proportions.
    box, stage = place(browser, ".plan rect"), place(browser, "[data-stage]")
    assert browser.driver.find_elements(By.CSS_SELECTOR, "[data-frame] img") == []
    assert 0.3 < (box["x"] + box["width"] / 2 - stage["x"]) / stage["width"] < 0.6
    assert 0.1 < (box["y"] + box["height"] / 2 - stage["y"]) / stage["height"] < 0.4
    assert abs(stage["width"] / stage["height"] - 1) < 0.02
    looks_right(browser, "portrait-covered")
    # And where it was when the picture is uncovered.
    for _ in range(2):
        browser.driver.find_element(By.CSS_SELECTOR, "[data-reveal]").click()
    wait_until("the picture", lambda: browser.driver.execute_script("return document.querySelector('[data-frame] img').naturalWidth > 0"))
    picture = place(browser, "[data-frame] img")
    assert all(abs(value - box[side]) < 1 for side, value in place(browser, ".plan rect").items())
    assert abs(picture["width"] - stage["width"]) < 2 and abs(picture["height"] - stage["height"]) < 2
    looks_right(browser, "portrait-uncovered")
    browser.driver.get(haechi.url + f"/console/language/ko?return=/console/cases/{case}")
    browser.driver.get(haechi.url + f"/console/cases/{case}")
    assert "얼굴" in browser.driver.find_element(By.CSS_SELECTOR, "body").text
    looks_right(browser, "portrait-korean")
    browser.driver.get(haechi.url + "/console/language/en")
    browser.driver.get(haechi.url + "/console/rules")
    looks_right(browser, "rules-models")
    assert browser.console_errors() == []


def open_case(haechi: Haechi, browser: Browser, case: str) -> None:
    driver = browser.driver
    driver.get(haechi.url + "/console/login")
    driver.delete_all_cookies()
    driver.get(haechi.url + "/console/language/en")
    driver.get(haechi.url + "/console/login")
    browser.console_errors()
    driver.find_element(By.ID, "name").send_keys("hana")
    driver.find_element(By.ID, "password").send_keys(PASSWORD + Keys.ENTER)
    wait_until("the console", lambda: driver.current_url.endswith("/console"))
    driver.get(haechi.url + f"/console/cases/{case}")


def place(browser: Browser, selector: str) -> dict[str, float]:
    return browser.driver.execute_script(
        "const r = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return {x: r.x, y: r.y + scrollY, width: r.width, height: r.height}", selector,
    )  # fmt: skip


def looks_right(browser: Browser, name: str) -> None:
    browser.screenshot(f"ai-{name}")
    assert browser.accessibility_violations() == []
    assert browser.driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_a_rule_counts_faces_only_where_it_must(haechi):
    needs(haechi, "faces")
    cleared = post(haechi, signals.portrait(), "image/jpeg", text="something else")
    assert haechi.get(f"/v1/events/{cleared}").json()["state"] == "cleared"
    found = post(haechi, signals.portrait(400), "image/jpeg", text="count the faces")
    assert haechi.get(f"/v1/events/{found}").json()["state"] == "decided"
    none = post(haechi, pictures.png(Image.new("RGB", (320, 320), "#8090a0")), "image/png", text="count the faces")
    assert haechi.get(f"/v1/events/{none}").json()["state"] == "cleared"


def test_words_in_a_picture_are_found(haechi):
    needs(haechi, "picture-text")
    number = post(haechi, signals.with_text("good morning", PHRASE), "image/png", text="read it")
    assert haechi.get(f"/v1/events/{number}").json()["state"] == "decided"
    other = post(haechi, signals.with_text("good morning", "to everybody"), "image/png", text="read it")
    assert haechi.get(f"/v1/events/{other}").json()["state"] == "cleared"


def test_a_known_picture_in_a_video_is_found(haechi, tmp_path):
    known = pictures.pattern(4_711, 320)
    file = tmp_path / "known.png"
    file.write_bytes(pictures.png(known))
    done = haechi.run("bank", "add", "--bank", "known", "--source", "tests", str(file))
    assert done.status == 0, done.errors
    # Banks are followed within two seconds.
    found = wait_until("the finding of the frame", lambda: decided(haechi, signals.video(known)), seconds=60)
    assert found
    harmless = post(haechi, signals.video(pictures.pattern(4_712, 320)), "video/mp4")
    assert haechi.get(f"/v1/events/{harmless}").json()["state"] == "cleared"
    # A QuickTime file need not begin with its type.
    video = signals.video(known)
    assert video[4:8] == b"ftyp"
    assert decided(haechi, video[:4] + b"skip" + video[8:])
    # Nor need the first picture of a GIF be the one that matters.
    for last, state in [(known, "decided"), (pictures.pattern(4_713, 320), "cleared")]:
        number = post(haechi, gif(pictures.pattern(4_712, 320), last), "image/gif")
        assert haechi.get(f"/v1/events/{number}").json()["state"] == state


def gif(first: Image.Image, *others: Image.Image) -> bytes:
    out = io.BytesIO()
    first.save(out, "GIF", save_all=True, append_images=others, duration=200)
    return out.getvalue()


def decided(haechi: Haechi, video: bytes) -> bool:
    number = post(haechi, video, "video/mp4")
    return haechi.get(f"/v1/events/{number}").json()["state"] == "decided"


def test_what_is_reported_from_a_private_room_is_read_by_no_model(haechi):
    case = report(haechi, signals.portrait(300), "image/jpeg", space="private")
    with ConsoleClient(haechi) as client:
        page = page_of(client, case)
    assert "no detector has read it" in page and "<rect " not in page


def test_without_native_parts_everything_else_works_and_the_signals_are_unknown():
    with TemporaryFolder("ai-bare") as folder:
        models = folder / "models"
        shutil.copytree(REPOSITORY / "Models", models)
        with start(folder, **{"models.path": models, "models.native_path": folder / "nothing-here"}) as bare:
            said = standing(bare)
            assert said["nudity"].startswith("off: "), said
            assert said["faces"].startswith("off: "), said
            number = post(bare, signals.portrait(), "image/jpeg", text="count the faces")
            # The rule cannot tell, and says that a person shall look.
            assert bare.get(f"/v1/events/{number}").json()["state"] == "decided"
            with ConsoleClient(bare) as client:
                case = wait_until("the case", lambda: client.case_about(number), seconds=60)
                page = page_of(client, case)
            assert "unknown: not installed" in page
            # Marks need no native part.
            marked = post(bare, signals.with_source_type(3), "image/jpeg")
            assert bare.get(f"/v1/events/{marked}").json()["state"] == "decided"


def test_content_is_in_no_log(haechi):
    post(haechi, signals.with_text("write to t.me/secret_handle_4711", PHRASE), "image/png", text="read it")
    assert "secret_handle_4711" not in haechi.log and PHRASE not in haechi.log

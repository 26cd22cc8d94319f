# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""The moderators' console in a real browser: covered by default, decided by keyboard, undone, live, in two languages."""

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
import requests
from harness import pictures
from harness.browser import Browser
from harness.console import PASSWORD, make_account
from harness.haechi import REPOSITORY, Haechi
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

WORDS = "This was posted without asking me. <script>document.title = 'broken'</script>"
TEXT = "a harmless sentence for the test"


@pytest.fixture(scope="module")
def haechi() -> Iterator[Haechi]:
    with Haechi(env={"HAECHI_POLICIES_PATH": str(REPOSITORY / "Policies")}) as running:
        make_account(running, "hana")
        yield running


@pytest.fixture
def page(haechi: Haechi, browser: Browser) -> Iterator["Page"]:
    """A browser that is logged in, in English, and has complained of nothing at the end of the test."""
    page = Page(haechi, browser)
    browser.driver.get(haechi.url + "/console/login")
    browser.driver.delete_all_cookies()
    browser.console_errors()
    page.open("/console/language/en")
    page.log_in()
    yield page
    assert browser.console_errors() == []


class Page:
    """What a person does with the console."""

    def __init__(self, haechi: Haechi, browser: Browser):
        self.haechi = haechi
        self.browser = browser
        self.driver = browser.driver

    def open(self, path: str) -> None:
        self.driver.get(self.haechi.url + path)

    def log_in(self) -> None:
        self.open("/console/login")
        self.find("#name").send_keys("hana")
        self.find("#password").send_keys(PASSWORD + Keys.ENTER)
        self.wait(lambda: self.driver.current_url.endswith("/console"))

    def find(self, selector: str):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def shown(self, selector: str) -> bool:
        return any(element.is_displayed() for element in self.driver.find_elements(By.CSS_SELECTOR, selector))

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def wait(self, condition: Callable[[], object], seconds: float = 15) -> None:
        # A live page may replace an element between finding it and reading it: then it is looked for again.
        again = [NoSuchElementException, StaleElementReferenceException]
        WebDriverWait(self.driver, seconds, poll_frequency=0.05, ignored_exceptions=again).until(lambda _: condition())

    def take_next(self) -> str:
        """Takes the next case by keyboard; returns its path."""
        self.open("/console/queue")
        self.press("n")
        self.wait(lambda: self.shown("#clause"))
        return self.path

    @property
    def path(self) -> str:
        return self.driver.execute_script("return location.pathname")

    @property
    def text(self) -> str:
        return self.find("body").text

    def looks_right(self, name: str) -> None:
        """A picture for people; accessible; nothing wider than the window."""
        self.browser.screenshot(f"console-{name}")
        assert self.browser.accessibility_violations() == []
        assert self.driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def report(
    haechi: Haechi, seed: int = 1, space: str = "public", size: tuple[int, int] | None = None, category: str = "intimate-imagery"
) -> str:
    """Somebody reports an item with a picture; returns the case."""
    picture = pictures.pattern(seed)
    picture = pictures.png(picture.resize(size) if size else picture)
    answer = haechi_post(haechi, "/v1/media", data=picture, headers={"Content-Type": "image/png"})
    assert answer.ok, answer.text
    number = uuid.uuid4().hex
    media = {"id": f"picture-{number}", "type": "image/png", "sha256": pictures.sha256(picture)}
    answer = haechi_post(
        haechi, "/v1/reports",
        json={
            "id": f"report-{number}", "category": category, "reason": WORDS, "at": now(), "reporter": "person-1",
            "space": {"id": "plaza", "class": space}, "actor": {"id": "poster-1"},
            "item": {"id": f"item-{number}", "text": TEXT, "media": [media]},
        },
    )  # fmt: skip
    assert answer.ok, answer.text
    return answer.json()["case"]


def haechi_post(haechi: Haechi, path: str, **options: object) -> requests.Response:
    return requests.post(haechi.url + path, timeout=30, **options)


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def test_a_case_is_decided_and_undone_by_keyboard_alone(haechi, page):
    first, second = report(haechi, seed=1), report(haechi, seed=2)
    path = page.take_next()
    assert path in [f"/console/cases/{case}" for case in (first, second)]
    assert "This was posted without asking me." in page.text, "the reporter's words are there"
    assert page.driver.title != "broken"

    # Covered until asked for, and then step by step.
    assert TEXT not in page.driver.page_source
    assert page.driver.find_elements(By.CSS_SELECTOR, "[data-frame] img") == []
    page.looks_right("case-covered")
    page.press("v")
    page.wait(lambda: page.driver.execute_script("return document.querySelector('[data-frame] img').naturalWidth > 0"))
    assert "blur" in page.find("[data-frame] img").value_of_css_property("filter")
    page.looks_right("case-grey")
    page.press("v")
    page.wait(lambda: page.find("[data-frame] img").value_of_css_property("filter") == "none")
    page.press("t")
    page.wait(lambda: TEXT in page.text)
    page.looks_right("case-revealed")
    page.press("v")
    assert not page.shown("[data-frame] img")

    # Keys are letters while somebody writes.
    page.press("r")
    page.press("1234 looked at it")
    assert page.path == path
    page.press(Keys.ESCAPE, "c")
    page.press(Keys.ARROW_DOWN, Keys.ESCAPE)
    page.press("1")
    page.wait(lambda: page.path != path)
    page.wait(lambda: page.shown(".undo-bar"))
    assert "Remove" in page.find(".undo-bar").text
    page.looks_right("decided")

    page.press("u")
    page.wait(lambda: page.shown(".flash"))
    page.open("/console/decisions")
    assert "1234 looked at it" in page.text and "undone" in page.text
    page.looks_right("decisions")
    verified = haechi.run("ledger", "verify")
    assert verified.status == 0, verified.errors


def test_the_clause_is_asked_for_before_a_removal(haechi, page):
    report(haechi, seed=3)
    path = page.take_next()
    page.driver.execute_script("document.getElementById('clause').value = ''")
    page.press("1")
    assert page.path == path and page.shown("#clause:focus")


def test_a_lost_lease_covers_everything_and_says_so(haechi, page):
    report(haechi, seed=4)
    page.take_next()
    page.press("v")
    page.wait(lambda: page.shown("[data-frame] img"))
    # The same person puts it back in another tab.
    page.driver.execute_script(
        "const form = document.querySelector('form[action$=release]');"
        "fetch(form.action, {method: 'POST', body: new URLSearchParams(new FormData(form))})"
        ".then(() => document.dispatchEvent(new Event('visibilitychange')));"
    )
    page.wait(lambda: page.shown("[data-lease-lost]"))
    assert not page.shown("[data-frame] img")
    assert not page.find("button[value=remove]").is_enabled()
    page.looks_right("lease-lost")
    # The refused heartbeat is what the browser complains of, rightly.
    assert all("heartbeat" in line for line in page.browser.console_errors())


def test_the_overview_follows_what_happens(haechi, page):
    page.open("/console")
    page.wait(lambda: page.shown("[data-live-mark]"))
    event = f"event-{uuid.uuid4().hex[:8]}"
    answer = haechi.post(
        "/v1/events",
        {
            "id": event, "kind": "message.posted", "at": now(), "space": {"id": "plaza", "class": "public"},
            "actor": {"id": "poster-2"}, "item": {"id": event, "text": "good morning"},
        },
    )  # fmt: skip
    assert answer.ok, answer.text
    page.wait(lambda: page.driver.find_elements(By.CSS_SELECTOR, f"[title='{event}']"))
    assert "good morning" not in page.driver.page_source, "never content"
    page.looks_right("overview")


def test_the_rules_follow_what_happens_and_leave_alone_who_is_writing(haechi, page):
    page.open("/console/rules")
    page.wait(lambda: page.shown("[data-live-mark]"))
    page.driver.execute_script("window.isSamePage = true")
    reason = page.find("#reason")
    reason.send_keys("half a sen")
    answer = requests.put(haechi.url + "/v1/rules/switch", json={"mode": "case-only", "reason": "a drill"}, timeout=30)
    assert answer.ok, answer.text
    page.wait(lambda: "nothing is removed without a person" in page.find("[data-part=notes]").text)
    assert "cases only" in page.find("[data-part=summary]").text
    for part in ["summary", "notes"]:
        assert page.find(f"[data-part={part}]").get_attribute("aria-live") == "polite"

    # The field in which somebody writes is as it was; when they leave it, its part follows, with what they wrote.
    page.press("tence")
    assert reason.get_attribute("value") == "half a sentence"
    assert page.shown("button[value=case-only]")
    page.press(Keys.ESCAPE)
    page.wait(lambda: page.shown("button[value=normal]"))
    assert page.find("#reason").get_attribute("value") == "half a sentence"
    assert page.driver.execute_script("return window.isSamePage")
    page.driver.execute_script("scrollTo(0, 0)")
    page.looks_right("rules-live")
    page.find("button[value=normal]").click()
    page.wait(lambda: "rules act" in page.find("[data-part=summary]").text)


def test_a_delivery_is_approved_by_a_second_person(haechi, page):
    records = "".join(f'{{"kind":"sha256","value":"{hashlib.sha256(str(n).encode()).hexdigest()}"}}\n' for n in range(1_200))
    (haechi.folder / "many.ndjson").write_text(records)
    assert haechi.run("bank", "create", "ncii-confirmed", "--note", "confirmed by our moderators").status == 0
    for source in ["partner", "desk"]:
        done = haechi.run("bank", "import", "--bank", "ncii-confirmed", "--source", source, "--as", "minsu", "many.ndjson")
        assert done.status == 0, done.errors
    page.open("/console/banks")
    page.looks_right("banks")
    assert "1,200" in page.text and "minsu" in page.text
    page.driver.find_element(By.CSS_SELECTOR, "button[value=approve]").click()
    page.wait(lambda: "The delivery counts now." in page.text)
    page.find("input[name=reason]").send_keys("the wrong list")
    page.driver.find_element(By.CSS_SELECTOR, "button[value=refuse]").click()
    page.wait(lambda: "The delivery was refused." in page.text)
    assert "No delivery waits." in page.text
    page.open("/console/language/ko?return=/console/banks")
    page.looks_right("banks-korean")


def test_it_speaks_korean(haechi, page):
    report(haechi, seed=5)
    page.open("/console/language/ko?return=/console/queue")
    assert page.find("html").get_attribute("lang") == "ko"
    assert "대기열" in page.text
    page.looks_right("queue-korean")
    page.take_next()
    page.looks_right("case-korean")


@pytest.mark.parametrize("path", ["/console", "/console/queue", "/console/decisions", "/console/held", "/console/banks", "/console/lookback", "/console/rules"])
def test_it_fits_a_phone_and_the_dark(haechi, page, path):
    name = path.rsplit("/", 1)[-1]
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 380, "height": 780, "deviceScaleFactor": 1, "mobile": True}
    )
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": dark})
    try:
        page.open(path)
        page.looks_right(f"phone-dark-{name}")
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_case_fits_a_phone(haechi, page, language):
    # Without a place to break; and the widest shape.
    case = report(haechi, seed=6, size=(1600, 300), category="x" * 100)
    page.open(f"/console/language/{language}?return=/console/queue")
    page.open(f"/console/cases/{case}")
    page.find("form[action$=take] button").click()
    page.wait(lambda: page.shown("#clause"))

    def is_looked_at() -> bool:
        page.open(f"/console/cases/{case}")
        return bool(page.driver.find_elements(By.CSS_SELECTOR, ".origin"))

    page.wait(is_looked_at, seconds=60)
    apart = "return parseFloat(getComputedStyle(document.querySelector('.origin').previousElementSibling).marginTop)"
    assert page.driver.execute_script(apart) >= 12, "the heading stands apart from what is above it"
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    )
    try:
        path = page.path
        page.open(path)
        page.looks_right(f"phone-case-{language}")
        stage = "const box = document.querySelector('[data-stage]').getBoundingClientRect(); return [box.left, box.right]"
        left, right = page.driver.execute_script(stage)
        assert 0 <= left < right <= 390, "the whole picture is inside the page"
        page.open("/console/queue")
        page.looks_right(f"phone-queue-{language}")
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_short_cells_of_the_korean_queue_stay_on_one_line(haechi, page):
    report(haechi, seed=7)
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 760, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        page.open("/console/language/ko?return=/console/queue")
        lines = "return [...document.querySelectorAll('td:nth-child(1) > span, td:nth-child(4) > span, td:nth-child(6) > span')]"
        heights = page.driver.execute_script(lines + ".map(one => one.getBoundingClientRect().height)")
        assert heights and max(heights) < 30, heights
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_logging_in_is_refused_without_saying_why(haechi, browser):
    page = Page(haechi, browser)
    page.open("/console/login")
    browser.driver.delete_all_cookies()
    page.open("/console/login")
    page.looks_right("login")
    page.find("#name").send_keys("nobody")
    page.find("#password").send_keys("wrong" + Keys.ENTER)
    page.wait(lambda: page.shown("#failed"))
    assert browser.accessibility_violations() == []
    browser.console_errors()

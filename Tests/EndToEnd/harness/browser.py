# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Headless Chromium by Selenium, with screenshots where a person finds them and axe's accessibility rules."""

import importlib.util
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from .processes import PeerFailed, TemporaryFolder, die_with_parent

ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
_ACCESSIBILITY = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    raise PeerFailed(f"{names[0]} is missing: run scripts/bootstrap test")


class Browser:
    """One browser for a whole test session: a start costs more than a second. `driver` is Selenium's."""

    def __init__(self, language: str = "en"):
        self._language = language
        self._folder = TemporaryFolder("chromium")
        self.driver: Chrome = None

    def __enter__(self) -> "Browser":
        options = ChromeOptions()
        # Both paths are given, or Selenium would look for a download.
        options.binary_location = str(self._dying_browser(_program("chromium", "chromium-browser", "google-chrome")))
        for flag in [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,800",
            f"--lang={self._language}", f"--user-data-dir={self._folder.path / 'profile'}",
        ]:  # fmt: skip
            options.add_argument(flag)
        options.add_experimental_option("prefs", {"intl.accept_languages": self._language})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = Service(_program("chromedriver"), popen_kw={"preexec_fn": die_with_parent()})
        self.driver = Chrome(options=options, service=service)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.driver:
            self.driver.quit()
        self._folder.__exit__()

    def _dying_browser(self, program: str) -> Path:
        """Chromedriver leaves its browser behind when it is killed: this one ends with it."""
        script = self._folder.path / "chromium"
        script.write_text(f'#!/bin/sh\nexec setpriv --pdeathsig KILL {program} "$@"\n')
        script.chmod(0o700)
        return script

    def screenshot(self, name: str) -> Path:
        """Writes Tests/EndToEnd/artifacts/NAME.png."""
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        self.driver.save_screenshot(str(path))
        return path

    def console_errors(self) -> list[str]:
        """What the page complained of since the last call, a refused script or style among it."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def accessibility_violations(self) -> list[str]:
        """One line for each WCAG A or AA rule that the page breaks, with the elements."""
        found: list[Any] = self.driver.execute_async_script(
            _axe() + "\nconst done = arguments[arguments.length - 1];"
            f"axe.run(document, {{runOnly: {_ACCESSIBILITY}}}).then(result => done(result.violations));"
        )
        return [f"{rule['id']}: {rule['help']}: {', '.join(node['html'] for node in rule['nodes'])}" for rule in found]


def _axe() -> str:
    package = importlib.util.find_spec("axe_playwright_python")
    assert package is not None and package.origin is not None
    return next(Path(package.origin).parent.rglob("axe.min.js")).read_text()

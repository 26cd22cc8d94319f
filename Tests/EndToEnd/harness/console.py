# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""The console as a person without scripts uses it: forms and links."""

import re
from types import TracebackType

import requests

from .haechi import Haechi

PASSWORD = "a password for tests"


class ConsoleClient:
    """Logs in with an account of its own; makes it first if it is not there."""

    def __init__(self, haechi: Haechi, name: str = "hana"):
        self._haechi = haechi
        self._name = name
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = "en"

    def __enter__(self) -> "ConsoleClient":
        make_account(self._haechi, self._name)
        page = self._get("/console/login")
        self._post("/console/login", page, {"name": self._name, "password": PASSWORD})
        assert "haechi_session" in self._session.cookies, "not logged in"
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._session.close()

    def case_about(self, item: str) -> str | None:
        """The open case about an item, by its page."""
        queue = self._get("/console/queue").text
        for case in dict.fromkeys(re.findall(r"/console/cases/([\w-]+)", queue)):
            if item in self._get(f"/console/cases/{case}").text:
                return case
        return None

    def decide(self, case: str, verdict: str, clause: str, reason: str) -> str:
        """Takes the case and decides it; returns the decision's id."""
        page = self._get(f"/console/cases/{case}")
        page = self._post(f"/console/cases/{case}/take", page, {})
        token = re.search(r'name="token" value="(\d+)"', page.text)
        work = re.search(r'name="work" value="([\w-]+)"', page.text)
        form = {"verdict": verdict, "clause": clause, "reason": reason}
        if token:
            form["token"] = token.group(1)
        if work:
            form["work"] = work.group(1)
        self._post(f"/console/cases/{case}/decide", page, form)
        newest = re.search(r"/console/decisions/([\w-]+)/undo", self._get("/console/decisions").text)
        assert newest, "no decision was made"
        return newest.group(1)

    def undo(self, decision: str, reason: str) -> None:
        page = self._get("/console/decisions")
        self._post(f"/console/decisions/{decision}/undo", page, {"reason": reason})

    def _get(self, path: str) -> requests.Response:
        answer = self._session.get(self._haechi.url + path, timeout=30)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer

    def _post(self, path: str, page: requests.Response, form: dict[str, str]) -> requests.Response:
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
        fields = {**form, **({"csrf": csrf.group(1)} if csrf else {})}
        headers = {"Origin": self._haechi.url, "Sec-Fetch-Site": "same-origin"}
        answer = self._session.post(self._haechi.url + path, data=fields, headers=headers, timeout=30)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer


def make_account(haechi: Haechi, name: str) -> None:
    file = haechi.folder / "password"
    file.write_text(PASSWORD + "\n")
    done = haechi.run("account", "create", "--admin", "--name", name, "--password-file", str(file))
    file.unlink()
    assert done.status == 0, done.errors

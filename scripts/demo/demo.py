# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Starts the demo's parts in order, says where to look, and stops them all on Ctrl-C.

With --homeserver-only it leaves Haechi out: only Synapse and the flow of posts.
With --refuse the homeserver also asks Haechi before it accepts a post: then known pictures never appear, where otherwise
they appear and are gone within a second.
"""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "Tests" / "EndToEnd"))

import known_bad  # noqa: E402
import specials  # noqa: E402
from harness.haechi import Haechi, haechi_binary  # noqa: E402
from harness.processes import Child, PeerFailed, port_or_free  # noqa: E402
from harness.synapse import ApplicationService, Module, Synapse  # noqa: E402
from seed import Peers  # noqa: E402

FOLDER = REPOSITORY / "var" / "demo"
SERVER_NAME = "demo.local"
MODERATOR = "moderator"


def main() -> None:
    with_haechi = "--homeserver-only" not in sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    FOLDER.mkdir(parents=True, exist_ok=True)
    FOLDER.chmod(0o700)  # tokens are in it
    steps = Steps()
    kept = secrets_of_this_demo()
    # Each side must know the other's address before it starts: Haechi's port comes first.
    haechi_port = port_or_free(8080)
    haechi_url = f"http://127.0.0.1:{haechi_port}"
    service = ApplicationService(haechi_url, kept["as_token"], kept["hs_token"])

    with contextlib.ExitStack() as running:
        steps.say("starting the homeserver")
        synapse = running.enter_context(Synapse(
            folder=FOLDER / "synapse", server_name=SERVER_NAME, port=port_or_free(8008),
            application_service=service, module=Module(haechi_url, kept["api_token"]) if "--refuse" in sys.argv[1:] else None,
        ))  # fmt: skip
        admin = synapse.register("haechi-admin", kept["admin_password"], admin=True)
        items = known_bad.write(FOLDER)
        if with_haechi:
            steps.say("starting Haechi")
            config = write_configuration(synapse, service, admin.token, kept)
            create_moderator(config, kept["moderator_password"])
            steps.say(f"giving Haechi {len(items)} pictures to know as bad")
            register_known_bad(config)
            running.enter_context(Haechi(folder=FOLDER / "haechi", port=haechi_port, arguments=["--config", str(config)]))
        steps.say("starting the flow of posts")
        peers = Peers(synapse.url, SERVER_NAME, synapse.shared_secret, synapse.bot_user_id())
        (FOLDER / "peers.json").write_text(json.dumps(asdict(peers)))
        seed = [sys.executable, "-B", "-u", Path(__file__).with_name("seed.py"), FOLDER]
        flow = Child(seed, FOLDER / "seed.log")
        running.callback(flow.stop)
        flow.wait_for("the first posts", lambda: "posting" in flow.read_log(), seconds=60)
        steps.say("ready")
        print_where_to_look(haechi_url if with_haechi else None, synapse.url, kept["moderator_password"])
        with contextlib.suppress(KeyboardInterrupt):
            watch(flow)
        steps.say("stopping")


class Steps:
    """Progress, with the seconds since the start."""

    def __init__(self) -> None:
        self._begin = time.monotonic()

    def say(self, what: str) -> None:
        print(f"demo: {time.monotonic() - self._begin:5.1f} s  {what}", flush=True)


def secrets_of_this_demo() -> dict[str, str]:
    """Made at the first start, in a file that only its owner reads."""
    path = FOLDER / "secrets.json"
    if not path.exists():
        names = ["as_token", "hs_token", "api_token", "admin_password", "moderator_password"]
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            json.dump({name: secrets.token_urlsafe(12) for name in names}, file)
    return json.loads(path.read_text())


def write_configuration(synapse: Synapse, service: ApplicationService, admin_token: str, kept: dict[str, str]) -> Path:
    """Haechi's configuration for this homeserver. JSON is valid YAML."""
    path = FOLDER / "haechi.yaml"
    path.touch(mode=0o600)
    path.write_text(json.dumps({
        "database": {"url": f"sqlite:{FOLDER / 'haechi' / 'haechi.db'}"},
        "policies": {"path": str(REPOSITORY / "Policies")},
        "models": {"path": str(REPOSITORY / "Models"), "native_path": os.environ.get("HAECHI_NATIVE", str(REPOSITORY / "native"))},
        **({"provenance": {"trust_anchors_file": str(anchors)}} if (anchors := specials.write_trust_list(FOLDER)) else {}),
        "api": {"tokens": f"demo={kept['api_token']}", "appeal_url": "https://example.org/appeal"},
        "matrix": {
            "homeserver_url": synapse.url,
            "server_name": synapse.server_name,
            "bot_user_id": synapse.bot_user_id(),
            "as_token": service.as_token,
            "hs_token": service.hs_token,
            "admin_token": admin_token,
        },
    }, indent=1))  # fmt: skip
    return path


def create_moderator(config: Path, password: str) -> None:
    """The console's account, once."""
    done = FOLDER / "moderator-created"
    if done.exists():
        return
    (FOLDER / "haechi").mkdir(exist_ok=True)
    file = FOLDER / "moderator-password"
    file.touch(mode=0o600)
    file.write_text(password)
    run_haechi("account", "create", "--config", config, "--admin", "--name", MODERATOR, "--password-file", file)
    file.unlink()
    done.touch()


def register_known_bad(config: Path) -> None:
    """Puts the known-bad pictures into the bank that the shipped policy looks in: their SHA-256 and their PDQ."""
    pictures = sorted((FOLDER / "known-bad").glob("*.png"))
    run_haechi("bank", "add", "--config", config, "--bank", "ncii-confirmed", "--source", "demo", *pictures)


def run_haechi(*arguments: object) -> None:
    command = [str(part) for part in (haechi_binary(), *arguments)]
    done = subprocess.run(command, cwd=FOLDER / "haechi", capture_output=True, text=True)
    if done.returncode:
        raise PeerFailed(f"haechi {arguments[0]} {arguments[1]}: {done.stderr or done.stdout}")


def print_where_to_look(haechi_url: str | None, homeserver_url: str, password: str) -> None:
    print()
    if haechi_url:
        print(f"    Console     {haechi_url}   log in as {MODERATOR} with {password}")
    print(f"    Homeserver  {homeserver_url}   for any Matrix client: user hana, password demo-hana")
    print(f"    What is posted: tail -f {(FOLDER / 'seed.log').relative_to(REPOSITORY)}    Ctrl-C stops everything")
    print(flush=True)


def watch(flow: Child) -> None:
    while flow.running:
        time.sleep(0.5)
    raise PeerFailed(f"the flow of posts ended\n{flow.read_log()[-2000:]}")


if __name__ == "__main__":
    try:
        main()
    except PeerFailed as failure:
        sys.exit(f"demo: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)

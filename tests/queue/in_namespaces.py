"""A queue in bad weather on a network: every request has exactly one reply, and exactly the poison is quarantined.

2,000 requests and 3 that end their node's process, over three hosts with addresses of their own. Nodes are killed every
few seconds, two are cut off and one is stopped, each for longer than ack_wait; the server is killed and started again;
two submitters send one job. Linux, with `unshare` and `ip`; root, or a user who may make namespaces. `cargo xtask test
--clients --only queue-network` runs it on the debug build. Exits with 0 where everything holds.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import network

PROJECT = Path(__file__).resolve().parents[2]
ACK_WAIT_S = 2.0
LONGER_S = 5.0
"""How long a node is stopped or cut off."""
BETWEEN_KILLS = 25
"""Replies that come at least between two kills: on a slow machine a node takes longer to start than kills are apart."""
POISON = [f"poison-{letter}" for letter in "abc"]
URL = f"nats://{network.HUB}:4222"


class Site:
    """The server, the nodes and the submitters, and what happened to them."""

    def __init__(self, tach: Path, server: Path, folder: Path) -> None:
        self.tach, self.folder = tach, folder
        self.environment = os.environ | {
            "TACH_NATS": URL,
            "TACH_TEST_FAULTS": "1",
            "TACH_TEST_LETHAL_IDS": "poison",
            "TACH_DOCLING_PROFILE": "none",
            "XDG_STATE_HOME": str(folder / "state"),
        }
        store = f'jetstream {{ store_dir: "{folder}/store", sync_interval: always }}'
        configuration = f'listen: "{network.HUB}:4222"\n{store}\n'
        (folder / "server.conf").write_text(configuration)
        self._server = [str(server), "-c", str(folder / "server.conf")]
        self.server = self._launch()
        self.hosts = [network.Host(number) for number in (1, 2, 3)]
        # The first command makes the streams.
        self.run("queue", "status", "--ack-wait", f"{ACK_WAIT_S:g}")
        self.nodes = [self._node(host) for host in self.hosts]
        self.happened: Counter[str] = Counter()

    def _launch(self) -> subprocess.Popen[bytes]:
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(self._server, stderr=log)

    def _node(self, host: network.Host) -> subprocess.Popen[bytes]:
        command = host.command(str(self.tach), "node", "--workers", "1")
        with (self.folder / "nodes.log").open("ab") as log:
            return subprocess.Popen(command, env=self.environment, stderr=log)

    def said(self) -> str:
        """The end of what the nodes said."""
        return (self.folder / "nodes.log").read_text(errors="replace")[-3000:]

    def submitter(self, replies: str) -> subprocess.Popen[bytes]:
        command = [self.tach, "submit", "requests.ndjson", "--job", "job", "-o", replies]
        return subprocess.Popen(command, env=self.environment, cwd=self.folder, stderr=subprocess.DEVNULL)

    def run(self, *arguments: str, bound_s: float = 60) -> str:
        """Runs `tach` to its end, again while the server is not there, and gives its stdout."""
        until = time.monotonic() + bound_s
        while True:
            command = [self.tach, *arguments]
            done = subprocess.run(
                command, env=self.environment, capture_output=True, text=True, check=False, timeout=60
            )
            if done.returncode == 0:
                return done.stdout
            if time.monotonic() > until:
                raise SystemExit(f"tach {' '.join(arguments)} failed: {done.stderr}")
            time.sleep(0.2)

    def tend(self) -> None:
        """Starts nodes that have ended anew."""
        for number, node in enumerate(self.nodes):
            if node.poll() is not None:
                self.happened["nodes that ended"] += 1
                self.nodes[number] = self._node(self.hosts[number])

    def kill_a_node(self, chance: random.Random) -> None:
        chance.choice(self.nodes).kill()
        self.happened["nodes killed"] += 1

    @contextlib.contextmanager
    def stopped(self, number: int):
        node = self.nodes[number]
        node.send_signal(signal.SIGSTOP)
        self.happened["nodes stopped"] += 1
        yield
        node.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def cut_off(self, number: int):
        self.hosts[number].pull()
        self.happened["nodes cut off"] += 1
        yield
        self.hosts[number].plug()

    @contextlib.contextmanager
    def without_server(self):
        self.server.kill()
        self.server.wait()
        self.happened["servers killed"] += 1
        yield
        self.server = self._launch()

    def answered(self) -> int:
        """Replies that the first submitter has."""
        with contextlib.suppress(FileNotFoundError), (self.folder / "one.ndjson").open("rb") as replies:
            return sum(1 for _ in replies)
        return 0

    def close(self) -> None:
        for process in [*self.nodes, self.server]:
            process.kill()


def outcomes(replies: Path) -> dict[str, str]:
    """The outcome of each id. One that is answered twice ends the run."""
    found: dict[str, str] = {}
    for line in replies.read_text().splitlines():
        reply = json.loads(line)
        outcome = "success" if reply["status"] == "success" else reply["error"]["code"]
        if found.setdefault(reply["req_id"], outcome) is not outcome:
            raise SystemExit(f"{reply['req_id']} was answered twice")
    return found


def write_requests(path: Path, count: int, sleep_ms: int) -> None:
    payload = {"kind": "slow", "amount": sleep_ms}
    ids = [f"r{number}" for number in range(count)]
    for share, poison in zip((0.1, 0.4, 0.7), POISON, strict=True):
        ids.insert(int(count * share), poison)
    lines = ({"id": one, "cmd": "fault", "payload": payload, "timeout_ms": 60_000} for one in ids)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def storm(
    site: Site,
    submitters: list[subprocess.Popen[bytes]],
    requests: int,
    chance: random.Random,
    bound_s: float,
) -> None:
    """Lets everything happen until both submitters have ended."""
    until = time.monotonic() + bound_s
    # When a share of the replies is there; how long it lasts.
    plan = [
        (0.15, site.cut_off, 2, LONGER_S),
        (0.35, site.stopped, 1, LONGER_S),
        (0.55, site.without_server, None, 1.5),
        (0.75, site.cut_off, 0, LONGER_S),
        (0.85, site.without_server, None, 1.5),
    ]
    next_kill, since = time.monotonic() + 3, 0
    while any(submitter.poll() is None for submitter in submitters):
        if time.monotonic() > until:
            status = site.run("queue", "status", "--json")
            raise SystemExit(
                f"not done in {bound_s:.0f} s: {site.answered()} replies; {status}\nthe nodes said: {site.said()}"
            )
        site.tend()
        if plan and site.answered() >= plan[0][0] * requests:
            _, begin, number, lasts = plan.pop(0)
            with begin() if number is None else begin(number):
                time.sleep(lasts)
        elif time.monotonic() > next_kill and site.answered() >= since + BETWEEN_KILLS:
            site.kill_a_node(chance)
            next_kill, since = time.monotonic() + chance.uniform(2, 5), site.answered()
        time.sleep(0.05)
    if plan:
        raise SystemExit("the work was done before everything had happened: ask for more requests")
    if failed := [submitter.returncode for submitter in submitters if submitter.returncode]:
        raise SystemExit(f"a submitter ended with {failed}")


def check(site: Site, requests: int) -> None:
    """What has to hold at the end."""
    one, two = (outcomes(site.folder / name) for name in ("one.ndjson", "two.ndjson"))
    if len(one) != requests + len(POISON) or one != two:
        raise SystemExit(f"{len(one)} and {len(two)} of {requests + len(POISON)} ids were answered")
    wrong = {
        one_id: outcome for one_id, outcome in one.items() if (outcome == "quarantined") != (one_id in POISON)
    }
    if wrong or set(one.values()) != {"success", "quarantined"}:
        raise SystemExit(f"wrong outcomes: {wrong or Counter(one.values())}")
    until = time.monotonic() + 60
    while (status := json.loads(site.run("queue", "status", "--json")))["waiting"] or status["held"]:
        if time.monotonic() > until:
            raise SystemExit(f"something is left: {status}")
        site.tend()
        time.sleep(0.2)
    dead = [
        json.loads(line)["request"]["id"] for line in site.run("queue", "dead", "--job", "job").splitlines()
    ]
    if sorted(dead) != POISON:
        raise SystemExit(f"the stream of quarantined requests has {dead}")
    site.run("queue", "purge", "--job", "job")
    status = json.loads(site.run("queue", "status", "--json"))
    left = {name: status[name] for name in ("waiting", "held", "replies", "dead") if status[name]}
    if left:
        raise SystemExit(f"after the purge there are still {left}")


def main() -> None:
    """Prints what happened and how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--tach", type=Path, default=os.environ.get("TACH_PROGRAM") or PROJECT / "target/debug/tach"
    )
    parser.add_argument("--server", type=Path, default=PROJECT / ".venv/bin/nats-server")
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--sleep-ms", type=int, default=50, help="what each request takes its worker")
    parser.add_argument("--bound-s", type=float, default=720)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    network.enter()
    with tempfile.TemporaryDirectory() as name:
        write_requests(Path(name) / "requests.ndjson", arguments.requests, arguments.sleep_ms)
        site = Site(Path(arguments.tach).resolve(), arguments.server.resolve(), Path(name))
        began = time.monotonic()
        try:
            submitters = [site.submitter("one.ndjson"), site.submitter("two.ndjson")]
            storm(site, submitters, arguments.requests, random.Random(arguments.seed), arguments.bound_s)
            taken = time.monotonic() - began
            check(site, arguments.requests)
        finally:
            site.close()
    print(
        f"{arguments.requests} requests, {len(POISON)} poison, {taken:.0f} s: one reply each, the poison quarantined"
    )
    print(", ".join(f"{count} {what}" for what, count in sorted(site.happened.items())))


if __name__ == "__main__":
    sys.exit(main())

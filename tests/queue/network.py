"""A network of its own on this machine: a hub with the address 10.77.0.1, and hosts whose cables can be pulled.

It is in namespaces that the kernel makes for one program and drops with it: nothing of it is seen outside, all
processes end with it, and a user who is not root can have it too where the system lets users make namespaces.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HUB = "10.77.0.1"
INSIDE = "TACH_TEST_INSIDE"


def enter() -> None:
    """Starts this program anew inside, and exits as it does. Returns where it is inside."""
    if os.environ.get(INSIDE) == "1":
        _be_init()
        ip("link", "set", "lo", "up")
        # `ip netns` keeps names here.
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        ip("link", "add", "hub", "type", "bridge")
        ip("address", "add", f"{HUB}/24", "dev", "hub")
        ip("link", "set", "hub", "up")
        return
    if missing := [name for name in ("unshare", "ip") if shutil.which(name) is None]:
        sys.exit(f"there is no {' and no '.join(missing)}: this needs Linux with util-linux and iproute2")
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        command.append("--map-root-user")
    program = [sys.executable, str(Path(sys.argv[0]).resolve()), *sys.argv[1:]]
    ended = subprocess.run([*command, *program], env=os.environ | {INSIDE: "1"}, check=False)
    sys.exit(ended.returncode)


def _be_init() -> None:
    """The first process of a namespace has to reap what others leave; the test itself runs in a child."""
    child = os.fork()
    if child == 0:
        return
    while True:
        ended, status = os.wait()
        if ended == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def ip(*arguments: str) -> None:
    """Runs `ip`."""
    subprocess.run(["ip", *arguments], check=True)


class Host:
    """A host with an address of its own and a cable to the hub."""

    def __init__(self, number: int) -> None:
        self.name = f"host{number}"
        self._cable = f"cable{number}"
        ip("netns", "add", self.name)
        ip("link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        ip("link", "set", self._cable, "master", "hub", "up")
        ip("-n", self.name, "address", "add", f"10.77.0.{10 + number}/24", "dev", "eth0")
        ip("-n", self.name, "link", "set", "eth0", "up")
        ip("-n", self.name, "link", "set", "lo", "up")

    def command(self, *words: str) -> list[str]:
        """What runs `words` on this host."""
        return ["ip", "netns", "exec", self.name, *words]

    def pull(self) -> None:
        """No packet passes, and no side is told."""
        ip("link", "set", self._cable, "down")

    def plug(self) -> None:
        """Packets pass again."""
        ip("link", "set", self._cable, "up")

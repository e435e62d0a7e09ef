"""Machines under test: network namespaces on a bridge of their own, where the blocks of docs/MACHINES.md are typed."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from cluster import BUILD, ROOT

GUIDE = ROOT / "docs" / "MACHINES.md"
HOSTS = {"a": 1, "b": 2, "c": 3, "owner": 4, "proxy": 9}
SCP = """scp() {  # SRC... DEST between the folders of the machines; HOST:PATH as scp has it
    local recursive=
    if [ "$1" = -r ]; then recursive=-r; shift; fi
    local from=$1 to=$2
    case $from in *:*) from=$MACHINES/${from%%:*}/${from#*:} ;; esac
    case $to in *:*) to=$MACHINES/${to%%:*}/${to#*:} ;; esac
    cp $recursive "$from" "$to"
}
"""


def blocks():
    """(kind, machines, file or None, text) of each block of the guide, in its order."""
    found = []
    for kind, where, text in re.findall(r"^```(sh|conf) ([^\n]+)\n(.*?)^```$", GUIDE.read_text(), re.M | re.S):
        machines, _, name = where.partition(": ")
        found.append((kind, machines.split(), name or None, text))
    return found


def command(*words, check=True, timeout=20):
    result = subprocess.run(words, capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL)
    if check and result.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: {result.stderr.decode().strip()} (as root, with iproute2 and network namespaces?)")
    return result


class Machines:
    """`with` makes the namespaces and removes them, with every process in them, whatever happened. `change` rewrites each block."""

    def __init__(self, change=lambda kind, machine, text: text):
        self.change = change
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="avocado-e2e-machines-"))
        self.name = f"avo{os.getpid()}"
        self.made = []

    def namespace(self, machine):
        return f"{self.name}-{machine}"

    def __enter__(self):
        try:
            self.build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def add(self, machine):
        command("ip", "netns", "add", self.namespace(machine))
        self.made.append(machine)
        command("ip", "-n", self.namespace(machine), "link", "set", "lo", "up")

    def build(self):
        switch = self.namespace("switch")
        self.add("switch")
        command("ip", "-n", switch, "link", "add", "name", "bridge0", "type", "bridge")
        command("ip", "-n", switch, "link", "set", "bridge0", "up")
        for machine, number in HOSTS.items():
            self.add(machine)
            (self.dir / machine).mkdir()
            own = self.namespace(machine)
            command("ip", "-n", switch, "link", "add", "name", f"to-{machine}", "type", "veth", "peer", "name", "eth0", "netns", own)
            command("ip", "-n", switch, "link", "set", f"to-{machine}", "master", "bridge0", "up")
            command("ip", "-n", own, "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")
            command("ip", "-n", own, "addr", "add", f"fd77::{number}/64", "dev", "eth0", "nodad")
            command("ip", "-n", own, "link", "set", "eth0", "up")

    def pids(self):
        found = []
        for machine in self.made:
            text = command("ip", "netns", "pids", self.namespace(machine), check=False).stdout.decode()
            found += [int(pid) for pid in text.split()]
        return found

    def __exit__(self, *_):
        deadline = time.monotonic() + 10
        number = signal.SIGTERM
        while self.pids() and time.monotonic() < deadline:
            for pid in self.pids():
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
            number = signal.SIGKILL if time.monotonic() > deadline - 5 else 0
            time.sleep(0.1)
        left = self.pids()
        for machine in self.made:
            command("ip", "netns", "del", self.namespace(machine), check=False)
        shutil.rmtree(self.dir, ignore_errors=True)
        assert not left, f"processes {left} did not end"

    def start(self, machine, *words, **more):
        """A process on a machine, in its folder; the caller's to wait for."""
        environment = {"PATH": f"{BUILD}:{os.environ['PATH']}", "MACHINES": str(self.dir), "AVOCADO_PROFILE": "client.profile"}
        return subprocess.Popen(["ip", "netns", "exec", self.namespace(machine), *map(str, words)], cwd=self.dir / machine, env=environment,
                                stdin=subprocess.DEVNULL, **more)

    def __call__(self, machine, *words, timeout=60):
        """One `avocado` command there."""
        process = self.start(machine, BUILD / "avocado", *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, error = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return subprocess.CompletedProcess(words, process.returncode, out, error)

    def type(self, machine, text):
        """A block of shell, as a person types it; what it leaves in the background stays."""
        log = self.dir / f"{machine}.typed"
        with log.open("ab") as out:
            process = self.start(machine, "bash", "-euo", "pipefail", "-c", SCP + text, stdout=out, stderr=out)
            code = process.wait(60)
        if code != 0:
            raise AssertionError(f"on {machine}: {text}\nexit {code}\n{self.logs()}")

    def follow(self, before=None, since=None):
        """The guide, block by block: all, those before the one in which `before` is typed, or those since."""
        word = before or since
        steps = [(kind, machines, name, text) for kind, machines, name, text in blocks()]
        at = next((i for i, (kind, _, _, text) in enumerate(steps) if kind == "sh" and word and word in text), len(steps))
        for kind, machines, name, text in steps[at:] if since else steps[:at]:
            for machine in machines:
                changed = self.change(kind, machine, text)
                if kind == "conf":
                    (self.dir / machine / name).write_text(changed)
                else:
                    self.type(machine, changed)

    def logs(self):
        parts = [f"== {path.relative_to(self.dir)}\n{path.read_text(errors='replace')[-1500:]}"
                 for path in sorted(self.dir.glob("**/*.log")) + sorted(self.dir.glob("*.typed"))]
        return "\n".join(parts)

    def log(self, machine, name="node.log"):
        path = self.dir / machine / name
        return path.read_text() if path.exists() else ""

    def part(self, *machines, up=False):
        """Nothing goes between these; each of them still reaches all others: its frames for them go to a card that nobody has."""
        for machine in machines:
            for other in set(machines) - {machine}:
                to = ("to", f"10.77.0.{HOSTS[other]}", "dev", "eth0")
                wrong = ("del", *to) if up else ("replace", *to, "lladdr", "02:00:00:00:00:01", "nud", "permanent")
                command("ip", "-n", self.namespace(machine), "neigh", *wrong)

    def cut(self, machine, up=False):
        command("ip", "-n", self.namespace("switch"), "link", "set", f"to-{machine}", "up" if up else "down")

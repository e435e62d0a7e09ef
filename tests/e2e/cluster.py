"""A cluster under test: started, asked and stopped through the real programs only."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("AVOCADO_BUILD", ROOT / "build"))
AVOCADO = str(BUILD / "avocado")


def free_port_base(count=64):
    """A run of UDP and TCP ports on loopback that nobody listens on now; AVOCADO_TEST_PORT keeps two runs on one machine apart."""
    for base in range(int(os.environ.get("AVOCADO_TEST_PORT", "21000")), 60000, 211):
        sockets = []
        try:
            for port in range(base - 8, base + count):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    s = socket.socket(socket.AF_INET, kind)
                    sockets.append(s)
                    s.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
        finally:
            for s in sockets:
                s.close()
    raise RuntimeError("no free run of ports")


def run(*arguments, stdin=b"", timeout=60, env=None, program=AVOCADO):
    """One `avocado` command; stdout and stderr as bytes."""
    return subprocess.run([program, *map(str, arguments)], input=stdin, capture_output=True, timeout=timeout, env=env)


class Cluster:
    """`avocado up --detach` in a directory of its own; `with` brings it down."""

    def __init__(self, *options, nodes=3, program=AVOCADO):
        self.program = program
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="avocado-e2e-"))
        self.data = self.dir / "d"
        self.nodes = nodes
        self.port = free_port_base()
        self.options = ["--nodes", nodes, "--port", self.port, *options]

    def up(self):
        return run("up", "--detach", "--dir", self.data, *self.options, timeout=120, program=self.program)

    def __enter__(self):
        result = self.up()
        if result.returncode != 0:
            logs = "".join(f"== {p.name}\n{p.read_text(errors='replace')[-2000:]}" for p in sorted(self.data.glob("log/*")))
            shutil.rmtree(self.dir, ignore_errors=True)
            raise AssertionError(f"up failed: {result.stderr.decode()}\n{logs}")
        return self

    def __exit__(self, *_):
        run("down", "--dir", self.data, timeout=60)
        left = self.processes()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)
        assert not left, f"down left processes {left}"

    def __call__(self, *arguments, **more):
        return run(arguments[0], "--dir", self.data, *arguments[1:], program=self.program, **more)

    def status(self):
        result = self("status", "--json")
        return json.loads(result.stdout)

    def pid(self, slot, which):
        return int((self.data / f"node-{slot}" / f"{which}.pid").read_text())

    def processes(self):
        """Every live process that mentions this cluster's directory, or that one of them started from a sealed copy."""
        found = []
        for proc in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if str(self.data).encode() in (proc / "cmdline").read_bytes() and (proc / "stat").read_text().split(") ")[1][0] != "Z":
                    found.append(int(proc.name))
            except (OSError, IndexError):
                continue
        for pid_file in self.data.glob("**/*.pid"):
            try:
                pid = int(pid_file.read_text())
                if pathlib.Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z":
                    found.append(pid)
            except (OSError, ValueError, IndexError):
                continue
        return sorted(set(found) - {os.getpid()})

    def kill(self, slot, which="enclave"):
        os.kill(self.pid(slot, which), signal.SIGKILL)


def dpkg_lines():
    """Real data with real oddities: the machine's own package list, as issue-style `key TAB value` lines."""
    text = subprocess.run(["dpkg-query", "-W", "-f", "${binary:Package}\t${Version} ${binary:Summary}\n"], capture_output=True,
                          check=True).stdout
    lines = [line for line in text.split(b"\n") if line]
    return lines


def wait_until(condition, seconds=10.0, what="condition"):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def unescape(text):
    return re.sub(rb"\\(t|n|\\|x[0-9a-fA-F]{2})", lambda m: {b"t": b"\t", b"n": b"\n", b"\\": b"\\"}.get(m.group(1)) or
                  bytes([int(m.group(1)[1:], 16)]), text)

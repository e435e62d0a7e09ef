"""Nodes and clients far from one another: three nodes, each behind a proxy whose address it advertises, so that all that nodes and clients send
passes one, once."""
import pathlib
import subprocess
import sys
import tempfile

from cluster import ROOT, free_port_base, run, wait_until
from test_las import Programs

NODES = 3


class Far:
    """`with` ends it all."""

    def __init__(self, delay_ms=70, loss_percent=1):
        self.delay_ms, self.loss_percent = delay_ms, loss_percent
        self.folder = tempfile.TemporaryDirectory(prefix="avocado-e2e-")
        self.dir = pathlib.Path(self.folder.name)
        self.port = free_port_base()
        self.programs = Programs(self.dir, self.port)
        self.proxy = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.programs.end()
        if self.proxy:
            self.proxy.terminate()
            self.proxy.wait()
        self.folder.cleanup()

    def start(self):
        self.proxy_start()
        self.programs.cpu("cpu")
        self.programs.cas("cpu")
        made = run("policy", "init", "--dir", self.dir / "owner", "--nodes", NODES, "--simulated-root", self.dir / "cpu/root.pem")
        assert made.returncode == 0, made.stderr
        for slot in range(NODES):
            self.programs.node(slot, "cpu", None, "--advertise", f"127.0.0.1:{self.port + 20 + slot}")
        formed = self.programs.form("cpu")
        assert formed.returncode == 0, formed.stderr

    def proxy_start(self):
        ways = []
        for slot in range(NODES):
            ways += ["udp", "127.0.0.1", self.port + 20 + slot, "127.0.0.1", self.port + 10 + slot]
        with (self.dir / "proxy.log").open("wb") as log:
            self.proxy = subprocess.Popen([sys.executable, ROOT / "tests/e2e/proxy.py", "1", str(self.loss_percent), f"={self.delay_ms}", "0",
                                           *map(str, ways)], stdout=log, stderr=log)
        wait_until(lambda: self.lines() > 0, 30, "the proxy runs")

    def lines(self):
        return (self.dir / "proxy.log").read_bytes().count(b"\n")

    def moved_bytes(self):
        """All that was sent since the proxy began; its last line may be half a second old, so two more are waited for."""
        before = self.lines()
        wait_until(lambda: self.lines() >= before + 2, 30, "the proxy counts")
        words = (self.dir / "proxy.log").read_text().split("\n")[-2].split()
        return int(dict(zip(*[iter(words)] * 2))["bytes"])

    def __call__(self, command, *arguments, **more):
        return run(command, "--dir", self.dir / "owner", *arguments, "--timeout", 100, timeout=120, **more)

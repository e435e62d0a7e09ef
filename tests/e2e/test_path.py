"""Paths that drop datagrams above some size: found by the clients and the nodes, served all the same, and told by status."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

from cluster import AVOCADO, ROOT, free_port_base, run, wait_until
from test_las import Programs

LONGEST = 1300  # of UDP payload
NODES = 3
LARGE = bytes(range(256)) * 1200


class NarrowPaths(unittest.TestCase):
    """Three nodes, each behind a proxy whose address it advertises: all that nodes and clients send passes one."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="avocado-e2e-")
        self.addCleanup(self.folder.cleanup)
        self.dir = pathlib.Path(self.folder.name)
        self.port = free_port_base()

    def up(self, narrow):
        """Everything, with paths that are narrow from the start or turn so when the proxy is told."""
        programs = Programs(self.dir, self.port)
        self.addCleanup(programs.end)
        ways = []
        for slot in range(NODES):
            ways += ["udp", "127.0.0.1", self.port + 20 + slot, "127.0.0.1", self.port + 10 + slot]
        with (self.dir / "proxy.log").open("wb") as log:
            self.proxy = subprocess.Popen([sys.executable, ROOT / "tests/e2e/proxy.py", "1", "0", "0", str(LONGEST), *map(str, ways)],
                                          stdout=log, stderr=log)
        self.addCleanup(self.proxy.wait)
        self.addCleanup(self.proxy.terminate)
        wait_until(lambda: b"udp" in (self.dir / "proxy.log").read_bytes(), 10, "the proxy runs")
        if not narrow:
            self.turn()
        programs.cpu("cpu")
        programs.cas("cpu")
        made = run("policy", "init", "--dir", self.dir / "owner", "--nodes", NODES, "--simulated-root", self.dir / "cpu/root.pem")
        self.assertEqual(made.returncode, 0, made.stderr)
        for slot in range(NODES):
            programs.node(slot, "cpu", None, "--advertise", f"127.0.0.1:{self.port + 20 + slot}")
        formed = programs.form("cpu")
        self.assertEqual(formed.returncode, 0, formed.stderr)

    def turn(self):
        """The paths turn wide, or narrow again."""
        os.kill(self.proxy.pid, signal.SIGUSR1)

    def avocado(self, command, *arguments, **more):
        return run(command, "--dir", self.dir / "owner", *arguments, **more)

    def warned(self):
        return [w for w in json.loads(self.avocado("status", "--json").stdout)["warnings"] if w["what"] == "narrow_path"]

    def test_large_values_pass_a_narrow_path(self):
        self.up(narrow=True)
        for i in range(5):
            result = self.avocado("put", f"large-{i}", "-", stdin=LARGE)
            self.assertEqual((result.returncode, result.stderr), (0, b""))
            self.assertEqual(self.avocado("get", f"large-{i}").stdout, LARGE)
        middle = b"m" * (LONGEST + 50)  # fits the packet that the view allows, but not the path
        self.assertEqual(self.avocado("put", "middle", "-", stdin=middle).returncode, 0)
        self.assertEqual(self.avocado("get", "middle").stdout, middle)
        wait_until(lambda: {w["slot"] for w in self.warned()} == set(range(NODES)), 15, "status names every node")
        for warning in self.warned():
            self.assertIn("1500", warning["hint"])
            self.assertRegex(warning["hint"], r"\b1(2[0-9]{2}|3[0-2][0-9])\b")  # found: 1228 to 1328
        self.assertEqual(self.avocado("status").returncode, 1)
        self.assertIn(b"narrow_path", self.avocado("status").stdout)

    def test_a_path_that_turns_narrow_loses_nothing(self):
        self.up(narrow=False)
        self.assertEqual(self.avocado("put", "before", "-", stdin=LARGE).returncode, 0)
        self.assertEqual(self.warned(), [])
        self.assertEqual(self.avocado("status").returncode, 0)
        lines = {f"line-{i:04d}": chr(97 + i % 26) * (200 + 700 * (i % 5)) for i in range(6000)}
        text = "".join(f"{key}\t{value}\n" for key, value in lines.items()).encode()
        loading = subprocess.Popen([AVOCADO, "load", "--dir", str(self.dir / "owner"), "--timeout",
                                    "30", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        loading.stdin.write(text[:len(text) // 3])
        loading.stdin.flush()
        self.turn()
        out, err = loading.communicate(text[len(text) // 3:], timeout=120)
        self.assertEqual(loading.returncode, 0, err[-300:])
        for i in range(0, 6000, 211):
            self.assertEqual(self.avocado("get", f"line-{i:04d}").stdout.decode(), lines[f"line-{i:04d}"])
        self.assertEqual(self.avocado("put", "after", "-", stdin=LARGE).returncode, 0)
        self.assertEqual(self.avocado("get", "before").stdout, LARGE)
        wait_until(lambda: self.warned() != [], 15, "status sees it")


if __name__ == "__main__":
    unittest.main()

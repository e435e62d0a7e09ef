"""Daemons started by hand on one machine: the outside and the inside of a measured one, joins that wait and joins that are refused."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from cluster import BUILD, free_port_base, run, wait_until


class OneByOne(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="avocado-e2e-"))
        self.port = free_port_base()
        self.started = []
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(self.dir / "notify"))
        self.addCleanup(self.notify.close)
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.addCleanup(self.end)

    def end(self):
        """The CPU last: nothing measured outlives it."""
        for process in reversed(self.started):
            process.terminate()
            process.wait(15)

    def start(self, log, program, *words):
        with (self.dir / log).open("ab") as out:
            process = subprocess.Popen([str(BUILD / program), *map(str, words)], stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.dir,
                                       env={**os.environ, "NOTIFY_SOCKET": str(self.dir / "notify")})
        self.started.append(process)
        return process

    def log(self, name):
        return (self.dir / name).read_text()

    def said(self, name, text, seconds=15):
        wait_until(lambda: text in self.log(name), seconds, f"{text!r} in {name}")

    def cas(self):
        return self.start("cas.log", "avocado-cas", "--dir", "cas", "--listen", f"127.0.0.1:{self.port - 1}", "--collateral", "cpu/collateral",
                          "--simcpu", "cpu/simcpu.sock")

    def node(self, log, slot, port, *more, program="avocado-inline"):
        return self.start(log, program, "--slot", slot, "--dir", log.removesuffix(".log"), "--cas", f"127.0.0.1:{self.port - 1}", "--cas-key",
                          "cas/public.key", "--simcpu", "cpu/simcpu.sock", "--port", self.port + port, *more)

    def test_a_folder_that_a_node_serves_is_left_alone(self):
        self.start("cpu.log", "avocado-simcpu", "--dir", "cpu")
        self.said("cpu.log", "ready")
        self.cas()
        self.said("cas.log", "ready")
        for slot, program in enumerate(("avocado-node", "avocado-inline")):
            name = f"{program}.log"
            files = self.dir / program / f"node-{slot}"
            look = lambda: {path.name: os.readlink(path) if path.is_symlink() else path.read_text() for path in files.iterdir()}
            first = self.node(name, slot, slot, program=program)
            self.said(name, "waiting for")
            before = look()
            self.assertEqual(set(before), {"host.pid", "enclave.pid", "region"})
            for port in (slot, slot + 8):
                self.assertEqual(self.node(name, slot, port, program=program).wait(15), 2)
            self.assertEqual(self.log(name).count(f"folder {self.dir / program}/node-{slot}: another node serves it: stop that one"), 2)
            self.assertEqual(look(), before)
            self.assertIsNone(first.poll())
            os.kill(int(before["host.pid"]), signal.SIGKILL)  # it cleans nothing up, and keeps nobody out
            self.assertNotEqual(first.wait(15), 0)
            self.node(name, slot, slot, program=program)
            wait_until(lambda: self.log(name).count("waiting for") == 2, 15, "another serves it now")
            self.assertNotEqual(look()["host.pid"], before["host.pid"])

    def test_a_cluster_of_inline_nodes(self):
        # The CAS first: it waits for its CPU.
        cas = self.cas()
        self.said("cas.log", "no simulated CPU at cpu/simcpu.sock")
        self.start("cpu.log", "avocado-simcpu", "--dir", "cpu")
        self.said("cas.log", "ready")
        key = self.log("cas/public.key")
        inside = int(self.log("cas/cas.pid"))
        cas.send_signal(signal.SIGKILL)
        wait_until(lambda: not pathlib.Path(f"/proc/{inside}").exists(), 10, "the inside ended with its outside")
        self.cas()
        self.said("cas.log", "under the same keys")
        self.assertEqual(self.log("cas/public.key"), key)

        # What systemd is told: the CPU and the CAS are ready, the latter twice.
        self.notify.settimeout(10)
        self.assertEqual([self.notify.recv(64) for _ in range(3)], [b"READY=1"] * 3)

        # Two for one slot: the second waits for the first to go, and then is the one.
        self.assertEqual(run("policy", "init", "--dir", self.dir / "o", "--simulated-root", self.dir / "cpu/root.pem", "--nodes", 2, "--node",
                             BUILD / "avocado-inline").returncode, 0)
        form = ["cluster", "form", "--dir", self.dir / "o", "--cas", f"127.0.0.1:{self.port - 1}", "--cas-key", self.dir / "cas/public.key",
                "--collateral", self.dir / "cpu/collateral", "--mode", "inline"]
        result = run(*form, "--any-members", "--wait", "0.5")
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"node 0 did not join in time", result.stderr)
        first = self.node("first.log", 0, 0)
        self.said("first.log", "waiting for")
        self.node("second.log", 0, 1)
        self.said("second.log", "taken by an enclave that joined before")
        first.terminate()
        self.assertEqual(first.wait(15), 0)
        self.said("second.log", "waiting for")

        # What the policy does not list is refused for good, by name, with the exit status that systemd leaves alone.
        rogue = self.node("rogue.log", 1, 2, program="avocado-node")
        self.assertEqual(rogue.wait(20), 2)
        self.assertIn("not in the policy", self.log("rogue.log"))
        self.assertRegex(self.log("rogue.log"), r"error avocado-enclave: slot 1: CAS refused to admit this enclave")

        self.node("third.log", 1, 3)
        wrong = run(*form, "--members", f"127.0.0.1:{self.port},127.0.0.1:{self.port + 3}")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn(b"other addresses joined", wrong.stderr)
        wrong = run(*form, "--any-members", "--expect-cas", "00" * 32)
        self.assertIn(b"--expect-cas", wrong.stderr)
        measured = run("measure", BUILD / "avocado-cas").stdout.decode().strip()
        good = run(*form, "--members", f"127.0.0.1:{self.port + 1},127.0.0.1:{self.port + 3}", "--expect-cas", measured, "--json")
        self.assertEqual(good.returncode, 0, good.stderr)
        again = run(*form, "--any-members", "--json")  # finds it formed
        self.assertEqual(again.stdout, good.stdout)
        self.assertEqual(run("put", "--dir", self.dir / "o", "k", "v").returncode, 0)
        self.assertEqual(run("get", "--dir", self.dir / "o", "k").stdout, b"v")
        self.assertIn(b'"mode": "inline"', run("status", "--dir", self.dir / "o", "--json").stdout)
        for line in [line for name in ("cas.log", "second.log", "cpu.log") for line in self.log(name).splitlines()]:
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z (error|warn|info) avocado-(cas|inline|simcpu): [ -~]+$")


if __name__ == "__main__":
    unittest.main()

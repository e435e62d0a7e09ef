"""Daemons and their logs: readers that are gone, terminals that go, files that grow or are moved, strangers who would fill them."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from cluster import BUILD, Cluster, free_port_base, run, wait_until

KEY = "00112233445566778899aabbccddeeff" * 2
MIB = 1 << 20


class ByHand(unittest.TestCase):
    """Each daemon started alone. A node and a LAS wait for a CAS that does not come; all of them say a line or more."""

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="avocado-e2e-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        port = free_port_base()
        subprocess.run([BUILD / "avocado-simcpu", "--make-platform", "--dir", self.dir / "cpu"], check=True, timeout=20)
        socket_path = self.dir / "cpu/simcpu.sock"
        common = ["--cas", f"127.0.0.1:{port + 50}", "--cas-key", KEY, "--simcpu", socket_path]
        small = ["--budget", 9, "--host-memory", 16, "--slot", 0]
        self.commands = {  # the CPU first: the others need it
            "simcpu": ["avocado-simcpu", "--dir", self.dir / "cpu"],
            "cas": ["avocado-cas", "--dir", self.dir / "cas", "--listen", f"127.0.0.1:{port}", "--collateral", self.dir / "cpu/collateral",
                    "--simcpu", socket_path],
            "las": ["avocado-las", "--dir", self.dir / "las", *common],
            "node": ["avocado-node", "--dir", self.dir / "n", "--port", port + 1, "--enclave", BUILD / "avocado-enclave", *small, *common],
            "inline": ["avocado-inline", "--dir", self.dir / "i", "--port", port + 2, *small, *common]}
        self.up = {"simcpu": "cpu/simcpu.pid", "cas": "cas/cas.pid", "las": "las/las.pid", "node": "n/node-0/enclave.pid",
                   "inline": "i/node-0/enclave.pid"}
        self.running = {}
        self.addCleanup(self.end)

    def start(self, name, *options, **more):
        words = [str(word) for word in (BUILD / self.commands[name][0], *self.commands[name][1:], *options)]
        self.running[name] = subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True, **more)
        wait_until(lambda: self.text(self.up[name]).strip() or self.running[name].poll() is not None, 10, f"{name} is up")
        self.assertIsNone(self.running[name].poll(), f"{name} ended: {self.text(f'{name}.log')}")

    def text(self, name):
        path = self.dir / name
        return path.read_text() if path.exists() else ""

    def end(self):
        """Told to, each ends well; the CPU last."""
        codes = {}
        for name in reversed(list(self.running)):
            self.running[name].send_signal(signal.SIGTERM)
            codes[name] = self.running[name].wait(timeout=20)
        self.running = {}
        return codes

    def all_run(self):
        ended = {name: process.poll() for name, process in self.running.items() if process.poll() is not None}
        self.assertEqual(ended, {})

    def test_a_reader_that_is_gone_ends_nobody(self):
        """As `avocado-node ... 2>&1 | head -1`, whose head has ended."""
        for name in self.commands:
            reading, writing = os.pipe()
            os.close(reading)
            self.start(name, stdout=writing, stderr=writing)
            os.close(writing)
        time.sleep(0.5)
        self.all_run()
        self.assertEqual(set(self.end().values()), {0})

    def test_a_closed_standard_error_is_nothing_else(self):
        for name in self.commands:
            self.start(name, preexec_fn=lambda: os.close(2))
            where = os.readlink(f"/proc/{self.running[name].pid}/fd/2")
            self.assertEqual(where, "/dev/null", name)
        self.all_run()

    def test_hangups_open_logs_again_and_end_nobody(self):
        for name in self.commands:
            self.start(name, "--log-file", self.dir / f"{name}.log", stderr=subprocess.DEVNULL)
        inside = [int(self.text(pid)) for name, pid in self.up.items()]
        for name in self.commands:
            (self.dir / f"{name}.log").rename(self.dir / f"{name}.old")
        for pid in (*inside, *(process.pid for process in self.running.values())):
            os.kill(pid, signal.SIGHUP)
        for name in self.commands:
            wait_until(lambda: (self.dir / f"{name}.log").exists(), 5, f"{name}'s log is opened again")
        self.all_run()
        for pid in inside:
            os.kill(pid, 0)
        self.assertEqual(set(self.end().values()), {0})
        for name in ("cas", "las", "node", "inline"):
            self.assertIn("told to end", self.text(f"{name}.log"))

    def test_under_nohup_a_hangup_is_nothing(self):
        for name in self.commands:
            self.start(name, "--log-file", self.dir / f"{name}.log", stderr=subprocess.DEVNULL,
                       preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
            (self.dir / f"{name}.log").rename(self.dir / f"{name}.old")
            self.running[name].send_signal(signal.SIGHUP)
        time.sleep(0.5)
        self.all_run()
        self.assertEqual([log.name for log in self.dir.glob("*.log")], [])
        self.assertEqual(set(self.end().values()), {0})

    def test_a_file_at_its_limit_is_put_aside(self):
        for name in self.commands:
            log = self.dir / f"{name}.log"
            log.write_text("x" * (MIB - 1) + "\n")
            (self.dir / f"{name}.log.1").write_text("the last\n")
            (self.dir / f"{name}.log.2").write_text("the last but one\n")
            self.start(name, "--log-file", log, "--log-size", 1, "--log-keep", 2, stderr=subprocess.DEVNULL)
            wait_until(lambda: log.exists() and 0 < log.stat().st_size < MIB, 5, f"{name} put its log aside")
            self.assertEqual(self.text(f"{name}.log.1")[:1], "x")
            self.assertEqual(self.text(f"{name}.log.2"), "the last\n")
            self.assertFalse((self.dir / f"{name}.log.3").exists())

    def test_a_file_limit_ends_nobody(self):
        """ulimit -f: SIGXFSZ would end a writer. The CPU's is left out: it has files of its own to make."""
        self.start("simcpu", stderr=subprocess.DEVNULL)
        for name in ("las", "node"):
            log = self.dir / f"{name}.log"
            log.write_text("x" * 1023 + "\n")
            words = [str(w) for w in (BUILD / self.commands[name][0], *self.commands[name][1:], "--log-file", log)]
            limited = subprocess.Popen(["bash", "-c", 'ulimit -f 1; exec "$@"', "bash", *words], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(limited.wait)
            self.addCleanup(limited.kill)
            time.sleep(0.5)
            self.assertNotEqual(limited.poll(), -signal.SIGXFSZ, name)


class OfACluster(unittest.TestCase):
    OPTIONS = ("--budget", 9, "--host-memory", 16)

    def test_the_last_runs_logs_stay(self):
        c = Cluster(*self.OPTIONS, nodes=1)
        self.addCleanup(shutil.rmtree, c.dir, ignore_errors=True)
        for mode in ("process", "inline", "process"):
            result = run("up", "--detach", "--dir", c.data, *c.options, "--mode", mode)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(c("down").returncode, 0)
        logs = {path.name: path.read_text() for path in (c.data / "log").iterdir()}
        self.assertEqual(sorted(logs), sorted(f"{name}.log{end}" for name in ("simcpu", "cas", "las", "node-0") for end in ("", ".1", ".2")))
        for name, text in logs.items():
            self.assertEqual("INLINE" in text or "avocado-inline" in text, name in ("node-0.log.1", "simcpu.log.1"), name)

    def test_hangups_to_all_of_a_cluster(self):
        for mode in ("process", "inline"):
            with Cluster(*self.OPTIONS, "--mode", mode, nodes=1) as c:
                self.assertEqual(c("put", "k", "v").returncode, 0)
                logs = list((c.data / "log").iterdir())
                for log in logs:
                    log.rename(f"{log}.old")
                for pid in c.processes():
                    os.kill(pid, signal.SIGHUP)
                for log in logs:
                    wait_until(log.exists, 5, f"{log.name} is opened again")
                self.assertEqual(c("get", "k").stdout, b"v")

    def test_strangers_do_not_fill_the_log(self):
        with Cluster(*self.OPTIONS, nodes=1) as c:
            log = c.data / "log/cas.log"
            before, began, count = len(log.read_text().splitlines()), time.monotonic(), 0
            while time.monotonic() - began < 2.5:
                with socket.create_connection(("127.0.0.1", c.port - 1)) as stranger:
                    stranger.sendall(os.urandom(512))
                    stranger.recv(1)
                count += 1
            self.assertGreater(count, 50)
            time.sleep(1.5)
            lines = log.read_text().splitlines()[before:]
            said = [line for line in lines if "bytes that are not of this protocol" in line and "left out" not in line]
            self.assertLessEqual(len(said), 5, said[:8])
            left_out = sum(int(n) for n in re.findall(r"left out (\d+) more lines? of this kind: bytes that are not", "\n".join(lines)))
            self.assertEqual(len(said) + left_out, count)
            self.assertLessEqual(len(lines), 12, lines[:16])


if __name__ == "__main__":
    unittest.main()

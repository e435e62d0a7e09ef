"""A node that ended is started again: it joins empty, pulls what it lacks while the cluster serves, and votes; nothing is lost."""
import json
import os
import signal
import subprocess
import threading
import time
import unittest

from cluster import AVOCADO, Cluster, run, wait_until

KEYS = 3000


def start(c, *words):
    return run("node", "start", *words, "--dir", c.data, timeout=240)


def kill(c, slot):
    for which in ("host", "enclave"):
        try:
            os.kill(c.pid(slot, which), signal.SIGKILL)
        except (ProcessLookupError, FileNotFoundError):
            pass
    wait_until(lambda: c("status", "--json").returncode == 1, 10, "the loss is seen")


def told(c):
    status = c("status", "--json")
    return json.loads(status.stdout) if status.returncode in (0, 1) else {"nodes": [], "epoch": 0}


def votes(c, count=3):
    nodes = told(c)["nodes"]
    return len(nodes) == count and all(node["role"] == "voting" for node in nodes)


class Recovery(unittest.TestCase):
    def filled(self, c):
        lines = "".join(f"key-{i}\tvalue-{i}\n" for i in range(KEYS))
        self.assertEqual(c("load", "-", stdin=lines.encode()).returncode, 0)

    def test_a_killed_node_comes_back_and_carries_the_data(self):
        with Cluster() as c:
            self.filled(c)
            first = told(c)["epoch"]
            kill(c, 1)
            self.assertEqual(c("put", "while-away", "1").returncode, 0)
            started = start(c, "1")
            self.assertEqual(started.returncode, 0, started.stderr)
            wait_until(lambda: votes(c), 60, "it votes again")
            self.assertGreaterEqual(told(c)["epoch"], first + 2)  # one view admits it, one makes it vote
            kill(c, 0)  # of the two that are left, one is the newcomer: a majority needs what it pulled
            for i in range(0, KEYS, 97):
                self.assertEqual(c("get", f"key-{i}").stdout.decode(), f"value-{i}")
            self.assertEqual(c("get", "while-away").stdout, b"1")
            self.assertEqual(start(c, "0").returncode, 0)
            wait_until(lambda: votes(c), 60, "the second votes again")
            self.assertEqual(c("status").returncode, 0)

    def test_again_and_again_under_load(self):
        with Cluster() as c:
            self.filled(c)
            load = subprocess.Popen([AVOCADO, "bench", "--dir", str(c.data), "--read-percent", "50", "--clients", "2", "--pipeline", "4",
                                     "--keys", "500", "--value-bytes", "100", "--seconds", "25", "--warm-up", "0", "--timeout", "4",
                                     "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for slot in (2, 0, 1):
                kill(c, slot)
                self.assertEqual(start(c, str(slot)).returncode, 0)
                wait_until(lambda: votes(c), 60, f"slot {slot} votes again")
            out, error = load.communicate(timeout=60)
            figures = json.loads(out)
            self.assertEqual(figures["wrong"], 0, error)
            self.assertGreater(figures["ops"], 1000)

    def test_the_cluster_serves_while_a_node_pulls(self):
        """bench/recover measures it; here only that neither starves the other, whatever else the machine does."""
        with Cluster() as c:
            load = subprocess.Popen([AVOCADO, "bench", "--dir", str(c.data), "--read-percent", "90", "--clients", "10", "--pipeline", "8", "--keys",
                                     "60000", "--value-bytes", "256", "--seconds", "3600", "--json", "--report", "0.25"], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True)
            told = []  # when, and the rate of the quarter of a second before
            reader = threading.Thread(target=lambda: told.extend((time.monotonic(), float(line.split()[2])) for line in load.stderr if " ops/s " in line))
            reader.start()
            try:
                wait_until(lambda: told, 120, "all keys are written")
                kill(c, 1)
                killed = time.monotonic()
                wait_until(lambda: sum(when > killed + 0.5 for when, _ in told) >= 8, 60, "two nodes serve")
                began = time.monotonic()
                self.assertEqual(start(c, "1", "--wait", "--timeout", "200").returncode, 0)
                voted = time.monotonic()
            finally:
                load.send_signal(signal.SIGINT)
                out = load.stdout.read()
                load.wait(timeout=120)
                load.stdout.close()
                reader.join()
                load.stderr.close()
            before = [rate for when, rate in told if killed + 0.5 < when <= began]
            during = [rate for when, rate in told if began < when <= voted]
            self.assertEqual(json.loads(out)["wrong"], 0)
            if voted - began > 1:  # else hardly a rate was told meanwhile
                self.assertGreater(sum(during) / max(len(during), 1), 0.2 * sum(before) / len(before))

    def test_what_cannot_be_started_says_why(self):
        with Cluster() as c:
            before = told(c)
            for words, said in ((("1",), b"it runs"), (("7",), b"slots 0, 1, 2"), (("x",), b"no slot"), (("1", "2"), b"argument"),
                                (("-1",), b"option")):
                result = start(c, *words)
                self.assertEqual(result.returncode, 2, words)
                self.assertIn(said, result.stderr)
            kill(c, 1)
            os.kill(int((c.data / "cas" / "cas.pid").read_text()), signal.SIGKILL)
            time.sleep(0.5)
            result = start(c, "1")
            self.assertEqual(result.returncode, 2)
            self.assertIn(b"CAS does not run", result.stderr)
            self.assertEqual(told(c)["epoch"], before["epoch"])
            self.assertEqual(c("put", "still", "serving").returncode, 0)


if __name__ == "__main__":
    unittest.main()

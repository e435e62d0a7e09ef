"""A rolling upgrade: nodes of one wire version are replaced one by one by a build of the next, while clients of both are served.

The builds to come are this one's objects, linked with a higher version (tests/next): programs of measurements of their own.
"""
import json
import pathlib
import re
import signal
import tempfile
import threading
import time
import unittest

from cluster import BUILD, free_port_base, run, wait_until
from test_las import Programs

LIMITS = pathlib.Path(__file__).parents[2] / "base" / "limits.h"
OWN = int(re.search(r"^#define AVO_WIRE_VERSION (\d+)\b", LIMITS.read_text(), re.MULTILINE)[1])
LINES = b"".join(b"load-%d\tvalue-%d\n" % (i, i) for i in range(100))


def program(name, ahead):
    return str(BUILD / f"tests/next/{name}-{ahead}") if ahead else str(BUILD / name)


class Load:
    """Loads the same lines again and again, by the client of this version, until stopped; keeps what failed."""

    def __init__(self, words):
        self.words = words
        self.count, self.failed = 0, []
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopped.is_set():
            result = run("load", *self.words, "--timeout", 30, "-", stdin=LINES, timeout=120)
            self.count += 1
            if result.returncode != 0:
                self.failed.append(result.stderr)
            time.sleep(0.05)

    def end(self):
        self.stopped.set()
        self.thread.join()


class Upgrade(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="avocado-e2e-upgrade-")
        self.addCleanup(folder.cleanup)
        self.p = Programs(folder.name, free_port_base())
        self.addCleanup(self.p.end)
        self.nodes = {}
        self.profile = ["--profile", self.p.folder / "owner/client.profile"]

    def accept_all(self):
        """The policy takes the enclaves of this build, of the next, and of the one after it."""
        p = self.p
        made = run("policy", "init", "--dir", p.folder / "owner", "--nodes", 3, "--simulated-root", p.folder / "m1/root.pem")
        self.assertEqual(made.returncode, 0, made.stderr)
        path = p.folder / "owner/policy.json"
        policy = json.loads(path.read_text())
        measured = [run("measure", program("avocado-enclave", ahead)).stdout.decode().strip() for ahead in (0, 1, 2)]
        self.assertEqual(len(set(measured)), 3)
        known = policy["roles"]["node"]["accept"][0]
        policy["roles"]["node"]["accept"] = [dict(known, measurement=one) for one in measured]
        path.write_text(json.dumps(policy, indent=1))

    def start(self, slot, ahead):
        p = self.p
        self.nodes[slot] = p.start(f"node-{slot}", program("avocado-node", ahead), "--slot", slot, "--dir", p.folder / "nodes", "--cas",
                                   f"127.0.0.1:{p.port}", "--cas-key", p.key, "--enclave", program("avocado-enclave", ahead), "--simcpu",
                                   p.folder / "m1/simcpu.sock", "--port", p.port + 10 + slot, "--budget", 16, "--host-memory", 16)

    def stop(self, slot):
        self.nodes[slot].send_signal(signal.SIGTERM)
        self.nodes[slot].wait(30)

    def status(self):
        result = run("status", *self.profile, "--json")
        return json.loads(result.stdout) if result.returncode in (0, 1) else {"nodes": []}

    def votes(self, slot, highest):
        nodes = [node for node in self.status()["nodes"] if node["slot"] == slot]
        return bool(nodes) and nodes[0]["role"] == "voting" and nodes[0]["wire_highest"] == highest

    def get(self, ahead):
        got = run("get", *self.profile, "k", "--timeout", 30, program=program("avocado", ahead))
        self.assertEqual((got.returncode, got.stdout), (0, b"v"), got.stderr)

    def form(self):
        self.p.cpu("m1")
        self.p.cas("m1")
        self.accept_all()
        for slot in range(3):
            self.start(slot, 0)
        formed = self.p.form("m1", timeout=60)
        self.assertEqual(formed.returncode, 0, formed.stderr + self.p.log("cas").encode())
        self.assertEqual(run("put", *self.profile, "k", "v").returncode, 0)

    def refused(self, slot, ahead, said):
        self.start(slot, ahead)
        wait_until(lambda: said in self.p.log(f"node-{slot}"), 60, f"{said}\n{self.p.log(f'node-{slot}')}")
        self.stop(slot)

    def test_nodes_are_replaced_one_by_one_by_the_next_version(self):
        self.form()
        load = Load(self.profile)
        self.addCleanup(load.end)
        for slot in range(3):
            self.assertEqual(self.status()["wire_version"], OWN)
            self.get(1)
            self.stop(slot)
            self.start(slot, 1)
            wait_until(lambda: self.votes(slot, OWN + 1), 120, f"slot {slot} votes again")
        self.assertEqual(self.status()["wire_version"], OWN + 1)
        done = load.count
        wait_until(lambda: load.count >= done + 3, 60, "the client of this version goes on")
        load.end()
        self.assertEqual(load.failed, [])
        self.get(0)
        self.get(1)
        self.assertEqual(run("get", *self.profile, "load-7").stdout, b"value-7")
        for node in self.status()["nodes"]:
            self.assertEqual((node["bad_packets"], node["tampered"], node["other_version"]), (0, 0, 0))

        self.stop(2)
        self.refused(2, 0, f"speaks wire version {OWN} at most, all members speak {OWN + 1}")
        self.refused(2, 2, f"speaks wire version {OWN}, this program speaks version {OWN + 2}: upgrade the older of the two")
        self.assertIn(f"it speaks wire version {OWN + 2}, this program speaks version {OWN}", self.p.log("cas"))
        far = run("get", *self.profile, "k", "--timeout", 10, program=program("avocado", 2))
        self.assertEqual((far.returncode, far.stdout), (0, b"v"))  # of what speaks the members' own version
        self.start(2, 1)
        wait_until(lambda: self.votes(2, OWN + 1), 120, "it votes again")


if __name__ == "__main__":
    unittest.main()

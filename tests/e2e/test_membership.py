"""Nodes are added, removed and replaced in a cluster that serves: clients that were never started again go on, and nothing is lost."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import threading
import unittest

from cluster import AVOCADO, BUILD, Cluster, run, wait_until

KEYS = 2000
SMALL = ("--host-memory", 64, "--budget", 20)


def node(c, *words):
    return run("node", *words, "--dir", c.data, timeout=120)


def told(c):
    status = c("status", "--json")
    return json.loads(status.stdout)


def slots(c):
    return [(n["slot"], n["role"]) for n in told(c)["nodes"]]


class Load:
    """A bench, which is one client process for the whole time, and a writer that notes what was acknowledged."""

    def __init__(self, c, seconds):
        self.c, self.acknowledged, self.refused = c, [], []
        self.over = threading.Event()
        self.bench = subprocess.Popen([AVOCADO, "bench", "--dir", str(c.data), "--read-percent", "50", "--clients", "2", "--pipeline", "4",
                                       "--keys", "500", "--value-bytes", "100", "--seconds", str(seconds), "--warm-up", "0",
                                       "--timeout", "10", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.writer = threading.Thread(target=self.write)
        self.writer.start()

    def write(self):
        number = 0
        while not self.over.is_set():
            put = self.c("put", "--timeout", "10", f"acknowledged-{number}", str(number))
            (self.acknowledged if put.returncode == 0 else self.refused).append((number, put.stderr))
            number += 1
            self.over.wait(0.05)

    def end(self, test):
        self.over.set()
        self.writer.join()
        out, error = self.bench.communicate(timeout=120)
        figures = json.loads(out)
        test.assertEqual(figures["wrong"], 0, error)
        test.assertGreater(figures["ops"], 100)
        test.assertGreater(len(self.acknowledged), 10)
        for number, _ in self.acknowledged:
            test.assertEqual(self.c("get", f"acknowledged-{number}").stdout, str(number).encode())


class Membership(unittest.TestCase):
    def done(self, result):
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        return result.stdout

    def refused(self, result, *said):
        self.assertEqual(result.returncode, 2, result.stdout)
        lines = result.stderr.decode().strip().split("\n")
        self.assertEqual(len(lines), 1, lines)
        for word in said:
            self.assertIn(word, lines[0])

    def filled(self, c):
        lines = "".join(f"key-{i}\tvalue-{i}\n" for i in range(KEYS))
        self.done(c("load", "-", stdin=lines.encode()))

    def read_all(self, c, profile=None):
        where = ("--profile", profile) if profile else ("--dir", c.data)
        for i in range(0, KEYS, 61):
            self.assertEqual(run("get", *where, f"key-{i}").stdout.decode(), f"value-{i}")

    def test_from_three_to_five_and_back_to_three_under_load(self):
        with Cluster(*SMALL) as c:
            self.filled(c)
            old = c.dir / "old.profile"
            shutil.copy(c.data / "client.profile", old)
            load = Load(c, 12)
            self.assertEqual(json.loads(self.done(node(c, "add", "--json")))["slot"], 3)
            self.done(node(c, "add", "8"))
            self.assertEqual(slots(c), [(s, "voting") for s in (0, 1, 2, 3, 8)])
            self.assertEqual(told(c)["quorum"], 3)
            pids = [c.pid(0, which) for which in ("host", "enclave")]
            self.done(node(c, "remove", "0"))
            self.assertFalse(set(pids) & set(c.processes()))
            self.done(node(c, "remove", "1"))
            load.end(self)
            self.assertEqual(slots(c), [(s, "voting") for s in (2, 3, 8)])
            self.assertEqual(c("status").returncode, 0)
            self.read_all(c)
            self.read_all(c, old)  # it lists one of the three that are left
            self.refused(node(c, "remove", "2"), "node remove 2", "fewer than 3 bear no loss")
            self.refused(node(c, "remove", "1"), "node remove 1", "no such slot", "2, 3, 8")
            self.done(node(c, "add"))  # the slot that is free again
            self.assertEqual(slots(c), [(s, "voting") for s in (0, 2, 3, 8)])
            self.read_all(c)

    def test_each_node_is_replaced_by_one_with_more_memory(self):
        with Cluster(*SMALL) as c:
            self.filled(c)
            load = Load(c, 8)
            for slot in range(3):
                self.done(node(c, "replace", str(slot), "--budget", "30", "--host-memory", "80"))
            load.end(self)
            status = told(c)
            self.assertEqual([n["role"] for n in status["nodes"]], ["voting"] * 3)
            for n in status["nodes"]:
                self.assertGreater(n["enclave_bytes_budget"], 25 << 20)
                self.assertGreater(n["host_bytes_limit"], 64 << 20)
            self.read_all(c)
            c.kill(1, "host")
            wait_until(lambda: c("status").returncode == 1, 30, "the loss is seen")
            self.done(node(c, "start", "1"))  # with what it had last
            wait_until(lambda: told(c)["nodes"][1]["role"] == "voting", 60, "it votes")
            self.assertGreater(told(c)["nodes"][1]["enclave_bytes_budget"], 25 << 20)

    def next_build(self, folder):
        """The same programs; the enclave's, whose bytes are others, measures otherwise."""
        folder.mkdir()
        for name in ("avocado", "avocado-simcpu", "avocado-cas", "avocado-las", "avocado-node", "avocado-enclave"):
            shutil.copy(BUILD / name, folder / name)
        with open(folder / "avocado-enclave", "ab") as enclave:
            enclave.write(b"next")
        return folder

    def test_an_upgrade_node_by_node_needs_no_stop(self):
        with tempfile.TemporaryDirectory() as folder:
            build = self.next_build(pathlib.Path(folder) / "next")
            measured = run("measure", build / "avocado-enclave").stdout.decode().split()[0]
            with Cluster(*SMALL, "--accept", build / "avocado-enclave") as c:
                self.filled(c)
                former = {n["measurement"] for n in told(c)["nodes"]}
                self.assertNotIn(measured, former)
                load = Load(c, 8)
                for slot in range(3):
                    self.done(run("node", "replace", slot, "--dir", c.data, program=build / "avocado", timeout=120))
                load.end(self)
                self.assertEqual({n["measurement"] for n in told(c)["nodes"]}, {measured})
                self.read_all(c)

    def test_an_upgrade_that_the_policy_does_not_list_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder, Cluster(*SMALL) as c:
            build = self.next_build(pathlib.Path(folder) / "next")
            before = [(n["incarnation"], n["role"]) for n in told(c)["nodes"]]
            for words in (("replace", "1"), ("add",)):
                self.refused(run("node", *words, "--dir", c.data, program=build / "avocado"), "which the policy accepts for no node")
            self.assertEqual([(n["incarnation"], n["role"]) for n in told(c)["nodes"]], before)

    def test_an_add_that_the_cas_refuses_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder, Cluster(*SMALL) as c:
            build = self.next_build(pathlib.Path(folder) / "next")
            policy = json.loads((c.data / "policy.json").read_text())
            accepted = policy["roles"]["node"]["accept"]
            accepted.append(dict(accepted[0], measurement=run("measure", build / "avocado-enclave").stdout.decode().split()[0]))
            (c.data / "policy.json").write_text(json.dumps(policy))  # the CAS has another one
            before = told(c)
            self.refused(run("node", "add", "--dir", c.data, program=build / "avocado", timeout=120), "node add: slot 3", "measurement")
            after = told(c)
            self.assertEqual(after["epoch"], before["epoch"])
            self.assertEqual(slots(c), [(s, "voting") for s in (0, 1, 2)])
            self.assertFalse([p for p in c.processes() if b"--slot\x003" in pathlib.Path(f"/proc/{p}/cmdline").read_bytes()])
            self.done(node(c, "add"))

    def test_a_start_at_another_address_is_followed(self):
        """As when its machine is another one: members and clients find it where its start says that it is."""
        with Cluster(*SMALL) as c:
            self.filled(c)
            old = c.dir / "old.profile"
            shutil.copy(c.data / "client.profile", old)
            load = Load(c, 10)
            words = pathlib.Path(f"/proc/{c.pid(1, 'host')}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
            words[words.index("--port") + 1] = str(c.port + 40)
            c.kill(1)
            wait_until(lambda: c("status", "--json").returncode == 1, 30, "the loss is seen")
            again = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(again.wait, 20)
            self.addCleanup(again.terminate)
            wait_until(lambda: (1, "voting") in slots(c), 60, "it votes")
            load.end(self)
            self.assertEqual(told(c)["nodes"][1]["address"], f"127.0.0.1:{c.port + 40}")
            c.kill(0)  # now nothing is answered without the one that moved
            self.read_all(c)
            self.read_all(c, old)

    def test_a_node_that_is_down_is_removed(self):
        with Cluster(*SMALL, nodes=4) as c:
            c.kill(3)
            c.kill(3, "host")
            self.done(node(c, "remove", "3"))
            self.assertEqual(slots(c), [(s, "voting") for s in (0, 1, 2)])
            self.done(node(c, "replace", "1"))
            self.assertEqual(c("status").returncode, 0)

    def test_what_cannot_be_changes_nothing(self):
        with Cluster(*SMALL) as c:
            self.done(c("put", "k", "v"))
            epoch = told(c)["epoch"]
            self.refused(node(c, "start", "1"), "node start 1", "it runs")
            self.refused(node(c, "remove", "1"), "node remove 1", "fewer than 3")
            for command in ("remove", "replace", "start"):
                self.refused(node(c, command, "7"), f"node {command} 7", "no such slot", "0, 1, 2")
                self.refused(node(c, command, "x"), f"node {command} x", "is no slot")
                self.refused(node(c, command), f"node {command}")
            self.refused(node(c, "add", "2"), "node add 2", "has it already")
            self.refused(node(c, "add", "9"), "node add 9", "is no slot")
            self.refused(node(c, "add", "--budget", "0"), "--budget")
            other = c.dir / "owner.key"
            shutil.copy(c.data / "owner.key", other)
            (c.data / "owner.key").write_bytes(bytes(range(32)))
            self.refused(node(c, "add"), "your key is not in the policy")
            shutil.copy(other, c.data / "owner.key")
            policy = json.loads((c.data / "policy.json").read_text())
            text = (c.data / "policy.json").read_text()
            policy["roles"]["node"]["accept"][0]["measurement"] = "ab" * 32
            (c.data / "policy.json").write_text(json.dumps(policy))
            self.refused(node(c, "add"), "which the policy accepts for no node")
            self.refused(node(c, "replace", "0"), "which the policy accepts for no node")
            (c.data / "policy.json").write_text(text)
            c.kill(1, "host")
            wait_until(lambda: c("status").returncode == 1, 30, "the loss is seen")
            self.refused(node(c, "replace", "0"), "node replace 0", "only 1 voting node(s)", "needs 2")
            status = told(c)
            self.assertEqual(status["epoch"], epoch)
            self.assertEqual([n["slot"] for n in status["nodes"]], [0, 1, 2])
            self.assertEqual(c("get", "k").stdout, b"v")


if __name__ == "__main__":
    unittest.main()

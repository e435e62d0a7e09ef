"""avocado torture: its verdict on histories that are right, wrong, and no histories; and clusters that it torments."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest

from cluster import AVOCADO, Cluster, run, wait_until


def op(client, kind, call, end, ok=True, key="k", **more):
    return {"client": client, "op": kind, "key": key, "ok": ok, "call": call, "return": end} | more


def put(value, call, end, **more):
    return op(0, "put", call, end, value=value, **more)


def get(out, call, end, **more):
    return op(1, "get", call, end, out=out, **more)


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="avocado-e2e-")
        self.addCleanup(self.folder.cleanup)
        self.file = pathlib.Path(self.folder.name) / "history"

    def check(self, lines, code, says=""):
        """Lines: operations, or bytes as they are. Without and with --json."""
        self.file.write_bytes(lines if isinstance(lines, bytes) else b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        result = run("torture", "--check", self.file)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(says, (result.stdout + result.stderr).decode())
        self.assertEqual(result.stderr.count(b"\n"), code != 0)
        answer = run("torture", "--check", self.file, "--json")
        self.assertEqual(answer.returncode, code)
        self.assertEqual(json.loads(answer.stdout)["ok"], code == 0)
        return json.loads(answer.stdout)

    def test_right_histories(self):
        told = self.check([put("a", 0, 1), get("a", 2, 3)], 0, "linearizable: 2 operations on 1 keys")
        self.assertEqual((told["verdict"], told["ops"], told["keys"], told["unknown"], told["failed"]), ("linearizable", 2, 1, 0, 0))
        told = self.check([put("a", 0, 1, ok=None), put("b", 0, 1, ok=False), get("a", 2, 3), get(None, 2, 3, key="other")], 0)
        self.assertEqual((told["ops"], told["keys"], told["unknown"], told["failed"]), (4, 2, 1, 1))
        self.check([put("a", 0, 9), get(None, 1, 2), get("a", 3, 4)], 0)
        self.check([op(0, "cas", 0, 1, value="a", expect=None), op(0, "cas", 2, 3, value="b", expect="a"), get("b", 4, 5)], 0)
        self.check([op(0, "incr", 0, 1, value="5", out="5"), op(0, "incr", 0, 1, value="-1", out="4"), get("4", 2, 3)], 0)
        self.check(json.dumps(put("no newline at the end", 0, 1)).encode(), 0)

    def test_wrong_histories(self):
        told = self.check([put("a", 0, 1), put("b", 2, 3), get("a", 4, 5)], 1, "line 3: the get of key k by client 1, which answered a")  # stale
        self.assertEqual((told["verdict"], told["line"]), ("not linearizable", 3))
        self.check([put("a", 0, 1), get(None, 2, 3)], 1, "which found nothing")  # an acknowledged write is lost
        self.check([put("a", 0, 1, ok=False), get("a", 2, 3)], 1)  # what had no effect is seen
        self.check([put("a", 0, 1, ok=None), get("a", 2, 3), get(None, 4, 5)], 1)  # an unknown one is undone
        self.check([put("a", 0, 9), get("a", 1, 2), get(None, 3, 4)], 1)  # back in time
        self.check([op(0, "del", 0, 1), get("a", 2, 3), put("a", 4, 5)], 1)  # found before it was written
        self.check([put("a", 0, 1), op(0, "cas", 2, 9, value="b", expect="a"), op(1, "cas", 2, 9, value="c", expect="a")], 1)
        self.check([op(0, "incr", 0, 9, out="1"), op(1, "incr", 0, 9, out="1")], 1, "which answered 1")  # both took the same number

    def test_a_wrong_key_behind_many_right_ones(self):
        lines = [entry for i in range(3000) for entry in (put(f"v{i}", 10 * i, 10 * i + 4, key=f"k{i % 7}"),
                                                          get(f"v{i}", 10 * i + 5, 10 * i + 6, key=f"k{i % 7}"))]
        self.check(lines, 0)
        lines[4001]["out"] = "v3"
        self.check(lines, 1, "line 4002:")

    def test_what_is_no_history(self):
        good = json.dumps(put("a", 0, 1)).encode() + b"\n"
        self.check(b"", 2, "says nothing")
        self.check([put("a", 0, 1, ok=None)], 2, "says nothing")
        self.check(good + b"\n", 2, "line 2: is no JSON object")
        self.check(good * 2 + good[:-9], 2, "line 3: is no JSON object")
        self.check(good + bytes(range(256)), 2, "line 2: ")
        self.check(b"\x00" * 10000, 2, "line 1: ")
        self.check([put("a", 5, 4)], 2, "line 1: it returns before it is called")
        for kind in ("scan", "txn"):
            self.check([put("a", 0, 1), op(0, kind, 0, 1)], 2, f"line 2: a {kind} touches several keys, and this version judges")
        for path in ("/no/such", self.folder.name):
            result = run("torture", "--check", path)
            self.assertEqual(result.returncode, 2)
            self.assertIn(path.encode(), result.stderr)

    def test_what_is_too_wide_to_decide_is_neither_right_nor_wrong(self):
        wide = [put(f"v{i}", 0, 1000, key="wide") for i in range(300)]
        told = self.check(wide, 2, "undecided")
        self.assertEqual(told["verdict"], "undecided")
        self.check(wide + [put("a", 0, 1), get(None, 2, 3)], 1, "key k")  # but what is wrong elsewhere is wrong


class Refused(unittest.TestCase):
    def test_what_cannot_be_meant(self):
        for words, says in ((["--nemesis", "frob"], '"frob" is none of stop, partition'), (["--nemesis", "stop,"], '"" is none of'),
                            (["--nemesis", "stop,none"], '"none" is none of'), (["--seconds", "0.1"], "--seconds is too short"),
                            (["--every", "0"], "--every is too short"), (["--clients", "0"], "--clients 0"), (["--keys", "1001"], "--keys 1001"),
                            (["--profile", "p", "--nemesis", "stop"], "needs the cluster's folder"),
                            (["--dir", "/no/such"], "/no/such")):
            result = run("torture", *words)
            self.assertEqual(result.returncode, 2, words)
            self.assertIn(says, result.stderr.decode())
            self.assertEqual(result.stderr.count(b"\n"), 1)


class Tormented(unittest.TestCase):
    """One cluster for all: each test leaves it whole."""
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster("--host-memory", 64)
        cls.cluster.__enter__()
        cls.addClassCleanup(cls.cluster.__exit__)

    def torture(self, *words, code=0, seconds=120):
        result = self.cluster("torture", "--json", *words, timeout=seconds)
        self.assertEqual(result.returncode, code, (result.stdout, result.stderr))
        return json.loads(result.stdout)

    def whole(self):
        """Everything goes on, everybody hears everybody, and nothing of a torture is left."""
        for slot in range(3):
            for half in ("host", "enclave"):
                state = pathlib.Path(f"/proc/{self.cluster.pid(slot, half)}/stat").read_text().rsplit(")", 1)[1].split()[0]
                self.assertNotIn(state, "TtZX")
        for i in range(6):
            self.assertEqual(self.cluster("put", f"after-{i}", str(i)).returncode, 0)
            self.assertEqual(self.cluster("get", f"after-{i}").stdout, str(i).encode())
            self.assertEqual(self.cluster("del", f"after-{i}").returncode, 0)
        wait_until(lambda: self.cluster("status").returncode in (0, 1), 20, "all nodes answer")

    @staticmethod
    def is_certain(history, get):
        """Only one answer to it is right: no write of its key was under way then, or may still have been."""
        if get["op"] != "get" or get["out"] is None or not get["ok"]:
            return False
        writes = [line for line in history if line["key"] == get["key"] and line["op"] != "get" and line["ok"] is not False]
        first = next((line for line in writes if line["op"] == "put" and line["value"] != get["out"] and line["ok"]), None)
        return first is not None and first["return"] < get["call"] and all(
            line["call"] > get["return"] or (line["ok"] and line["return"] < get["call"]) for line in writes)

    def test_stopped_and_parted_it_stays_linearizable(self):
        history = self.cluster.dir / "history"
        told = self.torture("--seconds", 10, "--nemesis", "stop,partition", "--every", 0.8, "--history", history)
        self.assertEqual((told["ok"], told["verdict"], told["interrupted"]), (True, "linearizable", False))
        self.assertGreater(told["ops"], 500)
        self.assertEqual(told["gets"] + told["puts"] + told["deletes"], told["ops"])
        self.assertEqual(set(told["faults"]), {"stop", "partition"})
        self.assertGreaterEqual(min(told["faults"].values()), 1)  # a partition counts when datagrams were dropped
        self.assertEqual((told["processes_before"], told["processes_after"]), (9, 9))
        self.assertTrue(all(node["resident_first_bytes"] > 2**20 for node in told["nodes"]))
        kept = [json.loads(line) for line in history.read_text().splitlines()]
        self.assertEqual(len(kept), told["ops"])
        self.assertEqual(len({line["client"] for line in kept}), 9)  # 8, and the reader at the end
        self.assertEqual({line["key"] for line in kept[-5:] if line["op"] == "get"}, {line["key"] for line in kept})
        writes = [line["value"] for line in kept if line["op"] == "put"]
        self.assertEqual(len(writes), len(set(writes)))
        self.assertEqual({self.cluster("get", key).returncode for key in {line["key"] for line in kept}}, {1})  # it took them away
        checked = run("torture", "--check", history, "--json")
        self.assertEqual(checked.returncode, 0)
        self.assertEqual([json.loads(checked.stdout)[name] for name in ("ops", "unknown", "failed")], [told[n] for n in ("ops", "unknown", "failed")])
        self.whole()
        # the same history with one answer from the past, and with one write that was never there
        last = next(i for i in range(len(kept) - 1, 0, -1) if self.is_certain(kept, kept[i]))
        older = next(line["value"] for line in kept if line["op"] == "put" and line["key"] == kept[last]["key"] and line["ok"]
                     and line["value"] != kept[last]["out"])
        for lie in (older, "never written", None):
            history.write_text("".join(json.dumps(line | {"out": lie} if i == last else line) + "\n" for i, line in enumerate(kept)))
            self.assertEqual(run("torture", "--check", history).returncode, 1, lie)

    def test_a_region_tampered_with_changes_no_answer(self):
        before = [node["tampered"] for node in self.cluster.status()["nodes"]]
        told = self.torture("--seconds", 5, "--nemesis", "tamper", "--every", 0.5)
        self.assertGreaterEqual(told["faults"]["tamper"], 3)
        after = [node["tampered"] for node in self.cluster.status()["nodes"]]
        self.assertEqual(sum(now > was for now, was in zip(after, before)), 1)  # one node's, always the same
        self.whole()

    def test_the_same_seed_makes_the_same_faults(self):
        def faults(seed):
            result = self.cluster("torture", "--seconds", 2.5, "--nemesis", "stop,partition", "--every", 0.4, "--verbose", "--seed", seed)
            self.assertIn(b"seed         %d\n" % seed, result.stdout)
            return re.findall(rb"torture: (.* begins)", result.stderr)
        first = faults(11)
        self.assertGreaterEqual(len(first), 4)
        self.assertEqual(faults(11), first)
        self.assertNotEqual(faults(12), first)
        self.whole()

    def test_another_hand_in_its_keys_is_seen(self):
        history = self.cluster.dir / "meddled"
        running = subprocess.Popen([AVOCADO, "torture", "--dir", self.cluster.data, "--seconds", "6", "--nemesis", "none", "--history", history],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_until(lambda: history.exists() and history.read_bytes().count(b"\n") > 10, 10, "a key is known")
        key = json.loads(history.read_text().splitlines()[0])["key"]
        while running.poll() is None:
            self.cluster("put", key, "another's")
            time.sleep(0.05)
        _, error = running.communicate()
        self.assertEqual(running.returncode, 1, error)
        self.assertRegex(error.decode(), f"not linearizable: {history}: line [0-9]+: the get of key {key} .*another's")

    def test_too_little_is_no_verdict(self):
        told = self.torture("--seconds", 1, "--nemesis", "stop", "--every", 5, code=2)
        self.assertEqual((told["verdict"], told["ok"]), ("vacuous", False))
        self.assertIn("no fault of kind stop", told["message"])
        told = self.torture("--seconds", 0.5, "--nemesis", "none", "--clients", 1, "--rate", 10, code=2)
        self.assertIn("operations ended", told["message"])
        self.whole()

    def test_interrupted_it_heals_and_judges(self):
        running = subprocess.Popen([AVOCADO, "torture", "--dir", self.cluster.data, "--seconds", "60", "--nemesis", "stop,partition", "--every",
                                    "0.2", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(5)
        running.send_signal(signal.SIGINT)
        out, error = running.communicate(timeout=60)
        told = json.loads(out)
        self.assertEqual((running.returncode, told["interrupted"], told["ok"]), (0, True, True), error)
        self.assertLess(told["seconds"], 30)
        self.whole()

    def test_a_history_that_cannot_be_kept(self):
        result = self.cluster("torture", "--seconds", 1, "--nemesis", "none", "--history", "/no/such/file")
        self.assertEqual((result.returncode, b"--history /no/such/file" in result.stderr), (2, True))
        told = self.torture("--seconds", 2, "--nemesis", "none", "--history", "/dev/full", code=2)
        self.assertIn("/dev/full: No space left", told["message"])


class Ended(unittest.TestCase):
    """Nodes that end are started again, and vote before the next one ends."""
    def whole(self, c):
        nodes = c.status()["nodes"]
        self.assertEqual([node["role"] for node in nodes], ["voting"] * 3)
        return [node["incarnation"] for node in nodes]

    def test_killed_and_replaced_nodes_come_back(self):
        with Cluster("--host-memory", 64) as c:
            result = c("torture", "--json", "--seconds", 8, "--nemesis", "kill,stop,partition", "--every", 0.5, timeout=300)
            self.assertEqual(result.returncode, 0, (result.stdout, result.stderr))
            told = json.loads(result.stdout)
            self.assertGreaterEqual(told["faults"]["kill"], 1)
            self.assertEqual((told["processes_before"], told["processes_after"]), (9, 9))
            incarnations = self.whole(c)
            self.assertGreater(max(incarnations), 1)
            # one node alone is tampered with and ends, so that an intact copy of each value stays
            result = c("torture", "--json", "--seconds", 6, "--nemesis", "tamper,replace", "--every", 0.6, "--seed", 3, timeout=300)
            self.assertEqual(result.returncode, 0, (result.stdout, result.stderr))
            self.assertGreaterEqual(min(json.loads(result.stdout)["faults"].values()), 1)
            self.assertEqual(sum(now != was for now, was in zip(self.whole(c), incarnations)), 1)

    def test_a_majority_must_be_left(self):
        with Cluster("--host-memory", 64) as c:
            c.kill(1, "host")
            wait_until(lambda: c("status", "--json").returncode == 1, 20, "the loss is seen")
            for kind in ("kill", "replace"):
                result = c("torture", "--nemesis", kind)
                self.assertEqual(result.returncode, 2)
                self.assertIn(b"2 of 3 nodes run", result.stderr)


if __name__ == "__main__":
    unittest.main()

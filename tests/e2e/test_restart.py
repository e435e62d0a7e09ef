"""`up --restart`: nodes that end are started again by themselves, after longer and longer pauses; `down` ends what does so."""
import json
import os
import signal
import time
import unittest

from cluster import Cluster, run, wait_until


def votes(c):
    status = c("status", "--json")
    told = json.loads(status.stdout) if status.returncode in (0, 1) else {"nodes": []}
    return len(told["nodes"]) == 3 and all(node["role"] == "voting" for node in told["nodes"])


def kept(c, slot):
    """What the one that starts nodes again has written of a slot."""
    file = c.data / "restarts.json"
    return next(node for node in json.loads(file.read_text())["nodes"] if node["slot"] == slot) if file.exists() else None


def log(c):
    return (c.data / "log" / "up.log").read_text()


class Restart(unittest.TestCase):
    def comes_back(self, c, slot, which):
        """Killed, it is started and votes."""
        before = kept(c, slot)["ended_s"]
        time.sleep(1.1)  # ends are told in seconds
        c.kill(slot, which)
        wait_until(lambda: kept(c, slot)["ended_s"] != before and kept(c, slot)["state"] == "runs", 60, "it is started again")
        wait_until(lambda: votes(c), 60, f"slot {slot} votes again")

    def a_life(self, *options):
        with Cluster("--restart", "--host-memory", 64, *options) as c:
            self.assertEqual(c("put", "key", "value").returncode, 0)
            self.comes_back(c, 1, "enclave")
            self.comes_back(c, 1, "host")
            self.assertRegex(log(c), "node 1 ended .* in a row[)]; it is started again in [0-9]+ s")
            warned = "restarted" in [warning["what"] for warning in c.status()["warnings"] if warning["slot"] == 1]
            self.assertEqual(warned, kept(c, 1)["ended"] > 1)
            self.assertEqual(c("get", "key").stdout, b"value")
            before = set(c.processes())
            self.assertEqual(len(before), 10 if not options else 7)  # and the one that stays
        # Cluster saw that `down` left none

    def test_what_is_killed_comes_back(self):
        self.a_life()

    def test_inline_too(self):
        self.a_life("--mode", "inline")

    def test_what_was_told_to_end_stays_down_until_it_is_started(self):
        with Cluster("--restart", "--host-memory", 64) as c:
            os.kill(c.pid(2, "host"), signal.SIGTERM)
            wait_until(lambda: kept(c, 2)["state"] == "left", 20, "it is seen")
            self.assertIn("node 2 ended with status 0, and is not started again", log(c))
            self.assertIn("not_restarted", [warning["what"] for warning in c.status()["warnings"]])
            self.assertEqual(run("node", "start", 2, "--wait", "--dir", c.data, timeout=120).returncode, 0)
            wait_until(lambda: kept(c, 2)["state"] == "runs", 20, "what was started by hand is seen")
            self.comes_back(c, 2, "host")


if __name__ == "__main__":
    unittest.main()

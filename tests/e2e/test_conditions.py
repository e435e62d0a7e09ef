"""What somebody should look at is said where they look: in the host's log, once, and in `status`, with the time since when."""
import datetime
import time
import unittest

from cluster import Cluster, wait_until
from region import Region

MEMORY_MIB = 64


def log(c, slot):
    return (c.data / "log" / f"node-{slot}.log").read_text(errors="replace")


def said(c, slot, word):
    return [line for line in log(c, slot).splitlines() if f": {word}: " in line]


class Conditions(unittest.TestCase):
    def since(self, c, what, slot):
        """Seconds since when, of the one warning of that name and node."""
        found = [w for w in c.status()["warnings"] if (w["what"], w["slot"]) == (what, slot)]
        self.assertEqual(len(found), 1, (what, slot))
        then = datetime.datetime.fromisoformat(found[0]["since"].replace("Z", "+00:00"))
        return (datetime.datetime.now(datetime.timezone.utc) - then).total_seconds()

    def test_tampering(self):
        with Cluster("--host-memory", MEMORY_MIB) as c, Region(c, 1, 1, MEMORY_MIB) as region:
            for i in range(40):
                self.assertEqual(c("put", f"key-{i}", "x" * 100).returncode, 0)
            region.wipe(region.slots())
            began = time.monotonic()
            for i in range(40):
                self.assertEqual(c("get", f"key-{i}").returncode, 0)
            wait_until(lambda: said(c, 1, "tampered"), 10, "the host's log says it")
            wait_until(lambda: c.status()["nodes"][1]["tampered_s"] > 2, 10, "the enclave says for how long")
            self.assertAlmostEqual(self.since(c, "tampered", 1), time.monotonic() - began, delta=3)
            self.assertIn("did not verify in the last minutes", said(c, 1, "tampered")[0])
            self.assertIn(" warn avocado-node: slot 1: ", said(c, 1, "tampered")[0])
            self.assertEqual(len(said(c, 1, "tampered")), 1, "at most once a minute")
            self.assertEqual(said(c, 0, "tampered") + said(c, 2, "tampered"), [])

    def test_a_member_that_is_gone_is_missed_though_nobody_asks(self):
        with Cluster("--host-memory", MEMORY_MIB) as c:
            time.sleep(18)  # all idle: each hears the others because it calls them
            self.assertEqual([said(c, slot, "under_replicated") for slot in range(3)], [[], [], []])
            c.kill(2)
            wait_until(lambda: said(c, 0, "under_replicated") and said(c, 1, "under_replicated"), 25, "both others say it")
            self.assertIn("under_replicated: node 2: not heard for a while", said(c, 0, "under_replicated")[0])
            self.assertLess(self.since(c, "under_replicated", 2), 15)


if __name__ == "__main__":
    unittest.main()

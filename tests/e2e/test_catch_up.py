"""A node that was stopped and missed writes gets them by itself: nobody reads a key, and no client is connected."""
import os
import signal
import time
import unittest

from cluster import Cluster

KEYS = 20000
VALUE = b"v" * 1000  # more than the queues to a stopped program hold: what they do not is missed
CAUGHT_UP_SECONDS = 60
STOPPED = 2


def node_of(status, slot):
    return next(node for node in status["nodes"] if node["slot"] == slot)


class CatchUp(unittest.TestCase):
    def load(self, c, first, count):
        lines = b"".join(b"key%06d\t%06d %s\n" % (i, i, VALUE) for i in range(first, first + count))
        result = c("load", "-", stdin=lines, timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)

    def caught_up(self, c, keys):
        """Watches until the node that was stopped holds as many keys as the others; returns what `behind` was at most, and how long."""
        started = time.monotonic()
        most = 0
        while True:
            status = c.status()
            node = node_of(status, STOPPED)
            most = max(most, node.get("behind", 0))
            seconds = time.monotonic() - started
            if node.get("keys") == keys and node["behind"] == 0:
                for other in status["nodes"]:
                    self.assertEqual(other["keys"], keys)
                    self.assertEqual(other["behind"], 0)
                return most, seconds, node["caught_up"]
            self.assertLess(seconds, CAUGHT_UP_SECONDS, f"keys {node.get('keys')} of {keys}, behind {node.get('behind')}")

    def stopped(self, which):
        with Cluster() as c:
            self.load(c, 0, 1000)
            pid = c.pid(STOPPED, which)
            os.kill(pid, signal.SIGSTOP)
            try:
                self.load(c, 500, KEYS)
                self.assertEqual(c("del", "key000000").returncode, 0)
            finally:
                os.kill(pid, signal.SIGCONT)
            most, seconds, caught_up = self.caught_up(c, 500 + KEYS - 1)
            print(f"\n{which} stopped: behind {most} keys at most, {caught_up} fetched, equal {seconds:.1f} s after it went on")
            self.assertGreater(most, 0)
            self.assertGreater(caught_up, 0)
            status = c.status()
            self.assertEqual([w for w in status["warnings"] if w["what"] == "under_replicated"], [])

    def test_a_host_that_was_stopped(self):
        self.stopped("host")

    def test_an_enclave_that_was_stopped(self):
        self.stopped("enclave")


if __name__ == "__main__":
    unittest.main()

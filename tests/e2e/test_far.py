"""Nodes and clients far from one another, 70 ms each way, one datagram in a hundred lost: large values go through, and not several times.

How little more than the bytes of the values is on the way, protocol/channel/transfer_far_test.c asserts in a time of its own, and bench/far measures:
here the machine may be busy with others, which looks like a way that is now near and now far.
"""
import unittest

from cluster import wait_until
from far import Far

VALUE = bytes(range(256)) * 4096
ROUNDS = 2
MOST = 2.5  # where each timer is that of a near way: more than 6, or no end within the time


class FarNodes(unittest.TestCase):
    def test_large_values_go_a_long_way(self):
        """A put goes to a node and from it to two, a get comes from one."""
        with Far() as far:
            began = far.moved_bytes()
            for i in range(ROUNDS):
                result = far("put", f"large-{i}", "-", stdin=VALUE)
                self.assertEqual((result.returncode, result.stderr), (0, b""))
            wait_until(lambda: far.moved_bytes() - began > 2.99 * ROUNDS * len(VALUE), 60, "the last node has them, too")
            put = far.moved_bytes() - began
            for i in range(ROUNDS):
                self.assertEqual(far("get", f"large-{i}").stdout, VALUE)
            got = far.moved_bytes() - began - put
        print(f"\nput: {put / ROUNDS / len(VALUE):.2f} times the value, got: {got / ROUNDS / len(VALUE):.2f} times", end="")
        self.assertLessEqual(put + got, MOST * (3 + 1) * ROUNDS * len(VALUE))


if __name__ == "__main__":
    unittest.main()

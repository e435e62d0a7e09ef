"""Hosts that lie while the cluster is under load, by the region they share with their enclaves: right answers or clear errors, never a
wrong one; and everything runs again when the lies stop."""
import contextlib
import json
import os
import random
import signal
import struct
import subprocess
import time
import unittest

from cluster import AVOCADO, Cluster, wait_until
from region import CLOCK_OFFSET, CONSUMED, PRODUCED, SLOTS, Attack, Region

MEMORY_MIB = 64
SEED = int.from_bytes(os.urandom(4), "little")


class Load:
    """A bench beside what happens; its figures afterwards."""

    def __init__(self, c, seconds, *more):
        self.process = subprocess.Popen([AVOCADO, "bench", "--dir", str(c.data), "--read-percent", "50", "--clients", "4", "--pipeline", "4",
                                         "--keys", "400", "--value-bytes", "200", "--seconds", str(seconds), "--warm-up", "0", "--seed",
                                         str(SEED), "--timeout", "2", "--json", *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def figures(self):
        out, error = self.process.communicate(timeout=60)
        assert out, error
        return json.loads(out)


class Hostile(unittest.TestCase):
    def setUp(self):
        self.seed = random.Random(SEED)
        print(f"\nseed {SEED}", end="")

    def recovered(self, c, seconds=30):
        """Puts and gets succeed at each node, and no damage is left."""
        def well():
            status = c("status", "--json")
            told = json.loads(status.stdout) if status.returncode in (0, 1) else {"nodes": [], "warnings": []}
            others = [warning for warning in told["warnings"] if warning["what"] != "tampered"]
            return len(told["nodes"]) == 3 and others == [] and all(node["damaged_now"] == 0 for node in told["nodes"])
        wait_until(well, seconds, "every node serves, nothing is damaged")
        for i in range(6):
            self.assertEqual(c("put", f"after-{i}", str(i)).returncode, 0)
            self.assertEqual(c("get", f"after-{i}").stdout, str(i).encode())
        figures = Load(c, 0.5).figures()
        self.assertEqual((figures["errors"], figures["wrong"]), (0, 0))

    def attacked(self, c, region, step, seconds=2.0):
        """Attacks under load; the load's answers were right."""
        load = Load(c, seconds + 1)
        time.sleep(0.7)
        attack = Attack(region, step, SEED)
        attack.start()
        time.sleep(seconds)
        attack.stop()
        figures = load.figures()
        self.assertEqual(figures["wrong"], 0)
        return figures

    def node(self, c, slot=1):
        return c.status()["nodes"][slot]


class Rings(Hostile):
    def test_indices_and_slots_overwritten_for_two_seconds(self):
        with Cluster("--host-memory", MEMORY_MIB, "--workers", 2) as c, Region(c, 1, 2, MEMORY_MIB) as region:
            def indices(region, r):
                at = r.choice(region.indices())
                told = region.number(at)
                region.number_set(at, r.choice((told + r.randrange(1, 3000), told - r.randrange(1, 3000), r.getrandbits(64), 0)))
                time.sleep(0.0005)
            self.attacked(c, region, indices)
            self.recovered(c)

            def garbage(region, r):  # lengths, addresses and bytes of slots that wait, and far more published than there are
                worker = r.choice(region.map["workers"])
                for _ in range(64):
                    at = worker["inbound"] + SLOTS + r.randrange(region.map["ring_slots"]) * region.map["ring_slot_bytes"]
                    region.memory[at:at + 200] = struct.pack("<I", r.choice((r.getrandbits(32), 200, 1472, 0))) + r.randbytes(196)
                told = region.number(worker["inbound"] + PRODUCED)
                region.number_set(worker["inbound"] + PRODUCED, told + r.randrange(0, 1024))
                time.sleep(0.0005)
            before = self.node(c)["bad_packets"]
            self.attacked(c, region, garbage)
            self.assertGreater(self.node(c)["bad_packets"], before + 100)
            self.recovered(c)

    def test_one_worker_gets_no_packets_or_sends_none(self):
        with Cluster("--host-memory", MEMORY_MIB, "--workers", 2) as c, Region(c, 1, 2, MEMORY_MIB) as region:
            for ring, index in (("inbound", PRODUCED), ("outbound", PRODUCED), ("inbound", CONSUMED)):
                at = region.map["workers"][1][ring] + index
                held = region.number(at)

                def withhold(region, _):
                    region.number_set(at, held)
                figures = self.attacked(c, region, withhold, 1.5)
                self.assertGreater(figures["ops"], 100)
                self.recovered(c)

    def test_the_clock_set_to_anything(self):
        with Cluster("--host-memory", MEMORY_MIB) as c, Region(c, 1, 1, MEMORY_MIB) as region:
            def clock(region, r):
                region.number_set(CLOCK_OFFSET, r.choice((0, r.getrandbits(64), 2**62 - 1, region.number(CLOCK_OFFSET) - 10**9)))
            self.attacked(c, region, clock)
            self.recovered(c)


class Values(Hostile):
    def test_values_swapped_rolled_back_and_destroyed_at_one_host(self):
        with Cluster("--host-memory", MEMORY_MIB) as c, Region(c, 1, 1, MEMORY_MIB) as region:
            self.assertEqual(Load(c, 0.5).figures()["errors"], 0)
            slots = region.slots()
            self.assertGreater(len(slots), 300)

            def swap(region, r):
                region.swap(r.choice(slots), r.choice(slots))
                time.sleep(0.002)

            def roll_back(region, r):
                then = region.copies(r.sample(slots, 40))
                time.sleep(0.2)
                self.rolled += region.put_back(then)

            def wipe(region, r):
                region.wipe(r.sample(slots, 5))
                time.sleep(0.02)
            self.rolled = 0
            for step in (swap, roll_back, wipe):
                before = self.node(c)
                figures = self.attacked(c, region, step, 1.5)
                self.assertEqual(figures["errors"], 0, "two intact copies are always in reach")
                self.recovered(c)
                after = self.node(c)
                self.assertGreater(after["tampered"], before["tampered"], step.__name__)
                self.assertGreater(after["repaired"], before["repaired"], step.__name__)
                self.assertEqual([(w["what"], w["slot"]) for w in c.status()["warnings"]], [("tampered", 1)])
                self.assertEqual(c("status").returncode, 1)
            self.assertGreater(self.rolled, 20)
            self.assertEqual(self.node(c, 0)["tampered"], 0)

    def test_values_destroyed_at_two_and_at_all_hosts(self):
        with Cluster("--host-memory", MEMORY_MIB) as c:
            keys = {f"key-{i}": f"value-{i}" for i in range(12)}
            for key, value in keys.items():
                self.assertEqual(c("put", key, value).returncode, 0)
            wait_until(lambda: all(node["keys"] == 12 for node in c.status()["nodes"]), 10, "all copies")
            self.destroy(c, 1, 2)
            for key, value in keys.items():
                self.assertEqual(c("get", key).stdout.decode(), value)
            wait_until(lambda: all(node["damaged_now"] == 0 for node in c.status()["nodes"]), 30, "two hosts' copies mended")
            self.destroy(c, 0, 1, 2)
            refused = 0
            for key, value in keys.items():
                result = c("get", key)
                if result.returncode == 0:  # a host's copy was mended from another before that one was destroyed
                    self.assertEqual(result.stdout.decode(), value)
                    continue
                self.assertEqual((result.returncode, result.stdout), (2, b""), "neither absent nor another value")
                self.assertIn(b"intact copy", result.stderr)
                refused += 1
            self.assertGreater(refused, 6)
            for key in keys:
                self.assertEqual(c("put", key, "new").returncode, 0)
                self.assertEqual(c("get", key).stdout, b"new")
            self.recovered(c)


    def destroy(self, c, *hosts):
        """All at once: what one host still has mends the others within milliseconds."""
        with contextlib.ExitStack() as stack:
            regions = [stack.enter_context(Region(c, slot, 1, MEMORY_MIB)) for slot in hosts]
            slots = [region.slots() for region in regions]
            for region, found in zip(regions, slots):
                region.wipe(found)


class Processes(Hostile):
    def test_a_host_that_stands_still_for_seconds(self):
        with Cluster("--host-memory", MEMORY_MIB) as c:
            load = Load(c, 4)
            time.sleep(0.8)
            for which in ("host", "enclave"):
                pid = c.pid(1, which)
                os.kill(pid, signal.SIGSTOP)
                time.sleep(1.2)
                os.kill(pid, signal.SIGCONT)
            figures = load.figures()
            self.assertEqual(figures["wrong"], 0)
            self.assertGreater(figures["ops"], 100)
            self.recovered(c)


if __name__ == "__main__":
    unittest.main()

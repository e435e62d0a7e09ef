"""A node's region in a hostile hand: what the host's own memory holds, read and changed from outside while the node runs."""
import json
import mmap
import os
import random
import struct
import subprocess
import threading

from cluster import BUILD

CLOCK_OFFSET = 64  # boundary/region.c
PRODUCED, CONSUMED, SLOTS = 0, 64, 128  # boundary/ring.h
SEAL_HEADER = struct.Struct("<QII")  # trusted/store/seal.h: counter, length, zero
UNIT = 64


class Region:
    """`with` maps node `slot`'s region for reading and writing."""

    def __init__(self, cluster, slot, workers=1, host_memory_mib=64, mtu=1500):
        found = subprocess.run([str(BUILD / "tests/region/region_map"), str(workers), str(mtu), str(host_memory_mib)],
                               capture_output=True, check=True)
        self.map = json.loads(found.stdout)
        self.path = cluster.data / f"node-{slot}" / "region"
        self.file = self.memory = None

    def __enter__(self):
        self.file = open(self.path, "r+b")
        size = os.fstat(self.file.fileno()).st_size
        assert size == self.map["bytes"], (size, self.map)
        self.memory = mmap.mmap(self.file.fileno(), size)
        return self

    def __exit__(self, *_):
        self.memory.close()
        self.file.close()

    def number(self, at):
        return struct.unpack_from("<Q", self.memory, at)[0]

    def number_set(self, at, value):
        struct.pack_into("<Q", self.memory, at, value % 2**64)

    def indices(self):
        """Offsets of all ring indices."""
        return [worker[ring] + index for worker in self.map["workers"] for ring in ("inbound", "outbound")
                for index in (PRODUCED, CONSUMED)]

    def slots(self, worker=0):
        """(offset, bytes) of every sealed value that lies or lay in a worker's slabs, found by the look of its header."""
        part = self.map["workers"][worker]
        found = []
        for page in range(part["slabs"], part["slabs"] + part["slab_bytes"], 4096):
            if not any(self.memory[page:page + 4096:UNIT]) and not any(self.memory[page:page + 4096]):
                continue
            for at in range(page, page + 4096, UNIT):
                counter, length, zero = SEAL_HEADER.unpack_from(self.memory, at)
                if 0 < counter < 2**32 and zero == 0 and length <= 1 << 20:
                    found.append((at, SEAL_HEADER.size + length))
        return found

    def swap(self, a, b):
        """Exchanges what lies in two slots, as far as the shorter one goes; all of it where they are alike."""
        length = min(a[1], b[1])
        one, other = self.memory[a[0]:a[0] + length], self.memory[b[0]:b[0] + length]
        self.memory[a[0]:a[0] + length], self.memory[b[0]:b[0] + length] = other, one

    def copies(self, slots):
        return [(at, self.memory[at:at + length]) for at, length in slots]

    def put_back(self, copies):
        """Returns how many changed: those were older ones."""
        changed = 0
        for at, was in copies:
            changed += self.memory[at:at + len(was)] != was
            self.memory[at:at + len(was)] = was
        return changed

    def wipe(self, slots):
        for at, length in slots:
            self.memory[at:at + length] = bytes(length)


class Attack(threading.Thread):
    """Does `step(region, random)` over and over until `stop`."""

    def __init__(self, region, step, seed):
        super().__init__(daemon=True)
        self.region, self.step, self.random = region, step, random.Random(seed)
        self.going, self.steps = True, 0

    def run(self):
        while self.going:
            self.step(self.region, self.random)
            self.steps += 1

    def stop(self):
        self.going = False
        self.join(10)
        assert not self.is_alive() and self.steps > 0

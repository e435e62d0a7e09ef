"""The memory floor: a million keys in 110 MiB, what the enclave then really occupies, and what its end looks like."""
import hashlib
import os
import random
import re
import pathlib
import subprocess
import tempfile
import unittest

from cluster import BUILD, Cluster, free_port_base, run, wait_until

KEYS = 1_000_000
BUDGET_MIB = 110


def resident_bytes(pid):
    """What a process occupies, secret memory included, but for the region: that is the host's memory, sealed values in it."""
    total, counted = 0, False
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            counted = "memfd:avocado-region" not in line
        elif line.startswith("Rss:") and counted:
            total += int(line.split()[1]) * 1024
    return total


class Floor(unittest.TestCase):
    def key(self, i):
        return hashlib.md5(b"%d" % i).hexdigest()[:16]

    def value(self, i):
        return ("%07d-" % i + hashlib.md5(b"v%d" % i).hexdigest() * 2)[:64]

    def test_a_million_keys_in_110_mib(self):
        with Cluster("--budget", BUDGET_MIB, "--host-memory", 400) as c:
            lines = "".join(f"{self.key(i)}\t{self.value(i)}\n" for i in range(KEYS))
            self.assertEqual(len(lines), KEYS * (16 + 1 + 64 + 1))
            result = c("load", "--timeout", 60, "-", stdin=lines.encode(), timeout=400)
            self.assertEqual(result.returncode, 0, result.stderr[-300:])
            # A line is acknowledged by a majority; the third copy comes on its heels.
            wait_until(lambda: sum(node["keys"] for node in c.status()["nodes"]) >= 2 * KEYS, 20, "two copies of all")
            for node in c.status()["nodes"]:
                resident = resident_bytes(node["enclave_pid"])
                print(f"\nslot {node['slot']}: {node['keys']} keys, {node['enclave_bytes_used'] / 2**20:.1f} MiB used, "
                      f"{resident / 2**20:.1f} MiB resident ({node['secret_memory']})", end="")
                self.assertGreater(node["keys"], KEYS * 0.99)
                self.assertLessEqual(node["enclave_bytes_used"], BUDGET_MIB << 20)
                self.assertLessEqual(node["enclave_bytes_budget"], BUDGET_MIB << 20)
                self.assertLessEqual(resident, (BUDGET_MIB << 20) * 1.1)
                self.assertGreater(resident, KEYS * 30, "the measure itself sees the keys")
            for i in random.Random(5).sample(range(KEYS), 60):
                self.assertEqual(c("get", self.key(i)).stdout.decode(), self.value(i))


class HostMemory(unittest.TestCase):
    """The sealed values' memory at its end: clear errors, reads go on, and what is deleted can be used again."""

    def test_full_and_free_again(self):
        with Cluster("--host-memory", 8, "--budget", 24) as c:
            small = "".join(f"s{i:05d}\t{'v' * 40}\n" for i in range(20000))
            self.assertEqual(c("load", "-", stdin=small.encode(), timeout=120).returncode, 0)
            large = os.urandom(100 << 10)
            stored = 0
            while (result := c("put", f"large-{stored}", "-", stdin=large)).returncode == 0:
                stored += 1
                self.assertLess(stored, 80, "8 MiB do not hold this")
            self.assertGreater(stored, 40)
            self.assertEqual(result.returncode, 2)
            self.assertRegex(result.stderr.decode(), "host memory is used up; delete or overwrite values, .*--host-memory")
            self.assertEqual(len(result.stderr.strip().split(b"\n")), 1)
            # Reads, overwrites of the same size, smaller ones and deletes go on.
            self.assertEqual(c("get", "s00007").stdout, b"v" * 40)
            self.assertEqual(c("get", "large-0").stdout, large)
            self.assertEqual(c("put", "large-1", "-", stdin=large[::-1]).returncode, 0)
            self.assertEqual(c("put", "large-2", "short").returncode, 0)
            self.assertEqual((c("get", "large-1").stdout, c("get", "large-2").stdout), (large[::-1], b"short"))
            for i in range(3, stored):
                self.assertEqual(c("del", f"large-{i}").returncode, 0)
            for i in range(3, stored - 3):
                self.assertEqual(c("put", f"again-{i}", "-", stdin=large).returncode, 0, i)

    def test_fragments_are_packed_together(self):
        """Nine of ten values give way to short ones, from everywhere: what is left must move together before many large ones fit."""
        with Cluster("--host-memory", 8, "--budget", 24) as c:
            count = 39000
            lines = "".join(f"s{i:05d}\t{'v' * 100}\n" for i in range(count))
            lines += "".join(f"s{i:05d}\tshort\n" for i in range(count) if i % 10)
            self.assertEqual(c("load", "-", stdin=lines.encode(), timeout=120).returncode, 0)
            large = os.urandom(100 << 10)
            stored = 0
            while c("put", f"large-{stored}", "-", stdin=large).returncode == 0:
                stored += 1
            self.assertLess(stored, 20, "the memory was not in fragments to begin with")

            def more():
                nonlocal stored
                stored += c("put", f"large-{stored}", "-", stdin=large).returncode == 0
                return stored >= 35
            wait_until(more, 30, "the node packs its values together")
            for i in range(0, count, 1371):
                self.assertEqual(c("get", f"s{i:05d}").stdout, b"short" if i % 10 else b"v" * 100)
            self.assertEqual(sum(node["tampered"] + node["damaged"] for node in c.status()["nodes"]), 0)


class Promised(unittest.TestCase):
    """Memory that is not there is not promised."""

    def test_up_counts_all_nodes(self):
        total_mib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
        each = total_mib // 3 + 1
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder) / "d"
            result = run("up", "--detach", "--dir", data, "--port", free_port_base(), "--host-memory", each)
            self.assertEqual(result.returncode, 2)
            self.assertRegex(result.stderr.decode(), rf"^avocado: up: 3 nodes with --host-memory {each} need \d+ MiB of memory, the "
                             r"(machine|control group \S+) has \d+ MiB left; give --host-memory \d+ or less, or fewer --nodes\n$")
            self.assertFalse(data.exists())
            fits = int(re.search(rb"give --host-memory (\d+)", result.stderr).group(1))
            self.assertLess(3 * fits, total_mib)

    def test_a_node_counts_its_own(self):
        total_mib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run([BUILD / "avocado-node", "--slot", "0", "--dir", folder, "--cas", "127.0.0.1:1", "--cas-key", "ab" * 32,
                                     "--simcpu", "none", "--port", str(free_port_base()), "--host-memory", str(total_mib)],
                                    capture_output=True, text=True, timeout=20)
            self.assertEqual(result.returncode, 2)
            self.assertRegex(result.stderr, rf"--budget 90 and --host-memory {total_mib} are {total_mib + 90} MiB, the "
                             r"(machine|control group \S+) has \d+ MiB left: give less, or free memory")


if __name__ == "__main__":
    unittest.main()

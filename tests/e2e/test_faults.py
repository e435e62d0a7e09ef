"""Faults against the real programs: enclaves killed, values tampered with, garbage on every port, certificates of trust altered."""
import json
import mmap
import os
import pathlib
import random
import socket
import subprocess
import threading
import time
import unittest

from cluster import BUILD, Cluster, run, wait_until


class Killed(unittest.TestCase):
    mode = "process"  # test_inline.py runs the same inline

    def test_one_killed_in_a_load_and_then_a_second(self):
        with Cluster("--mode", self.mode) as c:
            lines = [b"k%06d\tvalue-%06d" % (i, i) for i in range(60000)]
            loading = subprocess.Popen([str(BUILD / "avocado"), "load", "--dir", str(c.data), "--timeout", "30", "-"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            feeder = threading.Thread(target=lambda: (loading.stdin.write(b"\n".join(lines) + b"\n"), loading.stdin.close()))
            feeder.start()
            wait_until(lambda: any(node.get("keys", 0) > 100 for node in c.status()["nodes"]), 20, "the load has begun")
            host = c.pid(0, "host")
            c.kill(0)
            feeder.join()
            error = loading.stderr.read()
            self.assertEqual(loading.wait(60), 0, error)
            loading.stdout.close()
            loading.stderr.close()
            for i in random.Random(1).sample(range(60000), 60):
                self.assertEqual(c("get", "k%06d" % i).stdout, b"value-%06d" % i)
            wait_until(lambda: not alive(host), 5, "the host followed its enclave")
            self.assertEqual(c("status").returncode, 1)

            c.kill(1)
            for arguments, codes in [(("get", "k000001"), (2,)), (("put", "k000001", "x"), (2, 3)), (("del", "k000001"), (2, 3))]:
                started = time.monotonic()
                result = c(*arguments, "--timeout", "3")
                self.assertLess(time.monotonic() - started, 5)
                self.assertIn(result.returncode, codes, (arguments, result.stderr))
                self.assertRegex(result.stderr.decode(), r"\b[12] of 3\b")
                self.assertRegex(result.stderr.decode(), r"\b2\b.*\bneeded\b|\bneed(s|ed)?\b.*\b2\b")
            self.assertEqual(c("status").returncode, 2)

    def test_host_killed_ends_its_enclave(self):
        with Cluster("--mode", self.mode) as c:
            self.assertEqual(c("put", "k", "v").returncode, 0)
            enclave = c.pid(2, "enclave")
            c.kill(2, "host")
            wait_until(lambda: not alive(enclave), 5, "the enclave followed its host")
            self.assertEqual(c("get", "k").stdout, b"v")


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:
        return False


def flip_values(path, slab_bytes):
    """One bit of every 16th byte that is not zero in the value slabs, which are the region's end: some in every sealed value."""
    flipped = 0
    with open(path, "r+b") as file:
        size = os.fstat(file.fileno()).st_size
        with mmap.mmap(file.fileno(), size) as region:
            for position in range(size - slab_bytes, size, 4096):
                page = bytearray(region[position:position + 4096])
                if page.count(0) == len(page):
                    continue
                for offset in range(0, len(page), 16):
                    if page[offset]:
                        page[offset] ^= 1
                        flipped += 1
                region[position:position + 4096] = bytes(page)
    return flipped


class Tampered(unittest.TestCase):
    mode = "process"  # test_inline.py runs the same inline

    def test_every_value_of_one_node_flipped(self):
        with Cluster("--mode", self.mode, "--host-memory", 64) as c:
            values = {"key-%03d" % i: os.urandom(200 + i) for i in range(120)}
            load = b"".join(k.encode() + b"\t" + b"".join(b"\\x%02x" % b for b in v) + b"\n" for k, v in values.items())
            self.assertEqual(c("load", "-", stdin=load).returncode, 0)
            # A loaded line is acknowledged by a majority; wait until the third copy is there as well.
            wait_until(lambda: all(node["keys"] == 120 for node in c.status()["nodes"]), 10, "all copies")
            flipped = flip_values(c.data / "node-1" / "region", 64 << 20)
            self.assertGreater(flipped, 120)
            for key, value in values.items():
                self.assertEqual(c("get", key).stdout, value)
            wait_until(lambda: c.status()["nodes"][1]["repaired"] >= 120, 30, "all copies repaired")
            node = c.status()["nodes"][1]
            self.assertGreaterEqual(node["tampered"], 120)
            self.assertGreaterEqual(node["damaged"], 120)
            self.assertEqual(node["damaged_now"], 0)
            self.assertEqual(c.status()["nodes"][0]["tampered"], 0)
            for key, value in list(values.items())[:20]:
                self.assertEqual(c("get", key).stdout, value)


class Garbage(unittest.TestCase):
    def test_garbage_at_every_port(self):
        with Cluster() as c:
            self.assertEqual(c("put", "k", "v").returncode, 0)
            seed = random.Random(7)
            out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.addCleanup(out.close)
            ports = [int(node["address"].rsplit(":", 1)[1]) for node in c.status()["nodes"]]
            for port in ports:
                for length in list(range(0, 120)) + [1472, 1473, 9000, 65000]:
                    packet = bytearray(seed.randbytes(length))
                    if length > 1 and seed.random() < 0.7:
                        packet[0] = 1
                        packet[1] = seed.randrange(0, 8)
                    if length > 4 and seed.random() < 0.7:
                        packet[3], packet[4] = ports.index(port), 0
                    out.sendto(bytes(packet), ("127.0.0.1", port))
            cas = json.loads((c.data / "client.profile").read_text())
            host, port = [v for k, v in cas.items() if "cas" in k and isinstance(v, str) and ":" in v][0].rsplit(":", 1)
            for _ in range(20):
                with socket.create_connection((host, int(port))) as stream:
                    stream.sendall(seed.randbytes(seed.randrange(1, 2000)))
            self.assertEqual(c("get", "k").stdout, b"v")
            self.assertEqual(c("status").returncode, 0)
            self.assertGreater(sum(node["bad_packets"] + node["dropped"] for node in c.status()["nodes"]), 100)
            self.assertEqual(c("bench", "--workload", "b", "--clients", 2, "--keys", 100, "--seconds", 1).returncode, 0)


class Trust(unittest.TestCase):
    def test_altered_profiles_are_refused(self):
        with Cluster() as c:
            self.assertEqual(c("put", "k", "v").returncode, 0)
            good = json.loads((c.data / "client.profile").read_text())
            altered = c.dir / "altered.profile"

            def flip(text):
                at = len(text) // 2
                return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1:]

            hexes = [name for name, value in good.items() if isinstance(value, str) and len(value) >= 32 and ":" not in value]
            self.assertGreaterEqual(len(hexes), 4)
            for name in hexes:
                altered.write_text(json.dumps({**good, name: flip(good[name])}))
                started = time.monotonic()
                result = run("get", "--profile", altered, "--timeout", "2", "k")
                self.assertLess(time.monotonic() - started, 5, name)
                self.assertEqual(result.returncode, 2, f"{name} altered, and yet: {result}")
                self.assertEqual(len(result.stderr.strip().split(b"\n")), 1)
            for broken in ("", "{", "[]", "{}", json.dumps({**good, next(iter(good)): 7})):
                altered.write_text(broken)
                self.assertEqual(run("get", "--profile", altered, "k").returncode, 2)
            self.assertEqual(c("get", "k").stdout, b"v")

    def test_an_enclave_of_another_measurement_is_refused_by_name(self):
        with Cluster() as c:
            copy = c.dir / "avocado-enclave"
            copy.write_bytes((BUILD / "avocado-enclave").read_bytes() + b"\0")
            copy.chmod(0o755)
            measured = run("measure", copy).stdout.decode().split()[0]
            self.assertRegex(measured, r"^[0-9a-f]{64}$")
            self.assertEqual(c.status()["nodes"][0]["measurement"], run("measure", BUILD / "avocado-enclave").stdout.decode().split()[0])
            self.assertNotEqual(measured, c.status()["nodes"][0]["measurement"])
            (c.dir / "rogue").mkdir()
            rogue = subprocess.run([str(BUILD / "avocado-node"), "--slot", "0", "--dir", str(c.dir / "rogue"), "--cas", f"127.0.0.1:{c.port - 1}",
                                    "--cas-key", (c.data / "cas/public.key").read_text().strip(), "--enclave", str(copy), "--simcpu",
                                    str(c.data / "simcpu/simcpu.sock"), "--las", str(c.data / "las/las.sock"), "--port", str(c.port + 30)],
                                   capture_output=True, timeout=20)
            self.assertNotEqual(rogue.returncode, 0)
            said = rogue.stderr.decode()
            self.assertIn(measured[:16], said)
            self.assertIn("not in the policy", said)
            self.assertEqual(c("put", "k", "v").returncode, 0)

    def test_port_in_use(self):
        with Cluster() as c:
            data = c.dir / "second"
            result = run("up", "--detach", "--dir", data, "--port", c.port, timeout=60)
            self.assertEqual(result.returncode, 2)
            self.assertRegex(result.stderr, rb"port (%d|%d) " % (c.port - 1, c.port))
            leftover = [p for p in c.processes() if str(data) in pathlib.Path(f"/proc/{p}/cmdline").read_text()]
            self.assertEqual(leftover, [])

    def test_too_little_memory(self):
        with Cluster() as c:
            result = run("up", "--detach", "--dir", c.dir / "small", "--port", c.port + 20, "--budget", 1, timeout=60)
            self.assertEqual(result.returncode, 2)
            self.assertIn(b"budget", result.stderr)


class Full(unittest.TestCase):
    def test_a_full_store_refuses_writes_and_goes_on_reading(self):
        with Cluster("--budget", 9, nodes=3) as c:
            self.assertEqual(c("put", "first", "kept").returncode, 0)
            lines = b"".join(b"%s-%07d\tv\n" % (b"x" * 200, i) for i in range(120000))
            result = c("load", "-", stdin=lines, timeout=180)
            self.assertEqual(result.returncode, 2)
            self.assertRegex(result.stderr.decode(), "memory|full|budget")
            self.assertRegex(result.stderr.decode(), r"\d+ line\(s\) were stored")
            self.assertEqual(c("get", "first").stdout, b"kept")
            refused = c("put", "one-more-" + "y" * 300, "v")
            self.assertEqual(refused.returncode, 2)
            self.assertIn(b"budget", refused.stderr)
            self.assertEqual(c("get", "first").stdout, b"kept")


if __name__ == "__main__":
    unittest.main()

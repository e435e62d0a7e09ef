"""Programs of another wire version are refused by name, in the error or in the log, and counted."""
import pathlib
import re
import socket
import struct
import threading
import time
import unittest

from cluster import Cluster, run

LIMITS = pathlib.Path(__file__).parents[2] / "base" / "limits.h"
OWN = int(re.search(r"^#define AVO_WIRE_VERSION (\d+)\b", LIMITS.read_text(), re.MULTILINE)[1])
OTHER = OWN + 2  # with the next one it has a version in common: test_upgrade.py
HELLO, REFUSAL = 4, 6
EVERSION = 20
SAYS = f"speaks wire version {OTHER}, this program speaks version {OWN}: upgrade the older of the two"


def header(version, kind, source, destination, session):
    return struct.pack("<BBBBBBHII8sQ", version, kind, source, destination, 0, 0, 0, session, 1, bytes(8), 0)


class TestVersion(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster()
        self.cluster.__enter__()
        self.addCleanup(self.cluster.__exit__)

    def log(self, name):
        return (self.cluster.data / "log" / name).read_text(errors="replace")

    def until(self, found):
        end = time.time() + 5
        while not found():
            self.assertLess(time.time(), end)
            time.sleep(0.02)

    def test_a_node_names_and_counts_a_client_of_another_version(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(5)
            s.connect(("127.0.0.1", self.cluster.port))
            s.send(header(OTHER, HELLO, 255, 0, 0x1234) + bytes(200))
            refusal = s.recv(2000)
            s.send(header(OTHER, 1, 1, 0, 0) + bytes(200))  # a peer gets no answer
        self.assertEqual(len(refusal), 33)
        self.assertEqual((refusal[0], refusal[1], refusal[32]), (OWN, REFUSAL, EVERSION))
        self.assertEqual(struct.unpack_from("<I", refusal, 8)[0], 0x1234)
        self.until(lambda: self.cluster.status()["nodes"][0]["other_version"] == 2)
        self.assertIn(SAYS, self.log("node-0.log"))
        self.assertEqual(self.cluster.status()["nodes"][0]["bad_packets"], 0)

    def test_the_cas_names_a_peer_of_another_version(self):
        with socket.create_connection(("127.0.0.1", self.cluster.port - 1), timeout=5) as s:
            s.sendall(b"avocado" + bytes([OTHER]) + bytes(98))
            self.assertEqual(s.recv(100), b"avocado" + bytes([OWN]))
            self.assertEqual(s.recv(100), b"")
        self.until(lambda: SAYS in self.log("cas.log"))

    def test_a_client_names_nodes_of_another_version(self):
        self.assertEqual(self.cluster("put", "k", "v").returncode, 0)
        profile = (self.cluster.data / "client.profile").read_bytes()
        run("down", "--dir", self.cluster.data)
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
        for slot, s in enumerate(sockets):
            s.bind(("127.0.0.1", self.cluster.port + slot))
            s.settimeout(10)
            threading.Thread(target=self.newer, args=(s, slot), daemon=True).start()
        kept = self.cluster.dir / "kept.profile"
        kept.write_bytes(profile)
        kept.chmod(0o600)
        start = time.time()
        result = run("get", "--profile", kept, "k")
        self.assertEqual(result.returncode, 2)
        self.assertIn(SAYS, result.stderr.decode())
        self.assertLess(time.time() - start, 3)
        result = run("status", "--profile", kept)
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr.decode(), f"avocado: status: the cluster {SAYS}\n")
        self.assertIn(f"speaks wire version {OTHER}\n", result.stdout.decode())
        for s in sockets:
            s.close()

    @staticmethod
    def newer(s, slot):
        try:
            while True:
                packet, client = s.recvfrom(2000)
                session = struct.unpack_from("<I", packet, 8)[0]
                s.sendto(header(OTHER, REFUSAL, slot, 255, session) + bytes([99]), client)
        except OSError:
            pass


if __name__ == "__main__":
    unittest.main()

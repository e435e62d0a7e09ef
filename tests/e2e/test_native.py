"""The native half of `avocado bench --native` measures, and meets nothing but itself: no normal CAS, client or policy takes it."""
import glob
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from cluster import AVOCADO, BUILD, Cluster, free_port_base, run, wait_until

NATIVE = str(BUILD / "native/avocado")
WARNING = b"NATIVE BUILD: NOTHING IS SEALED OR ATTESTED"
TAG = b"NATIVE, UNSEALED"


def native(*arguments):
    return subprocess.run([NATIVE, *map(str, arguments)], capture_output=True, timeout=60)


class Native(unittest.TestCase):
    def test_both_halves_are_measured_and_stopped(self):
        before = set(glob.glob("/tmp/avocado-native-*"))
        result = run("bench", "--native", "--rounds", 2, "--seconds", "0.5", "--clients", 4, "--keys", 500, "--port", free_port_base(), "--json", timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)
        figures = json.loads(result.stdout)
        for half in ("sealed", "native"):
            self.assertEqual(len(figures[half]["rounds"]), 2)
            for bench in figures[half]["rounds"]:
                self.assertEqual((bench["wrong"], bench["errors"], bench["native"], bench["nodes"]), (0, 0, half == "native", 3))
                self.assertGreater(bench["host_bytes"], 500 * 256)
                self.assertGreater(bench["enclave_bytes_used"], 0)
        for spread in (figures["sealed"]["ops_per_s"], figures["native"]["ops_per_s"], figures["sealed_of_native"]):
            self.assertTrue(0 < spread["min"] <= spread["median"] <= spread["max"], spread)
        rounds = [[bench["ops_per_s"] for bench in figures[half]["rounds"]] for half in ("sealed", "native")]
        self.assertAlmostEqual(figures["sealed_of_native"]["min"], min(a / b for a, b in zip(*rounds)))
        if figures["redis"] is not None:
            self.assertGreater(figures["sealed_of_redis"]["median"], 0)
        self.assertEqual(set(glob.glob("/tmp/avocado-native-*")), before)

    def test_inline(self):
        result = run("bench", "--native", "--mode", "inline", "--rounds", 1, "--seconds", "0.3", "--clients", 2, "--keys", 100, "--port", free_port_base(), "--json",
                     timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)
        figures = json.loads(result.stdout)
        self.assertEqual([figures[half]["rounds"][0]["mode"] for half in ("sealed", "native")], ["inline", "inline"])

    def test_interrupted_it_leaves_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            bench = subprocess.Popen([AVOCADO, "bench", "--native", "--port", str(free_port_base())], stderr=subprocess.PIPE,
                                     env={"TMPDIR": folder, "PATH": "/usr/bin:/bin"})
            time.sleep(2)
            bench.terminate()
            self.assertIn(b"interrupted", bench.communicate(timeout=30)[1])
            self.assertEqual((bench.returncode, glob.glob(f"{folder}/*")), (2, []))
            self.assertNotIn(folder.encode(), subprocess.run(["ps", "-eo", "args"], capture_output=True).stdout)

    def test_options(self):
        for option in ("--rounds=2", "--mode=inline", "--nodes=3", "--workers=2", "--port=30000"):
            result = run("bench", option)
            self.assertEqual(result.returncode, 2)
            self.assertIn(b"--native", result.stderr)
        with tempfile.TemporaryDirectory() as folder:  # as installed: without the native programs
            result = subprocess.run([shutil.copy(AVOCADO, folder), "bench", "--native"], capture_output=True, timeout=60)
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"not installed", result.stderr)
        result = native("bench", "--native")
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"normal avocado", result.stderr)

    def test_normal_programs_hold_no_native_code(self):
        for program in ("avocado", "avocado-enclave", "avocado-inline", "avocado-cas"):
            for text in (WARNING, TAG):
                self.assertIn(text, (BUILD / "native" / program).read_bytes())
                self.assertNotIn(text, (BUILD / program).read_bytes())

    def test_a_normal_cas_refuses_a_native_enclave(self):
        with Cluster() as c, tempfile.TemporaryDirectory() as folder:
            policy = (c.data / "policy.json").read_text()
            self.assertIn(run("measure", BUILD / "avocado-enclave").stdout.decode().strip(), policy)
            self.assertNotIn(run("measure", BUILD / "native/avocado-enclave").stdout.decode().strip(), policy)
            log = pathlib.Path(folder) / "log"
            with log.open("wb") as out:
                node = subprocess.Popen([BUILD / "avocado-node", "--slot", "0", "--dir", folder, "--port", str(c.port + 20), "--cas", f"127.0.0.1:{c.port - 1}",
                                         "--cas-key", (c.data / "cas/public.key").read_text().strip(), "--enclave", BUILD / "native/avocado-enclave",
                                         "--simcpu", c.data / "simcpu/simcpu.sock"], stdout=out, stderr=out)
            try:
                wait_until(lambda: b"hangs up without proving" in log.read_bytes() or node.poll() is not None, what="the enclave tried")
            finally:
                node.terminate()
                node.wait(timeout=10)
            self.assertIn(WARNING, log.read_bytes())
            self.assertNotIn(b"serving", log.read_bytes())
            self.assertIn(b"not of this protocol", (c.data / "log/cas.log").read_bytes())
            self.assertEqual(c("status").returncode, 0)
            refused = native("get", "--dir", c.data, "k")
            self.assertEqual(refused.returncode, 2)
            self.assertIn(b"native clusters only", refused.stderr)

    def test_a_normal_client_refuses_a_native_cluster(self):
        with tempfile.TemporaryDirectory() as folder:
            up = native("up", "--detach", "--dir", folder, "--port", free_port_base())
            try:
                self.assertEqual(up.returncode, 0, up.stderr)
                self.assertIn(WARNING, up.stderr)
                self.assertEqual(native("put", "--dir", folder, "k", "v").returncode, 0)
                self.assertEqual(native("get", "--dir", folder, "k").stdout, b"v")
                for log in ("cas", "node-0", "node-1", "node-2"):
                    with open(f"{folder}/log/{log}.log", "rb") as text:
                        self.assertIn(WARNING, text.read())
                refused = run("get", "--dir", folder, "k")
                self.assertEqual((refused.returncode, refused.stdout), (2, b""))
                self.assertIn(b"seals nothing", refused.stderr)
                with open(f"{folder}/client.profile") as text:  # even one who is not told cannot talk to it
                    profile = json.load(text)
                del profile["native"]
                with open(f"{folder}/forged", "w") as text:
                    json.dump(profile, text)
                for command in (("get", "k"), ("put", "k", "secret"), ("status",)):
                    result = run(command[0], "--profile", f"{folder}/forged", "--timeout", 1, *command[1:])
                    self.assertNotIn(result.returncode, (0, 1), command)
                    self.assertNotIn(b"v", result.stdout if command[0] == "get" else b"")
                self.assertEqual(native("get", "--dir", folder, "k").stdout, b"v")
            finally:
                run("down", "--dir", folder)


if __name__ == "__main__":
    unittest.main()

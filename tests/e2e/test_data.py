"""Data in, data out: the CLI against a healthy cluster."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from cluster import AVOCADO, ROOT, Cluster, dpkg_lines, run


class Data(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster("--workers", 2).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.__exit__()

    def test_put_get_delete(self):
        c = self.cluster
        self.assertEqual(c("put", "city", "Lisbon").returncode, 0)
        got = c("get", "city")
        self.assertEqual((got.returncode, got.stdout), (0, b"Lisbon"))
        self.assertEqual(c("put", "city", "Porto").returncode, 0)
        self.assertEqual(c("get", "city").stdout, b"Porto")
        self.assertEqual(c("del", "city").returncode, 0)
        gone = c("get", "city")
        self.assertEqual((gone.returncode, gone.stdout), (1, b""))
        self.assertEqual(c("del", "city").returncode, 0)
        self.assertEqual(c("del", "never-there").returncode, 0)

    def test_values_of_every_kind(self):
        c = self.cluster
        for name, value in [("empty", b""), ("zero", b"\0"), ("newline", b"a\nb\n"), ("all", bytes(range(256)) * 5),
                            ("packet", os.urandom(1400)), ("packets", os.urandom(5000)), ("large", os.urandom(300_000)),
                            ("mebibyte", os.urandom(1 << 20))]:
            with self.subTest(name):
                self.assertEqual(c("put", f"value-{name}", "-", stdin=value).returncode, 0)
                got = c("get", f"value-{name}")
                self.assertEqual(got.returncode, 0)
                self.assertTrue(got.stdout == value, f"{len(got.stdout)} bytes came back of {len(value)}")

    def test_keys_of_every_kind(self):
        c = self.cluster
        for key, escaped in [("k" * 512, "k" * 512), ("tab\tnew\n", r"tab\tnew\n"), ("\u00e9t\u00e9", "\u00e9t\u00e9")]:
            self.assertEqual(c("put", key, "v1").returncode, 0)
            self.assertEqual(c("get", "--escape", escaped).stdout, b"v1")
        self.assertEqual(c("put", "--escape", r"\xff\x00\xfe", "binary").returncode, 0)
        self.assertEqual(c("get", "--escape", r"\xff\x00\xfe").stdout, b"binary")

    def test_load_and_read_back_the_package_list(self):
        c = self.cluster
        lines = dpkg_lines()
        result = c("load", "-", stdin=b"\n".join(lines) + b"\n", timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)
        for line in lines[:: max(1, len(lines) // 150)]:
            key, value = line.split(b"\t", 1)
            got = c("get", key.decode())
            self.assertEqual((got.returncode, got.stdout), (0, value), key)

    def test_load_names_the_bad_line(self):
        c = self.cluster
        result = c("load", "-", stdin=b"good\tvalue\nno tab here\n")
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"line 2", result.stderr)
        self.assertEqual(len(result.stderr.strip().split(b"\n")), 1)

    def test_load_escapes(self):
        c = self.cluster
        self.assertEqual(c("load", "-", stdin=rb"esc\x41\ttab" + b"\t" + rb"one\ntwo\\" + b"\n").returncode, 0)
        self.assertEqual(c("get", "--escape", r"escA\ttab").stdout, b"one\ntwo\\")

    def test_limits_are_refused_and_change_nothing(self):
        c = self.cluster
        self.assertEqual(c("put", "limit", "before").returncode, 0)
        for arguments, stdin in [(("put", "k" * 513, "v"), b""), (("put", "", "v"), b""), (("get", ""), b""),
                                 (("put", "limit", "-"), b"x" * ((1 << 20) + 1)), (("put", "limit"), b""), (("get",), b""),
                                 (("get", "a", "b"), b""), (("put", "--bogus", "k", "v"), b""), (("frobnicate",), b"")]:
            result = c(*arguments, stdin=stdin)
            self.assertEqual(result.returncode, 2, arguments[:1])
            self.assertEqual(len(result.stderr.strip().split(b"\n")), 1, result.stderr)
        self.assertEqual(c("get", "limit").stdout, b"before")

    def test_status(self):
        figures = subprocess.run([ROOT / "tools/figures", "--names"], capture_output=True, text=True, check=True).stdout.split()
        self.assertIn("keys", figures)
        status = self.cluster.status()
        self.assertEqual(len(status["nodes"]), 3)
        self.assertEqual(status["quorum"], 2)
        for node in status["nodes"]:
            self.assertEqual(node["role"], "voting")
            self.assertIn(node["secret_memory"], ("secret", "locked", "plain"))
            for field in ("slot", "incarnation", "measurement", "host_pid", "enclave_pid", "address", "untrusted"):
                self.assertIn(field, node)
            for figure in figures:
                self.assertIsNotNone(node[figure], figure)
            self.assertGreater(node["tombstone_quota"], 0)
            self.assertGreater(node["host_bytes_limit"], 0)
        self.assertEqual(self.cluster("status").returncode, 0)

    def test_a_second_up_on_one_dir_is_refused(self):
        before = self.cluster.status()["cluster_id"]
        result = self.cluster.up()
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"already", result.stderr)
        self.assertEqual(self.cluster.status()["cluster_id"], before)

    def test_profile_elsewhere(self):
        with tempfile.TemporaryDirectory() as folder:
            profile = pathlib.Path(folder) / "client.profile"
            profile.write_bytes((self.cluster.data / "client.profile").read_bytes())
            self.assertEqual(run("put", "--profile", profile, "elsewhere", "yes").returncode, 0)
            env = dict(os.environ, AVOCADO_PROFILE=str(profile))
            self.assertEqual(run("get", "elsewhere", env=env).stdout, b"yes")
        self.assertEqual((self.cluster.data / "client.profile").stat().st_mode & 0o777, 0o600)

    def test_bench_figures(self):
        result = self.cluster("bench", "--read-percent", 95, "--clients", 10, "--pipeline", 16, "--keys", 2000, "--value-bytes", 256,
                              "--seconds", 2, "--seed", 1, "--json", timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)
        figures = json.loads(result.stdout)
        self.assertEqual((figures["errors"], figures["wrong"]), (0, 0))
        self.assertGreater(figures["ops"], 1000)
        for field in ("workload", "distribution", "ops_per_s", "p50_us", "p99_us", "p999_us", "max_us", "datagrams_per_op", "mtu",
                      "mode", "transport", "nodes", "workers"):
            self.assertIn(field, figures)


class NoCluster(unittest.TestCase):
    def test_down_on_none(self):
        with tempfile.TemporaryDirectory() as folder:
            result = run("down", "--dir", pathlib.Path(folder) / "none")
            self.assertEqual(result.returncode, 2)
            self.assertEqual(len(result.stderr.strip().split(b"\n")), 1)

    def test_missing_profile(self):
        with tempfile.TemporaryDirectory() as folder:
            for command in (("get", "k"), ("put", "k", "v"), ("status",)):
                result = run(command[0], "--dir", pathlib.Path(folder) / "none", *command[1:])
                self.assertEqual(result.returncode, 2)
                self.assertEqual(len(result.stderr.strip().split(b"\n")), 1, result.stderr)

    def test_help_and_version(self):
        self.assertEqual(subprocess.run([AVOCADO, "--help"], capture_output=True).returncode, 0)
        self.assertIn(b"avocado", subprocess.run([AVOCADO, "--version"], capture_output=True).stdout)


if __name__ == "__main__":
    unittest.main()

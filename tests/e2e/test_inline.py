"""Inline mode: both halves of a node in one process. The essentials of data, faults and secrecy, as in process mode, and what is inline's own."""
import pathlib
import subprocess
import unittest

import test_data
import test_faults
import test_secrecy
from cluster import BUILD, Cluster, run


class Data(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster("--mode", "inline", "--workers", 2)
        cls.enterClassContext(cls.cluster)

    test_put_get_delete = test_data.Data.test_put_get_delete
    test_values_of_every_kind = test_data.Data.test_values_of_every_kind
    test_load_names_the_bad_line = test_data.Data.test_load_names_the_bad_line
    test_limits_are_refused_and_change_nothing = test_data.Data.test_limits_are_refused_and_change_nothing
    test_status = test_data.Data.test_status
    test_bench_figures = test_data.Data.test_bench_figures

    def test_it_says_that_it_isolates_nothing(self):
        c = self.cluster
        self.assertIn("isolates nothing by itself", (c.data / "log/node-0.log").read_text())
        self.assertIn(b"isolates nothing by itself", c("status").stdout)
        status = c.status()
        self.assertEqual(status["mode"], "inline")
        measured = run("measure", BUILD / "avocado-inline").stdout.decode().split()[0]
        for node in status["nodes"]:
            self.assertEqual(node["host_pid"], node["enclave_pid"])
            self.assertEqual((c.pid(node["slot"], "host"), c.pid(node["slot"], "enclave")), (node["host_pid"],) * 2)
            self.assertEqual(node["measurement"], measured)
            self.assertTrue((c.data / f"node-{node['slot']}" / "region").stat().st_size > 1 << 20)
            threads = pathlib.Path(f"/proc/{node['host_pid']}/task")
            self.assertEqual(len(list(threads.iterdir())), 4, "a thread a worker, the steward's, and one that watches")


class Killed(test_faults.Killed):
    mode = "inline"


class Tampered(test_faults.Tampered):
    mode = "inline"


class Secrecy(test_secrecy.Secrecy):
    mode = "inline"


class Starting(unittest.TestCase):
    def test_the_summary_says_what_inline_is(self):
        with Cluster("--mode", "inline") as c:
            c("down")
            result = c.up()
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(b"isolates nothing by itself", result.stdout)
            again = c.up()
            self.assertEqual(again.returncode, 2)
            self.assertIn(b"(6 processes)", again.stderr)

    def test_by_hand_it_says_who_starts_it(self):
        alone = subprocess.run([BUILD / "avocado-inline", "--slot", "0", "--dir", "/nowhere", "--cas", "127.0.0.1:1", "--cas-key", "11" * 32],
                               capture_output=True, timeout=10, stdin=subprocess.DEVNULL)
        self.assertEqual(alone.returncode, 2)
        self.assertIn(b"--simcpu is missing", alone.stderr)
        self.assertEqual(subprocess.run([BUILD / "avocado-inline", "--help"], capture_output=True, timeout=10).returncode, 0)


if __name__ == "__main__":
    unittest.main()

"""`avocado bench`: each workload, option and field; that it sees what is wrong, late or failing, and can be interrupted."""
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from cluster import AVOCADO, Cluster, run, wait_until

FIELDS = {"workload": str, "distribution": str, "ops": int, "ops_per_s": float, "errors": int, "errors_by_name": dict, "wrong": int, "forged": int,
          "stale": int, "absent": int, "foreign": int, "not_begun": int, "p50_us": int, "p99_us": int, "p999_us": int, "max_us": int,
          "datagrams_per_op": float, "mtu": int, "mode": str, "transport": str, "nodes": int, "workers": int, "native": bool,
          "enclave_bytes_used": int, "enclave_bytes_budget": int, "host_bytes": int, "client_cpu_percent": float, "interrupted": bool,
          "read_percent": int, "clients": int, "pipeline": int, "rate": type(None), "keys": int, "value_bytes": int, "seconds": float,
          "warm_up_s": float, "seed": int}
SMALL = ("--clients", 4, "--keys", 300, "--seconds", "0.6", "--warm-up", "0.1")


class TooManyClients(unittest.TestCase):
    """What is short is named, and not the cluster, which does what it can."""

    def test_sessions_that_the_nodes_do_not_keep(self):
        with Cluster("--budget", 9, nodes=1) as c:
            result = c("bench", "--clients", 600, "--keys", 3000, "--seconds", "0.5", "--pipeline", 2, timeout=120)
            line = [line for line in result.stderr.decode().splitlines() if "the cause: " in line]
            self.assertEqual(len(line), 1, result.stderr)
            self.assertRegex(line[0], "the cause: 600 clients need 600 sessions, and the nodes keep 1[0-9][0-9] at a time")
            self.assertIn("take fewer --clients", line[0])
            few = c("bench", "--clients", 100, "--keys", 300, "--seconds", "0.3")
            self.assertNotIn(b"the cause", few.stderr)

    def test_descriptors(self):
        with Cluster(nodes=1) as c:
            limit = lambda soft, hard: lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            bench = [AVOCADO, "bench", "--dir", str(c.data), "--clients", "200", "--keys", "200", "--seconds", "0.2"]
            result = subprocess.run(bench, capture_output=True, timeout=60, preexec_fn=limit(64, 100))
            self.assertEqual((result.returncode, result.stdout), (2, b""))
            self.assertIn(b"200 clients need 232 file descriptors, and 100 are allowed here", result.stderr)
            result = subprocess.run(bench, capture_output=True, timeout=60, preexec_fn=limit(64, 400))  # the soft limit is raised
            self.assertEqual(result.returncode, 0, result.stderr)


class OnACluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.enterClassContext(cls.cluster)

    def bench(self, *options, code=0):
        result = self.cluster("bench", "--json", *SMALL, *options)
        self.assertEqual(result.returncode, code, result.stderr)
        return json.loads(result.stdout)

    def start(self, *options):
        return subprocess.Popen([AVOCADO, "bench", "--dir", self.cluster.data, "--json", *map(str, options)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_every_workload_and_every_field(self):
        for workload, reads, distribution in (("a", 50, "zipfian"), ("b", 95, "zipfian"), ("c", 100, "zipfian"), ("d", 95, "latest")):
            figures = self.bench("--workload", workload, "--seed", 7)
            self.assertEqual({name: type(figures[name]) for name in FIELDS}, FIELDS)
            self.assertEqual(figures.keys(), FIELDS.keys())
            for name, value in {"workload": workload, "read_percent": reads, "distribution": distribution, "errors": 0, "wrong": 0, "foreign": 0, "nodes": 3,
                                "workers": 1, "mode": "process", "transport": "udp", "mtu": 1500, "clients": 4, "keys": 300, "value_bytes": 256,
                                "seed": 7, "native": False, "interrupted": False, "seconds": 0.6, "errors_by_name": {}}.items():
                self.assertEqual(figures[name], value, name)
            self.assertGreater(figures["ops"], 50)
            self.assertAlmostEqual(figures["ops_per_s"], figures["ops"] / 0.6, places=3)
            self.assertTrue(0 < figures["p50_us"] <= figures["p99_us"] <= figures["p999_us"] <= figures["max_us"], figures)
            self.assertTrue(0 < figures["client_cpu_percent"] < 130, figures)

    def test_workloads_that_need_more_are_refused_before_anything_is_touched(self):
        before = self.cluster.status()["nodes"][0]["ops"]
        for workload, needs in (("e", b"needs scan"), ("f", b"needs compare-and-set")):
            result = self.cluster("bench", "--workload", workload)
            self.assertEqual(result.returncode, 2)
            self.assertIn(needs, result.stderr)
        for options, word in ((("--workload", "a", "--read-percent", 5), b"exclude"), (("--workload", "d", "--distribution", "uniform"), b"latest"),
                              (("--native", "--histogram"), b"--histogram"), (("--native", "--report", 1), b"--report"), (("--rate", 0), b"--rate")):
            result = self.cluster("bench", *options)
            self.assertEqual(result.returncode, 2)
            self.assertIn(word, result.stderr)
        self.assertEqual(self.cluster.status()["nodes"][0]["ops"], before)

    def test_distributions_and_sizes(self):
        for distribution in ("zipfian", "uniform", "sequential"):
            self.assertEqual(self.bench("--distribution", distribution, "--read-percent", 80)["distribution"], distribution)
        for value_bytes in (0, 1, 15, 16, 5000):
            figures = self.bench("--value-bytes", value_bytes, "--workload", "a", "--seconds", "0.2")
            self.assertEqual((figures["wrong"], figures["errors"], figures["value_bytes"]), (0, 0, value_bytes))

    def test_one_request_at_a_time_takes_a_few_datagrams(self):
        alone = self.bench("--clients", 1, "--pipeline", 1, "--workload", "c")
        batched = self.bench("--clients", 1, "--pipeline", 64, "--workload", "c")
        self.assertTrue(4 <= alone["datagrams_per_op"] < 10, alone)  # request, query, answer, reply; now and then something is asked again
        self.assertLess(batched["datagrams_per_op"], 2)

    def test_a_socket_for_each_client(self):
        bench = self.start("--clients", 7, "--seconds", 20, "--keys", 50)
        try:
            def sockets():
                links = [os.readlink(link) for link in pathlib.Path(f"/proc/{bench.pid}/fd").iterdir()]
                udp = {line.split()[9] for line in pathlib.Path("/proc/net/udp").read_text().split("\n")[1:-1]}
                return sum(link.startswith("socket:[") and link[8:-1] in udp for link in links)
            wait_until(lambda: sockets() == 8, what="7 clients and the one that asks for figures")
        finally:
            bench.send_signal(signal.SIGINT)
            bench.communicate(timeout=20)

    def test_percentiles(self):
        figures = self.bench("--histogram")
        lines = figures["histogram"]
        self.assertEqual([line["percentile"] for line in lines], [0, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 100])
        self.assertEqual(sorted(lines, key=lambda line: (line["us"], line["count"])), lines)
        self.assertEqual((lines[1]["us"], lines[5]["us"], lines[-1]["us"]), (figures["p50_us"], figures["p99_us"], figures["max_us"]))
        self.assertEqual(lines[-1]["count"], figures["ops"])
        for line in lines:
            self.assertGreaterEqual(line["count"], figures["ops"] * line["percentile"] / 100 - 1)
        text = self.cluster("bench", *SMALL, "--histogram").stdout.decode()
        self.assertIn("99.99", text)
        self.assertIn("coordinated omission", text)

    def test_reports_while_it_runs(self):
        result = self.cluster("bench", "--json", *SMALL, "--report", "0.2")
        figures = json.loads(result.stdout)
        self.assertEqual([round(part["until_s"], 1) for part in figures["intervals"]], [0.2, 0.4, 0.6])
        self.assertEqual(result.stderr.count(b"ops/s"), 3)
        self.assertAlmostEqual(sum(part["ops_per_s"] * 0.2 for part in figures["intervals"]), figures["ops"], delta=5)

    def test_interrupted_it_says_what_it_has(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            bench = self.start("--clients", 2, "--keys", 100, "--seconds", 60, "--warm-up", 0)
            time.sleep(1.5)
            bench.send_signal(number)
            out, err = bench.communicate(timeout=10)
            self.assertEqual(bench.returncode, 0, err)
            figures = json.loads(out)
            self.assertTrue(figures["interrupted"])
            self.assertTrue(0 < figures["seconds"] < 10)
            self.assertAlmostEqual(figures["ops_per_s"], figures["ops"] / figures["seconds"], places=3)

    def test_a_rate_is_kept_and_too_much_is_said(self):
        figures = self.bench("--rate", 500, "--seconds", 1)
        self.assertEqual((figures["rate"], figures["not_begun"]), (500, 0))
        self.assertTrue(400 <= figures["ops"] <= 505, figures)
        figures = self.bench("--rate", 3000000, "--clients", 1, "--pipeline", 2, "--seconds", "0.3", "--warm-up", 0)
        self.assertGreater(figures["not_begun"], 100000)
        self.assertGreater(figures["p50_us"], 50000)  # they waited, and that shows

    def test_elsewhere_with_a_profile(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(self.cluster.data / "client.profile", folder)
            result = run("bench", "--profile", f"{folder}/client.profile", *SMALL, "--json")
            self.assertEqual((result.returncode, json.loads(result.stdout)["wrong"]), (0, 0))

    def wrong_while(self, meddle, kind, *options):
        """Runs a bench of one key while `meddle` does what no write of the bench did."""
        bench = self.start("--keys", 1, "--clients", 1, "--pipeline", 1, "--seconds", 3, "--warm-up", 0, *options)
        stop = threading.Event()

        def work():
            while not stop.is_set():
                meddle()
        thread = threading.Thread(target=work)
        time.sleep(0.3)
        thread.start()
        out, err = bench.communicate(timeout=30)
        stop.set()
        thread.join()
        figures = json.loads(out)
        self.assertEqual(bench.returncode, 2, err)
        self.assertGreater(figures[kind], 0, figures)
        self.assertEqual(figures["wrong"], figures["forged"] + figures["stale"] + figures["absent"])
        self.assertIn(b"k000000000000000", err)
        self.assertIn(b"--seed", err)

    def test_a_value_that_nobody_wrote_is_wrong(self):
        self.wrong_while(lambda: self.cluster("put", "k000000000000000", "x" * 256), "forged", "--workload", "c")

    def test_a_missing_key_is_wrong(self):
        self.wrong_while(lambda: self.cluster("del", "k000000000000000"), "absent", "--workload", "c")

    def test_an_older_value_is_wrong(self):
        def roll_back():
            value = self.cluster("get", "k000000000000000").stdout
            time.sleep(0.1)
            self.cluster("put", "k000000000000000", "-", stdin=value)
        self.wrong_while(roll_back, "stale", "--workload", "a")


class WithFaults(unittest.TestCase):
    def stop(self, cluster, number):
        for slot in (1, 2):
            os.kill(cluster.pid(slot, "enclave"), number)

    def test_a_stall_shows_in_the_latency_of_what_was_due_meanwhile(self):
        with Cluster() as c:
            bench = subprocess.Popen([AVOCADO, "bench", "--dir", c.data, "--json", "--rate", "400", "--seconds", "3", "--warm-up", "0", "--keys", "50",
                                      "--clients", "2", "--pipeline", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(1)
            self.stop(c, signal.SIGSTOP)
            time.sleep(1)
            self.stop(c, signal.SIGCONT)
            out, err = bench.communicate(timeout=30)
            figures = json.loads(out)
            self.assertEqual((bench.returncode, figures["wrong"]), (0, 0), err)
            self.assertGreater(figures["max_us"], 800000)  # only two requests were under way, but all that were due show
            self.assertGreater(figures["p999_us"], 700000)

    def test_errors_by_name(self):
        with Cluster("--mode", "inline", "--workers", 2) as c:
            figures = json.loads(c("bench", "--json", *SMALL, "--workload", "a").stdout)
            self.assertEqual((figures["mode"], figures["workers"], figures["wrong"], figures["errors"]), ("inline", 2, 0, 0))
            bench = subprocess.Popen([AVOCADO, "bench", "--dir", c.data, "--json", "--seconds", "3", "--warm-up", "0", "--keys", "50", "--clients", "2",
                                      "--timeout", "1", "--workload", "a"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(1)
            c.kill(1)
            c.kill(2)
            out, err = bench.communicate(timeout=30)
            figures = json.loads(out)
            self.assertEqual((bench.returncode, figures["wrong"]), (0, 0), err)
            self.assertGreater(figures["errors"], 0)
            self.assertEqual(sum(figures["errors_by_name"].values()), figures["errors"])
            self.assertLessEqual(set(figures["errors_by_name"]), {"ETIMEOUT", "EQUORUM", "EUNKNOWN"})
            self.assertEqual((figures["datagrams_per_op"], figures["host_bytes"]), (None, None))  # two nodes do not say


if __name__ == "__main__":
    unittest.main()

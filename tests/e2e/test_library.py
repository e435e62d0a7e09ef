"""libavocado as its users have it: installed, built against by pkg-config, with many calls under way while replicas die."""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from cluster import BUILD, ROOT, Cluster

EXAMPLES = sorted(p.stem for p in (ROOT / "examples").glob("*.c"))
# Under AddressSanitizer where it was built so; a cluster cannot be, its enclaves are linked statically.
SANITIZED = ROOT / "build-clang" / "tests" / "library"
PROGRAMS = SANITIZED if (SANITIZED / "library_mixed").exists() else BUILD / "tests" / "library"


def compile_examples(root, folder, static):
    """As a stranger would, with an installation under `root` and nothing of this tree."""
    env = dict(os.environ, PKG_CONFIG_SYSROOT_DIR=str(root), PKG_CONFIG_PATH=f"{root}/usr/local/lib/pkgconfig")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", *(["--static"] if static else []), "avocado"], env=env, capture_output=True,
                           text=True, check=True).stdout.split()
    for name in EXAMPLES:
        source = f"{root}/usr/local/share/doc/avocado/examples/{name}.c"
        subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", *(["-static"] if static else []), source, *flags, "-o", folder / name],
                       cwd=folder, check=True)


class TestExamples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="avocado-install-"))
        subprocess.run(["make", "install", f"DESTDIR={cls.folder}", "PREFIX=/usr/local"], cwd=ROOT, check=True, capture_output=True)
        cls.cluster = Cluster()
        cls.cluster.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.__exit__()
        shutil.rmtree(cls.folder)

    def run_example(self, name, *arguments, text=""):
        env = dict(os.environ, LD_LIBRARY_PATH=f"{self.folder}/usr/local/lib")
        result = subprocess.run([self.folder / name, self.cluster.data / "client.profile", *arguments], input=text, env=env,
                                capture_output=True, text=True, timeout=30)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def try_all(self):
        self.assertEqual(self.run_example("hello"), "hello from C\n")
        self.assertRegex(self.run_example("pipeline"), r"^1000 puts: \d+ a second\n1000 gets: \d+ a second\n$")
        self.assertEqual(self.run_example("event_loop", text="put a 1 2\n"), "put a: done\n")
        self.assertEqual(self.run_example("event_loop", text="get a\n"), "get a: 1 2\n")
        self.assertEqual(self.run_example("event_loop", text="del a\n"), "del a: done\n")
        self.assertEqual(self.run_example("event_loop", text="get a\n"), "get a: absent\n")
        self.assertEqual(self.run_example("at_least_once", "1"), "10 writes: OK\n")

    def test_every_example_is_tried(self):
        self.assertEqual(EXAMPLES, ["at_least_once", "event_loop", "hello", "pipeline"])

    def test_a_stranger_builds_them_against_the_shared_library(self):
        compile_examples(self.folder, self.folder, static=False)
        linked = subprocess.run(["ldd", self.folder / "hello"], capture_output=True, text=True, check=True).stdout
        self.assertIn("libavocado.so.0", linked)
        self.try_all()

    def test_a_binding_needs_no_compiler(self):
        script = self.folder / "usr/local/share/doc/avocado/examples/binding.py"
        self.assertRegex(self.run_example(script), r"^libavocado [0-9.]+: 100 keys written and read\n$")

    def test_a_stranger_builds_them_against_the_static_library(self):
        compile_examples(self.folder, self.folder, static=True)
        linked = subprocess.run(["ldd", self.folder / "hello"], capture_output=True, text=True, check=False)
        self.assertIn("not a dynamic executable", linked.stdout + linked.stderr)
        self.try_all()


class TestPipeline(unittest.TestCase):
    def setUp(self):
        self.seed = random.randrange(1 << 30)
        print(f"seed {self.seed}")

    def start(self, cluster, *settings):
        self.seed += 1 # keys of its own
        return subprocess.Popen([PROGRAMS / "library_stress", cluster.data / "client.profile", f"seed={self.seed}", *settings], stdout=subprocess.PIPE, text=True)

    def finish(self, process, timeout=60):
        """Every call ended exactly once, within its time, and no get saw what it must not."""
        out, _ = process.communicate(timeout=timeout)
        result = json.loads(out)
        self.assertEqual(process.returncode, 0, result)
        self.assertGreater(result["submitted"], 100)
        return result

    def only(self, result, *errors):
        for name in ("OK", "ENOTFOUND", *errors):
            result.pop(name)
        names = [name for name in result if name.isupper() and result[name] > 0]
        self.assertEqual(names, [], result)

    def busiest(self, cluster):
        """Clients choose their replica by chance."""
        return max(cluster.status()["nodes"], key=lambda node: node["ops"])["slot"]

    def test_many_calls_of_one_and_of_many_clients(self):
        with Cluster("--workers", 2) as cluster:
            self.only(self.finish(self.start(cluster, "clients=1", "depth=2000", "seconds=2")))
            # Four hundred calls, some large: a worker has memory for one message over 128 KiB at a time, so some are refused time and again,
            # and now and then one for three seconds. That is slow, and no more than slow.
            self.only(self.finish(self.start(cluster, "clients=8", "depth=50", "seconds=2", "large=1", "timeout_ms=10000")))

    def test_what_the_headers_promise(self):
        with Cluster("--workers", 2) as cluster:
            result = subprocess.run([PROGRAMS / "library_mixed", cluster.data / "client.profile"], capture_output=True, text=True, timeout=60)
            self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_more_clients_than_sessions(self):
        with Cluster(nodes=1) as cluster: # a replica keeps 256 sessions for one user
            result = subprocess.run([PROGRAMS / "library_many", cluster.data / "client.profile", "300"], capture_output=True, text=True,
                                    timeout=60)
            self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_a_replica_dies_under_a_pipeline(self):
        with Cluster() as cluster:
            process = self.start(cluster, "clients=6", "depth=100", "seconds=4")
            time.sleep(1.5)
            cluster.kill(self.busiest(cluster), "enclave")
            result = self.finish(process)
            self.assertGreater(result["OK"], 1000)
            self.only(result, "EUNKNOWN") # gets went on elsewhere

    def test_at_least_once_leaves_nothing_unknown(self):
        with Cluster() as cluster:
            process = self.start(cluster, "clients=6", "depth=50", "seconds=4", "reads=0", "at_least_once=1", "timeout_ms=8000", "loop=1")
            time.sleep(1.5)
            cluster.kill(self.busiest(cluster), "enclave")
            self.only(self.finish(process))

    def test_a_frozen_replica_repeats_nothing(self):
        """What was sent to it runs there, or never: the replicas together ran no more writes than were asked for."""
        with Cluster() as cluster:
            process = self.start(cluster, "clients=6", "depth=50", "seconds=4", "reads=0", "timeout_ms=1500")
            time.sleep(1.0)
            enclave = cluster.pid(self.busiest(cluster), "enclave")
            os.kill(enclave, signal.SIGSTOP)
            time.sleep(2.0)
            os.kill(enclave, signal.SIGCONT)
            result = self.finish(process)
            self.assertGreater(result["EUNKNOWN"], 0)
            time.sleep(2.0) # what it had read runs to its end
            probes = 1  # `up` asks a get
            ran = sum(node["ops"] for node in cluster.status()["nodes"])
            self.assertLessEqual(ran, result["submitted"] + probes)
            self.assertGreaterEqual(ran, result["OK"])
            self.only(result, "EUNKNOWN", "EQUORUM", "ETIMEOUT")


if __name__ == "__main__":
    unittest.main()

"""What a user may type or meet: odd keys, values, files, options, limits and signals. Always a documented exit code, and on refusal
one line on standard error; what is refused changes nothing."""
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from cluster import AVOCADO, Cluster, free_port_base, run, wait_until

MIB = 1 << 20


def shell(redirections, *arguments):
    """A command with its standard streams closed or bent by the shell."""
    return subprocess.run(["sh", "-c", f'exec "$@" {redirections}', "x", AVOCADO, *arguments], capture_output=True, timeout=60,
                          stdin=subprocess.DEVNULL)


class Inputs(unittest.TestCase):
    def refused(self, result, *words):
        self.assertEqual(result.returncode, 2, result)
        line = result.stderr.decode()
        self.assertTrue(line.startswith("avocado: ") and line.endswith("\n") and line.count("\n") == 1, repr(line))
        for word in words:
            self.assertIn(word, line)


class OnACluster(Inputs):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.enterClassContext(cls.cluster)

    def test_keys_and_values_of_any_bytes(self):
        c = self.cluster
        for key in ("a b", "a\nb", "\u00e9\u4e2d", b"\xff\xfe", "\t", "k" * 512):
            put = subprocess.run([AVOCADO, "put", "--dir", str(c.data), key, b"v\xfe"], timeout=20)
            self.assertEqual(put.returncode, 0)
            got = subprocess.run([AVOCADO, "get", "--dir", str(c.data), key], capture_output=True, timeout=20)
            self.assertEqual((got.returncode, got.stdout), (0, b"v\xfe"))
        self.assertEqual(c("put", "--escape", r"n\x00l\t", r"v\x00\n").returncode, 0)
        self.assertEqual(c("get", "--escape", r"n\x00l\x09").stdout, b"v\0\n")
        self.assertEqual(c("put", "--", "-dash", "-5").returncode, 0)
        self.assertEqual(c("get", "--", "-dash").stdout, b"-5")
        for value in (b"", os.urandom(MIB)):
            self.assertEqual(c("put", "big", "-", stdin=value).returncode, 0)
            self.assertEqual(c("get", "big").stdout, value)

    def test_refused_and_unchanged(self):
        c = self.cluster
        self.assertEqual(c("put", "kept", "v").returncode, 0)
        self.refused(c("put", "", "v"), "key is empty", "512")
        self.refused(c("put", "k" * 513, "v"), "513", "512")
        self.refused(c("put", "kept", "-", stdin=b"x" * (MIB + 1)), "kept", str(MIB))
        self.refused(c("put", "--escape", "kept", r"\q"), "escape")
        self.refused(c("get", "kept", "--timeout"), "--timeout needs a value")
        self.refused(c("get", "kept", "-xyz"), "unknown option -x", "--help")
        self.refused(c("put", "kept", "-5"), "unknown option -5", "--")
        for timeout in ("-1", "abc", "1e9", "nan", ""):
            self.refused(c("get", "kept", "--timeout", timeout), "--timeout")
        self.refused(c("bench", "--workload", "a|b"), "--workload")
        self.refused(c("bench", "--seconds", "0", "--json"), "--seconds")
        self.refused(c("bench", "--workload", "f"), "compare-and-set")
        for option, value in (("pipeline", 2000), ("clients", 0), ("keys", 0), ("value-bytes", MIB + 1), ("read-percent", 101)):
            self.refused(c("bench", f"--{option}", value), f"--{option} {value}")
        self.assertEqual(c("get", "kept").stdout, b"v")

    def test_closed_and_full_standard_streams(self):
        d = ("--dir", str(self.cluster.data))
        self.assertEqual(self.cluster("put", "plain", "in the clear").returncode, 0)
        self.refused(shell(">&-", "get", *d, "plain"), "write")  # and not into the socket that would take its number
        self.refused(shell(">/dev/full", "get", *d, "plain"), "write")
        self.refused(shell(">/dev/full", "status", *d), "write")
        self.refused(shell(">/dev/full", "status", "--json", *d), "write")
        self.refused(shell("<&-", "put", *d, "plain", "-"), "standard input")
        self.refused(shell("</tmp", "put", *d, "plain", "-"), "directory")
        self.assertEqual(self.cluster("get", "plain").stdout, b"in the clear")

    def test_an_answer_larger_than_a_buffer_that_cannot_be_written(self):
        """It fails while it is being made: the cause is still where it goes."""
        d = ("--dir", str(self.cluster.data))
        self.assertEqual(self.cluster("put", "large", "-", stdin=b"x" * MIB).returncode, 0)
        for more in ((), ("--json",)):
            self.refused(shell(">/dev/full", "get", *d, "large", *more), "write", "No space left on device; check where standard output goes")
            ours, its = os.pipe()
            os.close(ours)
            result = subprocess.run([AVOCADO, "get", *d, "large", *more], stdout=its, stderr=subprocess.PIPE, timeout=60)
            os.close(its)
            self.refused(result, "write", "Broken pipe; check where standard output goes")

    def test_a_start_that_nobody_is_told_of(self):
        other = Cluster(nodes=1)
        self.addCleanup(shutil.rmtree, other.dir, ignore_errors=True)
        start = ("up", "--detach", "--dir", str(other.data), *map(str, other.options))
        self.refused(shell(">/dev/full", *start), "cannot write", "stopped again")
        self.assertEqual(other.processes(), [])
        self.assertEqual(shell("", *start).returncode, 0)
        self.assertEqual(shell("", "down", "--dir", str(other.data)).returncode, 0)

    def test_load_of_odd_files(self):
        c = self.cluster
        self.refused(c("load", "/tmp"), "directory")
        self.refused(c("load", "/no/such/file"), "No such file", "readable")
        self.refused(c("load", "-", stdin=b"l1\ta\nl2\tb\nno tab\nl4\td\n"), "line 3", "TAB", "2 line(s) were stored")
        self.refused(c("load", "-", stdin=b"\tv\n"), "line 1", "key is empty")
        self.refused(c("load", "-", stdin=b"k\t" + b"v" * (MIB + 1) + b"\n"), "line 1", str(MIB))
        self.refused(c("load", "-", stdin=b"k" * (4 * MIB)), "line 1", "TAB")
        self.refused(c("load", "-", stdin=b"k\tb\\q\n"), "line 1", "escape")
        self.assertEqual(c("load", "-", stdin=b"l5\ta\tb\nl6\tlast").returncode, 0)
        self.assertEqual((c("get", "l5").stdout, c("get", "l6").stdout, c("get", "l4").returncode), (b"a\tb", b"last", 1))
        done = c("load", "-", "--json", stdin=b"l7\tx\n")
        self.assertEqual(json.loads(done.stdout)["stored"], 1)

    def test_every_answer_in_json(self):
        c = self.cluster
        bench = ["bench", "--json", "--keys", 1, "--value-bytes", 0, "--seconds", "0.05", "--clients", 2]
        for command, code in ((["put", "j", "v", "--json"], 0), (["get", "j", "--json"], 0), (["get", "absent", "--json"], 1),
                              (["del", "j", "--json"], 0), (["status", "--json"], 0), (bench, 0), (["get", "", "--json"], 2)):
            result = c(*command)
            self.assertEqual(result.returncode, code, command)
            json.loads(result.stdout)

    def test_fifty_puts_at_once(self):
        puts = [subprocess.Popen([AVOCADO, "put", "--dir", str(self.cluster.data), f"p{i}", str(i)]) for i in range(50)]
        self.assertEqual([put.wait(timeout=30) for put in puts], [0] * 50)
        self.assertEqual([self.cluster("get", f"p{i}").stdout for i in range(50)], [str(i).encode() for i in range(50)])

    def test_a_second_up_is_refused(self):
        self.refused(self.cluster.up(), "already runs", "down")


class WithoutNodes(Inputs):
    def test_errors_count_the_missing_and_down_cleans_up(self):
        with Cluster("--budget", 9) as c:
            self.assertEqual(c("put", "k", "v").returncode, 0)
            for slot in range(3):
                c.kill(slot)
            for command in (["get", "k"], ["put", "k", "w"], ["del", "k"], ["load", "-"]):
                started = time.monotonic()
                self.refused(c(*command, "--timeout", "0.7", stdin=b"k\tw\n"), "0 of 3 replicas answered", "2 needed", "2 missing")
                self.assertLess(time.monotonic() - started, 2)
            self.refused(c("status"), "0 of 3 replicas answered", "2 needed", "3 have no process here",
                         "its data is lost: then avocado cluster reset --yes-lose-data")

    def test_status_advises_no_loss_while_the_data_may_be_there(self):
        with Cluster("--budget", 9) as c:
            self.assertEqual(c("put", "k", "v").returncode, 0)
            profile = c.dir / "kept.profile"
            profile.write_bytes((c.data / "client.profile").read_bytes())
            profile.chmod(0o600)
            for stopped in ([0, 1], [0, 1, 2]):
                for slot in stopped:
                    os.kill(c.pid(slot, "host"), signal.SIGSTOP)
                try:
                    for result in (c("status"), run("status", "--profile", profile)):
                        self.refused(result, f"{3 - len(stopped)} of 3 replicas answered", "nothing is lost while they run", "network", "wait")
                        self.assertNotRegex(result.stderr.decode(), "avocado down|anew|empty")
                finally:
                    for slot in stopped:
                        os.kill(c.pid(slot, "host"), signal.SIGCONT)
                wait_until(lambda: c("status").returncode == 0, 10, "all are back")
            self.assertEqual(c("get", "k").stdout, b"v")
            for slot in range(3):
                c.kill(slot)
            self.assertNotIn(b"avocado down", run("status", "--profile", profile).stderr)  # who is elsewhere cannot know


class Words(Inputs):
    """What is refused before anything is looked for."""

    def test_options_before_the_command(self):
        for option in (("--profile", "X"), ("--json",), ("-x",)):
            self.refused(run(*option, "get", "k"), f"{option[0]}: options follow the command", "avocado get KEY --profile FILE")
        self.refused(run("policy", "--json", "check", "X"), "policy --json: options follow the whole command, one of init, check, show")
        self.refused(run("gett", "k"), "gett: is no command")


class Starting(Inputs):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="avocado-e2e-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.data = self.dir / "with space"
        self.port = free_port_base()

    def up(self, *options, data=None):
        return ["up", "--detach", "--dir", str(data or self.data), "--port", str(self.port), *map(str, options)]

    def left(self):
        mine = str(self.dir).encode()
        return [p.name for p in pathlib.Path("/proc").glob("[0-9]*") if p.name != str(os.getpid()) and mine in self.line(p)]

    @staticmethod
    def line(process):
        try:
            return (process / "cmdline").read_bytes()
        except OSError:
            return b""

    def test_bad_options_and_folders(self):
        for options in (("--nodes", 0), ("--nodes", 10), ("--workers", 65), ("--port", 0), ("--port", 80000), ("--budget", 1),
                        ("--budget", (1 << 20) + 1), ("--mtu", 100), ("--mtu", 9001), ("--mode", "remote"), ("--transport", "x")):
            self.refused(run(*self.up(*options)), str(options[1]))
        file = self.dir / "file"
        file.write_text("")
        for data in (file, file / "x", self.dir / "a" / "b", self.dir / ("l" * 300), self.dir / "/".join(["l" * 200] * 25)):
            self.refused(run(*self.up(data=data)), "--dir")
        self.assertEqual(self.left(), [])
        self.refused(run("down", "--dir", self.data), "no cluster")

    def test_plain_memory_is_said(self):
        bound = lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, (8 << 20, 8 << 20))
        self.addCleanup(lambda: run("down", "--dir", self.data))
        bounded = ["setpriv", "--bounding-set", "-ipc_lock"] if os.geteuid() == 0 else []
        for under, more in ((bounded, []), (bounded, ["--json"]), ([], [])):
            result = subprocess.run([*under, AVOCADO, *self.up(*more)], capture_output=True, timeout=30, preexec_fn=bound)
            self.assertEqual(result.returncode, 0, result.stderr)
            nodes = json.loads(run("status", "--json", "--dir", self.data).stdout)["nodes"]
            plain = "plain" in {node["secret_memory"] for node in nodes}
            self.assertTrue(plain or not under)
            self.assertEqual(b"PLAIN memory" in result.stdout, plain and not more)
            self.assertEqual(run("down", "--dir", self.data).returncode, 0)

    def test_too_few_descriptors(self):
        for count in (20, 100, 600):
            limit = (lambda n: lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)))(count)
            self.refused(subprocess.run([AVOCADO, *self.up()], capture_output=True, timeout=30, preexec_fn=limit), "ulimit -n")

    def test_a_file_limit_leaves_no_half_started_cluster(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        for _ in range(2):
            self.refused(subprocess.run([AVOCADO, *self.up()], capture_output=True, timeout=30, preexec_fn=limit), "too large")

    def test_ctrl_c_at_any_time_leaves_nothing(self):
        for delay in (0.01, 0.03, 0.1, 0.3, 3.0):
            process = subprocess.Popen([AVOCADO, *(o for o in self.up() if o != "--detach")], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE)
            time.sleep(delay)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
            self.assertIn(process.returncode, (0, 2, -signal.SIGINT))
            wait_until(lambda: self.left() == [], 3, "no process left")
            self.assertFalse((self.data / "up.json").exists())

    def test_down_of_a_foreground_up_is_quiet(self):
        foreground = subprocess.Popen([AVOCADO, *(o for o in self.up() if o != "--detach")], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
        while b"Ctrl-C" not in (line := foreground.stdout.readline()):
            self.assertNotEqual(line, b"", "up ended early")
        self.assertEqual(run("down", "--dir", self.data).returncode, 0)
        self.assertEqual((foreground.communicate(timeout=10)[1], foreground.returncode), (b"", 0))
        self.assertEqual(self.left(), [])


if __name__ == "__main__":
    unittest.main()

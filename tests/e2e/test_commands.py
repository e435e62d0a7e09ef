"""The command line by itself: options that would do nothing, answers in JSON, limits of load, hints that can be pasted."""
import base64
import json
import os
import resource
import shlex
import signal
import subprocess
import tempfile
import time
import unittest

from cluster import AVOCADO, BUILD, Cluster, free_port_base, run

STRAY = [  # a command with all that it needs, and an option that says nothing to it
    (["up"], "--profile=x"), (["down"], "--profile=x"), (["down", "--yes"], "--yes"), (["down", "--all"], "--dir=x"),
    (["policy", "init"], "--profile=x"), (["policy", "init"], "--timeout=1"), (["policy", "init", "--simulated-root", "r"], "--las=x"),
    (["policy", "check", "x"], "--dir=x"), (["policy", "check", "x"], "--timeout=1"), (["policy", "show", "x"], "--profile=x"),
    (["measure", "x"], "--dir=x"), (["measure", "x"], "--timeout=1"), (["measure", "x"], "--profile=x"),
    (["bench", "--native"], "--dir=x"), (["bench", "--native"], "--profile=x"), (["bench"], "--rounds=2"),
]
LONGEST = 4 * (512 + (1 << 20)) + 1


def address_space(limit):
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


class TestAlone(unittest.TestCase):
    """Without a cluster."""

    def answered(self, *arguments, **more):
        """A failure under --json: one line on standard error, and the same words on standard output."""
        result = run(*arguments, "--json", **more)
        self.assertEqual(result.returncode, 2, result)
        line = result.stderr.decode()
        self.assertEqual(line.count("\n"), 1, line)
        answer = json.loads(result.stdout)
        self.assertIs(answer["ok"], False)
        self.assertIn(answer["message"], line)
        self.assertGreater(len(answer["message"]), 20)
        return answer

    def test_options_that_do_nothing_are_refused(self):
        for command, stray in STRAY:
            result = run(*command, stray)
            line = result.stderr.decode()
            self.assertEqual(result.returncode, 2, line)
            self.assertIn("leave it out" if "--las" not in stray else "give both", line)
            self.assertIn(stray.split("=")[0].split()[0], line)
        for command in (["get", "k"], ["put", "k", "v"], ["del", "k"], ["load", "-"], ["status"], ["bench"]):
            self.assertIn(b"--dir and --profile both", run(*command, "--dir", "x", "--profile", "y").stderr)
        # a variable is for all commands, and is not refused where it says nothing
        self.assertIn(b"no cluster", run("down", "--dir", "/no/such", env={**os.environ, "AVOCADO_PROFILE": "x"}).stderr)

    def test_failures_are_answered_in_json(self):
        for arguments in (["get"], ["get", "k", "--frob"], ["get", "k", "--timeout", "x"], ["get", "k", "--timeout", "0"], ["frob"],
                          ["get", "k", "--dir", "/no/such"], ["policy", "frob"], ["policy", "check", "/no/such"], ["cluster", "form"],
                          ["measure", "/no/such"], ["load", "-", "--dir", "/no/such"], ["bench", "--seconds", "0"], ["up", "--nodes", "99"],
                          ["down", "--dir", "/no/such"], ["status", "--dir", "/no/such"], ["torture"], ["attest", "verify"],
                          ["get", "k", "--dir", b"/no/\xff\n"]):
            self.answered(*arguments) if isinstance(arguments[-1], str) else self.odd(arguments)
        self.assertEqual(run("get", "--", "--json").stdout, b"")  # what follows -- is no option

    def odd(self, arguments):
        result = subprocess.run([AVOCADO, *arguments, "--json"], capture_output=True, timeout=20)
        self.assertEqual(json.loads(result.stdout)["ok"], False)

    def test_help_lists_what_a_command_takes_and_no_more(self):
        for command, takes in ((["get"], "dir profile timeout json"), (["up"], "dir timeout json"), (["policy", "check"], "json"),
                               (["policy", "init"], "dir json"), (["measure"], "json"), (["cluster", "form"], "dir profile timeout json")):
            text = run(*command, "--help").stdout.decode()
            for option in ("dir", "profile", "timeout", "json"):
                self.assertEqual(f"\n  --{option} " in text, option in takes.split(), (command, option))

    def test_hints_can_be_pasted(self):
        with tempfile.TemporaryDirectory(prefix="it's a $HOME; ") as folder:
            line = run("down", "--dir", folder).stderr.decode()
            hint = line[line.index("avocado up --dir"):line.index(", or see")]
            self.assertEqual(shlex.split(hint), ["avocado", "up", "--dir", folder])

    def test_help_of_a_command_two_ways(self):
        for words in (["put"], ["policy", "init"], ["cluster", "form"], ["key"]):
            self.assertEqual(run("help", *words).stdout, run(*words, "--help").stdout)
            self.assertTrue(run("help", *words).stdout.startswith(b"usage: avocado " + " ".join(words).encode()))

    def test_small_files_may_be_pipes(self):
        shell = lambda text: subprocess.run(["bash", "-c", text, AVOCADO], capture_output=True, timeout=60)
        policy = shell('"$0" policy check <(echo "{}")')
        self.assertIn(b'/dev/fd/', policy.stderr)
        self.assertIn(b'"version" is missing', policy.stderr)  # it was read, and is none
        program = BUILD / "avocado-enclave"
        self.assertEqual(shell(f'"$0" measure <(cat {program})').stdout, run("measure", program).stdout)
        self.assertIn(b"File too large", shell('"$0" policy check <(head -c 1000000 /dev/zero)').stderr)


class TestEvidenceFromAPipe(unittest.TestCase):
    def test_binary_and_base64(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([BUILD / "attest/attest_sample", folder], check=True, stdout=subprocess.DEVNULL)
            known = ["--collateral", f"{folder}/sgx", "--root", f"{folder}/sgx/root.pem"]
            with open(f"{folder}/sgx/quote.bin", "rb") as file:
                quote = file.read()
            for evidence in (quote, base64.b64encode(quote), quote.hex().encode()):
                result = run("attest", "verify", "-", *known, "--json", stdin=evidence)
                self.assertIs(json.loads(result.stdout)["valid"], True, result)
                self.assertEqual(run("attest", "inspect", "-", stdin=evidence).returncode, 0)


class TestFullDisk(unittest.TestCase):
    def test_up_says_that_the_disk_is_full(self):
        for size in (8, 52, 64):
            with tempfile.TemporaryDirectory(prefix="avocado-e2e-full-") as folder:
                script = f'mount -t tmpfs -o size={size}k none "$0" && exec "$@"'
                result = subprocess.run(["unshare", "-m", "sh", "-c", script, folder, AVOCADO, "up", "--detach", "--nodes", "1", "--port",
                                         str(free_port_base()), "--dir", folder + "/d"], capture_output=True, timeout=60)
                self.assertEqual((result.returncode, result.stdout), (2, b""))
                self.assertIn(b"No space left on device", result.stderr)
                self.assertNotIn(b"said nothing", result.stderr)


class TestOnACluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(nodes=1)
        cls.enterClassContext(cls.cluster)

    def test_a_tiny_timeout_is_one(self):
        c = self.cluster
        self.assertEqual(c("put", "k", "v").returncode, 0)
        os.kill(c.pid(0, "host"), signal.SIGSTOP)
        try:
            for timeout in ("0.0001", "1e-9", "0.0009"):
                result = c("get", "k", "--timeout", timeout)
                self.assertEqual(result.returncode, 2)
                self.assertIn(b"less than a millisecond", result.stderr)
            for timeout, least, most in (("0.001", 0, 1), ("0.05", 0.05, 1)):
                begun = time.monotonic()
                result = c("get", "k", "--timeout", timeout)
                took = time.monotonic() - begun
                self.assertEqual(result.returncode, 2)
                self.assertIn(b"nobody answered in time", result.stderr)
                self.assertTrue(least <= took < most, took)
        finally:
            os.kill(c.pid(0, "host"), signal.SIGCONT)

    def test_errors_of_data_are_answered_in_json(self):
        c = self.cluster
        for arguments, error in ((["put", "", "v"], "EINVAL"), (["put", "k", "-"], "ETOOBIG"), (["del", "k" * 513], "ETOOBIG"),
                                 (["get", "k" * 513], "ETOOBIG"), (["load", "-"], "ETOOBIG")):
            result = c(*arguments, "--json", stdin=b"k\t" + b"x" * (1 << 20) + b"y")
            answer = json.loads(result.stdout)
            self.assertEqual((result.returncode, answer["ok"], answer["error"]), (2, False, error), arguments)
            self.assertIn(answer["message"], result.stderr.decode())
        self.assertNotIn("message", json.loads(c("put", "k", "v", "--json").stdout))

    def test_a_line_that_can_never_be_legal_is_not_held(self):
        c = self.cluster
        value = b"\\x61" * (1 << 20)  # the longest value, each byte an escape
        self.assertEqual(c("load", "-", stdin=b"k1\t" + value + b"\nk2\tv\n").returncode, 0)
        self.assertEqual(c("get", "k1").stdout, b"a" * (1 << 20))
        feeding = subprocess.Popen(["sh", "-c", "printf 'a\\tb\\n'; head -c 1000000000 /dev/zero"], stdout=subprocess.PIPE)
        result = subprocess.run([AVOCADO, "load", "--dir", str(c.data), "-"], stdin=feeding.stdout, capture_output=True, timeout=60,
                                preexec_fn=address_space(400 << 20))
        feeding.stdout.close()
        feeding.wait()
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"line 2: is longer than any legal line (%d bytes" % LONGEST, result.stderr)
        self.assertIn(b"1 line(s) were stored", result.stderr)

    def test_a_signal_says_how_many_lines_were_stored(self):
        c = self.cluster
        for number, name, more in ((signal.SIGINT, "SIGINT", ()), (signal.SIGTERM, "SIGTERM", ("--json",)), (signal.SIGHUP, "SIGHUP", ())):
            load = subprocess.Popen([AVOCADO, "load", "--dir", str(c.data), *more, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, preexec_fn=lambda: [signal.signal(s, signal.SIG_DFL) for s in
                                                                                (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)])
            load.stdin.write(b"".join(b"s%d\tv\n" % i for i in range(3000)))
            load.stdin.flush()
            end = time.monotonic() + 10
            while c("get", "s2999").returncode != 0 and time.monotonic() < end:
                time.sleep(0.05)
            load.send_signal(number)
            out, err = load.communicate(timeout=20)
            self.assertEqual(load.returncode, 2, err)
            self.assertIn(f"stopped by {name} after line 3000; 3000 line(s) were stored", err.decode())
            if more:
                answer = json.loads(out)
                self.assertEqual((answer["ok"], answer["stored"], answer["stopped"]), (False, 3000, True))
            self.assertEqual(c("del", "s2999").returncode, 0)

    def test_a_signal_that_was_ignored_stays_so(self):
        c = self.cluster
        load = subprocess.Popen(["sh", "-c", 'trap "" HUP; exec "$@"', "x", AVOCADO, "load", "--dir", str(c.data), "-"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        load.stdin.write(b"h1\tv\n")
        load.stdin.flush()
        end = time.monotonic() + 10
        while c("get", "h1").returncode != 0 and time.monotonic() < end:
            time.sleep(0.05)
        load.send_signal(signal.SIGHUP)
        _, err = load.communicate(b"h2\tv\n", timeout=20)
        self.assertEqual((load.returncode, b"2 line(s) stored" in err), (0, True), err)

    def test_marks_of_other_systems_are_told_once_and_kept(self):
        c = self.cluster
        result = c("load", "-", stdin=b"\xef\xbb\xbfbom\tv\r\ncr\tw\r\n")
        lines = result.stderr.decode().splitlines()
        self.assertEqual((result.returncode, len(lines)), (0, 3), lines)
        self.assertIn("byte order mark, which is kept", lines[0])
        self.assertIn("line 1: ends in CR LF; the CR is kept", lines[1])
        self.assertEqual(c("get", "cr").stdout, b"w\r")
        self.assertEqual(c("get", "--escape", r"\xef\xbb\xbfbom").stdout, b"v\r")
        self.assertEqual(len(c("load", "-", stdin=b"cr\tw\n\xef\xbb\xbfx\tv\n").stderr.splitlines()), 1)


if __name__ == "__main__":
    unittest.main()

"""A start at which one system call or allocation fails: one clear line, nothing left behind, and the next start works; one that is interrupted, or
moves fewer bytes than were asked for, works all the same. A sample drawn anew for each commit; `tools/start-failures` tries all."""
import errno
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import time
import unittest

from cluster import AVOCADO, ROOT, run
from starts import BAD, DYNAMIC, Starts, probe

SECONDS = float(os.environ.get("AVOCADO_STARTS_SECONDS", "5"))  # a test
SEED = os.environ.get("AVOCADO_STARTS_SEED") or subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout[:8]


class TestInjectors(unittest.TestCase):
    """An injector that injects nothing would pass every test below: each kind is seen to strike the n-th call, and no other."""
    WHERE = {  # kind: {number: the results that then differ}; a file that was not opened cannot be read
        "fail": {1: {0: -1, 2: -1}, 2: {1: -1, 3: -1}, 3: {2: -1}, 4: {3: -1}, 5: {4: -1}},
        "starve": {1: {4: -1, 5: -1}, 2: {5: -1}},
        "interrupt": {1: {2: -1}, 2: {3: -1}},
        "short": {1: {2: 1}, 2: {3: 1}},
        "allocate": {1: {6: -1}, 2: {7: -1}, 3: {8: -1}},
    }

    def test_each_kind_strikes_where_it_should(self):
        with tempfile.TemporaryDirectory() as folder:
            report = pathlib.Path(folder) / "report"
            for kind, places in self.WHERE.items():
                usual, counted = probe(kind, 0, report)
                self.assertEqual([result for _, result, _ in usual], [0, 0, 8, 8, 0, 0, 0, 0, 0], kind)
                self.assertGreaterEqual(len(counted), len(places), kind)
                for n, expected in places.items():
                    struck, counted = probe(kind, n, report)
                    looked_at = usual if kind == "allocate" else usual[:6]  # without memory from the kernel there is none to allocate
                    differs = {at: now[1] for at, (now, then) in enumerate(zip(struck, looked_at)) if now[1] != then[1]}
                    self.assertEqual(differs, expected, f"{kind} {n}: {struck}, counted {counted}")
                    self.assertTrue(all(error == errno.EINTR for _, result, error in struck if kind == "interrupt" and result < 0))


class TestStarts(unittest.TestCase):
    def sample(self, kind, program):
        """At least two calls of the sample, as many as the time allows."""
        starts = Starts(program)
        self.addCleanup(shutil.rmtree, starts.cluster.dir, ignore_errors=True)
        calls = starts.calls(kind)
        random.Random(f"{SEED} {kind} {program}").shuffle(calls)
        deadline = time.monotonic() + SECONDS
        for count, (n, _) in enumerate(calls):
            if count >= 2 and time.monotonic() > deadline:
                break
            call, code, text, wrong = starts.attempt(kind, n)
            self.assertIsNone(wrong, f"seed {SEED}, {kind} {program} {n}, {call}: exit {code}: {text}\n{wrong}")
        self.assertIsNone(starts.works())

    def test_enclave(self):
        self.sample("fail", "avocado-enclave")

    def test_node(self):
        self.sample("fail", "avocado-node")

    def test_cas(self):
        self.sample("fail", "avocado-cas")

    def test_las(self):
        self.sample("fail", "avocado-las")

    def test_simcpu(self):
        self.sample("fail", "avocado-simcpu")

    def test_up(self):
        self.sample("fail", "avocado")

    def test_inline(self):
        self.sample("fail", "avocado-inline")

    def test_starved(self):
        self.sample("starve", random.Random(SEED).choice(["avocado-node", "avocado-cas", "avocado-simcpu", "avocado"]))

    def test_interrupted(self):
        self.sample("interrupt", random.Random(SEED).choice(["avocado-node", "avocado-cas", "avocado-simcpu", "avocado"]))

    def test_short(self):
        self.sample("short", random.Random(SEED).choice(["avocado-cas", "avocado-simcpu", "avocado"]))

    def test_allocations(self):
        self.sample("allocate", random.Random(SEED).choice(DYNAMIC))

    def commands(self, kind, is_good):
        """A sample of the calls of some commands: whether the exit code and the lines of each are good ones."""
        starts = Starts("avocado")
        self.addCleanup(shutil.rmtree, starts.cluster.dir, ignore_errors=True)
        lines = starts.cluster.dir / "lines"
        lines.write_text("a\t1\nb\t2\n")
        with starts.cluster as cluster:
            for command in (["put", "--json", "key", "value"], ["get", "--json", "key"], ["status", "--json"], ["load", str(lines)]):
                arguments = [command[0], "--dir", str(cluster.data), *command[1:]]
                code, usual, calls = starts.command(kind, 0, arguments)
                self.assertEqual(code, 0, usual)
                numbers = [n for n, _ in starts.worth(calls)]
                random.Random(f"{SEED} {command[0]}").shuffle(numbers)
                deadline = time.monotonic() + SECONDS / 4
                for count, n in enumerate(numbers):
                    if count >= 2 and time.monotonic() > deadline:
                        break
                    code, text, calls = starts.command(kind, n, arguments)
                    what = f"seed {SEED}, {kind} {command} {n} of {len(numbers)}, {calls[-1]}: exit {code}: {text}"
                    self.assertTrue((code, text) == (0, usual) or is_good(code, text.splitlines()), what)
            self.assertEqual(run("get", "--dir", cluster.data, "key").stdout, b"value")

    def test_commands(self):
        """A command that gets no memory at one place does what it says, or says in one line that it did not."""
        self.commands("allocate", lambda code, lines: code in (2, 3) and len(lines) == 1 and lines[0].startswith("avocado: ")
                      and not BAD.search(lines[0]))

    def test_commands_interrupted(self):
        self.commands("interrupt", lambda code, lines: False)

    def test_an_answer_that_is_interrupted(self):
        """stdio would drop what a signal kept it from writing."""
        starts = Starts("avocado")
        self.addCleanup(shutil.rmtree, starts.cluster.dir, ignore_errors=True)
        for arguments in (["--help"], ["measure", AVOCADO + "-enclave"]):
            code, _, calls = starts.command("interrupt", 0, arguments)
            self.assertEqual(code, 0)
            writes = [n for n, call in enumerate(calls, 1) if call.startswith("write(/dev/null)")]
            self.assertTrue(writes, calls)
            for n in writes:
                self.assertEqual(starts.command("interrupt", n, arguments)[:2], (0, ""), calls[n - 1])


if __name__ == "__main__":
    unittest.main()

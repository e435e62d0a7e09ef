"""A start at which one system call fails: one clear line, nothing left behind, and the next start works; one that is interrupted, or
moves fewer bytes than were asked for, works all the same. A sample drawn anew for each commit; `tools/start-failures` tries all."""
import os
import random
import shutil
import subprocess
import time
import unittest

from cluster import ROOT
from starts import Starts

SECONDS = float(os.environ.get("AVOCADO_STARTS_SECONDS", "5"))  # a test
SEED = os.environ.get("AVOCADO_STARTS_SEED") or subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout[:8]


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


if __name__ == "__main__":
    unittest.main()

"""The life of a CAS: it ends while the cluster serves, is started again, and says what it needs, through the real programs."""
import json
import os
import pathlib
import signal
import subprocess
import unittest

from cluster import AVOCADO, BUILD, Cluster, run, wait_until

DOWN = "does not answer"
SERVES = "the cluster serves without it"


def gone(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] == "Z"
    except OSError:
        return True


def two(cluster, first, second, *more, **how):
    """A command of two words."""
    return run(first, second, "--dir", cluster.data, *more, **how)


def end(cluster, pid_file):
    """Kills it; a node's enclave goes with its host."""
    files = [pid_file, pid_file.replace("host", "enclave")]
    pids = [int((cluster.data / name).read_text()) for name in files]
    os.kill(pids[0], signal.SIGKILL)
    wait_until(lambda: all(gone(pid) for pid in pids), 60, "it is gone")


class Case(unittest.TestCase):
    def line(self, result, *parts, code=2):
        """Refused in one line that says all of `parts`."""
        lines = result.stderr.decode().splitlines()
        self.assertEqual((result.returncode, len(lines)), (code, 1), result)
        for part in parts:
            self.assertIn(part, lines[0])

    def serves(self, cluster):
        wait_until(lambda: two(cluster, "profile", "renew").returncode == 0, 180, "the CAS issues tickets")
        wait_until(lambda: cluster("status").returncode == 0, 180, "all vote")


class CasLife(Case):
    def test_it_ends_under_load_and_is_started_again(self):
        with Cluster() as c:
            words = [AVOCADO, "bench", "--dir", c.data, "--workload", "a", "--keys", "200", "--seconds", "8", "--clients", "2", "--timeout", "30", "--json"]
            load = subprocess.Popen(list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            wait_until(lambda: sum(n["ops"] or 0 for n in c.status()["nodes"]) > 1000, 60, "its clients have tickets, and run")
            end(c, "cas/cas.pid")
            out, _ = load.communicate(timeout=120)
            figures = json.loads(out)
            self.assertEqual((load.returncode, figures.get("errors"), figures.get("wrong")), (0, 0, 0), figures)
            self.assertGreater(figures["ops"], 0)

            status = c("status")
            self.assertEqual(status.returncode, 1, status)
            self.assertRegex(status.stdout.decode(), f"WARNING cas_unreachable.*{DOWN}.*{SERVES}.*avocado cas start")
            self.assertEqual(c("put", "k", "v").returncode, 0)
            self.line(two(c, "profile", "renew"), f"127.0.0.1:{c.port - 1} {DOWN}", SERVES, "avocado cas start")
            end(c, "node-2/host.pid")
            self.line(two(c, "node", "start", "2", "--timeout", "120", timeout=200), "the CAS does not run", SERVES, "avocado cas start")
            self.line(run("cas", "start", "--dir", c.dir), "up.json")

            self.assertEqual(two(c, "cas", "start", "--timeout", "60", timeout=200).returncode, 0)
            self.line(two(c, "cas", "start", "--timeout", "60", timeout=200), "it runs")
            result = two(c, "node", "start", "2", "--timeout", "120", timeout=200)
            self.assertEqual(result.returncode, 0, result)
            self.serves(c)
            self.assertEqual(c("get", "k").stdout, b"v")

    def test_a_state_that_does_not_open_is_said_and_left(self):
        with Cluster(nodes=1) as c:
            state = c.data / "cas/state.sealed"
            good = state.read_bytes()
            end(c, "cas/cas.pid")
            for bad in (good[:100], b"", good[:-1] + bytes([good[-1] ^ 1]), good + b"x"):
                state.write_bytes(bad)
                self.line(two(c, "cas", "start", "--timeout", "60", timeout=200), "state.sealed", "it was not touched")
                self.assertEqual(state.read_bytes(), bad)
            state.write_bytes(good)
            self.assertEqual(two(c, "cas", "start", "--timeout", "60", timeout=200).returncode, 0)
            self.serves(c)


class Reset(Case):
    def test_a_lost_majority_is_said_and_only_its_owner_gives_it_up(self):
        with Cluster() as c:
            self.assertEqual(c("put", "k", "v").returncode, 0)
            before = c.status()
            old = c.dir / "old.profile"
            old.write_bytes((c.data / "client.profile").read_bytes())
            old.chmod(0o600)
            self.line(two(c, "cluster", "reset"), before["cluster_id"], "--yes-lose-data", "nothing was changed")
            self.assertEqual(c("get", "k").stdout, b"v")

            end(c, "node-0/host.pid")
            end(c, "node-1/host.pid")
            for words in (("get", "k"), ("put", "k", "w")):
                result = c(*words, "--timeout", "3")
                self.assertIn(result.returncode, (2, 3), result)
                self.assertRegex(result.stderr.decode(), r"\b[01] of 3\b.*\b2\b")
            status = c("status")
            self.assertEqual(status.returncode, 2, status)
            self.assertIn("avocado cluster reset --yes-lose-data", status.stderr.decode())
            self.assertEqual(two(c, "cluster", "reset").returncode, 2)

            result = two(c, "cluster", "reset", "--yes-lose-data", "--timeout", "90", timeout=300)
            self.assertEqual(result.returncode, 0, result)
            self.serves(c)
            after = c.status()
            self.assertNotEqual(before["cluster_id"], after["cluster_id"])
            self.assertEqual(after["epoch"], 1)
            self.assertEqual(c("get", "k").returncode, 1)
            self.assertEqual(c("put", "k", "new").returncode, 0)
            self.assertEqual(run("get", "k", "--profile", old, "--timeout", "3").returncode, 2)
            self.assertEqual(run("profile", "renew", "--profile", old).returncode, 2)


class Recovery(Case):
    def start(self, *words):
        process = subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)
        return process

    def test_a_lost_state_is_recovered_and_an_old_one_forks_nothing(self):
        with Cluster() as c:
            state = c.data / "cas/state.sealed"
            old = state.read_bytes()
            self.assertEqual(c("put", "k", "v").returncode, 0)
            end(c, "cas/cas.pid")
            state.write_bytes(b"what is left of it")
            self.line(two(c, "cas", "start", "--timeout", "60", timeout=200), "state.sealed", "avocado cas recover")
            result = two(c, "cas", "recover", "--timeout", "60", timeout=200)
            self.assertEqual(result.returncode, 0, result)
            self.serves(c)
            end(c, "node-1/host.pid")
            self.assertEqual(two(c, "node", "start", "1", "--timeout", "120", timeout=200).returncode, 0)
            self.serves(c)
            before = c.status()
            self.assertGreaterEqual(before["epoch"], 3)

            end(c, "cas/cas.pid")
            state.write_bytes(old)  # of view 1
            self.assertEqual(two(c, "cas", "start", "--timeout", "60", timeout=200).returncode, 0)
            self.serves(c)
            after = c.status()
            self.assertEqual([before[k] for k in ("cluster_id", "epoch", "view_hash")], [after[k] for k in ("cluster_id", "epoch", "view_hash")])
            self.assertEqual(c("get", "k").stdout, b"v")

    def test_what_cannot_be_recovered_from_changes_nothing(self):
        with Cluster(nodes=1) as c, Cluster(nodes=1) as other:
            copy = c.dir / "copy"
            good = (c.data / "cas/state.recovery").read_bytes()
            key = c.data / "recovery.key"
            self.line(two(c, "cas", "recover", "--timeout", "60", timeout=200), "it runs")
            end(c, "cas/cas.pid")
            sealed = (c.data / "cas/state.sealed").read_bytes()
            flipped = good[:700] + bytes([good[700] ^ 1]) + good[701:]
            for bad, which, says in ((good[:50], key, "cut short"), (good[:-1], key, "changed or damaged"), (flipped, key, "changed or damaged"),
                                     (b"", key, "is no state.recovery"), (sealed, key, "is no state.recovery"),
                                     (good, other.data / "recovery.key", "was wrapped for the recovery key"),
                                     ((other.data / "cas/state.recovery").read_bytes(), other.data / "recovery.key", "of another CAS or cluster")):
                copy.write_bytes(bad)
                self.line(two(c, "cas", "recover", "--from", copy, "--key", which, "--timeout", "60", timeout=200), says)
                self.assertEqual((c.data / "cas/state.sealed").read_bytes(), sealed)
                self.assertFalse((c.data / "cas.new").exists())
            self.assertEqual(two(c, "cas", "start", "--timeout", "60", timeout=200).returncode, 0)
            self.serves(c)

    def test_another_cpu_takes_over_when_the_first_ones_keys_are_lost(self):
        with Cluster() as c:
            copy, key, cpu, cas = c.dir / "copy", c.dir / "kept.key", c.dir / "cpu", c.dir / "cas"
            cas.mkdir()
            (c.data / "recovery.key").rename(key)
            self.assertEqual(run("--make-platform", "--dir", cpu, "--root", c.data / "simcpu", program=str(BUILD / "avocado-simcpu")).returncode, 0)
            self.start(BUILD / "avocado-simcpu", "--dir", cpu)
            wait_until(lambda: (cpu / "simcpu.sock").exists(), 30, "its CPU runs")
            copy.write_bytes((c.data / "cas/state.recovery").read_bytes())
            end(c, "cas/cas.pid")
            words = [BUILD / "avocado-cas", "--dir", cas, "--listen", f"127.0.0.1:{c.port - 1}", "--collateral", cpu / "collateral",
                     "--simcpu", cpu / "simcpu.sock"]
            new = self.start(*words)
            wait_until(lambda: (cas / "public.key").exists(), 30, "the new CAS runs")
            there = ["--cas", f"127.0.0.1:{c.port - 1}", "--cas-key", cas / "public.key", "--collateral", cpu / "collateral", "--from", copy]
            self.line(two(c, "cas", "recover", *there, "--timeout", "60", timeout=200), "recovery.key")
            self.line(two(c, "profile", "renew"), "CAS")  # it holds no key that anybody pins
            result = two(c, "cas", "recover", *there, "--key", key, "--timeout", "60", timeout=200)
            self.assertEqual(result.returncode, 0, result)
            self.assertEqual((cas / "public.key").read_text(), (c.data / "cas/public.key").read_text())
            self.serves(c)
            end(c, "node-0/host.pid")
            result = two(c, "node", "start", "0", "--timeout", "120", timeout=200)
            self.assertEqual(result.returncode, 0, result)
            self.serves(c)
            new.terminate()  # what it sealed opens on its own CPU
            new.wait(30)
            self.start(*words)
            self.serves(c)


if __name__ == "__main__":
    unittest.main()

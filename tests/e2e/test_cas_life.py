"""The life of a CAS: it ends while the cluster serves, is started again, and says what it needs, through the real programs."""
import json
import os
import pathlib
import signal
import subprocess
import unittest

from cluster import AVOCADO, Cluster, run, wait_until

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
    pid = int((cluster.data / pid_file).read_text())
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: gone(pid), 20, "it is gone")


class CasLife(unittest.TestCase):
    def line(self, result, *parts, code=2):
        """Refused in one line that says all of `parts`."""
        lines = result.stderr.decode().splitlines()
        self.assertEqual((result.returncode, len(lines)), (code, 1), result)
        for part in parts:
            self.assertIn(part, lines[0])

    def serves(self, cluster):
        wait_until(lambda: two(cluster, "profile", "renew").returncode == 0, 60, "the CAS issues tickets")
        wait_until(lambda: cluster("status").returncode == 0, 60, "all vote")

    def test_it_ends_under_load_and_is_started_again(self):
        with Cluster() as c:
            words = [AVOCADO, "bench", "--dir", c.data, "--workload", "a", "--keys", "200", "--seconds", "8", "--clients", "2", "--json"]
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
            self.line(two(c, "node", "start", "2"), "the CAS does not run", SERVES, "avocado cas start")
            self.line(run("cas", "start", "--dir", c.dir), "up.json")

            self.assertEqual(two(c, "cas", "start").returncode, 0)
            self.line(two(c, "cas", "start"), "it runs")
            result = two(c, "node", "start", "2")
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
                self.line(two(c, "cas", "start"), "state.sealed", "it was not touched")
                self.assertEqual(state.read_bytes(), bad)
            state.write_bytes(good)
            self.assertEqual(two(c, "cas", "start").returncode, 0)
            self.serves(c)


if __name__ == "__main__":
    unittest.main()

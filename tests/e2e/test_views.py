"""Views that change: nodes and the CAS of a running cluster end and are started again, through the real programs."""
import os
import pathlib
import signal
import subprocess
import unittest

from cluster import Cluster, run, wait_until


def command_of(pid):
    return (pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()).decode().rstrip("\0").split("\0")


def gone(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] == "Z"
    except OSError:
        return True


class Views(unittest.TestCase):
    def start(self, cluster, arguments):
        process = subprocess.Popen(arguments, cwd=cluster.data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, 20)
        self.addCleanup(process.terminate)
        return process

    def cas_log(self, cluster):
        return (cluster.data / "log" / "cas.log").read_text()

    def kill(self, cluster, pid_file):
        pid = int((cluster.data / pid_file).read_text())
        arguments = command_of(pid)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: gone(pid), 10, "it is gone")
        return arguments

    def test_a_node_that_is_started_again_joins_in_a_new_view(self):
        with Cluster() as c:
            again = self.start(c, self.kill(c, "node-1/host.pid"))
            wait_until(lambda: "view 2 is chosen" in self.cas_log(c), 30, "a view admits it")
            wait_until(lambda: self.cas_log(c).count("slot 1: its member is connected") == 2, 10, "it is a member")
            self.assertIsNone(again.poll())
            self.assertIn("view 2 is chosen: 2 members vote, 1 join", self.cas_log(c))

    def test_a_cas_that_is_started_again_asks_its_members(self):
        with Cluster() as c:
            self.assertEqual(c("put", "k", "v").returncode, 0)
            arguments = self.kill(c, "cas/cas.pid")
            self.assertEqual(c("get", "k").stdout, b"v")
            self.assertIn(b"CAS", run("profile", "renew", "--dir", c.data).stderr)
            self.start(c, [*arguments, "--simcpu", c.data / "simcpu" / "simcpu.sock"])
            wait_until(lambda: "a majority of the members knows no newer view" in self.cas_log(c), 30, "they came back")
            self.assertEqual(run("profile", "renew", "--dir", c.data).returncode, 0)
            self.start(c, self.kill(c, "node-0/host.pid"))
            wait_until(lambda: "view 2 is chosen" in self.cas_log(c), 30, "it admits again")


if __name__ == "__main__":
    unittest.main()

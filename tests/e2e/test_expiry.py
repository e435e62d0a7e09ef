"""What ends with time, on a cluster whose programs are told another time: a month ahead, a year ahead, a day back."""
import json
import os
import pathlib
import signal
import stat
import subprocess
import unittest

from clock import run_ahead, set_ahead, start_ahead
from cluster import AVOCADO, BUILD, Cluster, wait_until

DAY = 24 * 3600
KEEPER = BUILD / "tests" / "library" / "library_keeper"


class Ahead(Cluster):
    """A cluster whose whole machine's clock can be set."""

    ahead = 0

    def set(self, seconds):
        """Time passes, for as long as it goes forward."""
        self.ahead = seconds
        for pid in self.processes():
            if "avocado-enclave" not in pathlib.Path(f"/proc/{pid}/comm").read_text():  # it has the host's clock
                set_ahead(pid, seconds, max(seconds, 0))

    def command(self, *arguments, stdin=b""):
        return run_ahead(self.ahead, [AVOCADO, *arguments, "--dir", self.data], stdin)

    def expires(self):
        return self.ends()["ticket"]

    def ends(self):
        return json.loads(self.command("status", "--json").stdout)["ends"]

    def services(self):
        return {which: int((self.data / which / f"{which}.pid").read_text()) for which in ("cas", "las", "simcpu")}


class TestExpiry(unittest.TestCase):
    def setUp(self):
        self.cluster = Ahead()
        self.cluster.__enter__()
        self.addCleanup(self.cluster.__exit__)
        self.profile = self.cluster.data / "client.profile"

    def keeper(self):
        process = subprocess.Popen([KEEPER, self.profile], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child = int(process.stdout.readline().split()[1])
        self.addCleanup(process.communicate)  # last: the child has the same pipes
        self.addCleanup(os.kill, child, signal.SIGKILL)
        self.addCleanup(process.kill)
        return process

    def get(self, process):
        """The program reads its key in the session that it opened before the clock moved."""
        process.stdin.write(b"get\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        self.assertEqual(answer, b"done\n", process.stderr.read() if answer == b"" else "")

    def refused(self, result, *says):
        self.assertEqual((result.returncode, result.stdout), (2, b""), result.stderr)
        for part in says:
            self.assertIn(part.encode(), result.stderr)

    def all_well(self):
        result = self.cluster.command("status")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(self.cluster.command("put", "new", "value").returncode, 0)
        got = self.cluster.command("get", "new")
        self.assertEqual((got.returncode, got.stdout, got.stderr), (0, b"value", b""))

    def test_a_month(self):
        c = self.cluster
        process = self.keeper()
        before = self.profile.read_bytes()
        c.set(31 * DAY)
        self.get(process)
        after = self.profile.read_bytes()
        self.assertNotEqual(after, before)
        self.assertEqual(stat.S_IMODE(self.profile.stat().st_mode), 0o600)
        self.assertEqual([key for key, value in json.loads(after).items() if json.loads(before)[key] != value], ["ticket"])
        wait_until(lambda: c.ends()["collateral"] > c.expires()[:10], 30, "the simulated CPU renews its collateral")
        self.all_well()
        c.set(62 * DAY)  # and again
        self.get(process)
        wait_until(lambda: c.command("status").returncode == 0, 30, "the collateral of the next month")
        self.all_well()

    def test_a_year(self):
        process = self.keeper()
        self.cluster.set(365 * DAY)
        self.get(process)
        wait_until(lambda: self.cluster.command("status").returncode == 0, 30, "the collateral is renewed")
        self.all_well()

    def test_a_day_back(self):
        process = self.keeper()
        self.cluster.set(-DAY)
        self.get(process)
        self.all_well()
        self.cluster.set(0)
        self.get(process)
        self.all_well()

    def test_a_clock_that_is_wrong_on_the_clients_side_alone(self):
        """Behind: it does not see its ticket end. Ahead: it takes each for ended, and does not ask again and again."""
        expires = self.cluster.expires()
        for ahead in (-60 * DAY, 400 * DAY):
            got = run_ahead(ahead, [AVOCADO, "put", "--dir", self.cluster.data, "k", "v"])
            self.assertEqual((got.returncode, got.stderr), (0, b""))
        self.assertGreaterEqual(self.cluster.expires(), expires)

    def test_renewed_in_time_and_no_sooner(self):
        c = self.cluster
        first = c.expires()
        c.set(19 * DAY)
        self.assertEqual(c.command("get", "none").returncode, 1)
        self.assertEqual(c.expires(), first)
        c.set(21 * DAY)  # a third is left
        self.assertEqual(c.command("get", "none").returncode, 1)
        self.assertGreater(c.expires(), first)

    def test_the_cas_is_down_while_the_ticket_lasts_and_when_it_has_ended(self):
        c = self.cluster
        process = self.keeper()
        cas = c.services()["cas"]
        os.kill(cas, signal.SIGTERM)
        wait_until(lambda: not pathlib.Path(f"/proc/{cas}").exists(), 10, "the CAS has ended")
        c.set(25 * DAY)
        self.get(process)  # the old ticket serves on
        self.assertEqual(c.command("put", "k", "v").returncode, 0)
        status = c.command("status")
        self.assertEqual(status.returncode, 1)
        self.assertIn(b"cas_unreachable", status.stdout)
        self.assertIn(b"ticket_ends", status.stdout)
        c.set(31 * DAY)
        self.refused(c.command("get", "k"), "the ticket has expired, and is not renewed: CAS: ")
        self.assertLess(len(c.command("get", "k").stderr), 300)

    def test_a_profile_that_cannot_be_written(self):
        """The ticket is kept in memory."""
        c = self.cluster
        other = c.dir / "read-only"
        other.mkdir()
        copy = other / "p"
        copy.write_bytes(self.profile.read_bytes())
        copy.chmod(0o600)
        subprocess.run(["mount", "--bind", other, other], check=True)
        try:
            subprocess.run(["mount", "-o", "remount,bind,ro", other], check=True)
            c.set(31 * DAY)
            before = copy.read_bytes()
            for _ in range(2):
                got = run_ahead(31 * DAY, [AVOCADO, "put", "--profile", copy, "k", "v"])
                self.assertEqual((got.returncode, got.stderr), (0, b""))
            self.assertEqual(copy.read_bytes(), before)
        finally:
            subprocess.run(["umount", other], check=True)

    def test_profile_show_and_renew(self):
        c = self.cluster
        shown = json.loads(c.command("profile", "show", "--json").stdout)
        self.assertEqual((shown["may_read"], shown["may_write"], shown["ticket_ended"]), (True, True, False))
        self.assertEqual(shown["ticket_ends"], c.expires())
        self.assertNotIn(json.loads(self.profile.read_text())["client_secret_key"].encode(), c.command("profile", "show").stdout)
        c.set(40 * DAY)
        self.assertTrue(json.loads(c.command("profile", "show", "--json").stdout)["ticket_ended"])
        self.assertIn(b"its ticket ended 20", c.command("profile", "show").stdout)
        renewed = c.command("profile", "renew")
        self.assertEqual((renewed.returncode, renewed.stderr), (0, b""))
        self.assertIn(b"its ticket ends 20", renewed.stdout)
        self.assertFalse(json.loads(c.command("profile", "show", "--json").stdout)["ticket_ended"])
        self.assertEqual(c.command("get", "none").returncode, 1)
        c.set(80 * DAY)
        loaded = c.command("load", "-", stdin=b"".join(b"l%d\tv\n" % i for i in range(500)))  # it renews as well
        self.assertEqual(loaded.returncode, 0, loaded.stderr)
        cas = c.services()["cas"]
        os.kill(cas, signal.SIGTERM)
        before = self.profile.read_bytes()
        result = c.command("profile", "renew")
        self.assertEqual((result.returncode, result.stdout, result.stderr.count(b"\n")), (2, b"", 1))
        self.assertEqual(self.profile.read_bytes(), before)

    def test_a_profile_of_another_cluster_is_left_alone(self):
        """The program of an earlier cluster renews in memory what is no longer its file's."""
        c = self.cluster
        process = self.keeper()
        with Ahead() as second:
            second_profile = (second.data / "client.profile").read_bytes()
            self.profile.write_bytes(second_profile)
            c.set(31 * DAY)
            self.get(process)
            self.assertEqual(self.profile.read_bytes(), second_profile)

    def test_a_profile_that_changes_while_it_is_renewed_is_left_alone(self):
        c = self.cluster
        cas = c.services()["cas"]
        with Ahead() as second:
            second_profile = (second.data / "client.profile").read_bytes()
        os.kill(cas, signal.SIGSTOP)
        self.addCleanup(os.kill, cas, signal.SIGCONT)
        renewal = subprocess.Popen([AVOCADO, "profile", "renew", "--dir", c.data], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_until(lambda: self.has_socket(renewal.pid), 5, "it has read the profile, and asks the CAS")
        self.profile.write_bytes(second_profile)
        os.kill(cas, signal.SIGCONT)
        out, err = renewal.communicate(timeout=20)
        self.assertEqual((renewal.returncode, out), (2, b""), err)
        self.assertIn(b"became another one meanwhile", err)
        self.assertEqual(self.profile.read_bytes(), second_profile)

    @staticmethod
    def has_socket(pid):
        shown = subprocess.run(["ls", "-l", f"/proc/{pid}/fd"], capture_output=True)
        return b" -> socket:" in shown.stdout

    def test_warnings_come_a_week_ahead(self):
        c = self.cluster
        os.kill(c.services()["simcpu"], signal.SIGSTOP)  # its collateral is not renewed
        self.addCleanup(os.kill, c.services()["simcpu"], signal.SIGCONT)
        set_ahead(c.services()["cas"], 24 * DAY, 24 * DAY)
        status = run_ahead(24 * DAY, [AVOCADO, "status", "--json", "--dir", c.data])
        warnings = json.loads(status.stdout)["warnings"]
        self.assertEqual(status.returncode, 1)
        self.assertEqual(sorted(warning["what"] for warning in warnings), ["collateral_ends", "ticket_ends"])
        for warning in warnings:
            self.assertIsNone(warning["slot"])
            self.assertRegex(warning["since"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            self.assertIn("it ends 20", warning["hint"])


if __name__ == "__main__":
    unittest.main()

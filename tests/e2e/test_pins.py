"""A profile follows the cluster and the CAS that it was made for: nothing that a host restores, and no command typed again, makes it
follow an empty one without a word [V0, V8]."""
import json
import pathlib
import shutil
import signal
import tempfile
import unittest

from cluster import Cluster, free_port_base, run
from test_las import Programs


class TestForm(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="avocado-e2e-pins-")
        self.addCleanup(folder.cleanup)
        self.p = Programs(folder.name, free_port_base())
        self.addCleanup(self.p.end)
        self.p.cpu("m1")
        self.p.cas("m1")
        made = run("policy", "init", "--dir", self.p.folder / "owner", "--nodes", 1, "--simulated-root", self.p.folder / "m1/root.pem")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.profile = self.p.folder / "owner/client.profile"

    def form(self, *more, wait=20):
        return run("cluster", "form", "--dir", self.p.folder / "owner", "--cas", f"127.0.0.1:{self.p.port}", "--cas-key", self.p.key,
                   "--collateral", self.p.folder / "m1/collateral", "--any-members", "--wait", wait, *more, timeout=60)

    def client(self, *words):
        return run(words[0], "--dir", self.p.folder / "owner", *words[1:])

    def formed(self):
        before = self.p.folder / "before-genesis"
        shutil.copytree(self.p.folder / "cas", before)
        cas = self.p.started[-1]
        self.p.node(0, "m1", None)
        result = self.form()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.client("put", "k", "v").returncode, 0)
        cluster = result.stdout.decode().split()[1]
        node = self.p.started[-1]
        for process in (cas, node):
            process.send_signal(signal.SIGTERM)
            process.wait(10)
        return cluster, before

    def refused(self, result, *words):
        self.assertEqual((result.returncode, result.stdout), (2, b""), result)
        line = result.stderr.decode().splitlines()[-1]  # before it, what was waited for
        for word in (*words, str(self.profile)[:60], "--replace-profile"):
            self.assertIn(word, line)

    def test_a_cas_restored_from_before_genesis_is_not_formed_again(self):
        cluster, before = self.formed()
        kept = self.profile.read_bytes()
        shutil.rmtree(self.p.folder / "cas")
        shutil.copytree(before, self.p.folder / "cas")
        self.p.cas("m1")
        self.p.node(0, "m1", None)
        for _ in range(2):
            self.refused(self.form(), cluster, self.p.key[:16], "knows of no cluster")
        self.assertEqual(self.profile.read_bytes(), kept)
        self.assertEqual(self.p.log("cas").count("policy taken"), 1)  # that of genesis
        # Only the owner's word goes on; then another cluster is found in the old one's place.
        self.assertEqual(self.form("--replace-profile").returncode, 0)
        new = json.loads(self.profile.read_text())["cluster_id"]
        self.assertNotEqual(new, cluster)
        self.assertEqual(self.client("get", "k").returncode, 1)
        self.profile.write_bytes(kept)
        self.refused(self.form(), cluster, f"that CAS now has cluster {new}")
        bench = self.client("bench", "--clients", 1, "--keys", 1, "--seconds", "0.1")
        self.assertEqual((bench.returncode, bench.stdout), (2, b""))
        self.assertIn(b"another cluster than the one that the profile follows", bench.stderr)
        self.assertEqual(self.profile.read_bytes(), kept)
        self.profile.unlink()
        self.assertEqual(self.form().returncode, 0)  # and with the same one in its place it is only written again
        self.assertEqual(self.form().returncode, 0)

    def test_another_cas_is_not_followed(self):
        cluster, _ = self.formed()
        old = self.p.key
        shutil.rmtree(self.p.folder / "cas")
        self.p.cas("m1")
        self.p.node(0, "m1", None)
        self.refused(self.form(), cluster, old[:16], f"this is CAS {self.p.key[:16]}")

    def test_what_is_no_profile_is_not_written_over(self):
        for text in ("", "{}", "notes of mine\n"):
            self.profile.write_text(text)
            self.profile.chmod(0o600)
            self.refused(self.form(wait=0), "nothing is written over")
            self.assertEqual(self.profile.read_text(), text)

    def test_what_is_waited_for_is_shown_and_timeout_bounds_it(self):
        form = ["cluster", "form", "--dir", self.p.folder / "owner", "--cas", f"127.0.0.1:{self.p.port}", "--cas-key", self.p.key,
                "--collateral", self.p.folder / "m1/collateral", "--any-members", "--timeout", 1]
        result = run(*form, timeout=10)
        lines = result.stderr.decode().splitlines()
        self.assertEqual((result.returncode, len(lines)), (2, 2), lines)
        self.assertEqual(lines[0], "avocado: cluster form: waiting for nodes to join: 0")
        self.assertIn("node 0 did not join in time", lines[1])
        form[form.index("--cas") + 1] = "127.0.0.1:1"
        lines = run(*form, timeout=10).stderr.decode().splitlines()
        self.assertEqual(len(lines), 2, lines)
        self.assertIn("waiting for the CAS: 127.0.0.1:1 does not answer", lines[0])


class TestUp(unittest.TestCase):
    def test_up_takes_no_profile_away(self):
        with Cluster(nodes=1) as other:
            c = Cluster(nodes=1)
            self.addCleanup(shutil.rmtree, c.dir)
            c.data.mkdir()
            profile = c.data / "client.profile"
            shutil.copy(other.data / "client.profile", profile)
            kept = json.loads(profile.read_text())
            result = c.up()
            self.assertEqual(result.returncode, 2)
            for word in (kept["cluster_id"], kept["cas_public_key"][:16], "another, empty one", "--replace-profile"):
                self.assertIn(word, result.stderr.decode())
            self.assertEqual(json.loads(profile.read_text()), kept)
            self.assertEqual(sorted(path.name for path in c.data.iterdir() if path.name != "up.lock"), ["client.profile"])
            c.options.append("--replace-profile")
            self.assertEqual(c.up().returncode, 0)
            self.assertEqual(run("down", "--dir", c.data).returncode, 0)
            c.options.remove("--replace-profile")
            self.assertEqual(c.up().returncode, 0)  # after a down nothing is in the way
            self.assertEqual(run("down", "--dir", c.data).returncode, 0)

    def test_up_takes_no_owner_s_keys_away(self):
        c = Cluster(nodes=1)
        self.addCleanup(shutil.rmtree, c.dir)
        cpu = c.dir / "cpu"
        self.assertEqual(run("--make-platform", "--dir", cpu, program=str(pathlib.Path(c.program).parent / "avocado-simcpu")).returncode, 0)
        self.assertEqual(run("policy", "init", "--dir", c.data, "--simulated-root", cpu / "root.pem").returncode, 0)
        kept = {path.name: path.read_bytes() for path in c.data.iterdir()}
        result = c.up()
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"policy init", result.stderr)
        self.assertEqual({path.name: path.read_bytes() for path in c.data.iterdir() if path.name != "up.lock"}, kept)


if __name__ == "__main__":
    unittest.main()

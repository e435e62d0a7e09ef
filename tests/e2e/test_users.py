"""Users with keys of their own: made where they sit, named to the owner by their public halves, in the policy from genesis on; each
gets a profile from the running cluster, and no secret key goes anywhere."""
import json
import re
import shutil
import stat
import tempfile
import unittest

from cluster import Cluster, free_port_base, run
from test_las import Programs


class TestUsers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="avocado-e2e-users-")
        self.addCleanup(folder.cleanup)
        self.p = Programs(folder.name, free_port_base())
        self.addCleanup(self.p.end)
        self.home = self.p.folder / "home"
        self.home.mkdir()

    def key(self, name):
        result = run("key", "new", self.home / f"{name}.key")
        self.assertEqual((result.returncode, result.stderr), (0, b""), result)
        self.assertRegex(result.stdout.decode(), "^[0-9a-f]{64}\n$")
        self.assertEqual(result.stdout, run("key", "show", self.home / f"{name}.key").stdout)
        self.assertEqual(stat.S_IMODE((self.home / f"{name}.key").stat().st_mode), 0o600)
        return result.stdout.decode().strip()

    def profile(self, name, *more):
        return run("profile", "new", "--cas", f"127.0.0.1:{self.p.port}", "--cas-key", self.p.key, "--pin", self.pin, "--key",
                   self.home / f"{name}.key", "--profile", self.home / f"{name}.profile", *more)

    def formed(self):
        """Ann may read and write, Bob read, Eve nothing; the owner is a user too."""
        ann, bob = self.key("ann"), self.key("bob")
        self.key("eve")
        (self.home / "bob.pub").write_text(bob + "\n")
        self.p.cpu("m1")
        self.p.cas("m1")
        made = run("policy", "init", "--dir", self.p.folder / "owner", "--nodes", 1, "--simulated-root", self.p.folder / "m1/root.pem",
                   "--user", f"ann={ann}:read,write", "--user", f"bob={self.home}/bob.pub:read")
        self.assertEqual(made.returncode, 0, made.stderr)
        shown = run("policy", "show", self.p.folder / "owner/policy.json").stdout.decode()
        self.assertIn(f'user ann: key {ann}, rights ["read","write"]', shown)
        self.assertIn(f'user bob: key {bob}, rights ["read"]', shown)
        self.p.node(0, "m1", None)
        result = self.p.form("m1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.pin = re.search("pin ([0-9a-f]{64})", result.stdout.decode())[1]

    def test_three_users_from_genesis_on(self):
        self.formed()
        for name, may in (("ann", "read and write"), ("bob", "read")):
            result = self.profile(name)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(f"; {name} may {may}\n", result.stdout.decode())
            self.assertEqual(stat.S_IMODE((self.home / f"{name}.profile").stat().st_mode), 0o600)
        self.assertEqual(run("put", "--profile", self.home / "ann.profile", "k", "v").returncode, 0)
        self.assertEqual(run("get", "--profile", self.home / "bob.profile", "k").stdout, b"v")
        refused = run("put", "--profile", self.home / "bob.profile", "k", "w")
        self.assertEqual(refused.returncode, 2)
        self.assertIn(b"not allowed", refused.stderr)
        self.assertEqual(run("get", "--dir", self.p.folder / "owner", "k").stdout, b"v")
        refused = self.profile("eve")
        self.assertEqual(refused.returncode, 2)
        self.assertIn(b"your key is not in the policy", refused.stderr)
        self.assertFalse((self.home / "eve.profile").exists())
        self.assertEqual(self.profile("ann").returncode, 0)  # again: a new ticket
        self.assertEqual(json.loads(self.profile("ann", "--json").stdout)["user"], "ann")
        self.nowhere_else()

    def nowhere_else(self):
        """The secret halves stand in the users' own files and in no other of the whole cluster."""
        for name in ("ann", "bob"):
            secret = (self.home / f"{name}.key").read_bytes()
            for path in self.p.folder.rglob("*"):
                if path.is_file() and path.parent != self.home:
                    data = path.read_bytes()
                    self.assertNotIn(secret, data, path)
                    self.assertNotIn(secret.hex().encode(), data, path)

    def test_only_the_pinned_cluster_gives_profiles(self):
        self.formed()
        pin, key = self.pin, self.p.key
        self.pin = ("0" if pin[0] != "0" else "1") + pin[1:]
        refused = self.profile("ann")
        self.assertEqual(refused.returncode, 2)
        self.assertIn(f"has pin {pin}, not the one that you gave", refused.stderr.decode())
        self.pin, self.p.key = pin, run("key", "show", self.home / "eve.key").stdout.decode().strip()
        refused = self.profile("ann")
        self.assertEqual(refused.returncode, 2)
        self.assertIn(b"does not hold the pinned key", refused.stderr)
        self.p.key = key
        self.assertEqual(self.profile("ann").returncode, 0)
        with Cluster(nodes=1) as other:
            shutil.copy(other.data / "client.profile", self.home / "ann.profile")
            kept = (self.home / "ann.profile").read_bytes()
            refused = self.profile("ann")
            self.assertEqual(refused.returncode, 2)
            self.assertIn(b"--replace-profile", refused.stderr)
            self.assertEqual((self.home / "ann.profile").read_bytes(), kept)
            self.assertEqual(self.profile("ann", "--replace-profile").returncode, 0)

    def test_a_key_is_never_written_over_and_bad_users_make_nothing(self):
        public = self.key("ann")
        kept = (self.home / "ann.key").read_bytes()
        self.assertIn(b"no key is written over", run("key", "new", self.home / "ann.key").stderr)
        self.assertEqual((self.home / "ann.key").read_bytes(), kept)
        self.assertIn(b"is no key of 32 bytes", run("key", "show", "/etc/hostname").stderr)
        folder = self.home / "d"
        self.assertEqual(run("key", "new", "--dir", folder).returncode, 0)
        self.assertTrue((folder / "client.key").exists())
        shutil.rmtree(folder)
        for user in ("x", "a=b", f"a={public}", f"a={public}:", f"a={public}:root", f"={public}:read", f"a b={public}:read",
                     "a=/no/such:read", f"{'n' * 33}={public}:read", f"client={public}:read"):
            for command in (("policy", "init", "--simulated-root", "/no/root.pem"), ("up",)):
                result = run(*command, "--dir", folder, "--user", user)
                self.assertEqual((result.returncode, result.stdout), (2, b""), user)
                self.assertIn(b"NAME=PUBKEY:RIGHTS", result.stderr)
                self.assertFalse(folder.exists())

    def test_up_takes_users_too(self):
        public = self.key("ann")
        with Cluster("--user", f"ann={public}:read,write", nodes=1) as c:
            profile = json.loads((c.data / "client.profile").read_text())
            self.p.port, self.p.key, self.pin = c.port - 1, profile["cas_public_key"], profile["pin"]
            self.assertEqual(self.profile("ann").returncode, 0)
            self.assertEqual(run("put", "--profile", self.home / "ann.profile", "k", "v").returncode, 0)
            self.assertEqual(c("get", "k").stdout, b"v")


if __name__ == "__main__":
    unittest.main()

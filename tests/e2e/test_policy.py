"""What the owner's policy says of users binds everybody, from the first ticket on: the owner's own command too."""
import json
import tempfile
import unittest

from cluster import free_port_base, run
from test_las import Programs

FOREIGN = "5a" * 32


class Users(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="avocado-e2e-policy-")
        self.addCleanup(folder.cleanup)
        self.p = Programs(folder.name, free_port_base())
        self.addCleanup(self.p.end)
        self.p.cpu("m1")
        self.p.cas("m1")
        self.path = self.p.folder / "owner/policy.json"
        made = run("policy", "init", "--dir", self.p.folder / "owner", "--nodes", 1, "--simulated-root", self.p.folder / "m1/root.pem")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.policy = json.loads(self.path.read_text())
        self.own = self.policy["users"][0]["public_key"]

    def users(self, *users):
        self.policy.pop("users", None)
        if users:
            self.policy["users"] = [{"name": name, "public_key": key, "rights": rights} for name, key, rights in users]
        self.path.write_text(json.dumps(self.policy, indent=1))

    def client(self, *words, **more):
        return run(words[0], "--dir", self.p.folder / "owner", *words[1:], **more)

    def formed(self):
        self.p.node(0, "m1", None)
        result = self.p.form("m1")
        self.assertEqual(result.returncode, 0, result.stderr + self.p.log("cas").encode())
        return result.stdout.decode()

    def test_a_client_that_may_read_does_not_write(self):
        self.users(("ann", self.own, ["read"]))
        self.assertTrue(self.formed().endswith("; ann may read\n"))
        for words in (("put", "k", "v"), ("del", "k"), ("bench", "--keys", 1, "--seconds", "0.1")):
            refused = self.client(*words)
            self.assertEqual((refused.returncode, refused.stderr.count(b"\n")), (2, 1), refused)
        self.assertEqual(self.client("get", "k").returncode, 1)

    def test_a_client_that_the_policy_does_not_name_forms_nothing(self):
        for users in ((("bob", FOREIGN, ["read", "write"]),), (("client", self.own, ["admin"]),), ()):
            self.users(*users)
            refused = self.p.form("m1", timeout=0)
            self.assertEqual((refused.returncode, refused.stdout), (2, b""))
            line = refused.stderr.decode()
            self.assertIn("nothing was formed: the policy lets client.key neither read nor write", line)
            self.assertIn(self.own, line)
            self.assertEqual(line.count("\n"), 1)
        self.assertNotIn("policy taken", self.p.log("cas"))
        # The CAS took nothing: the policy can still be put right.
        self.users(("bob", FOREIGN, ["read"]), ("ann", self.own, ["read", "write"]))
        self.assertTrue(self.formed().endswith("; ann may read and write\n"))
        self.assertEqual(self.client("put", "k", "v").returncode, 0)
        self.assertEqual(self.client("get", "k").stdout, b"v")


if __name__ == "__main__":
    unittest.main()

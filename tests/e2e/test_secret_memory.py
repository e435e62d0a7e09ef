"""Where a client's secret key is in memory: in one place of the process that opened the client, in none of a child's, in no core."""
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import tempfile
import unittest

from cluster import AVOCADO, BUILD, Cluster, free_port_base, run, wait_until

KEEPER = BUILD / "tests" / "library" / "library_keeper"


def mappings(pid):
    """(begin, end, what it is, flags) of each that can be read."""
    found = []
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().split("\n"):
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+\s*(.*)", line)
        if head and head.group(3)[0] == "r" and head.group(4) not in ("[vvar]", "[vsyscall]"):
            found.append([int(head.group(1), 16), int(head.group(2), 16), head.group(4), []])
        elif head:
            found.append([0, 0, "", []])
        elif line.startswith("VmFlags:"):
            found[-1][3] = line.split()[1:]
    return [tuple(one) for one in found if one[1] > 0]


def places(pid, needles):
    """Each place of a needle: (mapping's name, its flags, address)."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for begin, end, name, flags in mappings(pid):
            try:
                memory.seek(begin)
                data = memory.read(end - begin)
            except OSError:
                continue
            for needle in needles:
                at = data.find(needle)
                while at >= 0:
                    found.append((name, flags, hex(begin + at)))
                    at = data.find(needle, at + 1)
    return found


def needles_of(profile):
    """The middle of the key, which X25519 leaves as it is, as bytes and as digits."""
    digits = json.loads(pathlib.Path(profile).read_text())["client_secret_key"][8:56]
    return [bytes.fromhex(digits), digits.encode(), digits.upper().encode()]


class TestSecretKey(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.cluster.__enter__()
        cls.profile = cls.cluster.data / "client.profile"
        cls.needles = needles_of(cls.profile)

    @classmethod
    def tearDownClass(cls):
        cls.cluster.__exit__()

    def keeper(self, folder="/"):
        unlimited = lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        process = subprocess.Popen([KEEPER, self.profile], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, preexec_fn=unlimited)
        self.addCleanup(self.end, process)
        ready = process.stdout.readline().split()
        self.assertEqual(ready[0], b"ready")
        child = int(ready[1])
        self.addCleanup(os.kill, child, signal.SIGKILL)
        return process, child

    def end(self, process):
        process.kill()
        process.communicate()

    def test_the_scan_finds_what_is_there(self):
        """A test of the test: a program that has the profile's text in its memory."""
        reader = subprocess.Popen(["sh", "-c", 'text=$(cat "$0"); echo ready; read line; echo "$text"', self.profile], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        self.addCleanup(self.end, reader)
        self.assertEqual(reader.stdout.readline(), b"ready\n")
        self.assertNotEqual(places(reader.pid, self.needles), [])

    def test_one_copy_in_marked_memory_and_none_in_a_child(self):
        process, child = self.keeper()
        found = places(process.pid, self.needles)
        self.assertEqual(len(found), 1, found)
        self.assertIn("wf", found[0][1], found)  # a child reads zeros
        self.assertIn("dd", found[0][1], found)  # no core has it
        self.assertEqual(places(child, self.needles), [])
        process.stdin.write(b"get\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), b"done\n")
        self.assertEqual(places(process.pid, self.needles), found)

    def test_no_core_has_it(self):
        if pathlib.Path("/proc/sys/kernel/core_pattern").read_text()[0] in "|/":
            # Cores go elsewhere here: what a core leaves out stands in the flags, which the other test looks at too.
            process, _ = self.keeper()
            self.assertEqual([place for place in places(process.pid, self.needles) if "dd" not in place[1]], [])
            return
        with tempfile.TemporaryDirectory(prefix="avocado-core-") as folder:
            process, _ = self.keeper(folder)
            process.stdin.write(b"abort\n")
            process.stdin.flush()
            self.assertEqual(process.wait(20), -signal.SIGABRT)
            wait_until(lambda: list(pathlib.Path(folder).glob("core*")), 10, "the core is written")
            cores = b"".join(path.read_bytes() for path in pathlib.Path(folder).glob("core*"))
            self.assertIn(b"keeper", cores)  # of its stack: it is a core of this program
            for needle in self.needles:
                self.assertNotIn(needle, cores)

    def test_the_command_line_keeps_it_as_well(self):
        load = subprocess.Popen([AVOCADO, "load", "--dir", self.cluster.data, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, load)
        for i in range(2000):
            load.stdin.write(b"key%d\tvalue\n" % i)
        load.stdin.flush()
        wait_until(lambda: self.cluster("get", "key1500").returncode == 0, 20, "it has begun")
        wild = [place for place in places(load.pid, self.needles) if not {"wf", "dd"} <= set(place[1])]
        self.assertEqual(wild, [])


    def test_a_renewal_keeps_it_as_well(self):
        """While the CAS is silent, every place of the key is in memory that no child reads and no core has."""
        cas = int((self.cluster.data / "cas" / "cas.pid").read_text())
        os.kill(cas, signal.SIGSTOP)
        self.addCleanup(os.kill, cas, signal.SIGCONT)
        renew = subprocess.Popen([AVOCADO, "profile", "renew", "--dir", self.cluster.data, "--timeout", "20"], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, renew)
        wait_until(lambda: any("socket:" in os.readlink(fd) for fd in pathlib.Path(f"/proc/{renew.pid}/fd").iterdir() if os.path.islink(fd)), 10,
                   "it asks the CAS")
        found = places(renew.pid, self.needles)
        self.assertGreaterEqual(len(found), 2, found)  # the profile's and the connection's
        self.assertEqual([place for place in found if not {"wf", "dd"} <= set(place[1])], [])
        os.kill(cas, signal.SIGCONT)
        self.assertEqual(renew.wait(30), 0)


class TestUp(unittest.TestCase):
    def test_a_cluster_in_the_foreground_keeps_no_key(self):
        with tempfile.TemporaryDirectory(prefix="avocado-up-") as folder:
            data = f"{folder}/d"
            up = subprocess.Popen([AVOCADO, "up", "--dir", data, "--port", str(free_port_base())], stdout=subprocess.PIPE)
            try:
                while b"Ctrl-C" not in up.stdout.readline():
                    self.assertIsNone(up.poll())
                self.assertEqual(places(up.pid, needles_of(f"{data}/client.profile")), [])
            finally:
                up.send_signal(signal.SIGTERM)
                up.communicate(timeout=30)


class TestAccess(unittest.TestCase):
    """A profile that others can read is used, with a word; one that they can change is not."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.cluster.__enter__()
        assert cls.cluster("put", "k", "v").returncode == 0

    @classmethod
    def tearDownClass(cls):
        cls.cluster.__exit__()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="avocado-access-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.profile = self.folder / "p"
        self.profile.write_bytes((self.cluster.data / "client.profile").read_bytes())
        self.profile.chmod(0o600)

    def get(self, profile):
        return run("get", "k", "--profile", profile)

    def refused(self, profile, *says):
        result = self.get(profile)
        self.assertEqual((result.returncode, result.stdout), (2, b""))
        self.assertEqual(result.stderr.count(b"\n"), 1)
        for part in says:
            self.assertIn(part.encode(), result.stderr)

    def test_readable_by_others(self):
        result = self.get(self.profile)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"v", b""))
        for mode in (0o640, 0o604):
            self.profile.chmod(mode)
            result = self.get(self.profile)
            self.assertEqual((result.returncode, result.stdout), (0, b"v"))
            self.assertEqual(result.stderr.count(b"\n"), 1)
            self.assertIn(b"others can read the secret key", result.stderr)

    def test_writable_by_others(self):
        self.profile.chmod(0o602)
        self.refused(self.profile, str(self.profile), "can be changed by everybody", "chmod go-w")

    def test_replaceable_by_others(self):
        link = self.folder / "link"
        link.symlink_to(self.profile)
        self.folder.chmod(0o777)
        self.refused(self.profile, "folder", "can be changed by everybody")
        self.refused(link, "folder")
        self.folder.chmod(0o1777)
        self.assertEqual(self.get(self.profile).returncode, 0)
        self.folder.chmod(0o700)
        self.assertEqual(self.get(link).returncode, 0)

    def test_an_owners_key_is_kept_as_well(self):
        owner = self.folder / "owner"
        arguments = ("policy", "init", "--dir", owner, "--simulated-root", self.cluster.data / "simcpu" / "root.pem")
        made = run(*arguments)
        self.assertEqual(made.returncode, 0, made.stderr)
        (owner / "policy.json").unlink()
        (owner / "owner.key").chmod(0o602)
        again = run(*arguments)
        self.assertEqual(again.returncode, 2)
        self.assertIn(b"owner.key: file", again.stderr)


if __name__ == "__main__":
    unittest.main()

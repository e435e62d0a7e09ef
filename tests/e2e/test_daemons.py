"""The daemons as they are installed: units, example files, man pages and --help say the same; wrong settings start nothing."""
import json
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

from cluster import BUILD, ROOT

UNITS = sorted((ROOT / "dist/systemd").glob("*.service"))
DAEMONS = {"avocado-simcpu": "simcpu.conf", "avocado-cas": "cas.conf", "avocado-las": "las.conf", "avocado-node": "node.conf"}
KEY = "00112233445566778899aabbccddeeff" * 2


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)


def options_of(daemon):
    return set(re.findall(r"^  (--[a-z-]+)", run(BUILD / daemon, "--help").stdout, re.M))


class Installed(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="avocado-e2e-"))
        self.addCleanup(shutil.rmtree, self.dir)

    def test_systemd_finds_no_fault_with_the_units(self):
        self.assertGreaterEqual(len(UNITS), 4)
        written = []
        for unit in UNITS:
            path = self.dir / unit.name.replace("@.", "@0.")
            path.write_text(unit.read_text().replace("@PREFIX@/bin", str(BUILD)))
            written.append(path)
        result = run("systemd-analyze", "verify", "--man=no", *written)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_units_use_options_that_there_are(self):
        for unit in UNITS:
            program, *words = re.search(r"(?m)^ExecStart=@PREFIX@/bin/(.*)$", unit.read_text()).group(1).split()
            self.assertLessEqual({word for word in words if word.startswith("--")}, options_of(program), unit.name)

    def test_every_setting_of_the_examples_is_taken(self):
        """As they stand, and with what is commented out: by the daemon itself."""
        for daemon, name in DAEMONS.items():
            text = (ROOT / "dist/conf" / name).read_text().replace("/etc/avocado/cas.key", KEY)
            whole = re.sub(r"(?m)^# ([a-z-]+ = .*)$", r"\1", text)
            keys = set(re.findall(r"(?m)^([a-z-]+) =", whole))
            not_in_files = {"--config", "--check", "--help", "--version", "--make-platform", "--root"}
            self.assertEqual({f"--{key}" for key in keys}, options_of(daemon) - not_in_files, name)
            whole = whole.replace("/var/log/avocado/", f"{self.dir}/")
            for written in (text, whole):
                (self.dir / name).write_text(written)
                result = run(BUILD / daemon, "--config", self.dir / name, "--check")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("are good", result.stdout)

    def test_man_pages_name_every_option(self):
        for daemon in DAEMONS:
            page = (ROOT / f"man/{daemon}.8").read_text()
            self.assertEqual(options_of(daemon) - set(re.findall(r"--[a-z][a-z-]*", page)), set(), daemon)

    def test_a_wrong_file_starts_nothing_and_names_the_line(self):
        file = self.dir / "node.conf"
        for line, what in (("speed = 3", "speed"), ("workers = 65", "1 to 64"), ('port = "7"', "quotes"), ("slot = 1", "once")):
            file.write_text(f'slot = 0\ndir = "{self.dir}/d"\ncas = "127.0.0.1:1"\ncas-key = "{KEY}"\nsimcpu = "s"\n{line}\n')
            result = run(BUILD / "avocado-node", "--config", file)
            self.assertEqual(result.returncode, 2)
            self.assertRegex(result.stderr, rf"error avocado-node: {re.escape(str(file))}:6: .*{what}")
            self.assertEqual(len(result.stderr.splitlines()), 1)
            self.assertFalse((self.dir / "d").exists())
        file.write_text("slot = 0\n")
        self.assertRegex(run(BUILD / "avocado-node", "--config", file).stderr, "dir is missing")
        self.assertEqual(run(BUILD / "avocado-cas", "--config", self.dir / "none").returncode, 2)

    def test_a_failed_start_is_seen_beside_its_log(self):
        log = self.dir / "node.log"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            words = [BUILD / "avocado-node", "--slot", 0, "--dir", self.dir / "d", "--cas", "127.0.0.1:1", "--cas-key", KEY, "--simcpu", "s",
                     "--port", taken.getsockname()[1], "--log-file"]
            result = run(*words, log)
            self.assertEqual(result.returncode, 2)
            self.assertIn("error avocado-node: slot 0: ", result.stderr)
            self.assertIn("in use", result.stderr)
            self.assertEqual(result.stderr, log.read_text().splitlines(keepends=True)[-1])
            for more in ([], ["--check"]):
                result = run(*words, self.dir / "none/node.log", *more)
                self.assertEqual(result.returncode, 2)
                self.assertIn(f"--log-file {self.dir}/none/node.log: No such file or directory: make its folder", result.stderr)


class Owner(unittest.TestCase):
    """The owner's commands before there is a cluster."""

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="avocado-e2e-"))
        self.addCleanup(shutil.rmtree, self.dir)
        for name, root in (("cpu-0", []), ("cpu-1", ["--root", self.dir / "cpu-0"])):
            self.assertEqual(run(BUILD / "avocado-simcpu", "--make-platform", "--dir", self.dir / name, *root).returncode, 0)

    def owner(self, *words):
        return run(BUILD / "avocado", *words, "--dir", self.dir / "o")

    def refused(self, result, text):
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertIn(text, result.stderr)

    def test_a_policy_is_made_checked_and_shown(self):
        root = ("--simulated-root", self.dir / "cpu-0/root.pem")
        chips = [(self.dir / name / "chip.id") for name in ("cpu-0", "cpu-1")]
        init = ("policy", "init", *root, "--nodes", 2, "--chips", ",".join(map(str, chips)))
        self.refused(self.owner("policy", "init"), "--simulated-root is missing")
        self.refused(self.owner("policy", "init", *root, "--nodes", 3, "--chips", f"{chips[0]},{chips[1]}"), "2 files for 3 nodes")
        self.refused(self.owner("policy", "init", *root, "--cas", "/etc/passwd"), "/etc/passwd")
        self.assertEqual(self.owner(*init).returncode, 0)
        self.refused(self.owner(*init), "exists already")
        policy = self.dir / "o/policy.json"
        for secret in (policy, self.dir / "o/owner.key", self.dir / "o/client.key"):
            self.assertEqual(secret.stat().st_mode & 0o777, 0o600)
        self.assertEqual(json.loads(run(BUILD / "avocado", "policy", "check", policy, "--json").stdout)["nodes"], 2)
        shown = run(BUILD / "avocado", "policy", "show", policy).stdout
        for chip, slot in zip(chips, (0, 1)):
            self.assertIn(f"chip {chip.read_text().strip()}, slots [{slot}]", shown)
        self.assertIn(run(BUILD / "avocado", "measure", BUILD / "avocado-las").stdout.strip(), shown)
        for said in ("ALLOWED, which protects nothing", "a node joins through a LAS: always", 'rights ["read","write"]'):
            self.assertIn(said, shown)
        loose = json.loads(policy.read_text())
        loose["tcb_statuses"] = ["UpToDate", "OutOfDate"]
        loose["las"]["required"] = False
        (self.dir / "loose.json").write_text(json.dumps(loose))
        shown = run(BUILD / "avocado", "policy", "show", self.dir / "loose.json").stdout
        for said in ('tcb_statuses: ["UpToDate","OutOfDate"]', "a node joins through a LAS: or by its vendor's evidence"):
            self.assertIn(said, shown)
        policy.unlink()
        self.assertEqual(self.owner("policy", "init", *root, "--nodes", 4, "--chips", ",".join(str(chips[i]) for i in (0, 1, 0, 0))).returncode, 0)
        machines = [(m["chip"], m["slots"]) for m in json.loads(policy.read_text())["las"]["machines"]]
        self.assertEqual(machines, [(chips[0].read_text().strip(), [0, 2, 3]), (chips[1].read_text().strip(), [1])])
        self.assertEqual(run(BUILD / "avocado", "policy", "check", policy).returncode, 0)
        broad = json.loads(policy.read_text())
        broad["roles"]["node"]["accept"].append({"tee": "tdx", "measurement": "7d" * 48})
        (self.dir / "broad.json").write_text(json.dumps(broad))
        self.refused(run(BUILD / "avocado", "policy", "check", self.dir / "broad.json"),
                     "broad.json:1: roles.node.accept[1]: without rtmr1 and rtmr2 it accepts any kernel")
        policy.write_text(policy.read_text().replace('"mtu"', '"mtx"'))
        self.refused(run(BUILD / "avocado", "policy", "check", policy), "policy.json:8: cluster.mtx: unknown key")

    def test_a_file_that_is_not_what_an_option_wants_is_named(self):
        root = self.dir / "cpu-0/root.pem"
        odd = self.dir / "odd.id"
        odd.write_text("0123456789abcdef\n")
        for options, said in ((("--simulated-root", self.dir), f"{self.dir}: Is a directory; name the root.pem"),
                              (("--simulated-root", root, "--chips", "/etc/passwd"), "/etc/passwd: is larger than any chip's id; name the chip.id"),
                              (("--simulated-root", root, "--chips", self.dir / "no"), f"{self.dir}/no: No such file or directory; name the chip.id"),
                              (("--simulated-root", root, "--chips", odd), f"{odd}: is no chip's id")):
            self.refused(self.owner("policy", "init", *options), said)
            self.assertFalse((self.dir / "o/policy.json").exists())

    def test_a_damaged_key_is_not_replaced(self):
        (self.dir / "o").mkdir(exist_ok=True)
        for name in ("owner.key", "client.key"):
            key = self.dir / "o" / name
            key.write_bytes(b"what is left of it")
            key.chmod(0o600)
            init = self.owner("policy", "init", "--simulated-root", self.dir / "cpu-0/root.pem")
            self.refused(init, f"{name}: is no key of 32 bytes")
            self.assertEqual(key.read_bytes(), b"what is left of it")
            key.unlink()

    def test_what_forming_needs_is_named(self):
        self.assertEqual(self.owner("policy", "init", "--simulated-root", self.dir / "cpu-0/root.pem").returncode, 0)
        form = ["cluster", "form", "--wait", "0"]
        self.refused(self.owner(*form, "--cas-key", self.dir / "no"), "and as a file: No such file or directory; give the CAS's public.key")
        self.refused(self.owner(*form, "--cas", "localhost:1", "--cas-key", KEY), "--cas localhost:1")
        for given, missing in ((["--cas", "127.0.0.1:1"], "--cas-key is missing"), (["--cas-key", KEY], "--collateral is missing"),
                               (["--collateral", self.dir / "cpu-0/collateral"], "--members is missing"),
                               (["--any-members"], "127.0.0.1:1 does not answer")):
            form += given
            self.refused(self.owner(*form), missing)
        (self.dir / "o/owner.key").write_bytes(b"short")
        self.refused(self.owner(*form), "owner.key: is no key of 32 bytes")


if __name__ == "__main__":
    unittest.main()

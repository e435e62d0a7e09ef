"""The daemons as they are installed: units, example files, man pages and --help say the same; wrong settings start nothing."""
import pathlib
import re
import shutil
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


if __name__ == "__main__":
    unittest.main()

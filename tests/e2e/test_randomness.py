"""Measured programs on a CPU whose RDRAND is missing or stuck: none of them starts, whatever CPUID says. The programs themselves are
changed for it, since no CPU here can be: each is a copy in which other instructions stand in place of RDRAND."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from cluster import BUILD, Cluster

MEASURED = {"avocado-cas": [], "avocado-las": [], "avocado-enclave": [], "avocado-inline": ["--mode", "inline"]}
PROGRAMS = ("avocado", "avocado-simcpu", "avocado-node", *MEASURED)


def rdrand_of(program):
    """Where in the file the instruction stands, and the register that it fills."""
    symbols = subprocess.run(["nm", program], capture_output=True, text=True, check=True).stdout
    start = int(re.search(r"^([0-9a-f]+) [Tt] avo_cpu_rdrand$", symbols, re.M).group(1), 16)
    segments = subprocess.run(["readelf", "-lW", program], capture_output=True, text=True, check=True).stdout
    for offset, address, length in re.findall(r"LOAD +(0x\w+) (0x\w+) 0x\w+ 0x\w+ (0x\w+)", segments):
        if int(address, 16) <= start < int(address, 16) + int(length, 16):
            start += int(offset, 16) - int(address, 16)
            break
    found = re.search(rb"\x48\x0f\xc7([\xf0-\xf7])", program.read_bytes()[start:start + 64])
    return start + found.start(), found.group(1)[0] & 7


def missing(_):
    return b"\x0f\x0b\x90\x90"  # ud2; nop; nop


def stuck_at_zero(register):
    return bytes((0x48, 0x31, 0xc0 | register << 3 | register, 0xf9))  # xor register, register; stc


class Randomness(unittest.TestCase):
    def cluster(self, changed, instead):
        """A cluster of copies, one of which is changed. `up` measures what it starts, so only RDRAND is amiss."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="avocado-e2e-"))
        self.addCleanup(shutil.rmtree, folder)
        for name in PROGRAMS:
            shutil.copy(BUILD / name, folder / name)
        place, register = rdrand_of(folder / changed)
        with (folder / changed).open("r+b") as file:
            file.seek(place)
            file.write(instead(register))
        cluster = Cluster("--host-memory", 16, *MEASURED[changed], nodes=1, program=str(folder / "avocado"))
        self.addCleanup(shutil.rmtree, cluster.dir, ignore_errors=True)
        self.addCleanup(cluster, "down")  # should it start after all
        return cluster

    def refused(self, changed, instead, said):
        cluster = self.cluster(changed, instead)
        result = cluster.up()
        text = result.stderr.decode()
        self.assertEqual((result.returncode, cluster.processes()), (2, []), text)
        self.assertEqual(len(text.splitlines()), 1)
        self.assertIn(said, text + "".join(log.read_text() for log in cluster.data.glob("log/*.log")))

    def test_without_rdrand_nothing_measured_starts(self):
        for program in MEASURED:
            with self.subTest(program):
                self.refused(program, missing, "this CPU has no RDRAND")

    def test_with_a_stuck_rdrand_nothing_measured_starts(self):
        for program in MEASURED:
            with self.subTest(program):
                self.refused(program, stuck_at_zero, "RDRAND fails or repeats itself")


if __name__ == "__main__":
    unittest.main()

"""Starts that meet a failing system call or allocation: `avocado up` under build/tests/faults/avocado-inject, or with liballocate.so
beside it in its programs, judged by what its user sees."""
import os
import re
import signal
import subprocess
import time

from cluster import AVOCADO, BUILD, Cluster, run

INJECT = BUILD / "tests/faults/avocado-inject"
ALLOCATE = BUILD / "tests/faults/liballocate.so"
PROBE = BUILD / "tests/faults/avocado-probe"
KINDS = ("fail", "starve", "interrupt", "short", "allocate")
DYNAMIC = ("avocado-node", "avocado-simcpu", "avocado")  # those that a shim can be loaded into: the only ones of kind allocate
# Each program, and the options of the `up` that runs it.
PROGRAMS = {"avocado-enclave": [], "avocado-node": [], "avocado-cas": [], "avocado-las": [], "avocado-simcpu": [], "avocado": [],
            "avocado-inline": ["--mode", "inline"]}
DEADLINE = 60
# What no line for a user may say: nothing, a crash, or an error that is none.
BAD = re.compile(r"it said nothing|by signal|ssert|Success|AddressSanitizer|no program with evidence")


def main_of(program):
    """main()'s address less that of the entry point."""
    header = subprocess.run(["readelf", "-h", str(program)], capture_output=True, text=True, check=True).stdout
    symbols = subprocess.run(["nm", str(program)], capture_output=True, text=True, check=True).stdout
    entry = int(re.search(r"Entry point address:\s+(0x[0-9a-f]+)", header).group(1), 16)
    return int(re.search(r"^([0-9a-f]+) T main$", symbols, re.M).group(1), 16) - entry


def probe(kind, n, report):
    """What build/tests/faults/avocado-probe says of its calls when the n-th that counts fails: [(call, result, errno)], and the counted ones."""
    report.unlink(missing_ok=True)
    environment, under = None, []
    if kind == "allocate":
        environment = dict(os.environ, LD_PRELOAD=str(ALLOCATE), AVOCADO_ALLOCATE=f"{n} {PROBE.name} {report}")
    else:
        under = [str(INJECT), kind, str(n), PROBE.name, format(main_of(PROBE), "x"), str(report)]
    out = subprocess.run([*under, str(PROBE)], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=DEADLINE).stdout
    return [(call, int(result), int(error)) for call, result, error in (line.split() for line in out.splitlines())], report.read_text().splitlines()


class Starts:
    """One folder in which one start after another fails, or does not."""

    def __init__(self, program):
        self.program = program
        self.cluster = Cluster("--host-memory", 16, *PROGRAMS[program], nodes=1)
        self.report = self.cluster.dir / "report"

    def up(self, kind, n):
        """One start; its exit code, what it printed on stderr, and the calls counted, the last of which failed."""
        return self.command(kind, n, ["up", "--detach", "--dir", str(self.cluster.data), *map(str, self.cluster.options)])

    def command(self, kind, n, arguments):
        """The same for any command of `avocado`."""
        environment, under = None, []
        self.report.unlink(missing_ok=True)
        if kind == "allocate":
            environment = dict(os.environ, LD_PRELOAD=str(ALLOCATE), AVOCADO_ALLOCATE=f"{n} {self.program} {self.report}")
        else:
            delta = main_of(BUILD / self.program)
            delta = format(delta, "x") if delta >= 0 else "-" + format(-delta, "x")
            under = [str(INJECT), kind, str(n), self.program, delta, str(self.report)]
        with subprocess.Popen([*under, AVOCADO, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              env=environment) as process:
            try:
                text = process.communicate(timeout=DEADLINE)[1].decode(errors="replace")
            except subprocess.TimeoutExpired:
                process.kill()  # and with it all that it follows
                text = f"no end within {DEADLINE} s"
        return process.returncode, text, self.report.read_text(errors="replace").splitlines() if self.report.exists() else []

    def calls(self, kind):
        """The numbers worth trying, each with its call: of the same call many times in a row, the first two and the last."""
        code, text, calls = self.up(kind, 0)
        run("down", "--dir", self.cluster.data)
        if code != 0 or not (calls or kind == "short"):  # an enclave has none that could be short
            raise AssertionError(f"a start that nothing disturbs fails, or no call was counted: {text}")
        return self.worth(calls)

    @staticmethod
    def worth(calls):
        worth = [n for n, call in enumerate(calls) if n < 2 or n + 1 == len(calls) or len(set(calls[n - 2:n + 2])) > 1]
        return [(n + 1, calls[n]) for n in worth]

    def judge(self, kind, code, text):
        """What is wrong with the outcome of a start; None when nothing is."""
        if code == 0:
            put = run("put", "--dir", self.cluster.data, "key", "value")
            down = run("down", "--dir", self.cluster.data)
            wrong = put.returncode != 0 or down.returncode != 0
            return f"up says that it serves, but: {put.stderr.decode()}{down.stderr.decode()}" if wrong else self.left()
        lines = text.splitlines()
        if code != 2 or len(lines) != 1 or not lines[0].startswith("avocado: ") or BAD.search(text):
            return "not one clear line and exit code 2"
        if kind in ("interrupt", "short"):
            return "not tried again"
        return self.left()

    def left(self):
        deadline = time.monotonic() + 3
        while self.cluster.processes() and time.monotonic() < deadline:
            time.sleep(0.02)
        left = self.cluster.processes()
        return f"left running: {left}" if left else None

    def attempt(self, kind, n):
        """One start that fails at call number n: (the call, exit code, what the user saw, what is wrong with it or None)."""
        code, text, calls = self.up(kind, n)
        wrong = self.judge(kind, code, text)
        if wrong:
            logs = "".join(f"\n== {p.name}\n{p.read_text(errors='replace')[-600:]}" for p in sorted(self.cluster.data.glob("log/*")))
            wrong += logs
            for pid in self.cluster.processes():
                os.kill(pid, signal.SIGKILL)
            run("down", "--dir", self.cluster.data)
        return calls[-1] if len(calls) >= n else "(not reached)", code, text.strip(), wrong

    def works(self):
        """None when the next start in the same folder works and ends, or what it says."""
        for command in (["up", "--detach", *self.cluster.options], ["put", "key", "value"], ["down"]):
            result = run(command[0], "--dir", self.cluster.data, *command[1:])
            if result.returncode != 0:
                return f"the next start: {command[0]}: {result.stderr.decode()}"
        return None

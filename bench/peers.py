"""What the benches beside peers share: programs that are always ended, alternating rounds, and the words for them."""
import csv
import io
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))
from cluster import Cluster, free_port_base  # noqa: E402,F401

PATIENCE_S = 300  # with any one program


def end(processes):
    """Ends what was started, whatever state it is in."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def output(*arguments, patience_s=PATIENCE_S):
    """What a program prints; it fails, or takes too long: so does this."""
    result = subprocess.run(list(map(str, arguments)), capture_output=True, text=True, timeout=patience_s, stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        sys.exit(f"{arguments[0]}: {result.stderr or result.stdout}")
    return result.stdout


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def kill_node(cluster, slot):
    """Both halves, and until they are gone."""
    for pid in [cluster.pid(slot, which) for which in ("host", "enclave")]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # the other half's end was its own
        wait_until(lambda pid=pid: pid not in cluster.processes(), 30, f"process {pid} is gone")


class Redis:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="avocado-redis-")
        self.port = free_port_base() + 100
        self.server = None

    def __enter__(self):
        self.server = subprocess.Popen(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                                        "--dir", self.dir], stdout=subprocess.DEVNULL)
        wait_until(self.answers, 10, "redis-server answers")
        return self

    def __exit__(self, *_):
        end([self.server])
        shutil.rmtree(self.dir, ignore_errors=True)

    def answers(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def benchmark(self, what, requests, options):
        out = output("redis-benchmark", "-p", self.port, "-t", what, "-n", requests, "-r", options.keys, "-d", options.value_bytes, "-c", options.clients,
                           "-P", options.pipeline, "--csv")
        return float(list(csv.DictReader(io.StringIO(out)))[0]["rps"])

    def figure(self, options):
        self.benchmark("set", max(300_000, 3 * options.keys), options)
        gets = self.benchmark("get", int(150_000 * options.seconds), options)
        sets = self.benchmark("set", int(100_000 * options.seconds), options)
        reads = options.read_percent / 100
        return 1 / (reads / gets + (1 - reads) / sets)


def bench(cluster, options):
    """The figures of one `avocado bench` on this cluster."""
    result = cluster("bench", "--read-percent", options.read_percent, "--clients", options.clients, "--pipeline", options.pipeline, "--keys",
                     options.keys, "--value-bytes", options.value_bytes, "--seconds", options.seconds, "--seed", 1, "--json", timeout=PATIENCE_S)
    if result.returncode != 0:
        sys.exit(result.stderr.decode())
    figures = json.loads(result.stdout)
    if figures["wrong"] or figures["errors"]:
        sys.exit(f"avocado: wrong {figures['wrong']}, errors {figures['errors']}: not a measurement")
    return figures


def avocado_figures(options):
    """One `avocado bench` on a cluster of its own."""
    with Cluster("--workers", options.workers, "--mode", options.mode) as cluster:
        return bench(cluster, options)


def add_options(parser, **defaults):
    """--rounds, --seconds, ... with the defaults that this bench has."""
    numbers = dict(rounds=3, seconds=4, clients=50, pipeline=16, keys=100_000, value_bytes=256, read_percent=95, workers=1) | defaults
    for name, default in numbers.items():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=default)
    parser.add_argument("--mode", default="process", choices=["process", "inline"])


def spread(values, unit=""):
    return f"{min(values):,.2f} / {statistics.median(values):,.2f} / {max(values):,.2f}{unit}"


def print_head(options):
    print(f"{options.clients} clients x {options.pipeline}, {options.keys} keys, {options.value_bytes} B values, {options.read_percent} % reads, "
          f"{options.rounds} rounds of {options.seconds} s: minimum / median / maximum")


def print_system(name, figures):
    """Of the rounds of one system: rate, latency, the client's share."""
    parts = [spread([f["ops_per_s"] / 1000 for f in figures], " k ops/s"), "p50 " + spread([f["p50_us"] / 1000 for f in figures], " ms"),
             "p99 " + spread([f["p99_us"] / 1000 for f in figures], " ms")]
    if "datagrams_per_op" in figures[0]:
        parts.append(spread([f["datagrams_per_op"] for f in figures]) + " datagrams an operation")
    parts.append("client " + spread([f["client_cpu_percent"] for f in figures], " % of a core"))
    print(f"{name}: {', '.join(parts)}")

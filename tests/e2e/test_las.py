"""The LAS through the real programs: one verification by quote a machine, restarts, and joins that are refused by name."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import unittest

from cluster import BUILD, Cluster, run, wait_until


def log(c, name):
    return (c.data / "log" / f"{name}.log").read_text(errors="replace")


class Programs:
    """A simulated CPU, a CAS, LASes and nodes, started one by one as on a machine of their own. Ends them all."""

    def __init__(self, folder, port):
        self.folder = pathlib.Path(folder)
        self.port = port
        self.started = []

    def start(self, name, program, *arguments):
        out = open(self.folder / f"{name}.log", "ab")
        process = subprocess.Popen([str(BUILD / program), *map(str, arguments)], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        out.close()
        self.started.append(process)
        return process

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def cpu(self, name):
        self.start(name, "avocado-simcpu", "--dir", self.folder / name)
        wait_until((self.folder / name / "simcpu.sock").exists, 20, name)

    def cas(self, cpu):
        self.start("cas", "avocado-cas", "--dir", self.folder / "cas", "--listen", f"127.0.0.1:{self.port}", "--collateral",
                   self.folder / cpu / "collateral", "--simcpu", self.folder / cpu / "simcpu.sock")
        wait_until(lambda: (self.folder / "cas/public.key").exists() and (self.folder / "cas/public.key").stat().st_size > 64, 20, "cas")
        self.key = (self.folder / "cas/public.key").read_text().strip()

    def las(self, name, cpu):
        return self.start(name, "avocado-las", "--dir", self.folder / name, "--cas", f"127.0.0.1:{self.port}", "--cas-key", self.key,
                          "--simcpu", self.folder / cpu / "simcpu.sock")

    def node(self, slot, cpu, las, *more):
        more += ("--las", self.folder / las / "las.sock") if las else ()
        return self.start(f"node-{slot}", "avocado-node", "--slot", slot, "--dir", self.folder / "nodes", "--cas", f"127.0.0.1:{self.port}",
                          "--cas-key", self.key, "--enclave", BUILD / "avocado-enclave", "--simcpu", self.folder / cpu / "simcpu.sock",
                          "--port", self.port + 10 + slot, "--budget", 16, "--host-memory", 16, *more)

    def policy(self, root, required=True, **slots_of):
        """One slot list a machine, by the name of its CPU's folder."""
        measure = {role: run("measure", BUILD / f"avocado-{program}").stdout.decode().strip()
                   for role, program in (("node", "enclave"), ("cas", "cas"), ("las", "las"))}
        made = run("policy", "init", "--dir", self.folder / "owner", "--nodes", 2, "--simulated-root", self.folder / root / "root.pem")
        assert made.returncode == 0, made.stderr
        path = self.folder / "owner/policy.json"
        policy = json.loads(path.read_text())
        policy["roles"]["las"] = {"accept": [{"tee": "sgx", "measurement": measure["las"]}]}
        policy["las"] = {"required": required,
                         "machines": [{"name": name, "chip": (self.folder / name / "chip.id").read_text().strip(), "slots": slots}
                                      for name, slots in slots_of.items()]}
        path.write_text(json.dumps(policy, indent=1))

    def form(self, cpu, timeout=20):
        return run("cluster", "form", "--dir", self.folder / "owner", "--cas", f"127.0.0.1:{self.port}", "--cas-key", self.key, "--collateral",
                   self.folder / cpu / "collateral", "--any-members", "--wait", timeout, timeout=timeout + 40)

    def end(self):
        for process in reversed(self.started):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Las(unittest.TestCase):
    def test_one_verification_for_all_replicas_of_a_machine(self):
        with Cluster(nodes=5) as c:
            cas = log(c, "cas")
            self.assertEqual(len(re.findall(r"verified by its CPU's vendor", cas)), 1, cas)
            self.assertEqual(len(re.findall(r"slot \d: joined, .* vouched for by the LAS of machine m1", cas)), 5, cas)
            self.assertEqual(len(re.findall(r"vouched for a program", log(c, "las"))), 5)
            nodes = c.status()["nodes"]
            self.assertEqual(len({node["las"] for node in nodes}), 1)
            self.assertRegex(nodes[0]["las"], "^[0-9a-f]{64}$")
            self.assertIn(nodes[0]["las"][:16], cas)

    def test_a_running_cluster_does_not_need_its_las(self):
        with Cluster() as c:
            las = c.status()["untrusted"]["las_pid"]
            self.assertEqual(c("put", "k", "v").returncode, 0)
            os.kill(las, signal.SIGKILL)
            wait_until(lambda: c.status()["untrusted"]["las_pid"] is None, 10, "the LAS is gone")
            self.assertEqual(c("get", "k").stdout, b"v")
            self.assertEqual(c("status").returncode, 0)


class OneByOne(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="avocado-e2e-las-")
        self.addCleanup(folder.cleanup)
        from cluster import free_port_base
        self.p = Programs(folder.name, free_port_base())
        self.addCleanup(self.p.end)

    def machine_under(self, name, root):
        made = subprocess.run([str(BUILD / "avocado-simcpu"), "--dir", str(self.p.folder / name), "--make-platform", "--root",
                               str(self.p.folder / root)], capture_output=True, timeout=30)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.p.cpu(name)

    def test_strangers_at_the_cas_keep_nobody_out(self):
        p = self.p
        p.cpu("m1")
        p.cas("m1")
        address = ("127.0.0.1", p.port)
        with contextlib.ExitStack() as stack:
            for _ in range(400):  # of 256, and none says a word
                stack.enter_context(socket.create_connection(address, 10))
            late = stack.enter_context(socket.create_connection(address, 10))
            late.settimeout(3)  # strangers have five seconds for their handshake
            late.sendall(b"avocado\xff")
            self.assertEqual(late.recv(7), b"avocado")
        self.assertIn("it had proven nothing for the longest time", p.log("cas"))

    def test_a_las_starts_again_and_slots_stay_on_their_machines(self):
        p = self.p
        p.cpu("m1")
        self.machine_under("m2", "m1")
        p.cas("m1")
        p.policy("m1", m1=[0], m2=[1])
        first = p.las("las-1", "m1")
        wrong = p.node(1, "m1", "las-1")  # slot 1 is m2's
        forming = p.form("m1", timeout=6)
        self.assertEqual(forming.returncode, 2, forming.stdout)
        wait_until(lambda: "the policy pins it to machine m2, but it runs on machine m1" in p.log("node-1"), 20, "refused by name")
        self.assertEqual(wrong.wait(20), 2)
        self.assertRegex(p.log("node-1"), "the enclave ended: exit status .*: it was refused by the CAS\n$")

        first.send_signal(signal.SIGKILL)
        first.wait()
        os.kill(int((p.folder / "las-1/las.pid").read_text()), signal.SIGKILL)
        again = p.las("las-1", "m1")
        p.las("las-2", "m2")
        p.node(0, "m1", "las-1")
        p.node(1, "m2", "las-2")
        formed = p.form("m1", timeout=20)
        self.assertEqual(formed.returncode, 0, formed.stderr + p.log("cas").encode())
        cas = p.log("cas")
        names = re.findall(r"LAS ([0-9a-f]{16}): verified by its CPU's vendor; it vouches for machine (m\d)", cas)
        self.assertEqual([machine for _, machine in names].count("m1"), 2, cas)  # the restarted one proved itself anew
        self.assertEqual(len({name for name, _ in names}), 3, cas)
        self.assertIsNone(again.poll())

    def test_a_las_that_does_not_vouch_is_named(self):
        p = self.p
        p.cpu("m1")
        self.machine_under("m2", "m1")
        p.cas("m1")
        self.assertNotIn("collateral", p.log("cas"))
        p.policy("m1", m1=[0], m2=[1])
        p.las("las-2", "m2")
        node = p.node(0, "m1", "las-2")  # of another machine
        self.assertEqual(p.form("m1", timeout=6).returncode, 2)
        self.assertEqual(node.wait(20), 2)
        self.assertRegex(p.log("node-0"), "slot 0: the LAS would not vouch for this enclave: report: its MAC does not verify")
        self.assertRegex(p.log("node-0"), "the enclave ended: exit status .*: the LAS would not vouch for it\n$")

    def test_a_cas_without_collateral_says_so(self):
        p = self.p
        p.cpu("m1")
        (p.folder / "m1/collateral").rename(p.folder / "m1/elsewhere")
        p.cas("m1")
        self.assertRegex(p.log("cas"), r"warn avocado-cas: --collateral \S+/m1/collateral: No such file or directory: until it can be read")
        wait_until(lambda: "ready" in p.log("cas"), 10, "it goes on without")

    def test_new_collateral_is_read_and_every_las_verified_again(self):
        p = self.p
        p.cpu("m1")
        p.cas("m1")
        p.policy("m1", m1=[0, 1])
        p.las("las-1", "m1")
        for slot in (0, 1):
            p.node(slot, "m1", "las-1")
        self.assertEqual(p.form("m1").returncode, 0, p.log("cas"))
        self.assertEqual(p.log("cas").count("verified by its CPU's vendor"), 1)
        collateral = p.folder / "m1/collateral"
        again = collateral / "tcb.json.new"
        again.write_bytes((collateral / "tcb.json").read_bytes())
        again.rename(collateral / "tcb.json")
        wait_until(lambda: p.log("cas").count("verified by its CPU's vendor") == 2, 30, "the LAS is verified again")
        self.assertIn("collateral changed: every LAS is verified again with it", p.log("cas"))
        wait_until(lambda: "registered again" in p.log("las-1"), 10, "the LAS is registered again")

    def test_a_las_of_no_machine_and_a_node_without_one_are_refused(self):
        p = self.p
        p.cpu("m1")
        self.machine_under("m2", "m1")
        p.cas("m1")
        p.policy("m1", m1=[0, 1])
        p.las("las-1", "m1")
        stranger = p.las("las-2", "m2")
        bare = p.node(0, "m1", None)
        self.assertEqual(p.form("m1", timeout=6).returncode, 2)
        self.assertEqual(stranger.wait(20), 2)
        self.assertIn("is no machine of the policy: add it to las.machines", p.log("las-2"))
        self.assertNotEqual(bare.wait(20), 0)
        self.assertIn("the policy wants a LAS's voucher, not a quote", p.log("node-0"))


if __name__ == "__main__":
    unittest.main()

"""Several machines: programs started one by one, by the guide's own words, on hosts of their own."""
import json
import re
import sys
import time
import unittest

from cluster import BUILD, ROOT, wait_until
from machines import Machines, blocks

SEED = 20261125


def status(machines):
    result = machines("owner", "status", "--json", "--timeout", "3")
    return result.returncode, {node["slot"]: node for node in json.loads(result.stdout)["nodes"]} if result.stdout else {}


class Guide(unittest.TestCase):
    def test_three_machines_by_the_guide_then_cut_off_and_healed(self):
        with Machines() as machines:
            machines.follow()
            self.assertIn("Lisbon", (machines.dir / "owner.typed").read_text())
            self.assertEqual(machines("owner", "get", "two").stdout, b"due")
            code, nodes = status(machines)
            self.assertEqual((code, sorted(nodes)), (0, [0, 1, 2]))
            self.assertEqual([node["address"] for node in nodes.values()], [f"10.77.0.{n}:7100" for n in (1, 2, 3)])
            chips = {(machines.dir / m / "simcpu/chip.id").read_text() for m in "abc"}
            self.assertEqual(len(chips), 3)
            for slot in range(3):
                self.assertRegex(machines.log("a", "cas.log"), rf"slot {slot}: joined, .* vouched for by the LAS of machine m{slot + 1}\b")

            machines.cut("c")
            self.assertEqual(machines("owner", "put", "city", "Porto").returncode, 0, machines.logs())
            self.assertEqual(machines("owner", "get", "city").stdout, b"Porto")
            self.assertEqual(status(machines)[0], 1)

            machines.cut("b")
            for words, codes in ((("get", "city"), (2,)), (("put", "city", "Faro"), (2, 3))):
                started = time.monotonic()
                result = machines("owner", *words, "--timeout", "2")
                self.assertLess(time.monotonic() - started, 4)
                self.assertIn(result.returncode, codes)
                self.assertRegex(result.stderr.decode(), r"\b[01] of 3\b.*\b2\b")
            self.assertEqual(status(machines)[0], 2)

            machines.cut("b", up=True)
            machines.cut("c", up=True)
            wait_until(lambda: status(machines)[0] == 0, 15, "all are back")
            self.assertIn(machines("owner", "get", "city").stdout, (b"Porto", b"Faro"))
            self.assertEqual(machines("owner", "put", "city", "Lagos").returncode, 0)
            self.assertEqual(machines("owner", "get", "city").stdout, b"Lagos")

            # Clients reach all, but the nodes not each other: each answers for itself, and together they can do nothing.
            machines.part("a", "b", "c")
            result = machines("owner", "get", "city", "--timeout", "2")
            self.assertEqual(result.returncode, 2)
            result = machines("owner", "status", "--timeout", "2")
            self.assertEqual(result.returncode, 2, result.stdout)
            self.assertIn(b"not serving", result.stdout)
            self.assertEqual(len(result.stderr.splitlines()), 1)
            self.assertIn(b"3 of 3 replicas answered, but a read found no majority: they do not reach each other", result.stderr)
            machines.part("a", "b", "c", up=True)
            machines.part("a", "c")  # b reaches both, so the cluster serves
            self.assertEqual(status(machines)[0], 0)
            self.assertEqual(machines("owner", "get", "city").stdout, b"Lagos")
            machines.part("a", "c", up=True)

            self.assertRegex(machines.log("b"), r"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z info avocado-enclave: slot 1: serving")

    def test_every_file_of_the_guide_is_one_of_the_examples(self):
        """The guide's keys are those of the commented examples that are installed."""
        for kind, _, name, text in blocks():
            if kind == "conf":
                example = (ROOT / "dist/conf" / name).read_text()
                for key in re.findall(r"(?m)^([a-z-]+) =", text):
                    self.assertRegex(example, rf"(?m)^#? ?{key} =", f"{key} of {name}")


class Between(unittest.TestCase):
    def test_ipv6_a_lossy_proxy_before_one_node_and_the_cas_last(self):
        """Node c and its way to the CAS lie behind a proxy, and it advertises the proxy's address. The nodes start before the CAS."""
        def change(kind, machine, text):
            text = re.sub(r"10\.77\.0\.(\d):(\d+)", r"[fd77::\1]:\2", text)
            text = re.sub(r"10\.77\.0\.(\d)", r"fd77::\1", text)
            if kind == "conf" and machine == "c":
                text = text.replace("[fd77::1]:7000", "[fd77::9]:7009")
                text += 'advertise = "[fd77::9]:7300"\n' if "slot = 2" in text else ""
            return text.replace(",[fd77::3]:7100", ",[fd77::9]:7300")

        print(f"proxy seed {SEED}")
        with Machines(change) as machines:
            with (machines.dir / "proxy.log").open("wb") as log:
                proxy = machines.start("proxy", sys.executable, ROOT / "tests/e2e/proxy.py", SEED, 2, 2, 0, "udp", "fd77::9", 7300, "fd77::3",
                                       7100, "tcp", "fd77::9", 7009, "fd77::1", 7000, stdout=log)
            self.addCleanup(proxy.wait)
            machines.follow(before="cluster form")
            # The CAS goes before there is a policy, and comes back: all wait, and try again; the proxy hangs up on c meanwhile.
            machines.type("a", "kill $(cat cas/cas.pid)")
            wait_until(lambda: all("cannot reach the CAS" in machines.log(m) for m in "ab"), 15, "nodes see that the CAS is gone")
            wait_until(lambda: "trying again" in machines.log("c"), 15, "node c sees it too")
            machines.type("a", "avocado-cas --config cas.conf &")
            machines.follow(since="cluster form")
            code, nodes = status(machines)
            self.assertEqual(code, 0, machines.logs())
            self.assertEqual(nodes[2]["address"], "[fd77::9]:7300")
            for i in range(50):
                self.assertEqual(machines("owner", "put", f"k{i}", f"v{i}").returncode, 0)
            wait_until(lambda: status(machines)[1][2].get("keys", 0) >= 50, 10, "node c has the keys too")
            machines.cut("a")  # now every answer needs c, by way of the proxy
            for i in range(50):
                self.assertEqual(machines("owner", "get", f"k{i}").stdout, b"v%d" % i, machines.logs())
            counts = dict(zip(*[iter((machines.dir / "proxy.log").read_text().split("\n")[-2].split())] * 2))
            print("proxy:", counts)
            self.assertGreater(int(counts["udp"]), 200)
            self.assertGreater(int(counts["dropped"]), 0)
            self.assertGreater(int(counts["tcp"]), 0)


if __name__ == "__main__":
    unittest.main()

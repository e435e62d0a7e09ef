"""Values larger than a packet, more at a time than there is memory for: none is refused or unknown, and more at a time is not slower than few."""
import json
import unittest

from cluster import Cluster


class Large(unittest.TestCase):
    def rate(self, cluster, clients, pipeline, value_bytes, read_percent, keys=100):
        """Operations a second of a bench without a single error."""
        result = cluster("bench", "--clients", clients, "--pipeline", pipeline, "--value-bytes", value_bytes, "--read-percent", read_percent,
                         "--keys", keys, "--seconds", 1, "--json")
        what = f"{clients} x {pipeline} of {value_bytes} B, {read_percent} % reads: {result.stderr.decode()}"
        self.assertEqual(result.returncode, 0, what)
        figures = json.loads(result.stdout)
        print(f"\n{what} {figures['ops_per_s']:.0f} ops/s, p99 {figures['p99_us'] / 1000:.0f} ms", end="")
        self.assertEqual((figures["errors"], figures["wrong"]), (0, 0), what)
        return figures["ops_per_s"]

    def test_many_at_a_time(self):
        """Where what finds no memory is dropped and tried again by timers, the ratios are 0.02 and 0.04."""
        with Cluster() as c:
            self.assertGreater(self.rate(c, 1, 64, 2000, 100), 0.25 * self.rate(c, 1, 16, 2000, 100))
            self.assertGreater(self.rate(c, 1, 512, 2000, 100), 0.1 * self.rate(c, 1, 16, 2000, 100))
            self.assertGreater(self.rate(c, 1, 16, 20000, 0), 0.2 * self.rate(c, 1, 4, 20000, 0))
            self.rate(c, 20, 4, 200000, 50, keys=50)

    def test_the_largest(self):
        """The background's reading must not take the time of the foreground: the ratio is 0.003 where it does, 0.1 where not."""
        with Cluster() as c:
            self.assertGreater(self.rate(c, 1, 1, 1 << 20, 50, keys=30), 0.02 * self.rate(c, 1, 1, 100000, 50, keys=30))


if __name__ == "__main__":
    unittest.main()

"""avocado torture: its verdict on histories that are right, wrong, and no histories."""
import json
import pathlib
import tempfile
import unittest

from cluster import run


def op(client, kind, call, end, ok=True, key="k", **more):
    return {"client": client, "op": kind, "key": key, "ok": ok, "call": call, "return": end} | more


def put(value, call, end, **more):
    return op(0, "put", call, end, value=value, **more)


def get(out, call, end, **more):
    return op(1, "get", call, end, out=out, **more)


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="avocado-e2e-")
        self.addCleanup(self.folder.cleanup)
        self.file = pathlib.Path(self.folder.name) / "history"

    def check(self, lines, code, says=""):
        """Lines: operations, or bytes as they are. Without and with --json."""
        self.file.write_bytes(lines if isinstance(lines, bytes) else b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        result = run("torture", "--check", self.file)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(says, (result.stdout + result.stderr).decode())
        self.assertEqual(result.stderr.count(b"\n"), code != 0)
        answer = run("torture", "--check", self.file, "--json")
        self.assertEqual(answer.returncode, code)
        self.assertEqual(json.loads(answer.stdout)["ok"], code == 0)
        return json.loads(answer.stdout)

    def test_right_histories(self):
        told = self.check([put("a", 0, 1), get("a", 2, 3)], 0, "linearizable: 2 operations on 1 keys")
        self.assertEqual((told["verdict"], told["ops"], told["keys"], told["unknown"], told["failed"]), ("linearizable", 2, 1, 0, 0))
        told = self.check([put("a", 0, 1, ok=None), put("b", 0, 1, ok=False), get("a", 2, 3), get(None, 2, 3, key="other")], 0)
        self.assertEqual((told["ops"], told["keys"], told["unknown"], told["failed"]), (4, 2, 1, 1))
        self.check([put("a", 0, 9), get(None, 1, 2), get("a", 3, 4)], 0)
        self.check([op(0, "cas", 0, 1, value="a", expect=None), op(0, "cas", 2, 3, value="b", expect="a"), get("b", 4, 5)], 0)
        self.check([op(0, "incr", 0, 1, value="5", out="5"), op(0, "incr", 0, 1, value="-1", out="4"), get("4", 2, 3)], 0)
        self.check(json.dumps(put("no newline at the end", 0, 1)).encode(), 0)

    def test_wrong_histories(self):
        told = self.check([put("a", 0, 1), put("b", 2, 3), get("a", 4, 5)], 1, "line 3: the get of key k by client 1, which answered a")  # stale
        self.assertEqual((told["verdict"], told["line"]), ("not linearizable", 3))
        self.check([put("a", 0, 1), get(None, 2, 3)], 1, "which found nothing")  # an acknowledged write is lost
        self.check([put("a", 0, 1, ok=False), get("a", 2, 3)], 1)  # what had no effect is seen
        self.check([put("a", 0, 1, ok=None), get("a", 2, 3), get(None, 4, 5)], 1)  # an unknown one is undone
        self.check([put("a", 0, 9), get("a", 1, 2), get(None, 3, 4)], 1)  # back in time
        self.check([op(0, "del", 0, 1), get("a", 2, 3), put("a", 4, 5)], 1)  # found before it was written
        self.check([put("a", 0, 1), op(0, "cas", 2, 9, value="b", expect="a"), op(1, "cas", 2, 9, value="c", expect="a")], 1)
        self.check([op(0, "incr", 0, 9, out="1"), op(1, "incr", 0, 9, out="1")], 1, "which answered 1")  # both took the same number

    def test_a_wrong_key_behind_many_right_ones(self):
        lines = [entry for i in range(3000) for entry in (put(f"v{i}", 10 * i, 10 * i + 4, key=f"k{i % 7}"),
                                                          get(f"v{i}", 10 * i + 5, 10 * i + 6, key=f"k{i % 7}"))]
        self.check(lines, 0)
        lines[4001]["out"] = "v3"
        self.check(lines, 1, "line 4002:")

    def test_what_is_no_history(self):
        good = json.dumps(put("a", 0, 1)).encode() + b"\n"
        self.check(b"", 2, "says nothing")
        self.check([put("a", 0, 1, ok=None)], 2, "says nothing")
        self.check(good + b"\n", 2, "line 2: is no JSON object")
        self.check(good * 2 + good[:-9], 2, "line 3: is no JSON object")
        self.check(good + bytes(range(256)), 2, "line 2: ")
        self.check(b"\x00" * 10000, 2, "line 1: ")
        self.check([put("a", 5, 4)], 2, "line 1: it returns before it is called")
        for kind in ("scan", "txn"):
            self.check([put("a", 0, 1), op(0, kind, 0, 1)], 2, f"line 2: a {kind} touches several keys, and this version judges")
        for path in ("/no/such", self.folder.name):
            result = run("torture", "--check", path)
            self.assertEqual(result.returncode, 2)
            self.assertIn(path.encode(), result.stderr)

    def test_what_is_too_wide_to_decide_is_neither_right_nor_wrong(self):
        wide = [put(f"v{i}", 0, 1000, key="wide") for i in range(300)]
        told = self.check(wide, 2, "undecided")
        self.assertEqual(told["verdict"], "undecided")
        self.check(wide + [put("a", 0, 1), get(None, 2, 3)], 1, "key k")  # but what is wrong elsewhere is wrong


if __name__ == "__main__":
    unittest.main()

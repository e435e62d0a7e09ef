"""The life and death of a cluster's processes: what `down` finds and what it leaves, what daemons inherit, what signals do to them."""
import fcntl
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from cluster import AVOCADO, Cluster, free_port_base, run, wait_until

SMALL = ("--host-memory", 16, "--budget", 9)


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] not in "ZX"
    except (OSError, IndexError):
        return False


def line_of(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


class Processes(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster(*SMALL, nodes=1)
        self.addCleanup(shutil.rmtree, self.cluster.dir, ignore_errors=True)
        self.pids = []
        self.addCleanup(self.kill)

    def kill(self):
        for pid in filter(alive, self.pids):
            os.kill(pid, signal.SIGKILL)

    def start(self):
        result = self.cluster.up()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.note()

    def note(self):
        self.pids = self.cluster.processes()
        self.assertEqual(len(self.pids), 5, [line_of(pid) for pid in self.pids])

    def foreground(self, *under):
        words = [*under, AVOCADO, "up", "--dir", self.cluster.data, *self.cluster.options]
        process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        while b"Ctrl-C" not in (line := process.stdout.readline()):
            self.assertNotEqual(line, b"", "up ended early")
        self.pids = [pid for pid in self.cluster.processes() if pid != process.pid]
        return process

    def all_end(self, seconds=5):
        wait_until(lambda: not any(map(alive, self.pids)), seconds, f"all of {self.pids} have ended")

    def refused(self, result, *said):
        text = result.stderr.decode()
        self.assertEqual(result.returncode, 2, result)
        for part in said:
            self.assertIn(part, text)


class Down(Processes):
    def down(self, data, *under):
        return subprocess.run([*under, AVOCADO, "down", "--dir", str(data)], capture_output=True, timeout=30)

    def test_a_moved_folder_is_stopped_where_it_is(self):
        self.start()
        moved = self.cluster.dir / "elsewhere"
        self.cluster.data.rename(moved)
        self.refused(self.down(self.cluster.data), "no cluster runs", "down --all")
        self.assertTrue(all(map(alive, self.pids)))
        self.assertEqual(self.down(moved).returncode, 0)
        self.all_end()
        self.assertFalse((moved / "client.profile").exists())

    def test_a_folder_mounted_elsewhere_is_stopped(self):
        self.start()
        mounted = self.cluster.dir / "mounted"
        mounted.mkdir()
        script = f'mount --bind "{self.cluster.data}" "{mounted}" && mount --bind /tmp "{self.cluster.data}" && exec "$@"'
        under = ("unshare", "-rm", "sh", "-c", script, "sh")
        result = self.down(mounted, *under)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.all_end()

    def test_nothing_is_thrown_away_while_a_process_is_out_of_sight(self):
        """As from within a container that has the folder mounted, or the other way round."""
        self.start()
        before = sorted(p.name for p in self.cluster.data.iterdir())
        under = ("unshare", "-rmpf", "--mount-proc")
        self.refused(self.down(self.cluster.data, *under), "cannot be seen from here")
        result = subprocess.run([*under, AVOCADO, "up", "--detach", "--dir", str(self.cluster.data), *map(str, self.cluster.options)],
                                capture_output=True, timeout=30)
        self.refused(result, "already runs", "cannot be seen from here")
        self.assertEqual(sorted(p.name for p in self.cluster.data.iterdir()), before)
        self.assertEqual(self.cluster("put", "k", "v").returncode, 0)
        self.assertEqual(self.down(self.cluster.data).returncode, 0)

    def test_what_pid_files_say_by_now_is_not_believed(self):
        """Another process has the number, and another program has that name and that folder on its command line."""
        self.start()
        bystander = subprocess.Popen(["sh", "-c", "sleep 60 & wait", "avocado-node", str(self.cluster.data)],
                                     executable="/bin/sh", start_new_session=True)
        self.addCleanup(bystander.wait)
        self.addCleanup(os.killpg, bystander.pid, signal.SIGKILL)
        host = self.cluster.data / "node-0/host.pid"
        node = int(host.read_text())
        host.write_text(f"{bystander.pid}\n")
        self.assertEqual(self.cluster.status()["nodes"][0]["host_pid"], node)
        self.assertEqual(self.down(self.cluster.data).returncode, 0)
        self.all_end()
        self.assertIsNone(bystander.poll())


class DownAll(unittest.TestCase):
    """In a namespace of processes of its own, whose clusters are all there is: `--all` would stop those of other tests."""

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="avocado-e2e-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.port = free_port_base()
        outer = subprocess.Popen(["unshare", "-rmpf", "--mount-proc", "--kill-child", "sleep", "300"])
        self.addCleanup(outer.wait)
        self.addCleanup(outer.kill)
        children = pathlib.Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        wait_until(lambda: children.read_text().split() and line_of(children.read_text().split()[0])[0] == b"sleep", 5, "the namespace")
        self.inside = ["nsenter", "-t", children.read_text().split()[0], "-U", "-m", "-p", "--preserve-credentials", AVOCADO]

    def run_inside(self, *words, **more):
        return subprocess.run([*self.inside, *map(str, words)], **{"capture_output": True, "timeout": 60, "stdin": subprocess.DEVNULL} | more)

    def up(self, name):
        self.port += 10
        result = self.run_inside("up", "--detach", "--dir", self.dir / name, "--nodes", 1, "--port", self.port, *SMALL)
        self.assertEqual(result.returncode, 0, result.stderr)

    def processes(self, name):
        where = str(self.dir / name).encode() + b"/"
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                found += [int(process.name)] if where in (process / "cmdline").read_bytes() and alive(process.name) else []
            except OSError:
                pass
        return found

    def at_terminal(self, typed):
        """The exit code of `down --all` where its input is a terminal."""
        master, slave = pty.openpty()
        process = subprocess.Popen([*self.inside, "down", "--all"], stdin=slave, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        os.close(slave)
        os.write(master, typed)
        text = process.communicate(timeout=30)[1]
        os.close(master)
        self.assertIn(b"[y/N]", text)
        return process.returncode

    def test_it_finds_clusters_whose_folders_are_gone(self):
        for name in ("gone", "there"):
            self.up(name)
        shutil.rmtree(self.dir / "gone")
        self.assertIn(b"no cluster runs", self.run_inside("down", "--dir", self.dir / "gone").stderr)
        self.assertNotEqual(self.processes("gone"), [])
        asked = self.run_inside("down", "--all")
        self.assertEqual(asked.returncode, 2)
        for said in (f"{self.dir}/gone (the folder is gone)", f"{self.dir}/there, ", "--yes"):
            self.assertIn(said, asked.stderr.decode())
        self.assertEqual(self.at_terminal(b"n\n"), 2)
        self.assertEqual(self.run_inside("put", "--dir", self.dir / "there", "k", "v").returncode, 0)
        self.assertNotEqual(self.processes("gone"), [])
        done = self.run_inside("down", "--all", "--yes", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)), (0, {"ok": True, "stopped": 2}), done.stderr)
        wait_until(lambda: self.processes("gone") + self.processes("there") == [], 5, "all have ended")
        self.assertFalse((self.dir / "there/client.profile").exists())
        none = self.run_inside("down", "--all")
        self.assertEqual((none.returncode, none.stderr), (0, b"avocado: 0 clusters stopped\n"))
        self.up("again")
        self.assertEqual(self.at_terminal(b"y\n"), 0)
        self.assertEqual(self.processes("again"), [])


class ConcurrentUp(Processes):
    def test_the_loser_is_told_to_wait(self):
        """And not to stop the winner: one that starts is held in the middle of it."""
        words = [AVOCADO, "up", "--detach", "--dir", str(self.cluster.data), *map(str, self.cluster.options)]
        first = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(first.stderr.close)
        self.addCleanup(first.kill)
        wait_until(lambda: (self.cluster.data / "up.json").exists(), 5, "the first has begun")
        first.send_signal(signal.SIGSTOP)
        try:
            for command in (words, [AVOCADO, "down", "--dir", str(self.cluster.data)]):
                result = subprocess.run(command, capture_output=True, timeout=30)
                self.refused(result, "another avocado up or down works on", "wait for it")
                self.assertNotIn(b"avocado down --dir", result.stderr)
        finally:
            first.send_signal(signal.SIGCONT)
        self.assertEqual(first.wait(timeout=30), 0)
        self.note()
        self.assertEqual(self.cluster("down").returncode, 0)

    def test_one_that_was_killed_keeps_nobody_waiting(self):
        words = [AVOCADO, "up", "--detach", "--dir", str(self.cluster.data), *map(str, self.cluster.options)]
        first = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: (self.cluster.data / "up.json").exists(), 5, "the first has begun")
        first.kill()
        first.wait()
        self.assertEqual(self.cluster("down").returncode, 0)
        self.start()
        self.assertEqual(self.cluster("down").returncode, 0)


class Foreground(Processes):
    def test_a_folder_that_goes_ends_the_cluster(self):
        up = self.foreground()
        shutil.rmtree(self.cluster.data)
        self.assertEqual(up.wait(timeout=20), 2)
        self.assertIn(b"is gone; the cluster was stopped", up.stderr.read())
        self.all_end()

    def test_a_folder_that_moves_does_not(self):
        up = self.foreground()
        moved = self.cluster.dir / "elsewhere"
        self.cluster.data.rename(moved)
        time.sleep(1)
        self.assertTrue(all(map(alive, [up.pid, *self.pids])))
        self.assertEqual(run("get", "--dir", moved, "k").returncode, 1)
        up.send_signal(signal.SIGINT)
        self.assertEqual(up.wait(timeout=20), 0)
        self.all_end()
        self.assertFalse((moved / "up.json").exists())

    def test_nohup_keeps_a_cluster_in_the_foreground(self):
        up = self.foreground("nohup")
        up.send_signal(signal.SIGHUP)
        time.sleep(1)
        self.assertIsNone(up.poll())
        self.assertEqual(self.cluster("put", "k", "v").returncode, 0)
        up.send_signal(signal.SIGTERM)
        self.assertEqual(up.wait(timeout=20), 0)
        self.all_end()

    def test_a_terminal_that_closes_ends_it_without_nohup(self):
        up = self.foreground()
        up.send_signal(signal.SIGHUP)
        self.assertEqual(up.wait(timeout=20), 0)
        self.all_end()


class Inherited(Processes):
    def test_daemons_keep_nothing_of_their_callers(self):
        """Neither a lock nor the end of a pipe, by whatever number."""
        lock = (self.cluster.dir / "lock").open("w")
        self.addCleanup(lock.close)
        fcntl.flock(lock, fcntl.LOCK_EX)
        reading, writing = os.pipe()
        for mode in ("process", "inline"):
            passed = [lock.fileno(), writing]
            high = fcntl.fcntl(writing, fcntl.F_DUPFD, 300)
            words = [AVOCADO, "up", "--detach", "--dir", self.cluster.data, *self.cluster.options, "--mode", mode]
            result = subprocess.run([str(word) for word in words], pass_fds=[*passed, high], capture_output=True, timeout=60)
            os.close(high)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.pids = self.cluster.processes()
            kept = {os.fstat(lock.fileno()).st_ino, os.fstat(writing).st_ino}
            for pid in self.pids:
                for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
                    self.assertNotIn(fd.stat().st_ino, kept, (line_of(pid)[0], fd.name))
            self.assertEqual(self.cluster("down").returncode, 0)
        os.close(writing)
        self.assertEqual(os.read(reading, 1), b"")
        os.close(reading)


if __name__ == "__main__":
    unittest.main()

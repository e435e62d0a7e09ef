"""The wall clock of running programs, statically linked ones too: their vDSO is rewritten, so that what they are told is so many
seconds ahead of (or behind) the machine's clock. x86-64, as everything here."""
import ctypes
import os
import pathlib
import re
import signal
import struct
import subprocess

PTRACE_TRACEME, PTRACE_DETACH = 0, 17
LIBC = ctypes.CDLL(None, use_errno=True)
# clock_gettime: eax = 228; syscall; if eax == 0 and edi <= CLOCK_MONOTONIC: [rsi] += offsets[edi]; ret
GETTIME = bytes.fromhex("b8e4000000 0f05 85c0 7515 83ff01 7710 488d15") + b"OOOO" + bytes.fromhex("89ff 488b14fa 480116 c3")
# time: eax = 201; syscall; rax += offsets[CLOCK_REALTIME]; if rdi != 0: [rdi] = rax; ret
TIME = bytes.fromhex("b8c9000000 0f05 480305") + b"OOOO" + bytes.fromhex("4885ff 7403 488907 c3")


def placed(code, at, offset_at):
    """The code with the distance to the offset, which counts from the end of the instruction that uses it."""
    hole = code.index(b"OOOO")
    return code[:hole] + struct.pack("<i", offset_at - (at + hole + 4)) + code[hole + 4:]


def symbols(image):
    """{name: offset} of a vDSO's dynamic symbols (ELF64)."""
    section_at, = struct.unpack_from("<Q", image, 40)
    size, count = struct.unpack_from("<HH", image, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", image, section_at + i * size) for i in range(count)]
    table = next(s for s in sections if s[1] == 11)
    names = sections[table[6]]
    found = {}
    for at in range(table[4], table[4] + table[5], 24):
        name, _, _, _, value, length = struct.unpack_from("<IBBHQQ", image, at)
        end = image.index(b"\0", names[4] + name)
        found[image[names[4] + name:end].decode()] = (value, length)
    return found


def inside(pid, begin, end):
    """Whether a thread of the stopped process is between these addresses."""
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        words = (task / "syscall").read_text().split()
        if words[0] == "running" or begin <= int(words[-1], 16) < end:
            return True
    return False


def write_code(pid, begin, end, parts):
    """Into a program that runs, when none of its threads is there."""
    traced = "t (tracing stop)" in pathlib.Path(f"/proc/{pid}/status").read_text()
    for _ in range(1000):
        if not traced:
            os.kill(pid, signal.SIGSTOP)
            while not re.search(r"^State:\s+[Tt]", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M):
                pass
        if traced or not inside(pid, begin, end):
            with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
                for at, code in parts:
                    memory.seek(at)
                    memory.write(code)
            break
        os.kill(pid, signal.SIGCONT)
    else:
        raise AssertionError(f"process {pid} is always in its vDSO")
    if not traced:
        os.kill(pid, signal.SIGCONT)


def set_ahead(pid, seconds, passed=0):
    """From now on the process is told a time so many seconds ahead, and that so many more have passed."""
    line = next(line for line in pathlib.Path(f"/proc/{pid}/maps").read_text().split("\n") if "[vdso]" in line)
    begin, end = (int(text, 16) for text in re.match(r"([0-9a-f]+)-([0-9a-f]+)", line).groups())
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        memory.seek(begin)
        image = memory.read(end - begin)
    names = symbols(image)
    gettime, room = names["__vdso_clock_gettime"]
    other = gettime + len(GETTIME)
    offsets_at = (other + len(TIME) + 7) & ~7
    assert offsets_at + 16 - gettime <= room, "this vDSO has no room"
    time_at, _ = names["__vdso_time"]
    code = placed(GETTIME, gettime, offsets_at) + placed(TIME, other, offsets_at)
    parts = [(begin + offsets_at, struct.pack("<qq", seconds, passed))]
    if image[gettime:gettime + len(code)] != code:
        parts += [(begin + gettime, code), (begin + time_at, b"\xe9" + struct.pack("<i", other - (time_at + 5)))]
    write_code(pid, begin, end, parts)


def start_ahead(seconds, words, **more):
    """Starts a program whose clock is ahead from its first instruction on."""
    def traced():
        LIBC.ptrace(PTRACE_TRACEME, 0, None, None)
    process = subprocess.Popen(list(map(str, words)), preexec_fn=traced, **more)
    _, status = os.waitpid(process.pid, 0)
    assert os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGTRAP, status
    set_ahead(process.pid, seconds)
    assert LIBC.ptrace(PTRACE_DETACH, process.pid, None, None) == 0
    return process


def run_ahead(seconds, words, stdin=b"", timeout=60):
    process = start_ahead(seconds, words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, error = process.communicate(stdin, timeout=timeout)
    return subprocess.CompletedProcess(words, process.returncode, out, error)

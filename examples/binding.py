#!/usr/bin/env python3
"""How a binding for another language looks: the shared library by ctypes, nothing compiled. Writes and reads a hundred keys, all
under way at once.

    ./binding.py .avocado/client.profile          finds libavocado.so.0 where the loader looks; LD_LIBRARY_PATH names other places

Layouts are those of <avocado/async.h>; they only ever grow at their end.
"""
import ctypes
import sys

KEYS = 100


class Completion(ctypes.Structure):
    _fields_ = [("user", ctypes.c_void_p), ("call", ctypes.c_int), ("error", ctypes.c_int), ("key", ctypes.c_void_p),
                ("key_bytes", ctypes.c_size_t), ("value", ctypes.c_void_p), ("value_bytes", ctypes.c_size_t), ("slot", ctypes.c_int),
                ("answered", ctypes.c_uint), ("needed", ctypes.c_uint), ("replicas", ctypes.c_uint)]


avo = ctypes.CDLL("libavocado.so.0")
avo.avo_next.restype = ctypes.POINTER(Completion)
avo.avo_pending.restype = ctypes.c_size_t
for function in (avo.avo_detail, avo.avo_version, avo.avo_error_name):
    function.restype = ctypes.c_char_p
SIZE, U32, POINTER = ctypes.c_size_t, ctypes.c_uint32, ctypes.c_void_p
avo.avo_submit_put.argtypes = [POINTER, ctypes.c_char_p, SIZE, ctypes.c_char_p, SIZE, U32, ctypes.c_uint, POINTER]
avo.avo_submit_get.argtypes = [POINTER, ctypes.c_char_p, SIZE, U32, ctypes.c_uint, POINTER]
avo.avo_next.argtypes = [POINTER, U32]
avo.avo_pending.argtypes = avo.avo_detail.argtypes = avo.avo_close.argtypes = [POINTER]


def check(error, why):
    if error != 0:
        raise SystemExit(f"{avo.avo_error_name(error).decode()}: {why.decode()}")


def completions(client):
    """Takes what was submitted, as it comes; the bytes are copied at once, since they are the library's until the next call."""
    while avo.avo_pending(client) > 0:
        done = avo.avo_next(client, 1000)
        if done:
            check(done.contents.error, avo.avo_detail(client))
            yield done.contents.user or 0, ctypes.string_at(done.contents.value, done.contents.value_bytes)


def main():
    client, why = POINTER(), ctypes.create_string_buffer(400)
    check(avo.avo_open(sys.argv[1].encode(), ctypes.byref(client), why, SIZE(len(why))), why.value)
    values = {number: b"value %d" % number for number in range(KEYS)}
    for number, value in values.items():
        key = b"binding-%d" % number
        check(avo.avo_submit_put(client, key, len(key), value, len(value), 0, 0, number), avo.avo_detail(client))
    assert len(list(completions(client))) == KEYS
    for number in values:
        key = b"binding-%d" % number
        check(avo.avo_submit_get(client, key, len(key), 0, 0, number), avo.avo_detail(client))
    assert dict(completions(client)) == values
    avo.avo_close(client)
    print(f"libavocado {avo.avo_version().decode()}: {KEYS} keys written and read")


main()

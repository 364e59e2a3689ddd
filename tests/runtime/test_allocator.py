"""Threads of the command share two heaps, unless the environment says how many; what is freed can be given back."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from edgeinterp.runtime import allocator

# what the C library says of its heaps, after six threads that hold memory at the same time
HEAPS = """
import ctypes, sys, threading
from edgeinterp.runtime.allocator import limit_heaps
if sys.argv[1] == "limited":
    limit_heaps()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
here = threading.Barrier(7)


def work():
    library.malloc(ctypes.c_size_t(1000))
    here.wait()
    here.wait()


threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
here.wait()
library.malloc_stats()
here.wait()
"""


# megabytes resident while 40 of small pieces are held, after all but the last were let go, and after giving back
HOLES = """
import ctypes, os, sys
from edgeinterp.runtime.allocator import give_back, limit_heaps
if sys.argv[1] == "limited":
    limit_heaps()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p


def resident():
    with open("/proc/self/statm") as file:
        print(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20)


pieces = [library.malloc(ctypes.c_size_t(20_000)) for _ in range(2_000)]
for piece in pieces:
    ctypes.memset(piece, 1, 20_000)
resident()
for piece in pieces[:-1]:
    library.free(ctypes.c_void_p(piece))
resident()
give_back()
resident()
"""


# megabytes resident while pieces of 2 MB are held, and once all but the last were let go, within and after
LARGE = """
import ctypes, os, sys
from edgeinterp.runtime.allocator import large_blocks_apart, limit_heaps
if sys.argv[1] == "limited":
    limit_heaps()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
SIZE = 2 << 20


def resident():
    with open("/proc/self/statm") as file:
        print(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20)


def hold_and_free():
    pieces = [library.malloc(ctypes.c_size_t(SIZE)) for _ in range(20)]
    for piece in pieces:
        ctypes.memset(piece, 1, SIZE)
    resident()
    for piece in pieces[:-1]:
        library.free(ctypes.c_void_p(piece))
    resident()


# glibc has seen larger pieces come and go, and keeps what it gets from now on
library.free(ctypes.c_void_p(library.malloc(ctypes.c_size_t(8 << 20))))
with large_blocks_apart():
    hold_and_free()
hold_and_free()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what was freed, and can be told")
def test_large_blocks_are_given_back_at_once_within_and_kept_afterwards() -> None:
    def megabytes(how: str) -> list[int]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
        done = subprocess.run([sys.executable, "-c", LARGE, how], env=kept, capture_output=True, text=True, check=True)
        return [int(line) for line in done.stdout.split()]

    held, freed, held_after, freed_after = megabytes("limited")
    assert freed < held - 30
    assert freed_after > held_after - 5
    held, freed, *_ = megabytes("as it is")
    assert freed > held - 5


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps holes and can be told")
def test_what_was_freed_is_given_back_where_the_allocator_is_ours() -> None:
    def megabytes(how: str) -> list[int]:
        kept = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
        command = [sys.executable, "-c", HOLES, how]
        done = subprocess.run(command, env=kept, capture_output=True, text=True, check=True)
        return [int(line) for line in done.stdout.split()]

    held, freed, after = megabytes("limited")
    assert freed > held - 5
    assert after < held - 30
    held, freed, after = megabytes("as it is")
    assert after > held - 5


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has several heaps")
def test_threads_share_two_heaps() -> None:
    def heaps(how: str, **environment: str) -> int:
        kept = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
        command = [sys.executable, "-c", HEAPS, how]
        done = subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True, check=True)
        return done.stderr.count("Arena")

    assert heaps("as it is") > allocator.HEAPS
    assert heaps("limited") == allocator.HEAPS
    assert heaps("limited", MALLOC_ARENA_MAX="4") == 4


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import ctypes

    def loaded(_name: object) -> object:
        raise AssertionError

    monkeypatch.setattr(ctypes, "CDLL", loaded)
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(allocator, "_trim", None)
    monkeypatch.setattr(allocator, "_set", None)
    allocator.limit_heaps()
    allocator.give_back()
    with allocator.large_blocks_apart():
        pass
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("MALLOC_ARENA_MAX", "3")
    allocator.limit_heaps()
    # a C library without the call
    monkeypatch.delenv("MALLOC_ARENA_MAX")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    allocator.limit_heaps()
    allocator.give_back()

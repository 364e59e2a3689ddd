"""Threads of the command share two heaps, unless the environment says how many."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from edgeinterp import allocator

# what the C library says of its heaps, after six threads that hold memory at the same time
HEAPS = """
import ctypes, sys, threading
from edgeinterp.allocator import limit_heaps
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
    allocator.limit_heaps()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("MALLOC_ARENA_MAX", "3")
    allocator.limit_heaps()
    # a C library without the call
    monkeypatch.delenv("MALLOC_ARENA_MAX")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    allocator.limit_heaps()

"""Ctrl-C ends the command with 130, whenever it comes and whatever becomes of it on its way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from edgeinterp.cli.main import main
from edgeinterp.inputs.texts import default_texts
from edgeinterp.runtime.interrupts import Interrupts

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")

SAID = "edgeinterp: interrupted; nothing half written is left\n"
PRESS = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"

# an audit hook: Ctrl-C while a module is imported
IMPORT = f"""
import sys
def hook(event, arguments):
    if event == "import" and arguments[0] == NAME:
        {PRESS}
sys.addaudithook(hook)
"""
# in place of the run
CHECK = """
import edgeinterp.checks.run
def check(*arguments, progress, **named):
{}
    for _ in range(10 ** 7):
        pass
    raise AssertionError("it ran on")
edgeinterp.checks.run.check = check
"""
PLACES = {
    # CPython remembers that `exec` was interrupted, whatever is done about it, and kills itself at its end
    "exec": f"    exec({PRESS!r} + chr(10) + 'while True: pass')",
    # what extension modules make of it while they are imported
    "another error": f"    try: {PRESS}; time.sleep(9)\n    except KeyboardInterrupt: raise ImportError('it failed')",
    "swallowed": f"    try: {PRESS}; time.sleep(9)\n    except KeyboardInterrupt: pass\n    progress('pairs', 1, 2)",
    "forgotten": f"    class Gone:\n        def __del__(self): {PRESS}\n    Gone()\n    progress('pairs', 1, 2)",
    "a thread that never ends": "    import threading\n"
    f"    threading.Thread(target=lambda: time.sleep(600)).start()\n    {PRESS}",
}


def ended(tmp_path: Any, first: str, *arguments: str) -> Any:
    """Run the command with something that the interpreter does before it."""
    (tmp_path / "sitecustomize.py").write_text(f"import time\n{first}", encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), *(entry for entry in sys.path if entry)])
    command = [sys.executable, "-m", "edgeinterp", "check", "--out", str(tmp_path / "out"), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "PYTHONPATH": path}
    )


@pytest.mark.parametrize("place", PLACES)
def test_whatever_becomes_of_it(tmp_path: Any, place: str) -> None:
    done = ended(tmp_path, CHECK.format(PLACES[place]))
    assert (done.returncode, done.stdout, done.stderr) == (130, "", SAID)


@pytest.mark.parametrize(
    "name",
    ["argparse", "edgeinterp.cli.main", "numpy", "numba", "onnxruntime", "edgeinterp.model.concepts"],
)
def test_while_modules_are_imported(tmp_path: Any, name: str) -> None:
    done = ended(tmp_path, f"NAME = {name!r}\n{IMPORT}")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", SAID)


@pytest.mark.parametrize("seconds", [0.0, 1.5])
def test_during_a_run(tmp_path: Any, seconds: float) -> None:
    many = tmp_path / "many.txt"
    many.write_text("\n".join(default_texts() * 20), encoding="utf-8")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "edgeinterp", "check", "--texts", str(many), "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # before its folder is there it may be the interpreter that is still starting
    while not out.exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout, stderr) == (130, "", SAID)
    # what --resume goes on with, and no result; no folder where there is nothing to go on with
    assert {path.name for path in tmp_path.iterdir()} <= {"many.txt", "out"}
    assert [path.name for path in tmp_path.glob("out/*")] == [".unfinished"] * out.exists()


def test_what_is_done_stays_done(tmp_path: Any) -> None:
    """At the interpreter's own end there is nothing left to interrupt."""
    late = f"import atexit, sys\ndef press(): {PRESS}\natexit.register(press)"
    (tmp_path / "sitecustomize.py").write_text(late, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), *(entry for entry in sys.path if entry)])
    done = subprocess.run(
        [sys.executable, "-m", "edgeinterp", "doctor"], capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_main_leaves_the_signal_as_it_was(monkeypatch: Any, capsys: Any) -> None:
    import edgeinterp.checks.run

    def pressed(*_arguments: Any, **_named: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(9)

    monkeypatch.setattr(edgeinterp.checks.run, "check", pressed)
    before = sys.excepthook, sys.unraisablehook
    assert main(["check"]) == 130
    assert capsys.readouterr().err == SAID
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert (sys.excepthook, sys.unraisablehook) == before


def test_a_handler_of_somebody_else_and_another_thread_are_left_alone() -> None:
    seen: list[Any] = []

    def there() -> None:
        with Interrupts():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=there)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts:
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            interrupts.over()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, old)

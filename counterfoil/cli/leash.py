"""Children that never outlive the shop: however `serve` ends, SIGKILL included, they notice and end.

Two nets: Linux tells a child that its parent died; and everywhere a thread waits for a pipe, which the system closes
with the parent. Run as a module (`python -m counterfoil.cli.leash MODULE`) it starts MODULE so, its standard input
being that pipe.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable

ORPHANED = 70  # the exit code of a child that lost its parent
PR_SET_PDEATHSIG = 1


def die_with_parent(wait: Callable[[], object]) -> None:
    """`wait` returns when the parent is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        wait()
        os._exit(ORPHANED)

    threading.Thread(target=watch, name="leash", daemon=True).start()


def die_with_starter() -> None:
    """For a web process, which `multiprocessing` started; nothing in the one that starts them."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    die_with_parent(parent.join)
    if hasattr(signal, "pthread_sigmask"):
        # Ctrl-C reaches all, and the shop then sends SIGTERM: a web process of granian 2.8 that is told twice may hang.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def main() -> None:
    import runpy

    die_with_parent(lambda: os.read(0, 1))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the shop tells its children by SIGTERM
    module = sys.argv[1]
    sys.argv[:] = [module, *sys.argv[2:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

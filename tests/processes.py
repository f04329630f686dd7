"""Programs that a test starts (a shop, a worker) on a leash: whatever happens to the test, they end with it.

`Program` is the test's side. The leash itself is this module run as a script: it starts the program in a session of
its own, and ends that whole session as soon as its standard input closes.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
GRACE_SECONDS = 15
KILL = b"kill\n"


class Program:
    """A running program and what it has printed (both streams, line by line)."""

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._closed = False
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.processes", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            with self._news:
                self.lines.append(raw.decode(errors="replace").rstrip("\r\n"))
                self._news.notify_all()
        with self._news:
            self._closed = True
            self._news.notify_all()

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, pattern: str, *, seconds: float = 30) -> re.Match[str]:
        """The first match of `pattern` in a line already printed or yet to come."""
        deadline, seen = time.monotonic() + seconds, 0
        with self._news:
            while True:
                for line in self.lines[seen:]:
                    if found := re.search(pattern, line):
                        return found
                seen = len(self.lines)
                left = deadline - time.monotonic()
                if self._closed or left <= 0:
                    why = "ended" if self._closed else f"said nothing of the kind in {seconds} s"
                    raise AssertionError(f"No {pattern!r}: the program {why}. It printed:\n{self.output}")
                self._news.wait(left)

    def wait(self, *, seconds: float = 30) -> int:
        """Its exit code, once it has ended by itself."""
        code = self.process.wait(seconds)
        self._reader.join(seconds)
        return code

    def interrupt(self) -> None:
        """Ctrl-C, as a person at the keyboard would."""
        self._pull(b"interrupt\n")

    def kill(self) -> None:
        """As the power cut does it: all of its processes at once, with no word of farewell."""
        self._pull(KILL)
        self.wait()

    def stop(self) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if not self.process.stdin.closed:
            self.process.stdin.close()
        code = self.wait(seconds=2 * GRACE_SECONDS)
        self.process.stdout.close()
        return code

    def _pull(self, word: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(word)
        self.process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


# The leash


def signal_all(child: subprocess.Popen[bytes], number: int) -> None:
    """To every process of the program's session; Windows knows only the one."""
    if os.name != "posix":
        child.terminate()
        return
    with suppress(ProcessLookupError):  # all gone already
        os.killpg(child.pid, number)


def hold(child: subprocess.Popen[bytes]) -> None:
    for word in sys.stdin.buffer:
        if word == KILL:
            signal_all(child, signal.SIGKILL)
        else:
            child.send_signal(signal.SIGINT)
    signal_all(child, signal.SIGTERM)
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        signal_all(child, signal.SIGKILL)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # at the keyboard Ctrl-C is for pytest, which then lets go
    child = subprocess.Popen(
        sys.argv[1:],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=heed_interrupts if os.name == "posix" else None,
    )
    threading.Thread(target=hold, args=[child], daemon=True).start()
    code = child.wait()
    signal_all(child, signal.SIGKILL)  # what it left behind in its session
    os._exit(code % 256)  # the thread may be blocked reading; a negative code becomes 256 - signal


def heed_interrupts() -> None:
    """An ignored signal is inherited, so it is set back before the program starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


if __name__ == "__main__":
    main()

"""The postman's process, kept going: mail goes out without a broker as well."""

import subprocess
import sys
import threading
import time
from contextlib import suppress

MODULE = "counterfoil.delivery.postman"
STOP_SECONDS = 10
SHORT_LIFE_SECONDS = 10
LONGEST_PAUSE_SECONDS = 30


class Postman:
    """Starts the process, and again when it dies: at once, then after longer and longer pauses."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._keeper = threading.Thread(target=self._keep, name="postman", daemon=True)

    def start(self) -> None:
        self._keeper.start()

    def stop(self) -> None:
        """It may finish the letter in hand."""
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _keep(self) -> None:
        pause_seconds = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            process = self._spawn()
            if process is None:
                return
            code = process.wait()
            if process.stdin:
                process.stdin.close()
            if self._stopping.is_set():
                return
            long_life = time.monotonic() - started > SHORT_LIFE_SECONDS
            pause_seconds = 0 if long_life else min(LONGEST_PAUSE_SECONDS, 2 * pause_seconds + 1)
            print(f"The postman ended with {code}; starting it again.", file=sys.stderr, flush=True)
            self._stopping.wait(pause_seconds)

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._stopping.is_set():
                return None
            # Its standard input is the leash: nothing is ever written to it.
            command = [sys.executable, "-m", "counterfoil.cli.leash", MODULE]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE)
            return self._process

"""The product's web server as `serve` starts it, without the postman: `python -m bench.web PORT WORKERS`."""

import sys
import threading
import time
from urllib.request import urlopen

import django


def main() -> None:
    port, workers = int(sys.argv[1]), int(sys.argv[2])
    django.setup()
    from counterfoil.cli.serve import load, new_server

    threading.Thread(target=tell_when_ready, args=(port,), daemon=True).start()
    new_server("127.0.0.1", port, workers).serve(target_loader=load)


def tell_when_ready(port: int) -> None:
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                print("ready", flush=True)
                return
        except OSError:
            time.sleep(0.05)


if __name__ == "__main__":
    main()

"""Files that wait between the dry run and the import: one folder each in the data folder, by user, with a random name.

`meta.json` is what was given and found, `plan.jsonl` the verdicts, `progress.json` how far a run is, `result.json`
what was done. They go after a day, or when a newer one needs the place.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from counterfoil.exchange.cells import BYTES_AT_MOST, unreadable
from counterfoil.exchange.planning import MARKS, Verdict, verdict_of
from counterfoil.rules.errors import NotFound

KEPT_SECONDS = 24 * 3600
KEPT_AT_MOST = 5  # a user
_TOKEN = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Kept:
    token: str
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "file"

    def read(self, name: str) -> dict[str, Any]:
        """{} where there is none yet."""
        try:
            found: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, PermissionError):  # Windows, while it is being replaced
            return {}
        return found

    def write(self, name: str, values: dict[str, Any]) -> None:
        """Whole or not at all, also for who reads at this moment."""
        new = self.folder / f"{name}.{secrets.token_hex(4)}.new"
        new.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
        os.replace(new, self.folder / f"{name}.json")

    def tell(self, phase: str, done: int, percent: int) -> None:
        """Progress is a courtesy: a reader on Windows may be in the way."""
        with contextlib.suppress(PermissionError):
            self.write("progress", {"phase": phase, "done": done, "percent": percent})

    def verdicts(self, *, verb: str = "", start: int = 0, most: int = 100) -> list[Verdict]:
        """A page of them, of one verb or of all."""
        return list(islice(self.all_verdicts(verb=verb, start=start), most))

    def all_verdicts(self, *, verb: str = "", start: int = 0) -> Iterator[Verdict]:
        with (self.folder / "plan.jsonl").open(encoding="utf-8", errors="surrogatepass") as lines:
            mark = MARKS.get(verb, "")
            for line in islice((line for line in lines if line.startswith(mark)), start, None):
                yield verdict_of(line)


def _home(user_id: int) -> Path:
    return Path(settings.DATA_DIR) / "imports" / str(int(user_id))


def keep(*, user_id: int, chunks: Iterable[bytes], meta: dict[str, Any]) -> Kept:
    """Write an upload down. Too large a one leaves nothing behind."""
    sweep()
    home = _home(user_id)
    kept = Kept(token := secrets.token_hex(16), home / token)
    kept.folder.mkdir(parents=True, mode=0o700)
    size = 0
    try:
        with kept.file.open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > BYTES_AT_MOST:
                    raise unreadable(f"The file is larger than {BYTES_AT_MOST // 1024 // 1024} MB: split it.")
                file.write(chunk)
        if not size:
            raise unreadable("The file is empty.")
        kept.write("meta", {**meta, "size": size})
    except BaseException:
        shutil.rmtree(kept.folder, ignore_errors=True)
        raise
    others = sorted(home.iterdir(), key=_age)
    for folder in others[KEPT_AT_MOST:]:
        shutil.rmtree(folder, ignore_errors=True)
    return kept


def find(*, user_id: int, token: str) -> Kept:
    """The user's own, or NotFound: a token is no path and opens nobody else's file."""
    kept = Kept(token, _home(user_id) / token)
    if not _TOKEN.fullmatch(token) or not (kept.folder / "meta.json").is_file() or _age(kept.folder) > KEPT_SECONDS:
        raise NotFound("This import is no longer there: choose the file again.")
    return kept


def sweep() -> None:
    """Remove what is too old, of every user."""
    for folder in (Path(settings.DATA_DIR) / "imports").glob("*/*"):
        if _age(folder) > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _age(folder: Path) -> float:
    try:
        return time.time() - (folder / "file").stat().st_mtime
    except OSError:
        return time.time()

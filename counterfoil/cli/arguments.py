"""What can be typed after `counterfoil`, and which module answers it. Nothing heavy is imported here."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from counterfoil.cli.opened import open_shop
from counterfoil.cli.refused import Refused

INTERRUPTED = 130
DEFAULT_PORT = 8000
WORDS = ("serve", "token", "user", "demo", "verify", "rollups", "backup", "restore")


def main(words: Sequence[str] | None = None) -> int:
    """The exit code of `counterfoil WORDS`. Without words, or with serve's own options alone, the shop is opened."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    given = list(sys.argv[1:] if words is None else words)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help", "--version")):
        given = ["serve", *given]
    options = parser().parse_args(given)
    try:
        return run(options)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return INTERRUPTED


def run(options: argparse.Namespace) -> int:
    module, _, function = options.answers.partition(":")
    try:
        if options.word != "serve":  # serve looks at its port before anything else
            open_shop()
        answer: Callable[[argparse.Namespace], int] = getattr(import_module(f"counterfoil.cli.{module}"), function)
        return answer(options)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="counterfoil", description="A billing counter a shop can trust with its money.")
    top.add_argument("--version", action="version", version=f"counterfoil {version()}")
    words = top.add_subparsers(dest="word", metavar="{" + ",".join(WORDS) + "}", required=True)

    serve = words.add_parser("serve", help="open the shop: pages, API and mail, in one command (also the bare command)")
    serve.add_argument("--host", default="127.0.0.1", help="where to listen; 0.0.0.0 lets other machines in")
    serve.add_argument("--port", type=port, default=DEFAULT_PORT)
    serve.add_argument("--workers", type=at_least_one, default=None, help="web processes (1 on SQLite)")
    serve.add_argument("--no-demo", action="store_true", help="begin with an empty shop")
    serve.set_defaults(answers="serve:serve")

    _people(words)

    demo = words.add_parser("demo", help="fill the shop with believable products, customers and invoices")
    demo.add_argument("--invoices", type=at_least_one, default=400, metavar="N")
    demo.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed makes the same invoices")
    demo.add_argument("--products", type=int, default=0, metavar="P", help="how many there are to be in all")
    demo.add_argument("--customers", type=int, default=0, metavar="C", help="how many there are to be in all")
    demo.add_argument("--days", type=at_least_one, default=90, metavar="D", help="over how many days, until now")
    demo.set_defaults(answers="demo.command:demo")

    verify = words.add_parser("verify", help="check every invariant over the whole shop; exit 1 if one does not hold")
    verify.add_argument("--json", action="store_true", help="what was found, as JSON on standard output")
    verify.add_argument(
        "--head", action="append", default=[], metavar="NUMBER=DIGEST",
        help="a document and its digest as you wrote them down: shows that it is still there, unchanged",
    )  # fmt: skip
    verify.set_defaults(answers="verify.command:verify")

    rollups = words.add_parser("rollups", help="add up what is not yet added up; readers do so themselves")
    rollups.add_argument("--again", action="store_true", help="make them and what is searched all anew")
    rollups.set_defaults(answers="rollups:rollups")

    backup = words.add_parser("backup", help="the whole shop into one file, while it is being used")
    backup.add_argument("file")
    backup.set_defaults(answers="backup.command:backup")
    restore = words.add_parser("restore", help="the shop as a backup kept it, and verify it")
    restore.add_argument("file")
    restore.add_argument("--force", action="store_true", help="overwrite a shop that has invoices")
    restore.set_defaults(answers="backup.command:restore")
    return top


def _people(words: Any) -> None:
    token = words.add_parser("token", help="API tokens").add_subparsers(dest="verb", required=True)
    create = token.add_parser("create", help="prints a new token, alone on the last line; it is shown this once")
    create.add_argument("name")
    create.add_argument("--role", default="owner", choices=["owner", "cashier", "accountant"])
    create.add_argument(
        "--days", type=at_least_one, default=None, help="after how many days it ends; never, if not given"
    )
    create.set_defaults(answers="people:create_token")
    token.add_parser("list").set_defaults(answers="people:list_tokens")
    revoke = token.add_parser("revoke", help="ends a token at once")
    revoke.add_argument("which", help="its name, or its number from `token list`")
    revoke.set_defaults(answers="people:revoke_token")

    user = words.add_parser("user", help="who may sign in").add_subparsers(dest="verb", required=True)
    add = user.add_parser("add", help="asks for a password, or makes one with --generate")
    password = user.add_parser("password", help="a new password for somebody")
    for each in (add, password):
        each.add_argument("name")
        each.add_argument("--generate", action="store_true", help="make a password and print it once")
    add.add_argument("--role", default="cashier", choices=["owner", "cashier", "accountant"])
    add.set_defaults(answers="people:add_user")
    password.set_defaults(answers="people:change_password")
    user.add_parser("list").set_defaults(answers="people:list_users")


def at_least_one(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number from 1 on")
    return int(text)


def port(text: str) -> int:
    number = at_least_one(text)
    if number > 65535:
        raise argparse.ArgumentTypeError(f"{text}: ports go up to 65535")
    return number


def version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("counterfoil")
    except PackageNotFoundError:  # run from an unpacked archive
        return "(not installed)"

# `just` lists them. Each is one line that can be typed as well.

default:
    @just --list

# Open the shop
serve *words:
    uv run counterfoil serve {{words}}

# Everything that CI runs
test *words:
    uv run counterfoil-test {{words}}

# Lint, types, import directions, migrations
check:
    uv run counterfoil-test --only lint

# One format for the house
format:
    uv run --group test ruff check --fix --quiet
    uv run --group test ruff format

# requirements.txt from uv.lock
requirements:
    uv export --quiet --no-hashes --no-dev --no-emit-project -o requirements.txt

# PostgreSQL, Valkey, shop, worker and clock in containers
up:
    docker compose up --build

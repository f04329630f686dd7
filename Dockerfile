# The shop, a worker or the clock: see compose.yaml.
FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 COUNTERFOIL_DATA_DIR=/data PATH=/shop/.venv/bin:$PATH
RUN pip install --no-cache-dir uv && useradd --create-home shop && install -d -o shop /shop /data
WORKDIR /shop
USER shop
COPY --chown=shop pyproject.toml uv.lock .python-version README.md ./
RUN uv sync --locked --no-dev --no-install-project
COPY --chown=shop . .
RUN uv sync --locked --no-dev
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["counterfoil"]
CMD ["serve", "--host", "0.0.0.0"]

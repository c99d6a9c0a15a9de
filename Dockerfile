# syntax=docker/dockerfile:1
# 食链: web, worker and beat run from one image; docker-compose.yml says which is which.

FROM python:3.13-slim-bookworm AS build
WORKDIR /opt/shilian
RUN python -m venv .venv
COPY requirements.lock ./
RUN .venv/bin/python -m pip install --no-cache-dir --no-deps -r requirements.lock
COPY manage.py pyproject.toml ./
COPY shilian shilian
COPY enterprises enterprises
COPY traceability traceability
COPY supervision supervision
COPY templates templates
COPY static static
# The static files belong to the image; the key is only there to let the settings load.
RUN SHILIAN_DATA_DIR=/opt/shilian/collected SHILIAN_SECRET_KEY=unused \
    .venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM python:3.13-slim-bookworm
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PATH=/opt/shilian/.venv/bin:$PATH \
    SHILIAN_DATA_DIR=/var/lib/shilian \
    SHILIAN_STATIC_DIR=/opt/shilian/collected/static \
    SHILIAN_HOST=0.0.0.0
# The typefaces that the .pdf of a bulletin embeds.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 shilian \
    && useradd --system --uid 10001 --gid shilian --home-dir /var/lib/shilian shilian \
    && install --directory --owner=shilian --group=shilian --mode=0700 /var/lib/shilian
WORKDIR /opt/shilian
COPY --from=build /opt/shilian /opt/shilian
USER 10001:10001
VOLUME /var/lib/shilian
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=40s --retries=4 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8000/healthz', headers={'Host': 'localhost', 'X-Forwarded-Proto': 'https'}), timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--no-ws", "--host", "0.0.0.0", "--port", "8000", "--workers", "4", "--blocking-threads", "2", "--blocking-threads-idle-timeout", "600", "--respawn-failed-workers", "--log-level", "warning", "shilian.wsgi:application"]

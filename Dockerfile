FROM python:3.11-slim-bookworm

ENV LANG=C.UTF-8 LC_ALL=C.UTF-8 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends gettext libfontconfig1 libharfbuzz-subset0 libharfbuzz0b \
       libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/foreignwork portal

WORKDIR /srv/foreignwork
COPY requirements/ requirements/
RUN pip install --require-hashes -r requirements/base.txt
COPY . .
RUN mkdir -p /data /keys && chown -R portal /data /keys locale
USER portal
ENV DJANGO_SETTINGS_MODULE=foreignwork.settings FOREIGNWORK_VAR=/data FOREIGNWORK_KEYS=/keys/master.json
EXPOSE 8000
# /dev/shm: gunicorn's heartbeat must not wait for a slow disk.
CMD ["gunicorn", "foreignwork.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4", "--worker-class", "sync", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--timeout", "60", "--graceful-timeout", "20"]

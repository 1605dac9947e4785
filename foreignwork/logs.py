"""Logs as one JSON object a line. Ids only: no bodies, no query strings, no names (docs/architecture.md)."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime


class JsonFormatter(logging.Formatter):
    """`{"at", "level", "logger", "message"[, "path", "status", "trace"]}`; `at` is UTC, ISO 8601."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        request = getattr(record, "request", None)
        if request is not None and hasattr(request, "path"):
            # Without the query string: a search box may hold a passport number.
            line |= {"path": request.path, "status": getattr(record, "status_code", None)}
        if record.exc_info and record.exc_info[0] is not None:
            # Frames without the exception's text: PostgreSQL and validators quote values in it.
            kind, _value, trace = record.exc_info
            frames = []
            while trace is not None:
                code = trace.tb_frame.f_code
                frames.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno} {code.co_name}")
                trace = trace.tb_next
            line["exception"] = kind.__name__
            line["trace"] = frames[-12:]
        return json.dumps(line, ensure_ascii=False)

"""For load balancers: `/livez` (this process answers) and `/readyz` (database there and migrated)."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from foreignwork.policies import workdays


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"live": True})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 `{"ready": true, …}` or 503 with the reason: `database` or `migrations`. `holidays_until` is the last
    year whose holidays are on file (no reason to be unready); `manage.py calendar status` says what hangs on it."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return JsonResponse({"ready": False, "reason": "database"}, status=503)
    if waiting:
        return JsonResponse({"ready": False, "reason": "migrations"}, status=503)
    return JsonResponse({"ready": True, "holidays_until": max(workdays.calendar().years)})

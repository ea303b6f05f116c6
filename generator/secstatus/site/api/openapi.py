"""The API as OpenAPI 3.1, from the shapes of its documents."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from secstatus.site.api.models import SHAPES, open_schema

_PATHS = {
    "/index.json": ("getIndex", "The full status with its open findings", "Status"),
    "/api/v1/status.json": ("getStatus", "The status without the findings", "Status"),
    "/api/v1/findings.json": ("listFindings", "Every finding ever published", "Findings"),
    "/api/v1/findings/{name}.json": ("getFinding", "One finding in detail", "Finding"),
    "/api/v1/events.json": ("listEvents", "All events, newest first", "Events"),
    "/api/v1/history/{year}.json": ("getYear", "All events of one year", "HistoryYear"),
    "/api/v1/releases.json": ("listReleases", "Every release decision, and why", "Releases"),
    "/api/v1/metrics.json": ("getMetrics", "Availability of the published site", "Metrics"),
    "/api/v1/index.json": ("getDocuments", "The URLs of all documents", "Index"),
    "/api/v1/manifest.json": ("getManifest", "Every file with its SHA-256", "Manifest"),
    "/badges/{badge}.json": ("getBadge", "A badge for shields.io", "Badge"),
}


def openapi(version: str) -> dict[str, Any]:
    """The API as OpenAPI 3.1, without `servers`: those are the site's address."""
    models = [(model, "validation") for model in SHAPES.values()]
    _, definitions = models_json_schema(
        models,  # type: ignore[arg-type]
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Security status",
            "description": "Static files; no key, no parameters, any origin.",
            "version": version,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {path: {"get": _operation(path, *rest)} for path, rest in _PATHS.items()},
        "components": {"schemas": open_schema(definitions)["$defs"]},
    }


def _operation(path: str, name: str, summary: str, model: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {
            "200": {"description": summary, "content": content},
            "404": {"description": "There is no such file"},
        },
    }
    if "{" in path:
        parameter = path[path.index("{") + 1 : path.index("}")]
        operation["parameters"] = [
            {"name": parameter, "in": "path", "required": True, "schema": {"type": "string"}}
        ]
    return operation

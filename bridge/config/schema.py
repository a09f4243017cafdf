"""JSON Schema of the configuration, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from bridge.config.connectors import config_model


def json_schema() -> dict[str, Any]:
    """Draft 2020-12. A plain number is good where a text is asked for: we read it as written."""
    schema: dict[str, Any] = _as_written(config_model().model_json_schema())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "asterisk-crm-bridge configuration"
    return schema


def _as_written(node: Any) -> Any:
    if isinstance(node, list):
        return [_as_written(item) for item in node]
    if not isinstance(node, dict):
        return node
    inside = {key: _as_written(item) for key, item in node.items()}
    if inside.get("type") == "string" and "enum" not in inside and "const" not in inside:
        inside["type"] = ["string", "number"]
    elif inside.get("type") in ("integer", "number", "boolean"):  # may come as ${NAME}
        inside = {
            "anyOf": [inside, {"type": "string", "pattern": r"\$\{|^file:"}],
            **{
                key: inside.pop(key) for key in ("title", "description", "default") if key in inside
            },
        }
    return inside

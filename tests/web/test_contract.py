"""The OpenAPI document says what the API does."""

from __future__ import annotations

import jsonschema

from bridge.web import api, applications, asking, incidents, ratings, recordings, transcriptions
from bridge.web.contract import openapi
from bridge.web.port import BELOW, PORT
from tests.web.conftest import finished


def test_every_address_of_the_api_is_in_the_document_and_no_other() -> None:
    routes = (
        *api.routes,
        *applications.routes,
        *asking.routes,
        *recordings.routes,
        *transcriptions.routes,
        *ratings.routes,
        *incidents.routes,
    )
    served = {getattr(route, "path", "") for route in routes}
    served |= {f"{BELOW}/{path}" for _, path in PORT}
    assert set(openapi()["paths"]) == {
        path for path in served if path.startswith(("/api/", "/hooks/"))
    }


def test_the_document_names_the_right_that_each_operation_asks_for() -> None:
    paths = openapi()["paths"]
    named = [paths[path][method].get("security") for path, method in (
        ("/api/v1/calls", "get"), ("/api/v1/calls", "post"), ("/hooks/{destination}", "post"),
    )]  # fmt: skip
    assert named == [[{"token": ["calls"]}], [{"token": ["dial"]}], None]


def test_a_call_keeps_to_the_schema_in_the_document() -> None:
    document = openapi()
    schema = {"$ref": "#/components/schemas/CallRecord", "components": document["components"]}
    jsonschema.validate(finished().to_json(), schema)


def test_no_reference_leads_nowhere() -> None:
    text, schemas = str(openapi()), openapi()["components"]["schemas"]
    named = {part.split("'")[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(schemas)

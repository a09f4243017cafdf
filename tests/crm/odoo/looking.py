"""What people find in Odoo after a call."""

from __future__ import annotations

from typing import Any

from tests.lab.odoo_rpc import OdooRpc

Place = tuple[str, int]


def shown_on(admin: OdooRpc) -> set[Place]:
    """The records with a note of a call."""
    return {(row["model"], row["res_id"]) for row in notes(admin)}


def notes(admin: OdooRpc) -> list[dict[str, Any]]:
    return [row for row in messages(admin) if row["model"] != "mail.channel"]


def listed(admin: OdooRpc) -> list[dict[str, Any]]:
    """The list of calls in Discuss."""
    return [row for row in messages(admin) if row["model"] == "mail.channel"]


def messages(admin: OdooRpc) -> list[dict[str, Any]]:
    """Every message of a call."""
    ours = ["message_id", "like", "@asterisk-crm-bridge>"]
    fields = ["model", "res_id", "body", "author_id", "attachment_ids", "date", "message_id"]
    return admin.rows("mail.message", ours, fields=fields)


def leads(admin: OdooRpc) -> list[dict[str, Any]]:
    fields = ["name", "type", "phone", "referred", "partner_id", "user_id", "team_id", "stage_id"]
    return admin.rows("crm.lead", fields=[*fields, "tag_ids", "active", "description"])


def recordings(admin: OdooRpc) -> list[dict[str, Any]]:
    sounds = ["mimetype", "like", "audio/"]
    return admin.rows("ir.attachment", sounds, fields=["name", "datas", "res_model", "res_id"])

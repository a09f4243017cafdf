"""The office in the Odoo of the tests, set up as docs/odoo.md says: Anna, whose login the connector
has and who is no administrator, and Boris, who is."""

from __future__ import annotations

from typing import Final

from tests.lab.odoo_rpc import OdooRpc

ADMIN: Final = ("admin", "admin")
ANNA: Final = ("anna", "a secret of Anna's")
_RIGHTS: Final = (
    "base.group_user",
    "base.group_partner_manager",
    "sales_team.group_sale_manager",
)
_INBOX: Final = {"notification_type": "inbox"}


def furnish(admin: OdooRpc) -> None:
    """The company is Russian, leads are on, users have extensions and companies a KPP."""
    admin.call("res.company", "write", [1], {"country_id": admin.id_of("base.ru")})
    everyone, leads = admin.id_of("base.group_user"), admin.id_of("crm.group_use_lead")
    admin.call("res.groups", "write", [everyone], {"implied_ids": [[4, leads]]})
    _field(admin, "res.users", "x_asterisk_ext", "Extension")
    _field(admin, "res.partner", "x_kpp", "KPP")
    boris = {"name": "Борис", "email": "boris@example.org", "x_asterisk_ext": "102, 202"}
    admin.call("res.users", "write", [admin.login()], boris | _INBOX)
    login, password = ANNA
    anna = {
        "name": "Анна",
        "login": login,
        "password": password,
        "email": "anna@example.org",
        "x_asterisk_ext": "101",
        "groups_id": [[6, 0, [admin.id_of(each) for each in _RIGHTS]]],
    }
    admin.call("res.users", "create", anna | _INBOX)


def _field(admin: OdooRpc, model: str, name: str, label: str) -> None:
    (id,) = admin.call("ir.model", "search", [["model", "=", model]])
    about = {"name": name, "field_description": label, "ttype": "char", "model_id": id}
    admin.call("ir.model.fields", "create", about)

"""A Redis that speaks TLS alone and lets one ACL user in: and what is said to others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bridge.cache.settings import Redis
from bridge.cache.shelves import InRedis
from bridge.domain.counters import NoCounters
from tests.cache.conftest import RedisServer, redis_server
from tests.lab.ports import free_port
from tests.web.certificates import certify

PASSWORD = "8d1f40c7a96e"
# Our keys and the three commands, and no more.
ACL = f"user bridge on >{PASSWORD} ~asterisk-bridge:* -@all +get +mget +set\nuser default off\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("redis")


@pytest.fixture
async def server(folder: Path) -> AsyncIterator[RedisServer]:
    certificate, key = certify(folder)
    (folder / "users.acl").write_text(ACL)
    tls = free_port()
    words = (
        *("--tls-port", str(tls), "--tls-auth-clients", "no"),
        *("--tls-cert-file", str(certificate), "--tls-key-file", str(key)),
        *("--tls-ca-cert-file", str(certificate), "--aclfile", str(folder / "users.acl")),
    )
    async with redis_server(folder, free_port(), *words) as plain:
        plain.port = tls
        yield plain


def settings(server: RedisServer, **said: object) -> Redis:
    ours = {
        "addresses": [server.address],
        "tls": True,
        "username": "bridge",
        "password": SecretStr(PASSWORD),
        "timeout": 2,
    }
    return Redis.model_validate({**ours, **said})


async def test_the_acl_user_keeps_and_finds_answers_over_tls(
    server: RedisServer, folder: Path
) -> None:
    shelf = InRedis(settings(server, tls_ca=str(folder / "web.pem")), NoCounters())
    await shelf.put("crm:+7", b"anna", 60)
    assert [await shelf.get("crm:+7"), await shelf.get("crm:+8")] == [b"anna", None]
    await shelf.close()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"password": "another"}, "cache.redis.username, password"),
        ({"username": "stranger"}, "cache.redis.username, password"),
        ({"prefix": "elsewhere"}, "what ACL lets this user do"),
        ({"tls_ca": None}, "cache.redis.tls_ca"),
        ({"tls": False}, "with or without tls"),
        ({"addresses": ["127.0.0.1:1"]}, "cache.redis.addresses"),
    ],
    ids=["password", "user", "keys", "authority", "plain", "nobody"],
)
async def test_who_is_not_let_in_is_told_what_to_look_at(
    server: RedisServer, folder: Path, wrong: dict[str, object], says: str
) -> None:
    said = settings(server, **{"tls_ca": str(folder / "web.pem"), **wrong})
    shelf = InRedis(said, NoCounters())
    with capture_logs() as logs:
        assert await shelf.get("crm:+7") is None
    await shelf.close()
    [away] = [log for log in logs if log["event"] == "cache.away"]
    assert says in away["act"]
    assert PASSWORD not in str(away)


ONE_USER = f"user watcher on >{PASSWORD} allchannels +@all\nuser default off"


@pytest.mark.parametrize(
    ("asks", "username", "password", "found"),
    [
        (f"requirepass {PASSWORD}", None, PASSWORD, b"anna"),
        (f"requirepass {PASSWORD}", None, "of-another", None),
        (ONE_USER, "watcher", PASSWORD, b"anna"),
        (ONE_USER, "stranger", PASSWORD, None),
        (ONE_USER, None, PASSWORD, None),
    ],
    ids=["password", "wrong password", "user", "wrong user", "no user"],
)
async def test_sentinels_are_asked_over_tls_and_with_what_they_themselves_ask_for(
    folder: Path, asks: str, username: str | None, password: str, found: bytes | None
) -> None:
    """The first of them is away."""
    certificate, key = certify(folder)
    tls = free_port()
    async with redis_server(folder, free_port()) as master:
        watch = folder / "sentinel.conf"
        watch.write_text(
            f"sentinel monitor office 127.0.0.1 {master.port} 1\n{asks}\n"
            f"tls-port {tls}\ntls-auth-clients no\ntls-cert-file {certificate}\n"
            f"tls-key-file {key}\ntls-ca-cert-file {certificate}\n"
        )
        async with redis_server(folder, free_port(), str(watch), "--sentinel") as sentinel:
            sentinel.port = tls
            let_in = {
                "addresses": [f"127.0.0.1:{free_port()}", sentinel.address],
                "tls": False,
                "username": None,
                "password": None,
                "master": "office",
                "sentinel_tls": True,
                "sentinel_username": username,
                "sentinel_password": SecretStr(password),
                "tls_ca": str(folder / "web.pem"),
            }
            shelf = InRedis(settings(sentinel, **let_in), NoCounters())
            with capture_logs() as told:
                await shelf.put("crm:+7", b"anna", 60)
                assert await shelf.get("crm:+7") == found
            await shelf.close()
    assert bool(found) is not any("sentinel_password" in one.get("act", "") for one in told)

"""What every shelf does, and what one does whose Redis is gone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.cache.settings import CacheSettings, Redis
from bridge.cache.shelves import InRedis, OwnMemory, Shelf
from bridge.domain.counters import NoCounters
from tests.cache.conftest import RedisServer, redis_server
from tests.lab.ports import free_port
from tests.lab.wait import until


def _patient(server: RedisServer, **settings: Any) -> Redis:
    """A machine that does much else at once answers late."""
    return Redis(addresses=(server.address,), timeout=2, **settings)


async def test_what_was_put_is_there_and_nothing_else(shelf: Shelf) -> None:
    await shelf.put("crm:+7", b"anna", 60)
    assert [await shelf.get("crm:+7"), await shelf.get("crm:+8")] == [b"anna", None]


async def test_the_newest_value_counts(shelf: Shelf) -> None:
    await shelf.put("crm:+7", b"anna", 60)
    await shelf.put("crm:+7", b"boris", 60)
    assert await shelf.get("crm:+7") == b"boris"


async def test_memory_keeps_those_that_were_asked_for_last() -> None:
    shelf = OwnMemory(2)
    for number in ("1", "2"):
        await shelf.put(number, b"x", 60)
    await shelf.get("1")
    await shelf.put("3", b"x", 60)
    assert [number for number in "123" if await shelf.get(number)] == ["1", "3"]


async def test_without_redis_the_shelf_is_empty_and_with_it_full_again(redis: RedisServer) -> None:
    shelf = InRedis(Redis(addresses=(redis.address,)), NoCounters())
    await redis.stop()
    await shelf.put("crm:+7", b"lost", 60)
    assert await shelf.get("crm:+7") is None
    await redis.start()

    async def kept() -> bool:
        await shelf.put("crm:+7", b"kept", 60)
        return await shelf.get("crm:+7") == b"kept"

    await until(kept, "Redis to be asked again")
    await shelf.close()


async def test_the_master_that_sentinels_name_is_asked(tmp_path: Path) -> None:
    async with redis_server(tmp_path, free_port()) as master:
        watch = f"sentinel monitor office 127.0.0.1 {master.port} 1\n"
        (tmp_path / "sentinel.conf").write_text(watch)
        words = (str(tmp_path / "sentinel.conf"), "--sentinel")
        async with redis_server(tmp_path, free_port(), *words) as sentinel:
            shelf = InRedis(_patient(sentinel, master="office"), NoCounters())
            await shelf.put("crm:+7", b"anna", 60)
            assert await master.told("GET", "asterisk-bridge:crm:+7") == b"anna"
            assert await shelf.get("crm:+7") == b"anna"
            await shelf.close()


async def test_when_the_sentinels_name_another_master_that_one_is_asked(tmp_path: Path) -> None:
    async with (
        redis_server(tmp_path, free_port()) as old,
        redis_server(tmp_path, free_port()) as new,
    ):
        watch = f"sentinel monitor office 127.0.0.1 {old.port} 1\n"
        (tmp_path / "sentinel.conf").write_text(watch)
        words = (str(tmp_path / "sentinel.conf"), "--sentinel")
        async with redis_server(tmp_path, free_port(), *words) as sentinel:
            shelf = InRedis(_patient(sentinel, master="office"), NoCounters())
            await shelf.put("crm:+7", b"anna", 60)
            await old.stop()
            await sentinel.told("SENTINEL", "REMOVE", "office")
            await sentinel.told("SENTINEL", "MONITOR", "office", "127.0.0.1", new.port, 1)

            async def kept() -> bool:
                await shelf.put("crm:+7", b"boris", 60)
                return await shelf.get("crm:+7") == b"boris"

            await until(kept, "the new master to be asked")
            await shelf.close()


async def test_a_cluster_keeps_answers_too(tmp_path: Path) -> None:
    words = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))
    async with redis_server(tmp_path, free_port(), *words) as node:
        await node.told("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        shelf = InRedis(Redis(addresses=(node.address,), cluster=True), NoCounters())

        async def kept() -> bool:
            await shelf.put("crm:+7", b"anna", 60)
            return await shelf.get("crm:+7") == b"anna"

        await until(kept, "the cluster to be formed")
        await node.stop()
        assert await shelf.get("crm:+7") is None
        await shelf.close()


async def test_a_cluster_that_is_away_at_the_start_is_left_alone() -> None:
    shelf = InRedis(Redis(addresses=(f"127.0.0.1:{free_port()}",), cluster=True), NoCounters())
    async with asyncio.timeout(5):
        assert await shelf.get("crm:+7") is None
    assert shelf.at_hand("crm:+7") is None
    await shelf.close()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"addresses": ["a:1", "b:2"]}, "Sentinel"),
        ({"addresses": ["a:1"], "master": "m", "cluster": True}, "not both"),
        ({"addresses": ["a:1"], "cluster": True, "database": 2}, "database 0"),
        ({"addresses": ["127.0.0.1"]}, "pattern"),
        ({"addresses": ["127.0.0.1:99999"]}, "at most 65535"),
        ({"addresses": ["a:1"], "sentinel_tls": True}, "name the `master`"),
        ({"addresses": ["a:1"], "sentinel_username": "u"}, "name the `master`"),
    ],
)
def test_what_is_no_redis_is_refused_with_words(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        CacheSettings.model_validate({"redis": wrong})

"""Several processes at one database: nothing is done twice, nobody waits for ever."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

from storage import Batch, open_store

PROCESSES = 4


def test_a_source_is_never_claimed_by_two_while_the_lease_lives(database_url, make, in_processes):
    names = [f"source{number}" for number in range(60)]
    with open_store(database_url) as store:
        store.apply(make.configuration(*map(make.source, names)), {}, make.now)

    def work(_number):
        claimed = []
        with open_store(database_url) as store:
            while claims := store.claim_sources(make.now, lease=make.lease, limit=5):
                claimed += [claim.source.name for claim in claims]
        return claimed

    claimed = in_processes(work, PROCESSES)
    assert sorted(name for one in claimed for name in one) == sorted(names)


def test_a_delivery_is_never_claimed_by_two_while_the_lease_lives(database_url, make, in_processes):
    with open_store(database_url) as store:
        planned = make.stored(store, *map(str, range(60)))

    def work(_number):
        claimed = []
        with open_store(database_url) as store:
            while claims := store.claim_deliveries(make.now, lease=make.lease, limit=5):
                claimed += [claim.delivery.key.hex() for claim in claims]
                for claim in claims[::2]:
                    make.mark_sent(store, claim.delivery.key, claim.delivery.attempts, make.now, "ok")
        return claimed

    claimed = in_processes(work, PROCESSES)
    assert sorted(key for one in claimed for key in one) == sorted(delivery.key.hex() for delivery in planned)


def test_what_two_find_at_once_is_new_to_one_of_them(database_url, make, in_processes):
    """They write the same articles in different orders, which would let careless writers wait for each other."""
    names = [str(number) for number in range(80)]

    def work(number):
        new, told = [], []
        shuffled = random.Random(number)
        with open_store(database_url) as store:
            for round_ in range(4):
                chosen = shuffled.sample(names, 50)
                articles = [make.indexed(name, f"Text of {name}, {round_}.") for name in chosen]
                hits = [make.hit(name, term) for name in chosen for term in shuffled.sample("wxyz", 2)]
                written = store.write(Batch(articles, hits), make.plan)
                new += [f"{hit.article_key.hex()} {hit.term}" for hit in written.new_hits]
                told += [delivery.key.hex() for delivery in written.deliveries]
        return new, told

    results = in_processes(work, PROCESSES)
    new = sorted(hit for hits, _ in results for hit in hits)
    told = sorted(key for _, keys in results for key in keys)
    with open_store(database_url) as store:
        assert new == sorted(f"{found.hit.article_key.hex()} {found.hit.term}" for found in store.hits())
        assert told == sorted(delivery.key.hex() for delivery in store.deliveries())
    assert len(set(new)) == len(new) == len(told)


def test_the_same_configuration_applied_by_several_at_once_is_one_version(database_url, make, in_processes):
    config = make.configuration(*(make.source(str(number)) for number in range(20)))

    def work(_number):
        with open_store(database_url) as store:
            store.apply(config, {}, make.now)
            return store.config_version()

    assert in_processes(work, PROCESSES) == [1] * PROCESSES


def test_threads_share_a_store(store, make):
    def work(number):
        store.write(Batch([make.indexed(str(number))], [make.hit(str(number))]), make.plan)
        return [claim.delivery.key for claim in store.claim_deliveries(make.now, lease=make.lease, limit=3)]

    with ThreadPoolExecutor(8) as threads:
        claimed = [key for keys in threads.map(work, range(40)) for key in keys]
    assert len(claimed) == len(set(claimed))
    assert store.counts().articles == 40

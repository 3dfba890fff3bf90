# SPDX-License-Identifier: Apache-2.0
"""A primary and its standby, and watches whose store names both: what the standby had not received
when it took over is gone, totals and ledger alike, and is counted once more by itself."""

import contextlib
import random
import signal
import subprocess

import postgres_server
import server
from pool import PATIENCE, Books, Worker, flow_file, rows_of, until, weir
from sweeping import WEIR, Client

DATABASE = "usage"
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = '{}'"


@contextlib.contextmanager
def pair():
    with postgres_server.Postgres() as primary:
        primary.sql(f"CREATE DATABASE {DATABASE}")
        with postgres_server.Standby(primary) as standby:
            standby.wait_until_streaming()
            yield primary, standby


def url_of(*servers):
    hosts = ",".join(f"{server.HOST}:{each.port}" for each in servers)
    return f"postgresql://{postgres_server.SUPERUSER}@{hosts}/{DATABASE}"


def made(folder, url, seed, lease="", source=""):
    """The flow, its tables, and the books of its folder; `source`: more settings of it."""
    flow = flow_file(folder, url, lease)
    flow.write_text(flow.read_text().replace("scan_every", f"{source}\nscan_every", 1))
    weir("init", "-c", flow)
    return flow, Books(folder, random.Random(seed))


def counted(store, *books):
    due = {}
    for each in books:
        for consumer, amount in each.totals.items():
            due[consumer] = due.get(consumer, 0) + amount
    return rows_of(store.sql("SELECT consumer, amount FROM usage", DATABASE)) == due


def settle(store, books, workers):
    until(lambda: counted(store, books), lambda: [worker.said() for worker in workers])


@contextlib.contextmanager
def watches(folder, flow, count):
    """They must all end well: none gave up."""
    workers = [Worker(folder, flow, number).start() for number in range(count)]
    try:
        yield workers
    except BaseException:
        for worker in workers:
            worker.kill()
        raise
    ends = [worker.stop() for worker in workers]
    assert ends == [0] * count, [worker.said() for worker in workers]


def verify(flow):
    assert "the books balance" in weir("verify", "-c", flow).stdout.decode()


# fault 62
def test_a_standby_that_has_it_all_takes_over(tmp_path, redis):
    with pair() as (primary, standby):
        flow, books = made(tmp_path, url_of(primary, standby), 62, lease=redis.url())
        with watches(tmp_path, flow, 2) as workers:
            books.put(3000)
            settle(primary, books, workers)
            standby.wait_until_caught_up()
            primary.stop("kill")
            books.put(3000)
            standby.promote()
            settle(standby, books, workers)
        verify(flow)


# fault 63
def test_what_a_stale_standby_has_not_received_is_counted_again(tmp_path, redis):
    with pair() as (primary, standby):
        flow, books = made(tmp_path, url_of(primary, standby), 63, lease=redis.url())
        with watches(tmp_path, flow, 2) as workers:
            books.put(3000)
            settle(primary, books, workers)
            standby.wait_until_caught_up()
            standby.disconnect()
            for _ in range(10):
                books.put(200)
            settle(primary, books, workers)  # they remember all of it as counted
            primary.stop("kill")
            standby.promote()
            assert not counted(standby, books)
            settle(standby, books, workers)
        verify(flow)


def wait_for_lock(store):
    query = WAITING.format("relation") + f" AND datname = '{DATABASE}'"
    until(lambda: store.sql(query), lambda: store.sql("SELECT * FROM pg_stat_activity"))


@contextlib.contextmanager
def commits_held(store):
    """Files can be accepted, and nothing can be added."""
    with Client(["psql", "-XAt", url_of(store)]) as client:
        client.value("BEGIN")
        client.value("LOCK TABLE usage IN SHARE MODE")
        yield


def numbers(store):
    return [row[0] for row in store.sql("SELECT sequence FROM weir_file", DATABASE)]


def left_behind(folder, store, url):
    """A file that another process has accepted, and not counted; its flow and its books."""
    folder.mkdir()
    flow, books = made(folder, url, 1)
    flow.write_text(flow.read_text().replace('id = "pool"', 'id = "other"'))
    books.put(300)
    with commits_held(store):
        process = subprocess.Popen([str(WEIR), "ingest", "-c", str(flow)], cwd=folder,
                                   stderr=subprocess.DEVNULL)
        wait_for_lock(store)
        process.kill()
        process.wait(PATIENCE)
        store.terminate_backends(DATABASE)
    return flow, books


# fault 63
def test_a_number_that_the_lost_ledger_gave_names_another_file_now(tmp_path):
    with pair() as (primary, standby):
        flow, books = made(tmp_path, url_of(primary, standby), 64)
        standby.wait_until_caught_up()
        standby.disconnect()
        with watches(tmp_path, flow, 1) as workers:
            with commits_held(primary):
                books.put(300)
                wait_for_lock(primary)  # the file is read, and is to be committed by its number
                workers[0].signal(signal.SIGSTOP)
                number = numbers(primary)
                primary.stop("kill")
            standby.promote()
            other, others = left_behind(tmp_path / "other", standby, url_of(standby))
            assert numbers(standby) == number
            workers[0].signal(signal.SIGCONT)
            settle(standby, books, workers)
        weir("ingest", "-c", other)
        assert counted(standby, books, others)
        verify(flow)


# fault 64
def test_a_commit_that_no_standby_has_releases_nothing(tmp_path):
    away = tmp_path / "away"
    with pair() as (primary, standby):
        flow, books = made(tmp_path, url_of(primary, standby), 65,
                           source=f'after = "move"\nto = "{away}"\nkeep_for = "0s"')
        primary.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{standby.name}'")
        primary.sql("SELECT pg_reload_conf()")
        with watches(tmp_path, flow, 1) as workers:
            books.put(300)
            until(lambda: not list(books.folder.iterdir()), lambda: workers[0].said())
            with commits_held(primary):
                books.put(300)
                wait_for_lock(primary)  # it is accepted, and a standby has that
                standby.wait_until_caught_up()
                standby.disconnect()
            waiting = WAITING.format("SyncRep")

            def end_waits(end):
                until(lambda: primary.sql(waiting), lambda: workers[0].said())
                primary.sql(f"SELECT {end}(pid) FROM ({waiting}) AS waits")

            # Whatever waits for the standby; sooner or later that is the commit.
            until(lambda: counted(primary, books) or end_waits("pg_cancel_backend"),
                  lambda: workers[0].said())
            for end in ["pg_cancel_backend", "pg_terminate_backend"]:
                end_waits(end)
            until(lambda: primary.sql(waiting), lambda: workers[0].said())
            assert len(list(books.folder.iterdir())) == 1  # it counts for all to see, and stays
            assert workers[0].said().count("is counted") == 1
            primary.stop("kill")
            standby.promote()
            settle(standby, books, workers)
            until(lambda: not list(books.folder.iterdir()), lambda: workers[0].said())
        verify(flow)


# fault 66
def test_a_backup_that_is_restored_is_fed_what_it_lacks(tmp_path):
    with postgres_server.Postgres() as store:
        store.sql(f"CREATE DATABASE {DATABASE}")
        flow, books = made(tmp_path, url_of(store), 66)
        with watches(tmp_path, flow, 1) as workers:
            books.put(1000)
            settle(store, books, workers)
            backup = store.folder / "backup"
            store.stop()
            subprocess.run(["cp", "-a", store.data, backup], check=True)
            store.start()
            for _ in range(5):
                books.put(1000)
            settle(store, books, workers)
            store.stop()
            store.data.rename(store.folder / "lost")
            backup.rename(store.data)
            store.start()
            assert not counted(store, books)
            settle(store, books, workers)
        verify(flow)

# SPDX-License-Identifier: Apache-2.0
"""The servers that other tests stand on: they start, answer, stop, come back, and leave nothing."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import mariadb_server
import postgres_server
import pytest
import redis_server
import server

FOLDER = pathlib.Path(__file__).resolve().parent
GONE_SECONDS_MAX = 60


def is_gone(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until_gone(pid):
    deadline = time.monotonic() + GONE_SECONDS_MAX
    while not is_gone(pid):
        assert time.monotonic() < deadline, f"process {pid} lives"
        time.sleep(0.02)


def test_postgres_keeps_what_is_committed_however_it_is_stopped():
    with postgres_server.Postgres() as own:
        own.sql("CREATE TABLE t AS SELECT 0 AS a")
        port, folder = own.port, own.folder
        for how in own.stops:
            own.sql("UPDATE t SET a = a + 1")
            backends = own.backends()
            own.stop(how)
            assert all(is_gone(pid) for pid in backends), how
            own.start()
        assert own.sql("SELECT a FROM t") == [[str(len(own.stops))]]
        assert own.port == port
    assert not own.running() and not folder.exists()


def test_mariadb_keeps_what_is_committed_however_it_is_stopped():
    with mariadb_server.MariaDB() as own:
        own.sql("CREATE DATABASE d")
        own.sql("CREATE TABLE t (a INT) ENGINE=InnoDB; INSERT INTO t VALUES (0)", "d")
        for how in own.stops:
            own.sql("UPDATE t SET a = a + 1", "d")
            own.restart(how)
        assert own.sql("SELECT a FROM t", "d") == [[str(len(own.stops))]]
        assert own.sql("SELECT @@innodb_flush_log_at_trx_commit") == [["1"]]
        folder = own.folder
    assert not own.running() and not folder.exists()


def test_redis_forgets_when_it_is_flushed_or_restarted(redis):
    with redis_server.Redis() as own:
        assert own.ask("SET", "a", "1", "PX", 60000) == b"OK"
        assert own.ask("GET", "a") == b"1"
        own.flush()
        assert own.ask("GET", "a") is None
        own.ask("SET", "b", "1")
        own.restart("kill")
        assert own.ask("GET", "b") is None
        assert own.port != redis.port
        with pytest.raises(redis_server.RedisError, match="WRONGTYPE"):
            own.ask("LPUSH", "l", "1")
            own.ask("GET", "l")


def test_databases_are_apart(postgres, mariadb):
    for each in (postgres, mariadb):
        first, second = each.new_database(), each.new_database()
        assert first != second
        each.sql("CREATE TABLE only_here (a INT)", first.rpartition("/")[2])
        with pytest.raises(server.ServerError):
            each.sql("SELECT * FROM only_here", second.rpartition("/")[2])


def test_connections_of_a_database_are_ended(postgres, mariadb):
    name = postgres.new_database().rpartition("/")[2]
    waiting = subprocess.Popen(["psql", "-Xqc", "SELECT pg_sleep(60)", postgres.url(name)],
                               stderr=subprocess.PIPE, text=True)
    busy = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND state = 'active'"
    postgres.wait_for(lambda: postgres.sql(busy) == [["1"]], "be busy")
    assert postgres.terminate_backends(name) == 1
    assert "administrator command" in waiting.communicate(timeout=60)[1]

    name = mariadb.new_database().rpartition("/")[2]
    waiting = subprocess.Popen(["mariadb", "--no-defaults", f"--socket={mariadb.socket}",
                                "-uroot", name, "-e", "SELECT SLEEP(60); SELECT 1"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    busy = f"SELECT count(*) FROM information_schema.processlist WHERE db = '{name}'"
    mariadb.wait_for(lambda: mariadb.sql(busy) == [["1"]], "be busy")
    assert mariadb.terminate_backends(name) == 1
    waiting.communicate(timeout=60)
    assert waiting.returncode != 0


def test_a_backend_that_crashes_makes_postgres_recover_by_itself():
    with postgres_server.Postgres() as own:
        own.sql("CREATE TABLE t AS SELECT 1 AS a")
        with subprocess.Popen(["psql", "-Xqc", "SELECT pg_sleep(60)", own.url("template1")],
                              stderr=subprocess.DEVNULL) as waiting:
            own.wait_for(lambda: own.crash_backend("template1"), "crash")
            assert waiting.wait(60) != 0
        own.wait_until_ready()
        assert own.sql("SELECT a FROM t") == [["1"]]


def test_a_standby_follows_and_takes_over_with_what_it_has_received():
    with postgres_server.Postgres() as primary, postgres_server.Standby(primary) as standby:
        standby.wait_until_streaming()
        primary.sql("CREATE TABLE t (a INT); INSERT INTO t VALUES (1)")
        standby.wait_until_caught_up()
        with pytest.raises(server.ServerError, match="read-only"):
            standby.sql("INSERT INTO t VALUES (9)")
        standby.pause()
        primary.sql("INSERT INTO t VALUES (2)")
        assert standby.sql("SELECT a FROM t") == [["1"]]  # it lags
        standby.resume()
        standby.wait_until_caught_up()
        standby.disconnect()
        primary.sql("INSERT INTO t VALUES (3)")  # nobody else hears of it
        primary.stop("immediate")
        standby.promote()
        standby.sql("INSERT INTO t VALUES (4)")
        assert standby.sql("SELECT a FROM t ORDER BY a") == [["1"], ["2"], ["4"]]


def test_a_primary_waits_for_a_synchronous_standby():
    with postgres_server.Postgres() as primary, postgres_server.Standby(primary) as standby:
        standby.wait_until_streaming()
        primary.sql("CREATE TABLE t (a INT)")
        primary.sql("ALTER SYSTEM SET synchronous_standby_names = 'standby1'")
        primary.sql("SELECT pg_reload_conf()")
        state = "SELECT sync_state FROM pg_stat_replication"
        primary.wait_for(lambda: primary.sql(state) == [["sync"]], "be synchronous")
        standby.freeze_receiver()
        insert = ["psql", "-Xqc", "INSERT INTO t VALUES (1)", primary.url()]
        with subprocess.Popen(insert) as waiting:
            waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            primary.wait_for(lambda: primary.sql(waits) == [["1"]], "wait")
            standby.thaw_receiver()
            assert waiting.wait(60) == 0
        primary.stop("kill")
        standby.promote()
        assert standby.sql("SELECT a FROM t") == [["1"]]


def test_a_start_that_fails_shows_the_log():
    with pytest.raises(server.ServerError, match="no_such_setting"):
        with postgres_server.Postgres({"no_such_setting": "1"}):
            pass


def test_a_server_that_is_not_there_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(postgres_server, "PROGRAMS", pathlib.Path("/nowhere"))
    with pytest.raises(server.ServerError, match="tools/setup.sh test"):
        with postgres_server.Postgres():
            pass


# Starts servers and prints their pids and folders. A thread that ends takes no server with it.
STARTS_SERVERS = """
import signal, sys, threading
import mariadb_server, postgres_server, redis_server
servers = []
def start():
    for kind in {kinds}:
        servers.append(kind().__enter__())
thread = threading.Thread(target=start)
thread.start()
thread.join()
assert all(each.running() and each.ready() for each in servers)
print(*(each.pid for each in servers), *(each.folder for each in servers), flush=True)
{then}
"""
ALL_KINDS = "postgres_server.Postgres, mariadb_server.MariaDB, redis_server.Redis"


@pytest.mark.parametrize("kinds,then", [(ALL_KINDS, "signal.pause()"),
                                        ("[redis_server.Redis]", "sys.exit(0)")])
def test_servers_die_with_the_process_that_started_them(kinds, then):
    code = STARTS_SERVERS.format(kinds=kinds, then=then)
    process = subprocess.Popen([sys.executable, "-c", code], cwd=FOLDER, stdout=subprocess.PIPE,
                               text=True)
    words = process.stdout.readline().split()
    pids = [int(word) for word in words if word.isdecimal()]
    folders = [pathlib.Path(word) for word in words if not word.isdecimal()]
    assert pids and len(pids) == len(folders)
    if then == "signal.pause()":
        process.kill()
    process.wait(60)
    for pid in pids:
        wait_until_gone(pid)
    with redis_server.Redis():
        pass  # the next server tidies up
    assert not any(folder.exists() for folder in folders)


RUN = [sys.executable, FOLDER / "run_with_servers.py"]


def test_a_command_runs_with_the_servers_it_asks_for():
    script = 'echo $WEIR_TEST_REDIS; echo ${WEIR_TEST_MARIADB-none}; exit 7'
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("WEIR_TEST_")}
    done = subprocess.run([*RUN, "--redis", "--", "sh", "-c", script], capture_output=True,
                          text=True, timeout=120, check=False, env=environment)
    url, mariadb = done.stdout.splitlines()
    assert url.startswith("redis://127.0.0.1:") and mariadb == "none"
    assert done.returncode == 7, done.stderr
    given = {**environment, "WEIR_TEST_REDIS": "redis://elsewhere"}
    done = subprocess.run([*RUN, "--redis", "--", "sh", "-c", script], capture_output=True,
                          text=True, timeout=120, check=False, env=given)
    assert done.stdout.splitlines()[0] == "redis://elsewhere"


def test_a_command_that_is_ended_takes_its_servers_with_it():
    script = "echo $WEIR_TEST_REDIS; exec sleep 60"
    process = subprocess.Popen([*RUN, "--redis", "--", "sh", "-c", script],
                               stdout=subprocess.PIPE, text=True)
    port = int(process.stdout.readline().rpartition(":")[2].split("/")[0])
    with redis_server.Client(port) as client:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGTERM
        with pytest.raises(ConnectionError):
            client("PING")

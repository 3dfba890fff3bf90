# SPDX-License-Identifier: Apache-2.0
"""What PostgreSQL refuses: what passes by itself is tried again and told from what a person has to
mend; nothing of it counts twice, or half."""

import contextlib
import os
import pathlib
import subprocess

import postgres_server
import pytest
import server
from counting import Counting, check, put, until
from sweeping import Client, weir

ROWS = {1: 5, 2: 7, 3: 11}
LATER, PERSON = 69, 78  # exit codes


def prepared(folder, store):
    url = store.new_database()
    weir("init", "--into", url, work=folder)
    put(folder, "one", ROWS.items())
    return url, url.rsplit("/", 1)[1]


# fault 67
def test_a_deadlock_with_a_stranger_is_tried_again(tmp_path, postgres):
    url, database = prepared(tmp_path, postgres)
    assert Counting(tmp_path, url).end() == 0
    postgres.sql(f"ALTER DATABASE {database} SET deadlock_timeout = '2s'")
    touch = "UPDATE usage SET amount = amount WHERE consumer = {}"
    waits = ("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
             f"AND datname = '{database}'")
    with Client(["psql", "-XAt", url]) as rogue:
        rogue.value("SET deadlock_timeout = '1h'")  # so that it is never the victim
        rogue.value("BEGIN")
        rogue.value(touch.format(2))
        put(tmp_path, "two", ROWS.items())
        counting = Counting(tmp_path, url)
        until(lambda: postgres.sql(waits), counting.said)
        rogue.value(touch.format(1))  # is answered when the other one has given way
        rogue.value("COMMIT")
    assert counting.end() == 0, counting.said()
    check(tmp_path, url, {key: 2 * amount for key, amount in ROWS.items()})
    postgres.sql("SELECT pg_stat_force_next_flush()", database)
    until(lambda: postgres.sql("SELECT deadlocks FROM pg_stat_database "
                               f"WHERE datname = '{database}'") == [["1"]])


# fault 68
def test_a_database_that_is_serializable_by_default(tmp_path, postgres):
    url, database = prepared(tmp_path, postgres)
    postgres.sql(f"ALTER DATABASE {database} SET default_transaction_isolation = 'serializable'")
    folders = [tmp_path / str(number) for number in range(4)]
    for folder in folders:
        folder.mkdir()
        for number in range(5):
            put(folder, f"file-{number}", ROWS.items())
    for counting in [Counting(folder, url, "--set", "fold.unit=8") for folder in folders]:
        assert counting.end() == 0, counting.said()
    check(tmp_path, url, {key: 20 * amount for key, amount in ROWS.items()})


# fault 71
def test_a_server_with_no_connection_left_is_asked_later(tmp_path):
    with postgres_server.Postgres({"max_connections": "6", "autovacuum": "off",
                                   "superuser_reserved_connections": "0"}) as store:
        url, _ = prepared(tmp_path, store)
        with contextlib.ExitStack() as others:
            for _ in range(6):
                client = others.enter_context(Client(["psql", "-XAt", store.url()]))
                assert client.value("SELECT 1") == "1"
            counting = Counting(tmp_path, url)
            assert counting.end() == LATER
            assert "max_connections" in counting.said()
        until(lambda: Counting(tmp_path, url).end() == 0)
        check(tmp_path, url, ROWS)


# fault 71
def test_a_server_that_may_only_be_read_is_asked_later(tmp_path, postgres):
    url, database = prepared(tmp_path, postgres)
    postgres.sql(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    counting = Counting(tmp_path, url)
    assert counting.end() == LATER
    assert "read-only" in counting.said()
    postgres.sql(f"ALTER DATABASE {database} SET default_transaction_read_only = off")
    assert Counting(tmp_path, url).end() == 0
    check(tmp_path, url, ROWS)


@contextlib.contextmanager
def small_disk(store):
    """A tablespace of 8 MiB; its folder."""
    folder = store.folder / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0777", "tmpfs", folder],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk is not to be had here: {done.stderr.strip()}")
    try:
        os.chown(folder, store.account.pw_uid, store.account.pw_gid)
        yield folder
    finally:
        store.stop("immediate")
        subprocess.run(["umount", folder], check=True)


# fault 71
def test_a_full_disk_of_the_server_is_waited_for(tmp_path):
    with postgres_server.Postgres() as store, small_disk(store) as folder:
        store.sql(f"CREATE TABLESPACE small LOCATION '{folder}'")
        url, database = prepared(tmp_path, store)
        store.sql("ALTER TABLE usage SET TABLESPACE small", database)
        filler = pathlib.Path(folder) / "filler"
        with open(filler, "wb") as full, contextlib.suppress(OSError):
            while True:
                full.write(b"\0" * 65536)
                full.flush()
        put(tmp_path, "many", [(key, 1) for key in range(10, 2010)])
        counting = Counting(tmp_path, url)
        until(lambda: "No space left" in store.log.read_text(errors="replace"), counting.said)
        filler.unlink()
        assert counting.end() == 0, counting.said()
        check(tmp_path, url, {**ROWS, **{key: 1 for key in range(10, 2010)}})


# fault 71
def test_a_password_that_is_changed_meanwhile_asks_for_a_person(tmp_path):
    with postgres_server.Postgres() as store:
        url, database = prepared(tmp_path, store)
        store.sql("CREATE ROLE meter LOGIN SUPERUSER PASSWORD 'fig-7'")
        rules = store.data / "pg_hba.conf"
        rules.write_text(f"host {database} meter 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
        store.sql("SELECT pg_reload_conf()")
        mine = url.replace("postgres@", "meter@")
        assert Counting(tmp_path, mine, password="fig-7").end() == 0
        store.sql("ALTER ROLE meter PASSWORD 'plum-8'")
        put(tmp_path, "two", ROWS.items())
        counting = Counting(tmp_path, mine, password="fig-7")
        assert counting.end() == PERSON
        assert "password" in counting.said() and "fig-7" not in counting.said()
        store.sql("ALTER ROLE meter NOLOGIN")
        assert Counting(tmp_path, mine, password="plum-8").end() == PERSON
        store.sql("ALTER ROLE meter LOGIN")
        assert Counting(tmp_path, mine, password="plum-8").end() == 0
        check(tmp_path, url, {key: 2 * amount for key, amount in ROWS.items()})


def certificate(folder, name, issuer=None, days=1):
    """A key and a certificate, of its own or issued; valid for the address 127.0.0.1 alone."""
    key, made = folder / f"{name}.key", folder / f"{name}.crt"
    by = ["-CA", folder / f"{issuer}.crt", "-CAkey", folder / f"{issuer}.key"] if issuer else []
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                    "-out", made, "-days", str(days), "-subj", f"/CN={name}", "-addext",
                    "subjectAltName=IP:127.0.0.1", *by], check=True, capture_output=True)
    return key, made


# fault 74
def test_a_server_elsewhere_is_verified_unless_the_url_says_otherwise(tmp_path):
    with postgres_server.Postgres() as store:
        url, _ = prepared(tmp_path, store)
        elsewhere = f"{url.replace(server.HOST, 'db.example')}?hostaddr={server.HOST}"
        plain = Counting(tmp_path, elsewhere)
        assert plain.end() == PERSON and "sslmode=disable" in plain.said()
        assert Counting(tmp_path, f"{elsewhere}&sslmode=disable").end() == 0
        check(tmp_path, url, ROWS)


# fault 74
def test_a_server_whose_certificate_is_not_right_gets_nothing(tmp_path):
    with postgres_server.Postgres() as store:
        url, _ = prepared(tmp_path, store)
        plain = Counting(tmp_path, f"{url}?sslmode=require")
        assert plain.end() == PERSON and "SSL" in plain.said()
        key, made = certificate(tmp_path, "server")
        _, other = certificate(tmp_path, "other")
        for name, source in (("server.key", key), ("server.crt", made)):
            (store.data / name).write_bytes(source.read_bytes())
            (store.data / name).chmod(0o600)
            os.chown(store.data / name, store.account.pw_uid, store.account.pw_gid)
        store.sql("ALTER SYSTEM SET ssl = on")
        store.sql("SELECT pg_reload_conf()")
        until(lambda: store.sql("SHOW ssl") == [["on"]])

        def refused(place, root):
            counting = Counting(tmp_path, f"{place}?sslmode=verify-full&sslrootcert={root}")
            assert counting.end() == PERSON, counting.said()
            assert "certificate" in counting.said()

        refused(url, other)                                      # somebody else signed it
        refused(url.replace(server.HOST, "localhost"), made)     # it is another host's
        refused(url, tmp_path / "none")                          # nobody to be trusted is named
        right = Counting(tmp_path, f"{url}?sslmode=verify-full&sslrootcert={made}")
        assert right.end() == 0, right.said()
        check(tmp_path, url, ROWS)

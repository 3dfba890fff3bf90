# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL, alone or as a streaming pair."""

import itertools
import os
import pathlib
import signal
import subprocess
import time

import server

SUPERUSER = "postgres"
PROGRAMS = pathlib.Path(os.environ.get("WEIR_TEST_POSTGRES_PROGRAMS",
                                       "/usr/lib/postgresql/15/bin"))
SQL_SECONDS_MAX = 120

# What is committed survives the death of any process, not that of the machine: as much as tests can
# bring about, and a hundred times as fast.
QUICK = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB",
         "max_connections": "200", "wal_level": "logical", "hot_standby": "on",
         # No trace in /dev/shm, even when it is killed.
         "dynamic_shared_memory_type": "mmap"}


def end(pid):
    """Kills a process that is not our child, and waits until it is gone."""
    deadline = time.monotonic() + server.STOP_SECONDS_MAX
    try:
        os.kill(pid, signal.SIGKILL)
        while pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            if time.monotonic() > deadline:
                raise server.ServerError(f"process {pid} does not end")
            time.sleep(server.POLL_SECONDS)
    except (ProcessLookupError, FileNotFoundError):
        pass  # gone


def run_sql(url, text):
    """Statements through psql, one transaction each; the rows of all, fields between tabs."""
    done = subprocess.run(["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
                           "--field-separator=\t", "--set=ON_ERROR_STOP=1", "--dbname", url],
                          input=text, capture_output=True, text=True, check=False,
                          timeout=SQL_SECONDS_MAX)
    if done.returncode:
        raise server.ServerError(f"psql: {done.stderr.strip()}")
    return [line.split("\t") for line in done.stdout.splitlines()]


class Postgres(server.Server):
    program, account_name = "PostgreSQL", "postgres"
    death_signal = signal.SIGQUIT  # ends its own processes, too, and gives shared memory back
    stops = {"fast": signal.SIGINT, "smart": signal.SIGTERM, "immediate": signal.SIGQUIT,
             "kill": signal.SIGKILL}

    def __init__(self, settings=None):
        super().__init__()
        self.settings = {**QUICK, **(settings or {})}
        self.data = self.folder / "data"
        self.numbers = itertools.count(1)

    def make(self):
        self.run(PROGRAMS / "initdb", "--pgdata", self.data, "--username", SUPERUSER,
                 "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")

    def command(self):
        fixed = {"listen_addresses": server.HOST, "port": self.port,
                 "unix_socket_directories": self.folder}
        options = [f"--{name}={value}" for name, value in {**self.settings, **fixed}.items()]
        return [PROGRAMS / "postgres", "-D", self.data, *options]

    def ready(self):
        return self.sql("SELECT 1") == [["1"]]

    def stop(self, how=None):
        """As all servers; `kill` takes its backends along, so that it can start again at once."""
        backends = self.backends() if how == "kill" else []
        super().stop(how)
        for pid in backends:
            end(pid)

    def backends(self):
        """Its processes, also those that serve nobody."""
        return [int(pid) for pid in self.children.read_text().split()] if self.running() else []

    @property
    def children(self):
        return pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children")

    # --- for tests ---

    def url(self, database="postgres", user=SUPERUSER):
        return f"postgresql://{user}@{server.HOST}:{self.port}/{database}"

    def sql(self, text, database="postgres"):
        return run_sql(self.url(database), text)

    def new_database(self):
        """The URL of an empty database of its own; unique among all processes that use this."""
        name = f"t{os.getpid()}_{next(self.numbers)}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def terminate_backends(self, database):
        """Ends the connections to a database, as an administrator would; how many there were."""
        return int(self.sql("SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) "
                            f"FROM pg_stat_activity WHERE datname = '{database}'")[0][0])

    def crash_backend(self, database):
        """Kills one process of a connection outright; the server then ends all and recovers.
        Whether there was one."""
        rows = self.sql(f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}' LIMIT 1")
        if rows:
            os.kill(int(rows[0][0]), signal.SIGKILL)
        return bool(rows)

    def system_identifier(self):
        return self.sql("SELECT system_identifier FROM pg_control_system()")[0][0]


class Standby(Postgres):
    """A hot standby that streams from a running primary, until it is promoted."""

    program = "PostgreSQL standby"

    def __init__(self, primary, name="standby1", settings=None):
        super().__init__({**primary.settings, **(settings or {})})
        self.primary, self.name = primary, name

    def make(self):
        self.run(PROGRAMS / "pg_basebackup", "--pgdata", self.data, "--host", server.HOST,
                 "--port", str(self.primary.port), "--username", SUPERUSER, "--wal-method=stream",
                 "--checkpoint=fast", "--write-recovery-conf", "--create-slot", "--slot", self.name,
                 "--no-sync")
        # The name by which a primary knows whom to wait for (synchronous_standby_names).
        with open(self.data / "postgresql.auto.conf", "a", encoding="utf-8") as settings:
            settings.write(f"cluster_name = '{self.name}'\n")

    def wait_until_streaming(self):
        query = ("SELECT state FROM pg_stat_replication WHERE application_name = "
                 f"'{self.name}'")
        self.wait_for(lambda: self.primary.sql(query) == [["streaming"]], "stream")

    def wait_until_caught_up(self):
        """Returns when it has replayed what the primary had written when this was called."""
        here = self.primary.sql("SELECT pg_current_wal_lsn()")[0][0]
        query = f"SELECT pg_last_wal_replay_lsn() >= '{here}'"
        self.wait_for(lambda: self.sql(query) == [["t"]], "catch up")

    def pause(self):
        """It goes on receiving, and shows nothing newer: it lags until `resume`."""
        self.sql("SELECT pg_wal_replay_pause()")
        self.wait_for(lambda: self.sql("SELECT pg_get_wal_replay_pause_state()") == [["paused"]],
                      "pause")

    def resume(self):
        self.sql("SELECT pg_wal_replay_resume()")

    def freeze_receiver(self):
        """What the primary sends stays unread, until `thaw_receiver`."""
        os.kill(self.receiver(), signal.SIGSTOP)

    def thaw_receiver(self):
        os.kill(self.receiver(), signal.SIGCONT)

    def receiver(self):
        return int(self.sql("SELECT pid FROM pg_stat_wal_receiver")[0][0])

    def disconnect(self):
        """Receives nothing more: what the primary writes from now on is lost when it is promoted.
        """
        self.sql("ALTER SYSTEM SET primary_conninfo = ''")
        self.sql("SELECT pg_reload_conf()")
        self.wait_for(lambda: self.sql("SELECT count(*) FROM pg_stat_wal_receiver") == [["0"]],
                      "disconnect")

    def promote(self):
        self.sql("SELECT pg_promote(true, 60)")
        self.wait_for(lambda: self.sql("SELECT pg_is_in_recovery()") == [["f"]], "be promoted")

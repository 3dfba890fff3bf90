# SPDX-License-Identifier: Apache-2.0
"""Four workers over one tree, while everything around them fails: workers are killed, frozen past
their leases and thawed; Redis is flushed, killed and started again; connections of the database
are ended, its server is stopped fast and at once, and (PostgreSQL) a standby takes over that has
all that was acknowledged, or lags behind. In the end the totals are those of the books.

WEIR_CAMPAIGN_FAULTS sets how many faults; they are counted in the output.
"""

import contextlib
import os
import random
import signal
import time

import mariadb_server
import postgres_server
import proxy
import redis_server
import server as servers
from pool import Books, Worker, flow_file, rows_of, until, weir, without_password

FAULTS = int(os.environ.get("WEIR_CAMPAIGN_FAULTS", "200"))
WORKERS = 4


class Campaign:
    """`port`: where workers find the server, if not at its own."""

    def __init__(self, folder, server, redis, choice, port=None):
        self.server, self.redis, self.choice = server, redis, choice
        url = without_password(server.new_database())
        url = url.replace(f":{server.port}/", f":{port or server.port}/")
        self.database = url.rsplit("/", 1)[1]
        self.flow = flow_file(folder, url, redis.url())
        self.books = Books(folder, choice)
        self.workers = [Worker(folder, self.flow, number) for number in range(WORKERS)]
        self.done = {}
        self.table = "`usage`" if url.startswith("mariadb") else "usage"

    def kill(self):
        worker = self.choice.choice(self.workers)
        worker.kill()
        worker.start()

    def freeze(self):
        worker = self.choice.choice(self.workers)
        worker.signal(signal.SIGSTOP)
        time.sleep(self.choice.choice([0.05, 0.3, 1.2]))  # the last one: past its leases
        worker.signal(signal.SIGCONT)

    def flush(self):
        self.redis.flush()

    def restart_redis(self):
        self.redis.stop("kill")
        time.sleep(self.choice.random() * 0.2)
        self.redis.start()

    def end_connections(self):
        self.server.terminate_backends(self.database)

    def restart_server(self):
        hard = [how for how in self.server.stops if how != "smart"]  # which waits for clients
        self.server.stop(self.choice.choice(hard))
        self.server.start()

    def large_fault(self, _number):
        return self.restart_server

    def run(self, faults):
        for worker in self.workers:
            worker.start()
        kinds = [self.kill] * 4 + [self.freeze] * 2 + [self.flush, self.restart_redis,
                                                      self.end_connections]
        for number in range(faults):
            large = number % 20 == 19
            fault = self.large_fault(number) if large else self.choice.choice(kinds)
            fault()
            self.done[fault.__name__] = self.done.get(fault.__name__, 0) + 1
            self.books.put(self.choice.choice([0, 1, 30, 400, 2000]))
            for worker in self.workers:
                if not worker.alive():  # by itself: it could not reach what it needs
                    assert worker.process.returncode in (69, 75), worker.said()
                    worker.start()

    def settle(self, query):
        until(lambda: rows_of(self.server.sql(f"SELECT consumer, amount FROM {self.table}",
                                              self.database)) == self.books.totals,
              lambda: [self.done, query(), *(worker.said() for worker in self.workers)])


class FailingOver(Campaign):
    """On PostgreSQL: workers reach it at a proxy, an address that moves to the new primary."""

    def __init__(self, folder, server, redis, choice, way, standbys):
        super().__init__(folder, server, redis, choice, way.port)
        self.way, self.standbys, self.made = way, standbys, 0

    def large_fault(self, number):
        return {39: self.promote_synchronous, 79: self.promote_stale}.get(number % 80,
                                                                         self.restart_server)

    def standby(self):
        self.made += 1
        standby = postgres_server.Standby(self.server, name=f"standby{self.made}")
        self.standbys.enter_context(standby)
        standby.wait_until_streaming()
        return standby

    def promote(self, standby):
        self.server.stop("kill")
        standby.promote()
        self.way.target = (servers.HOST, standby.port)
        self.server = standby

    def promote_synchronous(self):
        """It has all that was acknowledged."""
        standby = self.standby()
        self.server.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{standby.name}'")
        self.server.sql("SELECT pg_reload_conf()")
        self.some_files()
        self.promote(standby)

    def promote_stale(self):
        """What was counted in the last moments is lost, totals and ledger alike."""
        standby = self.standby()
        standby.disconnect()
        self.some_files()
        self.promote(standby)

    def some_files(self):
        for _ in range(3):
            self.books.put(400)
            time.sleep(0.1)


def run_campaign(campaign, faults):
    weir("init", "-c", campaign.flow)
    try:
        campaign.run(faults)
        campaign.settle(lambda: campaign.server.sql(
            "SELECT state, count(*) FROM weir_file GROUP BY state", campaign.database))
    finally:
        ends = [worker.stop() for worker in campaign.workers]
    assert ends == [0] * WORKERS, [worker.said() for worker in campaign.workers]
    assert "the books balance" in weir("verify", "-c", campaign.flow).stdout.decode()
    lives = sum(worker.lives for worker in campaign.workers)
    print(f"\npool campaign on {campaign.server.program}: {sum(campaign.done.values())} faults "
          f"({campaign.done}), {lives} lives, {campaign.books.files} files")
    assert sum(campaign.done.values()) >= faults


# faults 15, 21, 61, 62, 63, 77, 78, 80
def test_a_pool_on_postgresql_counts_every_line_once(tmp_path):
    with (contextlib.ExitStack() as standbys, postgres_server.Postgres() as server,
          redis_server.Redis() as redis, proxy.Proxy(server.port) as way):
        run_campaign(FailingOver(tmp_path, server, redis, random.Random(7), way, standbys), FAULTS)


# faults 15, 21, 61, 77, 78, 80
def test_a_pool_on_mariadb_counts_every_line_once(tmp_path):
    with mariadb_server.MariaDB() as server, redis_server.Redis() as redis:
        run_campaign(Campaign(tmp_path, server, redis, random.Random(8)), FAULTS // 4)

# SPDX-License-Identifier: Apache-2.0
"""The conversation with a server is cut behind any of its bytes, and the totals stay exact.

Every boundary of what is said, and as many bytes between as fit into WEIR_SWEEP_SECONDS; all of
them with WEIR_CAMPAIGN.
"""

import os

import mariadb_server
import server
from sweeping import Client, Job, sweep

SECONDS = float(os.environ.get("WEIR_SWEEP_SECONDS", "60"))
STEP = 1 if os.environ.get("WEIR_CAMPAIGN") else None


def check(done):
    print(f"\nsweep: {done}")
    assert done["cuts"] >= done["boundaries"]


# faults 5, 57
def test_postgresql_is_cut_behind_any_byte(tmp_path, postgres):
    url = postgres.new_database()
    with Client(["psql", "-XAt", url]) as client:
        check(sweep(Job(tmp_path, postgres, url, client), SECONDS, STEP))


# faults 5, 57
def test_mariadb_is_cut_behind_any_byte(tmp_path, mariadb, monkeypatch):
    user, password = mariadb_server.USER, mariadb_server.PASSWORD
    url = mariadb.new_database().replace(f":{password}@", "@")
    monkeypatch.setenv("MYSQL_PWD", password)  # in the URL it is refused
    client = ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--unbuffered",
              f"--user={user}", f"--host={server.HOST}", f"--port={mariadb.port}",
              url.rsplit("/", 1)[1]]
    with Client(client) as asked:
        check(sweep(Job(tmp_path, mariadb, url, asked, table="`usage`"), SECONDS, STEP))

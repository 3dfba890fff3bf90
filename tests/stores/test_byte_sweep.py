# SPDX-License-Identifier: Apache-2.0
"""The conversation with a server is cut behind any of its bytes, and the totals stay exact.

Every boundary of what is said, and as many bytes between as fit into WEIR_SWEEP_SECONDS; all of
them with WEIR_CAMPAIGN.
"""

import os

from sweeping import Client, Job, sweep

SECONDS = float(os.environ.get("WEIR_SWEEP_SECONDS", "40"))
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
def test_mariadb_is_cut_behind_any_byte(tmp_path, mariadb):
    url = mariadb.new_database()
    command = ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--unbuffered",
               f"--socket={mariadb.socket}", "--user=root", url.rsplit("/", 1)[1]]
    with Client(command) as client:
        check(sweep(Job(tmp_path, mariadb, url, client, table="`usage`"), SECONDS, STEP))

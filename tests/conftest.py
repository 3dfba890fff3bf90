# SPDX-License-Identifier: Apache-2.0
"""Real servers, started once a run when the first test asks for one (tests/servers/).

Tests take a database of their own from one of these. A test that stops its server starts its own.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "servers"))

import mariadb_server  # noqa: E402
import postgres_server  # noqa: E402
import redis_server  # noqa: E402


@pytest.fixture(scope="session")
def postgres():
    with postgres_server.Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb():
    with mariadb_server.MariaDB() as server:
        yield server


@pytest.fixture(scope="session")
def redis():
    with redis_server.Redis() as server:
        yield server

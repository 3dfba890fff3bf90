# SPDX-License-Identifier: Apache-2.0
"""MariaDB."""

import itertools
import os
import signal
import subprocess

import server

USER = PASSWORD = "weir"
SQL_SECONDS_MAX = 120

# What is committed survives the death of any process, not that of the machine: as much as tests can
# bring about, and a hundred times as fast. What a client can ask for looks as in earnest.
QUICK = {"innodb-flush-log-at-trx-commit": "1", "innodb-flush-method": "nosync",
         "innodb-log-file-size": "32M", "innodb-buffer-pool-size": "64M", "skip-log-bin": None,
         "performance-schema": "off", "max-connections": "200", "max-allowed-packet": "64M"}


class MariaDB(server.Server):
    program, account_name = "MariaDB", "mysql"
    stops = {"clean": signal.SIGTERM, "kill": signal.SIGKILL}

    def __init__(self, settings=None):
        super().__init__()
        self.settings = {**QUICK, **(settings or {})}
        self.data, self.socket = self.folder / "data", self.folder / "socket"
        self.numbers = itertools.count(1)
        self.has_user = False

    def make(self):
        self.run("mariadb-install-db", "--no-defaults", f"--datadir={self.data}",
                 f"--tmpdir={self.folder}", "--auth-root-authentication-method=normal",
                 "--skip-test-db", "--skip-name-resolve", "--innodb-flush-method=nosync",
                 "--innodb-log-file-size=32M")

    def command(self):
        fixed = {"datadir": self.data, "tmpdir": self.folder, "port": self.port,
                 "bind-address": server.HOST, "socket": self.socket, "skip-name-resolve": None,
                 "pid-file": self.folder / "pid", "skip-networking": "0"}
        options = [f"--{name}" if value is None else f"--{name}={value}"
                   for name, value in {**self.settings, **fixed}.items()]
        return ["mariadbd", "--no-defaults", *options]

    def ready(self):
        if not self.has_user:
            self.sql(f"CREATE USER IF NOT EXISTS {USER}@'{server.HOST}' IDENTIFIED BY '{PASSWORD}';"
                     f"GRANT ALL ON *.* TO {USER}@'{server.HOST}' WITH GRANT OPTION;")
            self.has_user = True
        with_password = [f"--user={USER}", f"--password={PASSWORD}", f"--host={server.HOST}",
                         f"--port={self.port}", "--protocol=tcp"]
        return self.client(with_password, "SELECT 1") == [["1"]]

    # --- for tests ---

    def url(self, database="mysql"):
        return f"mariadb://{USER}:{PASSWORD}@{server.HOST}:{self.port}/{database}"

    def sql(self, text, database="mysql"):
        """Statements of the superuser; the rows of all, fields between tabs."""
        return self.client([f"--socket={self.socket}", "--user=root", database], text)

    def client(self, arguments, text):
        done = subprocess.run(["mariadb", "--no-defaults", "--batch", "--skip-column-names",
                               *arguments], input=text, capture_output=True, text=True,
                              check=False, timeout=SQL_SECONDS_MAX,
                              env={name: value for name, value in os.environ.items()
                                   if name != "MYSQL_PWD"})
        if done.returncode:
            raise server.ServerError(f"mariadb: {done.stderr.strip()}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def new_database(self):
        """The URL of an empty database of its own; unique among all processes that use this."""
        name = f"t{os.getpid()}_{next(self.numbers)}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def terminate_backends(self, database):
        """Ends the connections to a database, as an administrator would; how many there were."""
        rows = self.sql("SELECT id FROM information_schema.processlist "
                        f"WHERE db = '{database}' AND id <> CONNECTION_ID()")
        ended = 0
        for (number,) in rows:
            try:
                self.sql(f"KILL {number}")
                ended += 1
            except server.ServerError as error:
                if "1094" not in str(error):  # it has gone meanwhile
                    raise
        return ended

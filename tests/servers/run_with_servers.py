#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""run_with_servers.py [--postgres] [--mariadb] [--redis] -- COMMAND…

Starts the servers, runs the command with WEIR_TEST_POSTGRES, WEIR_TEST_MARIADB, WEIR_TEST_REDIS set
to their URLs, stops them, and leaves with the command's status. A URL that is set already is used
as it is.
"""

import argparse
import concurrent.futures
import contextlib
import os
import signal
import subprocess
import sys

import mariadb_server
import postgres_server
import redis_server
import server

KINDS = {"postgres": postgres_server.Postgres, "mariadb": mariadb_server.MariaDB,
         "redis": redis_server.Redis}
END_SECONDS_MAX = 20


def variable(kind):
    return f"WEIR_TEST_{kind.upper()}"


def started(stack, kinds):
    """The servers of these kinds, all at once; they end with the stack."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        starts = {kind: pool.submit(KINDS[kind]().__enter__) for kind in kinds}
    servers = {}
    failed = None
    for kind, start in starts.items():
        if start.exception():
            failed = failed or start.exception()
        else:
            servers[kind] = start.result()
            stack.push(servers[kind].__exit__)
    if failed:
        raise failed
    return servers


def run(command, kinds):
    missing = [kind for kind in kinds if not os.environ.get(variable(kind))]
    with contextlib.ExitStack() as stack:
        servers = started(stack, missing)
        urls = {variable(kind): each.url() for kind, each in servers.items()}
        process = subprocess.Popen(command, env={**os.environ, **urls})
        stack.callback(end, process)
        status = process.wait()
    return status if status >= 0 else 128 - status


def end(process):
    """The command, where it runs still: this program was told to leave."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def leave(number, _):
    sys.exit(128 + number)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    for kind in KINDS:
        parser.add_argument(f"--{kind}", action="store_true")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)
    signal.signal(signal.SIGINT, leave)
    try:
        return run(options.command, [kind for kind in KINDS if getattr(options, kind)])
    except (server.ServerError, OSError) as error:
        print(f"run_with_servers.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

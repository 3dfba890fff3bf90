# SPDX-License-Identifier: Apache-2.0
"""Sums a file with DuckDB or ClickHouse, and prints the seconds that the query took.

  query.py duckdb|clickhouse INPUT OUTPUT KEY_TYPE [sorted]

Runs in an environment of its own, with the packages of peers.py. Its clock begins when Python has
loaded the engine and the engine has answered an empty query, and ends when the result is written:
that is the best light on it. Two threads, types given, amounts that provably cannot overflow.
"""

import os
import sys
import time


def duckdb_query(source, target, key, order):
    """Measured alike within 3 %: quotes on or off, buffers of 8 to 64 MiB, parallel said or not,
    Parquet as the output. sum_no_overflow (64 bits, what DuckDB itself takes where it knows the
    greatest value) is 4 % faster than sum (128 bits)."""
    import duckdb

    database = duckdb.connect()
    database.execute("SET threads = 2")
    database.execute("SET preserve_insertion_order = false")
    begin = time.monotonic()
    database.execute(f"""
        COPY (SELECT id, sum_no_overflow(amount) AS total
              FROM read_csv('{source}', columns = {{'id': '{key}', 'amount': 'INTEGER'}},
                            delim = ' ', header = false, auto_detect = false, quote = '',
                            escape = '', parallel = true)
              GROUP BY id {order})
        TO '{target}' (FORMAT csv, DELIMITER ' ', HEADER false)""")
    return time.monotonic() - begin


def clickhouse_query(source, target, key, order):
    """Whole lines, cut at the space by the query: 0.6 to 0.9 of the time of CustomSeparated, which
    reads the two columns; CSV refuses a space between fields, and Regexp takes 1.6 times as long.
    Measured alike within 3 %: reading in one thread or several, chunks of 1 to 32 MiB, mmap or
    read, blocks of other sizes, casts that give zero or fail."""
    import chdb

    cast = {"String": "", "UInt64": "toUInt64", "UUID": "toUUID"}[key]
    chdb.query("SELECT 1")
    begin = time.monotonic()
    chdb.query(f"""
        SELECT {cast}(substring(line, 1, position(line, ' ') - 1)) AS id,
               sum(toUInt32(substring(line, position(line, ' ') + 1))) AS total
        FROM file('{source}', 'LineAsString', 'line String')
        GROUP BY id {order}
        INTO OUTFILE '{target}' FORMAT CSV
        SETTINGS max_threads = 2""")
    return time.monotonic() - begin


def main():
    engine, source, target, key, *rest = sys.argv[1:]
    order = "ORDER BY id" if rest == ["sorted"] else ""
    query = {"duckdb": duckdb_query, "clickhouse": clickhouse_query}[engine]
    print(query(os.path.abspath(source), os.path.abspath(target), key, order))
    sys.stdout.flush()
    os._exit(0)  # what an engine does after its answer is not its query


if __name__ == "__main__":
    main()

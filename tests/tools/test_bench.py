# SPDX-License-Identifier: Apache-2.0
"""`make bench` in its short form: every section runs, its figures are there, and totals that differ
end it. DuckDB and ClickHouse take part where an earlier `make bench` has installed them."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("WEIR_BUILD", ROOT / "build"))
SECTIONS = ["main", "forced", "text", "streams", "hostile", "ingest", "memory", "service"]


@pytest.fixture(name="folder", scope="module")
def one_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("bench")


def bench(folder, *arguments, weir=BUILD / "weir"):
    command = [sys.executable, ROOT / "bench/bench.py", "--short", "--no-install",
               "--build", folder, "--venv", BUILD / "bench/venv", "--page", folder / "page.md",
               "--weir", weir, *arguments]  # fmt: skip
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False)  # fmt: skip
    print(done.stderr)
    return done


def section(page, name):
    found = re.search(f"<!-- section {name} -->\n(.*?)<!-- end {name} -->", page, re.DOTALL)
    return found.group(1) if found else ""


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_is_measured_and_written_into_the_page(folder, name):
    done = bench(folder, "--only", name)
    assert done.returncode == 0, done.stderr
    written = section((folder / "page.md").read_text(), name)
    assert written.startswith("## ")
    skipped = "the section is left out" in done.stderr
    assert skipped or re.search(r"\| \d[\d,.]* \|", written), written


def test_what_is_not_installed_is_said_to_be_missing(folder):
    done = bench(folder, "--only", "text", "--venv", folder / "none")
    assert done.returncode == 0
    assert "missing: DuckDB" in done.stderr and "missing: ClickHouse" in done.stderr
    assert "| missing |" in section((folder / "page.md").read_text(), "text")


def test_the_page_keeps_other_sections_and_ends_with_the_notes(folder):
    (folder / "page.md").write_text("<!-- section hostile -->\nkept\n<!-- end hostile -->\n")
    assert bench(folder, "--only", "text").returncode == 0
    page = (folder / "page.md").read_text()
    assert section(page, "hostile") == "kept\n"
    notes = (ROOT / "bench/notes.md").read_text()
    assert page.endswith(notes.replace("](../docs/", "]("))  # links start from docs/


def test_the_plot_has_a_bar_for_each_tool_and_data_set(folder):
    assert bench(folder, "--only", "main", "--cases", "d10k", "s1m").returncode == 0
    plot = xml.etree.ElementTree.parse(folder / "page.svg").getroot()
    texts = [text.text for text in plot.iter("{http://www.w3.org/2000/svg}text")]
    assert {"dense, 10 K", "sparse, 1 M", "weir", "wc -l"} <= set(texts)
    bars = [text for text in texts if re.fullmatch(r"\d+\.\d\d", text)]
    assert len(bars) >= 4


def test_totals_that_differ_end_the_run(folder, tmp_path):
    wrong = tmp_path / "weir"
    wrong.write_text(f'#!/bin/sh\n"{BUILD}/weir" "$@" | sed "1s/[0-9]$/x/; 1s/x/0/; 2d"\n')
    wrong.chmod(0o755)
    done = bench(folder, "--only", "hostile", weir=wrong)
    assert done.returncode == 1
    assert "the totals of hostile are not those of reference" in done.stderr

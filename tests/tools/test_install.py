# SPDX-License-Identifier: Apache-2.0
"""What `make install` puts in place works from there."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("WEIR_BUILD", ROOT / "build"))


def test_program_man_page_completions_and_units_arrive_below_destdir_and_prefix(tmp_path):
    subprocess.run(
        ["cmake", "--install", str(BUILD), "--prefix", "/opt/weir"],
        env={**os.environ, "DESTDIR": str(tmp_path)},
        check=True,
        capture_output=True,
    )
    place = tmp_path / "opt/weir"
    version = subprocess.check_output([str(place / "bin/weir"), "version"], text=True)
    assert version.startswith("weir ")
    assert (place / "share/man/man1/weir.1").read_text().startswith(".TH")
    for completion in (
        "bash-completion/completions/weir",
        "zsh/site-functions/_weir",
        "fish/vendor_completions.d/weir.fish",
    ):
        assert "weir" in (place / "share" / completion).read_text()
    units = {path.name for path in (ROOT / "deploy/systemd").glob("*@.*")}
    assert units == {path.name for path in (place / "lib/systemd/system").iterdir()}
    assert (place / "lib/sysusers.d/weir.conf").read_text().count("u weir ") == 1

# SPDX-License-Identifier: Apache-2.0
"""What weir tells on standard error is one event a line, whatever files are called and wherever it
goes; the examples of docs/logs.md are right."""

import datetime
import json
import os
import random
import re
import subprocess

import program
import yaml

HOSTILE = [b"new\nline", b"quote\"'`", b"\x1b[31mred", b"back\\slash\\n", b"\xff\xfe \xc3",
           b"\t\r\x7f", "\u202etxt.exe".encode(), "\u2028".encode(), "zo\u00eb \u6f22".encode(),
           b"$(reboot)", b"{\"event\":\"forged\"}", b"%s%n", b" ", b"-rf", b"n" * 250,
           b"x\n{\"level\":\"error\"}", "\u0085\u200b\ufeff".encode()]
STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
MEMBERS = {"time", "level", "event", "message"}


def random_names(seed, count):
    """Of any bytes that a name may have; none that is passed over."""
    choice = random.Random(seed)
    allowed = [byte for byte in range(1, 256) if byte != ord("/")]
    return [b"r" + bytes(choice.choices(allowed, k=choice.randrange(1, 60))) + b"r"
            for _ in range(count)]


def make_files(folder, names):
    """Files that look wrong, and are set aside."""
    folder.mkdir()
    for number, name in enumerate(names):
        path = os.path.join(os.fsencode(folder), name)
        with open(path, "wb") as file:
            file.write(b"this is no usage line %d\n" % number)


def told(arguments, work, **options):
    """Runs weir; the lines of its standard error, without ends."""
    done = program.run(arguments, work, env=program.environment(), **options)
    assert done.stderr.endswith(b"\n")
    return done.stderr[:-1].split(b"\n")


def documented(heading):
    text = (program.ROOT / "docs/logs.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE)


def is_harmless(line):
    text = line.decode()  # UTF-8, or an exception
    return STEERS.search(text) is None


# faults 40, 138 (logs)
def test_every_line_is_one_json_object_whatever_files_are_called(tmp_path):
    names = HOSTILE + random_names(seed=5, count=300)
    make_files(tmp_path / "in", names)
    lines = told(["ingest", "in", "--log-format", "json"], tmp_path)
    objects = [json.loads(line) for line in lines]
    assert all(is_harmless(line) for line in lines)
    assert all(MEMBERS <= set(found) for found in objects)
    assert not any(isinstance(value, (dict, list)) for found in objects for value in found.values())
    paths = {found["path"] for found in objects if found["event"] == "file.set_aside"}
    assert len(paths) == len(set(names))
    prefix = os.fsdecode(tmp_path / "in") + "/"
    for name in names:
        try:
            assert prefix + name.decode() in paths
        except UnicodeDecodeError:
            continue  # shown with its bytes as \\xHH; none is missing, as their number says
    assert {found["event"] for found in objects} <= set(documented("Events"))


# faults 40, 138 (logs)
def test_every_event_is_one_line_of_text_in_the_journal(tmp_path):
    names = HOSTILE + random_names(seed=6, count=100)
    make_files(tmp_path / "in", names)
    read, write = os.pipe()
    status = os.fstat(write)
    variables = program.environment(JOURNAL_STREAM=f"{status.st_dev}:{status.st_ino}")
    with os.fdopen(read, "rb") as reader:
        with subprocess.Popen([program.WEIR, "ingest", "in"], cwd=tmp_path, env=variables,
                              stdin=subprocess.DEVNULL, stderr=write) as weir:
            os.close(write)
            lines = reader.read()[:-1].split(b"\n")
        assert weir.returncode == 1
    assert all(re.match(rb"<[346]>", line) and is_harmless(line) for line in lines)
    assert sum(b" is set aside: " in line for line in lines) == len(set(names))


def test_a_stream_that_is_not_the_journal_has_no_priorities(tmp_path):
    done = program.run(["top", "--from", "sqlite:none.db"], tmp_path,
                       env=program.environment(JOURNAL_STREAM="1:2"))
    assert done.stderr.startswith(b"weir: error: ")


# fault 56 (times in logs)
def test_times_are_utc_wherever_the_machine_is(tmp_path):
    before = datetime.datetime.now(datetime.timezone.utc)
    done = program.run(["top", "--from", "sqlite:none.db", "--log-format", "json"], tmp_path,
                       env=program.environment(TZ="Asia/Kathmandu"))
    after = datetime.datetime.now(datetime.timezone.utc)
    time = json.loads(done.stderr)["time"]
    moment = datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ")
    moment = moment.replace(tzinfo=datetime.timezone.utc)
    assert before - datetime.timedelta(milliseconds=1) <= moment <= after


# fault 26 (logs)
def test_a_full_log_changes_nothing_but_the_log(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a").write_text("1 2\nbad\n")
    with open("/dev/full", "wb") as full:
        done = program.run(["ingest", "in", "--log-format", "json"], tmp_path, stderr=full)
    assert done.returncode == 0
    assert program.run(["top"], tmp_path).stdout == b"1 2\n"


def test_every_command_takes_its_format_from_flag_environment_and_flow_file(tmp_path):
    (tmp_path / "usage.toml").write_text('[log]\nformat = "json"\nlevel = "warning"\n')
    made = ["generate", "made", "--files", "1", "--lines", "5"]
    done = program.run(made, tmp_path, env=program.environment(WEIR__LOG__FORMAT="json"))
    assert json.loads(done.stderr)["event"] == "message"
    done = program.run(["init", "-c", "usage.toml"], tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    done = program.run(["ingest", "-c", "usage.toml", "--set", "fold.memry=1", "made"], tmp_path)
    assert json.loads(done.stderr)["event"] == "setting.refused"
    done = program.run(["ingest", "-c", "usage.toml", "--log-format", "text", "none"], tmp_path)
    assert done.stderr.startswith(b"weir: error: ")
    done = program.run(["ingest", "-c", "usage.toml", "--set", "log.level=info", "made"], tmp_path)
    summary = json.loads(done.stderr.splitlines()[0])
    assert (summary["event"], summary["lines"], summary["commits"]) == ("ingest.done", 5, 1)


def test_the_example_of_a_line_is_one():
    example = json.loads(program.examples("logs.md", "json")[0])
    assert MEMBERS <= set(example)
    assert example["event"] in documented("Events")
    assert set(example) - MEMBERS <= set(documented("Fields"))


def test_the_promtail_example_is_yaml_and_asks_for_what_there_is():
    config = yaml.safe_load(program.examples("logs.md", "yaml")[0])
    assert len(config["scrape_configs"]) == 2
    for scrape in config["scrape_configs"]:
        stages = {name: stage for part in scrape["pipeline_stages"] for name, stage in part.items()}
        taken = stages["json"]["expressions"]
        assert set(taken.values()) <= MEMBERS | set(documented("Fields"))
        assert stages["timestamp"] == {"source": "time", "format": "RFC3339Nano"}
        assert set(stages["labels"]) <= set(taken) - {"time"}, "a label a value: few values only"


def test_the_queries_ask_for_events_and_fields_that_there_are():
    queries = program.examples("logs.md", "logql")[0]
    assert set(re.findall(r'event="([^"]+)"', queries)) <= set(documented("Events"))
    assert set(re.findall(r"by \((\w+)\)", queries)) <= set(documented("Fields"))

# SPDX-License-Identifier: Apache-2.0
"""Every check of `make check` can fail: each finds what it is there for, and lets the rest be."""

import check_docs
import check_layers
import check_names
import check_seams
import check_shape
import faults_table
import project
import project_tests
import pytest

LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"


def tree(root, **files):
    """Writes files; `src__base__x_h` is src/base/x.h."""
    for name, text in files.items():
        *folders, last = name.split("__")
        path = root.joinpath(*folders, ".".join(last.rsplit("_", 1)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    "folder, header, allowed",
    [
        ("flow", "store/store.h", True),
        ("app", "flow/ingest.h", True),
        ("base", "model/unit.h", False),  # upwards
        ("fold", "format/unit_reader.h", False),  # a sibling
        ("store", "io/file_system.h", False),
    ],
)
def test_layers_point_one_way(tmp_path, folder, header, allowed):
    tree(tmp_path, **{f"src__{folder}__x_cc": f'#include "{header}"\n'})
    assert (check_layers.check(tmp_path) == []) == allowed


def test_vendor_headers_stay_in_sources(tmp_path):
    tree(tmp_path, src__store__x_cc="#include <sqlite3.h>\n")
    assert check_layers.check(tmp_path) == []
    tree(tmp_path, src__store__x_h="#include <sqlite3.h>\n")
    assert "sqlite3.h in a header" in check_layers.check(tmp_path)[0]


def test_an_unknown_folder_has_no_place(tmp_path):
    tree(tmp_path, src__extras__x_cc="\n")
    assert "no place" in check_layers.check(tmp_path)[0]


@pytest.mark.parametrize(
    "line",
    [
        "auto t = std::chrono::steady_clock::now();",
        "auto t = time(nullptr);",
        "std::random_device device;",
        "int r = rand();",
        "int fd = ::open(path, 0);",
        "#include <fstream>",
        "std::filesystem::path p;",
        "std::thread worker;",
        "std::mutex mutex;",
        "static thread_local int x;",
        'std::cout << "x";',
        'auto v = getenv("X");',
    ],
)
def test_nothing_reaches_around_a_seam(tmp_path, line):
    tree(tmp_path, src__flow__x_cc=f"{line}\n")
    assert len(check_seams.check(tmp_path)) == 1


def test_seams_may_do_what_they_are_for_and_words_are_free(tmp_path):
    tree(
        tmp_path,
        src__base__clock_cc="auto t = std::chrono::steady_clock::now();\n",
        src__flow__x_cc='// std::thread\nauto s = "std::mutex"; files.open(root); x.time(0);\n',
        src__flow__x_test_cc="std::thread worker;\n",
    )
    assert check_seams.check(tmp_path) == []


@pytest.mark.parametrize("name", ["BatchManager", "LineProcessor", "FileInfo", "StoreImpl"])
def test_empty_names_are_refused(tmp_path, name):
    tree(tmp_path, src__base__x_h=f"{LICENCE}class {name} {{}};\n")
    assert "says nothing" in check_names.check(tmp_path)[0]


def test_names_that_only_look_alike_are_free(tmp_path):
    tree(tmp_path, src__base__x_h=f"{LICENCE}class Database {{}};\nstruct Informed {{}};\n")
    assert check_names.check(tmp_path) == []


def test_a_source_without_a_licence_line_is_refused(tmp_path):
    tree(tmp_path, src__base__x_h="int x;\n", tools__x_py="x = 1\n")
    assert len(check_names.check(tmp_path)) == 2


@pytest.mark.parametrize(
    "words",
    ["T" + "ODO: later", "see /wo" + "rk/notes", "as is" + "sue 12 says", "not imple" + "mented"],
)
def test_loose_ends_are_refused(tmp_path, words):
    tree(tmp_path, docs__x_md=f"{words}\n")
    assert len(check_names.check(tmp_path)) == 1


def function_of(lines):
    return "int f() {\n" + "  g();\n" * (lines - 2) + "}\n"


def test_functions_are_measured_to_the_line(tmp_path):
    tree(tmp_path, src__base__x_cc=function_of(60))
    assert check_shape.survey(tmp_path)[0] == []
    tree(tmp_path, src__base__x_cc=function_of(61))
    assert "61 lines" in check_shape.survey(tmp_path)[0][0]


def test_functions_are_found_among_all_that_has_braces():
    text = """
namespace weir {
struct S : Base {  // a scope
  S() : a_{1}, b_(2) { work(); }
  int f() const override { return 1; }
  int values[2] = {1, 2};
};
enum class E { a, b };
const std::map<int, int> table = {{1, 2}};
#define M(x) { x }
template <class T>
T g(const char* text = "{(") {
  if (text) {
    each([](int x) { return x; });
  }
  return T{};
}
TEST(Suite, Name) {
  EXPECT_TRUE(true);
}
bool operator==(const S& a, const S& b) { return true; }
}
"""
    found = check_shape.functions_of("x.cc", text)
    assert [(f.name, f.lines) for f in found] == [
        ("S", 1),
        ("f", 1),
        ("g", 7),
        ("TEST(Suite, Name)", 3),
        ("operator==", 1),
    ]
    assert [f.nesting for f in found] == [0, 0, 1, 0, 0]


def test_deep_nesting_long_lines_and_big_headers_are_refused(tmp_path):
    deep = "void f() {\n" + "if (a) {\n" * 4 + "}\n" * 5
    tree(
        tmp_path,
        src__base__x_cc=deep,
        src__base__y_cc="// " + "x" * 98 + "\n",
        src__base__z_h="int x;\n" * 201,
        src__base__w_cc="int x;\n" * 501,
    )
    found = " ".join(check_shape.survey(tmp_path)[0])
    for words in ("nests 4 deep", "101 columns", "201 lines", "501 lines"):
        assert words in found


def test_a_crowded_root_is_refused(tmp_path):
    for number in range(16):
        (tmp_path / f"{number}.md").write_text("")
    assert "16 entries" in check_shape.survey(tmp_path)[0][0]


def test_the_summary_names_the_extremes(tmp_path):
    tree(tmp_path, src__base__x_cc=function_of(10) + function_of(4), src__base__x_h="int f();\n")
    _, functions, headers = check_shape.survey(tmp_path)
    lines = check_shape.summary(functions, headers)
    assert "10 lines" in lines[0] and "1 lines" in lines[1] and "7 lines" in lines[2]


TESTS = """
// Why it matters.
// fault 1
TEST(Fold, Counts) {
}
// faults 2, 5-6 (scaled:
// 20 files)
TEST_F(Fold,
       CountsMore) {
}
int not_a_test;  // fault 9
"""


def test_tests_and_their_faults_are_found(tmp_path):
    tree(
        tmp_path,
        src__fold__fold_test_cc=TESTS,
        tests__cli__test_x_py="# fault 3\n@decorated(\n    1,\n)\ndef test_y():\n    pass\n",
        fuzz__pairs_cc="// fault 4 (part)\n",
    )
    found = {test.name: test.faults for test in project_tests.all_tests(tmp_path)}
    note = "scaled: 20 files"
    assert found == {
        "Fold.Counts": [(1, "")],
        "Fold.CountsMore": [(2, note), (5, note), (6, note)],
        "tests/cli/test_x.py::test_y": [(3, "")],
        "fuzz/pairs.cc": [(4, "part")],
    }


def test_the_table_of_faults_must_be_current(tmp_path):
    tree(tmp_path, tools__faults_txt="== A\n1 one\n2 two\n", src__fold__fold_test_cc=TESTS)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/faults.md").write_text(faults_table.table(tmp_path))
    assert all("no such fault" in complaint for complaint in faults_table.check(tmp_path))
    assert "| 1 | one | `Fold.Counts` |" in (tmp_path / "docs/faults.md").read_text()
    tree(tmp_path, src__fold__other_test_cc="// fault 2\nTEST(Fold, More) {\n}\n")
    assert "docs/faults.md: not current" in " ".join(faults_table.check(tmp_path))


def test_features_and_guarantees_name_tests_that_exist(tmp_path, monkeypatch):
    monkeypatch.setattr(check_docs, "FEATURE_IDS", ["A1", "A2"])
    head = "| id | what | how | test |\n|---|---|---|---|\n"
    rows = "| A1 | x | y | `Fold.Counts` |\n| A2 | x | y | *not yet* |\n"
    tree(tmp_path, src__fold__fold_test_cc=TESTS, docs__features_md=head + rows)
    names = {test.name for test in project_tests.all_tests(tmp_path)}
    assert check_docs.feature_complaints(tmp_path, names) == ([], 1, 1)
    tree(tmp_path, docs__features_md=head + "| A1 | x | y | `Fold.Gone` |\n| A2 | x | y | |\n")
    assert len(check_docs.feature_complaints(tmp_path, names)[0]) == 2
    tree(tmp_path, docs__features_md=head + "| A1 | x | y | *not yet* |\n| Z9 | x | y | a |\n")
    assert len(check_docs.feature_complaints(tmp_path, names)[0]) == 2  # A2 is gone, Z9 is unknown
    head = "| failure | outcome | test |\n|---|---|---|\n"
    tree(tmp_path, docs__guarantees_md=head + "| a | b | c |\n")
    assert "without a test" in check_docs.guarantee_complaints(tmp_path, names)[0]


def test_documented_reject_reasons_are_those_of_the_program(tmp_path):
    header = "enum class RejectReason : int {\n  sign,  // why\n  decimal,\n};\n"
    rows = "## Rejects\n\n| `sign` | a |\n| `decimal` | b |\n\n## Next\n| `other` |\n"
    tree(tmp_path, src__model__reject_h=header)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/file-formats.md").write_text(rows)
    assert check_docs.reason_complaints(tmp_path) == []
    (tmp_path / "docs/file-formats.md").write_text(rows.replace("`sign`", "`sigh`"))
    assert len(check_docs.reason_complaints(tmp_path)) == 1


EVENTS = """namespace event {
// it is gone
inline constexpr std::string_view file_gone = "file.gone";
}  // namespace event
namespace field {
// path of a file
inline constexpr std::string_view path = "path";
}  // namespace field
"""


def test_documented_events_and_fields_are_those_of_the_program(tmp_path):
    tables = (
        "## Events\n\n| event | what | fields |\n|---|---|---|\n"
        "| `file.gone` | it is gone | `path` |\n\n"
        "## Fields\n\n| field | in JSON | what |\n|---|---|---|\n"
        "| `path` | a text | path of a file |\n\n## More\n"
    )
    used = "x = event::file_gone; y = field::path;\n"
    tree(tmp_path, src__flow__events_h=EVENTS, src__flow__x_cc=used, docs__logs_md=tables)
    assert list(check_docs.log_complaints(tmp_path)) == []
    for text, complaint in (
        (tables.replace("it is gone", "it went"), "is to stand there"),
        (tables.replace("| `file.gone` | it is gone | `path` |\n", ""), "is to stand there"),
        (tables.replace("| `path` |\n", "| `place` |\n", 1), "there is no field place"),
        (tables.replace("## Fields", "| `a.b` | c | |\n## Fields", 1), "or in another order"),
    ):
        tree(tmp_path, docs__logs_md=text)
        assert complaint in " ".join(check_docs.log_complaints(tmp_path)), text
    tree(tmp_path, docs__logs_md=tables, src__flow__x_cc="y = field::path;\n")
    assert list(check_docs.log_complaints(tmp_path)) == [
        "src/flow/events.h: nothing tells file.gone"
    ]


def test_settings_in_documents_exist(tmp_path):
    tree(tmp_path, src__app__settings_table_cc='{{"name", t}, {"fold.memory", b}}')
    text = "`fold.memory` `fold.memory = 1` `fold.h` `x.y` `fold.speed` `fold.size = \"a\"`\n"
    tree(tmp_path, docs__x_md=text)
    assert list(check_docs.setting_complaints(tmp_path)) == [
        "docs/x.md: there is no setting fold.speed",
        "docs/x.md: there is no setting fold.size",
    ]


def test_links_lead_somewhere(tmp_path):
    text = "[a](y.md) [b](#here) [c](https://example.org)\n```\n[d](no.md)\n```\n"
    tree(tmp_path, docs__x_md=text)
    assert list(check_docs.link_complaints(tmp_path, tmp_path / "docs/x.md")) == [
        "docs/x.md: y.md leads nowhere"
    ]


def test_commands_in_documents_exist(tmp_path):
    weir = tmp_path / "weir"
    weir.write_text('#!/bin/sh\n[ "$1" = sum ] && echo "  --json  as JSON"\n')
    weir.chmod(0o755)
    lines = ["$ weir sum --json x | sort -n", "weir sum --fast", "weir fly", "weir sum  # --slow"]
    tree(tmp_path, docs__x_md="\n".join(["```sh", *lines, "```", ""]))
    found = list(check_docs.command_complaints(tmp_path, tmp_path / "docs/x.md", weir, {}))
    assert found == ["docs/x.md: `weir sum` has no --fast", "docs/x.md: there is no `weir fly`"]


def test_code_keeps_its_lines_when_comments_and_strings_go():
    text = 'a // "x\n/* b\n"c" */ d "e // f" R"(g\n)" 1\'000 \'"\' h\n'
    code = project.code_only(text)
    assert code.count("\n") == text.count("\n")
    assert all(letter not in code for letter in "xbcefg") and "h" in code and "1'000" in code

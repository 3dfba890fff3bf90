// SPDX-License-Identifier: Apache-2.0
#include "app/command_texts.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace weir {
namespace {

constexpr std::string_view counting = "Counting";
constexpr std::string_view reading = "Reading";
constexpr std::string_view caring = "Taking care";
constexpr std::string_view setting_up = "Setting up";

constexpr std::array<CommandWords, 28> table = {{
    {"", "", "adds up files of `consumer amount` lines into a database, exactly once",
     "Point it at a folder and the totals appear in a table; kill it at any moment and run it "
     "again, and they are still right: progress and totals change in one transaction.\n\n"
     "A line is a consumer, one space and an amount: `123 12345`. Bad lines are refused with their "
     "place and reason, and never stop the good ones. Compressed files (gzip, zstd, bzip2, xz) are "
     "read as they are, known by their content and not by their name.",
     R"(weir generate usage/                       make some files to try with
weir ingest usage/                         count them into weir.db, once
weir ingest usage/                         again: nothing new, nothing counted twice
weir top 5                                 the greatest totals
weir get 17 23                             the totals of some consumers
weir sum usage/*                           the same totals without a database
ssh host cat day.gz | weir sum -           from a pipe
weir verify                                prove that the books balance
weir help ingest                           more about one command)"},

    {"sum", counting, "add up files without a database, and print the totals",
     "Prints a line `consumer total` for each consumer, ascending, to standard output; what there "
     "is to say goes to standard error. Sums are exact at any size. Folders are read with all "
     "below them; `-`, or no FILE at all, reads standard input. Bad lines are left out and "
     "reported, and the exit code is then 1. A file that is broken is left out whole.\n\n"
     "JSON: {\"totals\": [{\"consumer\": \"17\", \"amount\": 42}, …], \"summary\": {…}}",
     R"(weir sum day.txt                           instead of awk '{a[$1] += $2} …'
weir sum usage/ > totals.txt               a folder with all below it
ssh host cat day.gz | weir sum -           from a pipe
weir sum --set format.key=text names.txt   consumers are words instead of numbers)"},

    {"ingest", counting, "count files into the database, each once, and leave",
     "Lists the files, accepts those it does not know, counts what is not yet counted, and leaves: "
     "run it as often as you like. Totals are added to what the table holds. A file that looks "
     "wrong, is damaged or changed is set aside with a reason (see `weir quarantine`), and the "
     "exit code is then 1.\n\n"
     "SIGTERM, SIGINT (^C) and SIGHUP drain: begun work is committed, the rest is left for the "
     "next pass, and the exit code is 0. A second signal leaves at once, which is safe, too.\n\n"
     "JSON: {\"summary\": {\"files_counted\": 4, \"bytes\": …, \"lines\": …, …}}",
     R"(weir ingest usage/                         into sqlite:weir.db, table usage
weir ingest usage/ --into sqlite:may.db    into another database
weir ingest -c usage.toml                  as the flow file says
weir ingest -j 1 usage/                    with one worker
weir ingest usage/ --set format.separator=blank   fields apart by any spaces and tabs)"},

    {"watch", counting, "count files as they come, each once, until it is stopped",
     "Scans the folders at the start, then as often as source.scan_every says, and is told of what "
     "comes by the system where that is possible, and by producers on its socket (see `weir "
     "notify`). A file that is still being written waits until it is complete (source.complete). "
     "After it was counted a file can be moved, archived or deleted (source.after). While "
     "the database cannot be reached it waits.\n\n"
     "SIGTERM and SIGINT (^C) drain: what was begun is committed, and the exit code is 0; a second "
     "signal leaves at once, which is as safe. SIGHUP reads the flow file again.",
     R"(weir watch usage/                          count into sqlite:weir.db as files come
weir watch -c usage.toml                   as the flow file says
weir watch usage/ --set source.after=archive --set source.to=counted/)"},
    {"notify", counting, "tell a running weir that files are complete",
     "For producers: once a file has its name and is whole, tell of it, and the answer comes when "
     "the file is entered in the ledger, durably: `accepted`, `known` (it had been before) or "
     "`refused`, with the reason. With --receipt a second answer comes when all of it is in the "
     "totals: `counted`, or `quarantined`. Telling again does no harm, and a file that nobody told "
     "of is found by the next scan.\n\n"
     "The exit code is 0 where every file was taken, 1 where one was refused or set aside, 69 "
     "where no weir listens, and 75 where an answer did not come in time: then ask again.\n\n"
     "JSON: {\"answers\": [{\"file\": …, \"answer\": \"accepted\"}, {\"file\": …, \"answer\": "
     "\"counted\", \"lines\": 1000, \"rejects\": 0}, {\"file\": …, \"answer\": \"refused\", "
     "\"reason\": …}, …]}",
     R"(weir notify usage/day.txt                  to the watch on sqlite:weir.db
weir notify day.txt -c usage.toml          to the one of a flow file
weir notify day.txt --socket /run/weir/usage/notify.sock   or to any other
weir notify *.txt -c usage.toml --receipt --timeout 5m     and wait until they are counted)"},

    {"get", reading, "print the totals of some consumers, or what they got when",
     "Prints a line `consumer total` for each KEY that has one. Where one has none, that is said "
     "and the exit code is 1.\n\n"
     "Where history is kept (store.keep = \"history\"), --from and --to ask for what came within a "
     "time, by the time at which files were accepted; --by prints a line `consumer start period "
     "amount` for each hour, day or month of UTC. What was rolled up (see `weir roll-up`) into a "
     "longer period than is asked for is printed as that period, and counts where it begins. TIME "
     "is a day or second of UTC, such as 2026-05-04 or 2026-05-04T03:00:00Z, or an age, such as "
     "24h or 7d.\n\n"
     "JSON: {\"totals\": [{\"consumer\": \"17\", \"amount\": 42}, …]}; amount is null where there "
     "is none; with --by also \"start\" and \"period\".",
     R"(weir get 17                                one consumer
weir get 17 23 42                          several
weir get 17 --from 24h --by hour           the last day, hour by hour
weir get 17 --from 2026-05-01 --to 2026-06-01   what came in May
weir get 17 --from sqlite:may.db           from another database)"},

    {"explain", reading, "list what makes the total of a consumer: when, how much, which file",
     "A line for each file that added to it, with the time at which the file was accepted; of what "
     "was rolled up, a line for each hour, day or month. History must be kept (store.keep = "
     "\"history\"); what was there before, or counted without it, is told as one sum.\n\n"
     "JSON: {\"consumer\": \"17\", \"rows\": [{\"at\": …, \"period\": \"file\", \"file\": 3, "
     "\"path\": …, \"amount\": 42}, …], \"explained\": 42, \"total\": 42}",
     R"(weir explain 17                            all of it
weir explain 17 --from 7d                  of the last seven days)"},

    {"top", reading, "print the greatest totals",
     "JSON: {\"totals\": [{\"consumer\": \"17\", \"amount\": 42}, …]}",
     R"(weir top                                   the ten greatest
weir top 100                               more of them)"},

    {"status", reading, "show what has been counted, what waits, and what is set aside",
     "Counts the files of the flow by their state, and lists those that wait, that are set aside, "
     "and that changed or went missing since they were accepted.\n\n"
     "--checkpoints prints, as CSV, the lines that are counted: file,start_line,end_line. Lines "
     "counted behind a gap have no numbers yet, and are told on standard error.\n\n"
     "JSON: {\"flow\": …, \"store\": …, \"files\": {\"done\": 4, …}, \"pending\": [{\"path\": …, "
     "\"units\": 28, \"units_done\": 12, …}, …], \"quarantined\": […], \"dropped\": […], "
     "\"revoked\": […], \"missing\": […], \"changed\": […]}; with --checkpoints {\"checkpoints\": "
     "[{\"path\": …, "
     "\"start_line\": 1, \"end_line\": 1000}, …]}",
     R"(weir status                                how far it is
weir status --checkpoints                  file,start_line,end_line)"},

    {"rejects", reading, "list the bad lines, with place and reason",
     "Prints `file:line: reason: text` for each bad line that was kept. FILE is a path as `weir "
     "status` shows it, or the number of a file. Where the line is not yet known, since earlier "
     "parts of the file are still open, its byte is given instead.\n\n"
     "JSON: {\"rejects\": [{\"path\": …, \"line\": 17, \"offset\": 301, \"reason\": "
     "\"bad_amount\", \"text\": …}, …], \"rejected\": 5, \"kept\": 5}",
     R"(weir rejects                               of all files
weir rejects usage/day1.txt                of one)"},

    {"corrections", reading, "list what was revoked, replaced, rebased and forgotten",
     "Every change of what was counted, in order, with its reason.\n\n"
     "JSON: {\"corrections\": [{\"number\": 1, \"at\": …, \"flow\": …, \"action\": \"revoke\", "
     "\"file\": 3, \"path\": …, \"why\": …, \"keys\": 12, \"amount\": -42}, …]}; keys are the "
     "consumers whose totals changed, or, of forget, the files.",
     R"(weir corrections                           all of them
weir corrections --json                    for programs)"},

    {"quarantine", caring, "list files that are set aside, and decide about them",
     "A file is set aside when it looks wrong, is damaged, or changed after it was accepted. "
     "Nothing more of it is counted until someone decides: mend it (or the settings) and `retry`, "
     "or `drop` it for good. Without a further word the files are listed, with number, path and "
     "reason.\n\n"
     "JSON: {\"quarantined\": [{\"file\": 3, \"path\": …, \"reason\": …}, …]}",
     R"(weir quarantine                            which, and why
weir quarantine retry usage/day3.txt       the next ingest takes it again
weir quarantine drop 3                     never count file number 3)"},
    {"quarantine list", "", "list the files that are set aside", "",
     R"(weir quarantine list --json                for programs)"},
    {"quarantine retry", "", "let the next ingest take files again",
     "Where nothing of the file has been counted it is taken as it is then, also in another "
     "version; else only if what was counted still stands in it.",
     R"(weir quarantine retry usage/day3.txt       one file, by path
weir quarantine retry 3                    or by number
weir quarantine retry --all                all of them)"},
    {"quarantine drop", "", "never count files that are set aside",
     "What was counted of them before stays counted (`weir revoke` takes it back). `weir "
     "quarantine "
     "retry` undoes it.",
     R"(weir quarantine drop usage/day3.txt        one file)"},

    {"revoke", caring, "take back what files added",
     "The totals fall by what each FILE had added to them, exactly, in one transaction a file; its "
     "history and rejects go, too. It stays known as revoked, and is not counted again unless "
     "`weir "
     "quarantine retry` says so. A total that falls to 0 stays in the table. The file must have "
     "been counted with history (store.keep = \"history\") and not be rolled up. Twice: once. "
     "While "
     "a watch runs, it carries this out.\n\n"
     "JSON: {\"revoked\": [{\"number\": 1, \"at\": …, \"file\": 3, \"path\": …, \"why\": …, "
     "\"keys\": 12, \"amount\": -42, …}]}",
     R"(weir revoke usage/day3.txt --why "sent twice"   by path
weir revoke 3                              or by number (weir status, weir explain))"},

    {"replace", caring, "count one file in the place of another",
     "Counts NEW, and in the same transaction takes back what OLD had added: at every moment the "
     "totals hold one of them. The store must keep history (store.keep = \"history\"). While a "
     "watch runs, it carries this out.\n\n"
     "JSON: {\"replaced\": {\"file\": 3, \"path\": …, \"by\": …, \"lines\": …, …}}",
     R"(weir replace usage/day3.txt mended/day3.txt)"},

    {"roll-up", caring, "merge old history into hours, days or months",
     "History takes a row for each consumer and file. What is old enough is merged: into one row "
     "for each consumer and hour, day or month of UTC. Totals do not change, and history makes up "
     "the totals at every moment, also when it is killed. Files whose rows were merged can no "
     "longer "
     "be revoked. Without options it does what history.hours_after, history.days_after and "
     "history.months_after say; a watch does that by itself.\n\n"
     "JSON: {\"rolled_up\": [{\"into\": \"day\", \"before\": …, \"rows_read\": …, \"rows_merged\": "
     "…, \"stopped\": false}, …]}",
     R"(weir roll-up -c usage.toml                 as the flow file says
weir roll-up --older-than 30d --into day   what is over 30 days old, into days)"},

    {"forget", caring, "drop files that are over from the ledger",
     "A ledger keeps a row for each file for ever, to know it again. This drops those that are "
     "counted and released (source.after = move, archive or delete), dropped or revoked, and were "
     "finished before TIME, with their rejects. What they added stays. But they are no longer "
     "known: a file of the same name counts again.\n\n"
     "JSON: {\"forgotten\": 12, \"amount\": 42, \"correction\": 3}",
     R"(weir forget --before 400d                  what was finished over 400 days ago
weir forget --before 2026-01-01            or before a day)"},

    {"verify", caring, "prove that the books balance",
     "Adds up the whole table and compares it with what every commit added, those with what every "
     "unit of every file held, and all of it once more with the amount of each consumer "
     "weighed by a number of its own; where history is kept, its rows, too. Says which book is "
     "off; "
     "the exit code is then 1. --read reads the files once more, too, and says which file is off. "
     "--rebase accepts what something else than weir wrote to the table as part of what it held "
     "before, and records it.\n\n"
     "JSON: {\"balanced\": true, \"faults\": [], \"consumers\": …, \"files\": …, \"totals\": …, "
     "\"base\": …, \"counted\": …}",
     R"(weir verify                                the books
weir verify --read                         and the bytes of every file
weir verify --rebase --why import          accept what others wrote)"},

    {"init", setting_up, "create the database and its tables",
     "Creates what is missing and leaves alone what is there: a table that holds values keeps "
     "them, and weir adds to them. `weir ingest` does the same by itself.",
     R"(weir init                                  sqlite:weir.db
weir init --into sqlite:may.db             another one
weir init -c usage.toml                    the one of a flow file)"},

    {"copy", setting_up, "copy totals and all that is known of them into another database",
     "Copies the flow's table from one database into another, of whatever kind: totals, files, "
     "history, rejects, corrections. What was counted there is known here: it is not counted "
     "again, and can be explained and taken back as before. One transaction, at whose end the copy "
     "is read and its books are compared: killed at any moment, nothing of it is there, and the "
     "same command does it again. The table to copy into must be empty. While it is copied nobody "
     "writes to either; count into one of the two from then on. Without --into it is the database "
     "of the flow file.\n\n"
     "JSON: {\"copied\": {\"from\": …, \"into\": …, \"files\": 12, \"consumers\": 1000, "
     "\"totals\": 42, \"history_rows\": 0, \"was_there\": false}}",
     R"(weir copy --from sqlite:usage.db --into postgresql://host/billing
weir copy -c usage.toml --from sqlite:usage.db   into the database of the flow file)"},

    {"check", setting_up, "check a flow file, and print every setting and limit",
     "Finds all errors of meaning at once, each with line and column. Prints every setting with "
     "its value and where that came from, in the form of a flow file, and the fixed limits. "
     "--connect looks whether the sources can be listed and the database can be read; it creates "
     "nothing.\n\n"
     "JSON: {\"settings\": [{\"key\": \"fold.memory\", \"value\": \"448MiB\", \"origin\": "
     "\"default\"}, …], \"complaints\": [{\"where\": …, \"text\": …}, …]}",
     R"(weir check -c usage.toml                   is it right?
weir check                                 the defaults
weir check -c usage.toml --connect         and can it be reached?)"},

    {"generate", setting_up, "make files for trying, testing and measuring",
     "Writes files of `consumer amount` lines into DIR: each under a temporary name, then renamed, "
     "as a careful producer does. Nothing that is there is replaced. The same seed gives the same "
     "lines on any machine. Several generators may write into one folder, each with a --seed or "
     "--prefix of its own.\n\n"
     "JSON: {\"summary\": {\"files\": 4, \"lines\": …, \"bad\": {\"sign\": 2, …}, \"bytes\": …, "
     "\"bytes_stored\": …, \"seconds\": …}}; with --notify also \"notified\": {\"accepted\": 4, "
     "\"known\": 0, \"refused\": 0, \"unanswered\": 0}",
     R"(weir generate usage/                       a small set
weir generate usage/ --lines 1M --files 8  a million lines in each of eight files
weir generate usage/ --bad 0.001           a bad line in a thousand
weir generate usage/ --seed 7 --totals totals.txt   and the exact totals of it
weir generate usage/ --notify /run/weir/usage/notify.sock   telling of each file)"},

    {"completion", setting_up, "print completions for a shell", "",
     R"(weir completion bash > ~/.local/share/bash-completion/completions/weir
weir completion zsh > "${fpath[1]}/_weir"
weir completion fish > ~/.config/fish/completions/weir.fish)"},

    {"man", setting_up, "print the man page",
     "In the form that man reads; or, for the project's documents, as Markdown.",
     R"(weir man | man -l -                        read it
weir man --commands                        docs/commands.md
weir man --flow-file                       docs/flow-file.md)"},

    {"version", setting_up, "print the version", "JSON: {\"version\": \"1.2.3\"}",
     R"(weir version)"},

    {"help", setting_up, "explain a command", "",
     R"(weir help                                  every command
weir help ingest                           one of them)"},
}};

constexpr std::array variables = {
    EnvironmentWords{"WEIR__SECTION__KEY", "a setting of the flow file, such as WEIR__STORE__URL"},
    EnvironmentWords{"WEIR_VECTORS",
                     "portable, avx2 or avx512: at most these vector instructions, instead of the "
                     "widest that the machine has; the answer never changes"},
    EnvironmentWords{"JOURNAL_STREAM",
                     "set by systemd: lines for the journal carry their priority"},
    EnvironmentWords{
        "NOTIFY_SOCKET",
        "set by systemd: a watch tells there that it is ready, reloads, stops, and, as "
        "often as WATCHDOG_USEC asks, that it is alive"},
    EnvironmentWords{"NO_COLOR", "where it is set and not empty, nothing is coloured"},
    EnvironmentWords{"TMPDIR", "where a sum spills to, unless fold.spill says otherwise"},
};

}  // namespace

std::span<const EnvironmentWords> environment_words() {
  return variables;
}

const CommandWords& words_of_command(std::string_view path) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [path](const CommandWords& words) { return words.path == path; });
  CHECK(found != table.end());
  return *found;
}

}  // namespace weir

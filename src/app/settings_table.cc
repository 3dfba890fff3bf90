// SPDX-License-Identifier: Apache-2.0
// The table itself: one row a key.
#include <algorithm>
#include <array>

#include "app/settings.h"

namespace weir {
namespace {

template <auto Member>
Field of_flow(FlowSettings& settings) {
  return &(settings.*Member);
}

template <auto Section, auto Member>
Field in(FlowSettings& settings) {
  return &(settings.*Section.*Member);
}

template <auto Section, auto Member>
Field choice_in(FlowSettings& settings) {
  auto& chosen = settings.*Section.*Member;
  return Choice{static_cast<std::size_t>(chosen), [](FlowSettings& changed, std::size_t index) {
                  using Enum = std::remove_reference_t<decltype(changed.*Section.*Member)>;
                  changed.*Section.*Member = static_cast<Enum>(index);
                }};
}

using Flow = FlowSettings;
using enum SettingType;
constexpr std::uint64_t kib = 1ULL << 10;
constexpr std::uint64_t gib = 1ULL << 30;
constexpr std::uint64_t tib = 1ULL << 40;
constexpr std::uint64_t second = 1'000'000'000;

constexpr std::array<Setting, 47> table = {{
    {"name", text, of_flow<&Flow::name>,
     "name of the flow: files are known within it (by default the name of the table)", "", 1, 200},
    {"jobs", count, of_flow<&Flow::jobs>, "workers that read and add up; 0: one a core", "", 0,
     1024},

    {"source.url", paths, in<&Flow::source, &SourceSettings::paths>,
     "files and folders to count: one, or a list; a folder with all below it"},
    {"source.id", text, in<&Flow::source, &SourceSettings::id>,
     "names this source: its files are then known by their path below it, wherever it is mounted",
     "", 0, 200},
    {"source.match", text, in<&Flow::source, &SourceSettings::match>,
     "shell pattern of the names to take within folders", "", 1, 1000},
    {"source.identity", choice, choice_in<&Flow::source, &SourceSettings::identity>,
     "what makes a file the same file: its path, its path and version, or its content",
     "path|path+version|content"},
    {"source.on_change", choice, choice_in<&Flow::source, &SourceSettings::on_change>,
     "what happens to a file that changed after it was counted: it is set aside, stays as it was "
     "counted, counts once more as a new file, or takes the old one's place",
     "quarantine|ignore|new_version|replace"},
    {"source.scan_every", duration, in<&Flow::source, &SourceSettings::scan_every>,
     "watch: how often folders are listed, whatever else tells of files", "", second / 100,
     86'400 * second},
    {"source.complete", choice, choice_in<&Flow::source, &SourceSettings::complete>,
     "watch: how a finished file is known: it is renamed into place, NAME.done lies beside it, "
     "nobody has it open for writing, or it has not changed for a while",
     "rename|marker|closed|settled"},
    {"source.settle_for", duration, in<&Flow::source, &SourceSettings::settle_for>,
     "watch: unchanged for so long, a file is finished (complete = settled, and closed where the "
     "system cannot tell who writes)",
     "", 0, 86'400 * second},
    {"source.visibility", choice, choice_in<&Flow::source, &SourceSettings::visibility>,
     "whether a file's sums show while it is read, unit by unit, or all at once", "unit|file"},
    {"source.after", choice, choice_in<&Flow::source, &SourceSettings::after>,
     "what happens to a file after it is counted", "keep|move|archive|delete"},
    {"source.to", folder, in<&Flow::source, &SourceSettings::to>,
     "folder that counted files are moved to, or packed into with zstd (after = move, archive)"},
    {"source.copy_to", folder, in<&Flow::source, &SourceSettings::copy_to>,
     "a second folder that archived files are copied to; empty: none"},
    {"source.keep_for", duration, in<&Flow::source, &SourceSettings::keep_for>,
     "how long a counted file stays before that, so that a database restored from a backup can be "
     "fed again",
     "", 0, 36'500ULL * 86'400 * second},
    {"source.read_timeout", duration, in<&Flow::source, &SourceSettings::read_timeout>,
     "a file or folder that the system does not answer for within this time waits for a later "
     "pass, "
     "and the others go on; 0: no limit",
     "", 0, 86'400 * second},
    {"source.timeout_on", choice, choice_in<&Flow::source, &SourceSettings::timeout_on>,
     "where that holds: for sources on network and FUSE file systems, or for all; it costs a copy "
     "of what is read",
     "network|all"},

    {"format.type", fixed, nullptr, "what a file holds: `consumer amount` lines", "pairs"},
    {"format.key", choice, choice_in<&Flow::format, &FormatOptions::key>,
     "what a consumer is: a number from 0 to 2^63-1, or up to 1,024 bytes of text", "integer|text"},
    {"format.separator", choice, choice_in<&Flow::format, &FormatOptions::separator>,
     "between consumer and amount: one space, or any run of spaces and tabs", "space|blank"},
    {"format.negative", yes_no, in<&Flow::format, &FormatOptions::negative>,
     "whether an amount may have a minus sign"},
    {"format.record_max", bytes, in<&Flow::format, &FormatOptions::record_bytes_max>,
     "a longer line is one reject", "", 1, gib},
    {"format.inflated_max", bytes, in<&Flow::format, &FormatOptions::inflated_bytes_max>,
     "a compressed file that inflates to more is set aside; 0: no limit", "", 0, 256 * tib},

    {"fold.memory", bytes, in<&Flow::fold, &FoldSettings::memory_bytes>,
     "memory for keys and sums; what does not fit is spilled to disk", "", 64 * kib, 256 * tib},
    {"fold.entries", count, in<&Flow::fold, &FoldSettings::entries_max>,
     "at most so many keys in memory at a time; 0: fold.memory decides", "", 0, tib},
    {"fold.unit", bytes, in<&Flow::fold, &FoldSettings::unit_bytes>,
     "part of a file that is counted at once; holds for files not yet accepted", "", 1, tib},
    {"fold.batch_keys", count, in<&Flow::fold, &FoldSettings::batch_keys>,
     "a batch is committed when it has about so many keys, spilled ones included", "", 1, tib},
    {"fold.batch_age", duration, in<&Flow::fold, &FoldSettings::batch_age>, "or when it is so old",
     "", 0, 3600 * second},
    {"fold.spill", folder, in<&Flow::fold, &FoldSettings::spill_folder>,
     "folder for what is spilled; empty: beside the database; for a sum, $TMPDIR or /tmp"},

    {"rejects.max_ratio", ratio, in<&Flow::rejects, &RejectSettings::ratio_max>,
     "a file is set aside when more of the lines in its first 64 KiB are bad; of all its lines, "
     "where it is counted in one piece (source.visibility = file, or rejects.max)"},
    {"rejects.max", count, in<&Flow::rejects, &RejectSettings::rejects_max>,
     "a file with more bad lines is set aside before anything of it counts; 0: no limit", "", 0,
     tib},
    {"rejects.kept", count, in<&Flow::rejects, &RejectSettings::kept_per_unit>,
     "bad lines kept per unit, with place and reason; the others are counted", "", 0, 1'000'000},

    {"notify.socket", socket, in<&Flow::notify, &NotifySettings::socket>,
     "path of the socket on which a running weir is told of finished files; empty: beside the "
     "database, NAME.sock"},

    {"store.url", store_url, in<&Flow::store, &StoreSettings::url>, "where totals go"},
    {"store.table", identifier, in<&Flow::store, &StoreSettings::table>, "table of the totals"},
    {"store.consumer", identifier, in<&Flow::store, &StoreSettings::consumer_column>,
     "its column of consumers"},
    {"store.amount", identifier, in<&Flow::store, &StoreSettings::amount_column>,
     "its column of amounts"},
    {"store.keep", choice, choice_in<&Flow::store, &StoreSettings::keep>,
     "what is kept of each consumer: its total, or also what each file added to it, and when",
     "totals|history"},
    {"store.timeout", duration, in<&Flow::store, &StoreSettings::timeout>,
     "a server that leaves one statement unanswered for so long is given up, and asked anew", "",
     second, 86'400 * second},
    {"store.copy_above", count, in<&Flow::store, &StoreSettings::copy_above>,
     "PostgreSQL: a commit of more consumers goes by COPY and MERGE, alone on its table; a smaller "
     "one by INSERT, beside others; 0: all by COPY",
     "", 0, tib},

    {"history.hours_after", duration, in<&Flow::history, &HistorySettings::hours_after>,
     "what is so old is merged into hours: its files can then no longer be told apart; 0: never",
     "", 0, 36'500ULL * 86'400 * second},
    {"history.days_after", duration, in<&Flow::history, &HistorySettings::days_after>,
     "the same into days", "", 0, 36'500ULL * 86'400 * second},
    {"history.months_after", duration, in<&Flow::history, &HistorySettings::months_after>,
     "the same into months", "", 0, 36'500ULL * 86'400 * second},

    {"pool.lease", text, in<&Flow::pool, &PoolSettings::lease>,
     "watch: where the workers of a pool agree who counts what: \"redis://host:6379\" (and in the "
     "store while that does not answer), or \"store\"; empty: there is one worker",
     "", 0, 1000},
    {"pool.lease_lasts", duration, in<&Flow::pool, &PoolSettings::lasts>,
     "after so long without a sign of life, what a worker had in hand is another's", "",
     second / 10, 3'600 * second},

    {"log.format", choice, choice_in<&Flow::log, &LogSettings::format>,
     "what is told on standard error: lines for people, or a JSON object a line", "text|json"},
    {"log.level", choice, choice_in<&Flow::log, &LogSettings::level>,
     "what matters less is not told", "info|warning|error"},
}};

struct LaterKey {
  std::string_view prefix;  // a key, or a section with its point
  std::string_view purpose;
};

constexpr std::array<LaterKey, 3> later_keys = {{
    {"queue", "publishing through a broker"},
    {"serve", "the HTTP service"},
    {"store.durability", "other stores than SQLite"},
}};

}  // namespace

std::span<const Setting> all_settings() {
  return table;
}

const Setting* find_setting(std::string_view key) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [key](const Setting& setting) { return setting.key == key; });
  return found == table.end() ? nullptr : &*found;
}

std::string_view purpose_of_later_key(std::string_view key) {
  for (const LaterKey& later : later_keys) {
    const std::string_view rest = key.substr(std::min(key.size(), later.prefix.size()));
    if (key.starts_with(later.prefix) && (rest.empty() || rest.front() == '.')) {
      return later.purpose;
    }
  }
  return "";
}

}  // namespace weir

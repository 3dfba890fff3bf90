// SPDX-License-Identifier: Apache-2.0
#include "app/generate_options.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "app/number_from.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr std::uint64_t default_files = 4;
constexpr std::uint64_t default_lines_per_file = 100'000;

Error not_right(std::string_view flag, std::string_view typed, std::string_view right) {
  return {ErrorKind::invalid,
          fmt::format("{}: \"{}\" is not right: write {}", flag, escaped(typed, 100), right)};
}

// "200k", "1M", "3G": thousands, millions, thousand millions. Empty: the default.
Result<std::uint64_t> count_from(std::string_view flag, std::string_view text,
                                 std::uint64_t otherwise) {
  if (text.empty()) {
    return otherwise;
  }
  const auto suffix = std::string_view("kMG").find(text.back());
  constexpr std::array<std::uint64_t, 3> factors = {1'000, 1'000'000, 1'000'000'000};
  const bool scaled = suffix != std::string_view::npos;
  const auto number = number_from<std::uint64_t>(text.substr(0, text.size() - (scaled ? 1 : 0)));
  std::uint64_t product = 0;
  if (!number ||
      __builtin_mul_overflow(*number, scaled ? factors[suffix] : std::uint64_t{1}, &product)) {
    return not_right(flag, text, "a whole number, such as 5000, 200k, 1M or 3G");
  }
  return product;
}

Result<std::uint64_t> bytes_from(std::string_view flag, std::string_view text) {
  const auto bytes = text.empty() ? std::optional<std::uint64_t>(0) : bytes_from_text(text);
  if (!bytes) {
    return not_right(flag, text, "a size, such as 64MiB or 1GB");
  }
  return *bytes;
}

Result<Nanoseconds> duration_from(std::string_view flag, std::string_view text) {
  const auto duration = text.empty() ? std::optional<Nanoseconds>(0) : duration_from_text(text);
  if (!duration) {
    return not_right(flag, text, "a time, such as 500ms, 30s or 5m");
  }
  return *duration;
}

Result<std::uint32_t> share_from(std::string_view flag, std::string_view text) {
  const auto share = text.empty() ? std::optional(0.0) : number_from<double>(text);
  const double millionths = share ? *share * 1e6 : -1;
  if (!(millionths >= 0 && millionths <= 1e6) ||
      std::abs(millionths - std::round(millionths)) > 1e-3) {
    return not_right(flag, text, "a share from 0 to 1 in steps of 0.000001, such as 0.001");
  }
  return static_cast<std::uint32_t>(std::round(millionths));
}

// The place of the word among the choices; empty: the first.
Result<std::size_t> word_from(std::string_view flag, std::string_view text,
                              std::span<const std::string_view> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (text.empty() || text == words[i]) {
      return i;
    }
  }
  return not_right(flag, text, fmt::format("one of: {}", fmt::join(words, ", ")));
}

Result<void> take_amounts(GenerateOptions& options, std::string_view text) {
  if (text.empty()) {
    return {};
  }
  const auto points = text.find("..");
  const auto least = number_from<std::int64_t>(text.substr(0, points));
  const auto most =
      number_from<std::int64_t>(points == std::string_view::npos ? text : text.substr(points + 2));
  if (!least || !most || *least > *most) {
    return not_right("--amounts", text, "the least and the greatest amount, such as 0..1000");
  }
  options.amount_min = *least;
  options.amount_max = *most;
  return {};
}

Result<void> take_compressions(GenerateOptions& options, const std::vector<std::string>& words) {
  if (words.empty()) {
    return {};
  }
  options.compressions.clear();
  for (const std::string& word : words) {
    const auto compression = compression_from_name(word);
    if (!compression || *compression == Compression::bzip2 || *compression == Compression::xz) {
      return not_right("--compress", word, "none, gzip or zstd");
    }
    options.compressions.push_back(*compression);
  }
  return {};
}

// How long the files are: one of three ways to say it.
Result<void> take_length(GenerateOptions& options, const GenerateCommand& command) {
  const int given = (command.lines.empty() ? 0 : 1) + (command.size.empty() ? 0 : 1) +
                    (command.total_lines.empty() ? 0 : 1);
  if (given > 1) {
    return Error{ErrorKind::invalid, "take one of --lines, --size and --total-lines"};
  }
  TRY_ASSIGN(options.lines_per_file,
             count_from("--lines", command.lines, given == 0 ? default_lines_per_file : 0));
  TRY_ASSIGN(options.bytes_per_file, bytes_from("--size", command.size));
  TRY_ASSIGN(options.lines_in_all, count_from("--total-lines", command.total_lines, 0));
  return {};
}

Result<void> take_lines(GenerateOptions& options, const GenerateCommand& command) {
  constexpr std::array<std::string_view, 2> distributions = {"uniform", "zipf"};
  constexpr std::array<std::string_view, 3> names = {"dense", "sparse", "text"};
  TRY_ASSIGN(options.consumers, count_from("--consumers", command.consumers, options.consumers));
  TRY_ASSIGN(const std::size_t distribution,
             word_from("--distribution", command.distribution, distributions));
  options.distribution = static_cast<Distribution>(distribution);
  TRY_ASSIGN(const std::size_t kind, word_from("--names", command.names, names));
  options.names = static_cast<ConsumerNames>(kind);
  TRY_ASSIGN(options.bad_per_million, share_from("--bad", command.bad));
  TRY_ASSIGN(options.blank_per_million, share_from("--blank", command.blank));
  return take_amounts(options, command.amounts);
}

}  // namespace

Result<GenerateOptions> generate_options(const GenerateCommand& command) {
  GenerateOptions options;
  options.folder = command.folder;
  options.prefix = command.prefix.empty() ? options.prefix : command.prefix;
  TRY_ASSIGN(options.seed, count_from("--seed", command.seed, options.seed));
  TRY_ASSIGN(options.first_file, count_from("--first", command.first, options.first_file));
  TRY_ASSIGN(options.files, count_from("--files", command.files, default_files));
  TRY(take_length(options, command));
  TRY(take_lines(options, command));
  TRY(take_compressions(options, command.compress));
  TRY_ASSIGN(options.lines_per_second, count_from("--rate", command.rate, 0));
  TRY_ASSIGN(options.files_per_second, count_from("--files-rate", command.files_rate, 0));
  TRY_ASSIGN(options.duration, duration_from("--duration", command.duration));
  options.sync = !command.no_sync;
  options.totals = !command.totals.empty();
  return options;
}

}  // namespace weir

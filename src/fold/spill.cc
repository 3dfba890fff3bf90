// SPDX-License-Identifier: Apache-2.0
#include "fold/spill.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "fold/limits.h"
#include "fold/varint.h"
#include "model/limits.h"

namespace weir {
namespace {

static_assert(std::endian::native == std::endian::little);  // numbers are copied as they are

constexpr std::size_t entry_bytes_max =
    varint::bytes_max_64 + limits::text_key_bytes + varint::bytes_max_128;

struct FileHeader {
  std::array<char, 8> magic{'w', 'e', 'i', 'r', '-', 'r', 'u', 'n'};
  std::uint32_t version = 1;
  std::uint32_t kind = 0;
  bool operator==(const FileHeader&) const = default;
};

struct BlockHeader {
  std::uint64_t checksum = 0;
  std::uint32_t payload_bytes = 0;
  std::uint32_t entries = 0;
};
static_assert(sizeof(FileHeader) == 16 && sizeof(BlockHeader) == 16);

FileHeader header_of(KeyKind kind) {
  return {.kind = kind == KeyKind::integer ? 0U : 1U};
}

// block: a block's header and payload, one behind the other.
std::uint64_t checksum_of(std::span<const char> block, std::uint64_t number) {
  const auto covered = block.subspan(sizeof(BlockHeader::checksum));
  return XXH3_64bits_withSeed(covered.data(), covered.size(), number);
}

template <class Value>
std::span<const char> bytes_of(const Value& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

Error cannot_spill(Error error) {
  error.message = fmt::format(
      "the fold's memory is full, and it cannot spill: {} (free some space there, name another "
      "folder with fold.spill, or raise fold.memory)",
      error.message);
  return error;
}

class RunWriter {
 public:
  RunWriter(WriteFile& file, Run& run)
      : file_(file), run_(run), block_(run_memory_bytes(run.block_bytes)) {}

  Result<void> begin() { return write(bytes_of(header_of(run_.kind))); }

  Result<void> add(const SumEntry& entry) {
    if (run_.kind == KeyKind::integer) {
      CHECK(run_.entries == 0 || entry.id > last_id_);
      at_ = varint::put(at_, entry.id - (entries_ == 0 ? 0 : last_id_));
      last_id_ = entry.id;
    } else {
      CHECK(entry.text.size() <= limits::text_key_bytes);
      at_ = varint::put(at_, entry.text.size());
      at_ = std::copy(entry.text.begin(), entry.text.end(), at_);
    }
    at_ = varint::put_wide(at_, varint::zigzag(entry.sum));
    ++entries_;
    ++run_.entries;
    return at_ >= payload() + run_.block_bytes ? flush() : Result<void>();
  }

  Result<void> end() {
    if (entries_ > 0) {
      TRY(flush());
    }
    const auto total = bytes_of(run_.entries);
    at_ = std::copy(total.begin(), total.end(), at_);
    return flush();
  }

 private:
  char* payload() { return block_.data() + sizeof(BlockHeader); }

  Result<void> flush() {
    const BlockHeader header{.payload_bytes = static_cast<std::uint32_t>(at_ - payload()),
                             .entries = std::exchange(entries_, 0)};
    const std::span<char> block(block_.data(), std::exchange(at_, payload()));
    std::memcpy(block.data(), &header, sizeof header);
    const std::uint64_t checksum = checksum_of(block, number_++);
    std::memcpy(block.data(), &checksum, sizeof checksum);
    return write(block);
  }

  Result<void> write(std::span<const char> bytes) {
    if (auto written = file_.write(bytes); !written) {
      return cannot_spill(std::move(written).error());
    }
    run_.bytes += bytes.size();
    return {};
  }

  WriteFile& file_;
  Run& run_;
  std::vector<char> block_;
  char* at_ = payload();  // where the next entry goes
  std::uint32_t entries_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t last_id_ = 0;
};

Result<void> write_entries(WriteFile& file, SumCursor& cursor, Run& run) {
  RunWriter writer(file, run);
  TRY(cursor.rewind());
  TRY(writer.begin());
  for (;;) {
    TRY_ASSIGN(const auto entries, cursor.next());
    if (entries.empty()) {
      return writer.end();
    }
    for (const SumEntry& entry : entries) {
      TRY(writer.add(entry));
    }
  }
}

class RunCursor final : public SumCursor {
 public:
  RunCursor(std::unique_ptr<ReadFile> file, Run run)
      : file_(std::move(file)), run_(std::move(run)), block_(run_memory_bytes(run_.block_bytes)) {}

  Result<void> check_header() {
    FileHeader header;
    const std::span<char> bytes(reinterpret_cast<char*>(&header), sizeof header);
    TRY_ASSIGN(const std::size_t got, file_->read_at(0, bytes));
    if (got < bytes.size() || !(header == header_of(run_.kind))) {
      return damaged();
    }
    return {};
  }

  Result<void> rewind() override {
    offset_ = sizeof(FileHeader);
    number_ = 0;
    entries_read_ = 0;
    entries_left_ = 0;
    ended_ = false;
    return {};
  }

  Result<std::span<const SumEntry>> next() override {
    if (entries_left_ == 0 && !ended_) {
      TRY(load_block());
    }
    const std::size_t count = std::min<std::size_t>(entries_left_, batch_.size());
    for (std::size_t i = 0; i < count; ++i) {
      batch_[i] = run_.kind == KeyKind::integer ? decode_integer() : decode_text();
    }
    entries_left_ -= static_cast<std::uint32_t>(count);
    entries_read_ += count;
    if (reader_.failed || (entries_left_ == 0 && reader_.at != reader_.end)) {
      return damaged();
    }
    return std::span<const SumEntry>(batch_).first(count);
  }

  KeyKind key_kind() const override { return run_.kind; }
  std::uint64_t keys() const override { return run_.entries; }

 private:
  Error damaged() const {
    return {.kind = ErrorKind::corrupt,
            .message = fmt::format("spilled run {}: block {} is not what was written: the disk it "
                                   "is on may be failing; set fold.spill to another",
                                   run_.name, number_)};
  }

  // The next block, checked; at the end block: ended_.
  Result<void> load_block() {
    BlockHeader header;
    TRY(read(0, sizeof header));
    std::memcpy(&header, block_.data(), sizeof header);
    if (header.payload_bytes > block_.size() - sizeof header) {
      return damaged();
    }
    TRY(read(sizeof header, header.payload_bytes));
    const std::span<const char> block(block_.data(), sizeof header + header.payload_bytes);
    if (checksum_of(block, number_) != header.checksum) {
      return damaged();
    }
    offset_ += block.size();
    reader_ = {.at = block_.data() + sizeof header, .end = block_.data() + block.size()};
    entries_left_ = header.entries;
    last_id_ = 0;
    if (header.entries == 0) {
      return check_end();
    }
    ++number_;
    return {};
  }

  Result<void> check_end() {
    std::uint64_t entries = 0;
    if (reader_.end - reader_.at != sizeof entries) {
      return damaged();
    }
    std::memcpy(&entries, reader_.at, sizeof entries);
    reader_.at = reader_.end;
    ended_ = true;
    if (entries != entries_read_ || entries != run_.entries || offset_ != run_.bytes) {
      return damaged();
    }
    return {};
  }

  // Fills a part of the buffer with what is as far behind the present place in the file.
  Result<void> read(std::size_t begin, std::size_t bytes) {
    const auto into = std::span(block_).subspan(begin, bytes);
    TRY_ASSIGN(const std::size_t got, file_->read_at(offset_ + begin, into));
    if (got < bytes) {
      return damaged();
    }
    return {};
  }

  SumEntry decode_integer() {
    last_id_ += reader_.get();
    return {.id = last_id_, .text = {}, .sum = varint::unzigzag(reader_.get_wide())};
  }

  SumEntry decode_text() {
    const std::string_view text = reader_.get_bytes(reader_.get());
    return {.text = text, .sum = varint::unzigzag(reader_.get_wide())};
  }

  const std::unique_ptr<ReadFile> file_;
  const Run run_;
  std::vector<char> block_;
  std::uint64_t offset_ = sizeof(FileHeader);  // of the next block in the file
  std::uint64_t number_ = 0;                   // of the next block
  std::uint64_t entries_read_ = 0;
  std::uint32_t entries_left_ = 0;  // of this block
  bool ended_ = false;
  varint::Reader reader_;  // what is left of this block
  std::uint64_t last_id_ = 0;
  std::array<SumEntry, limits::cursor_batch_entries> batch_;
};

}  // namespace

Result<Run> write_run(SpillFolder& folder, const NewRun& options, SumCursor& cursor) {
  Run run{.name = options.name, .kind = cursor.key_kind(), .block_bytes = options.block_bytes};
  auto file = folder.create(run.name);
  if (!file) {
    return cannot_spill(std::move(file).error());
  }
  auto written = write_entries(**file, cursor, run);
  file->reset();
  if (!written) {
    folder.remove(run.name);
    return std::move(written).error();
  }
  return run;
}

Result<std::unique_ptr<SumCursor>> open_run(SpillFolder& folder, const Run& run) {
  TRY_ASSIGN(auto file, folder.open(run.name));
  auto cursor = std::make_unique<RunCursor>(std::move(file), run);
  TRY(cursor->check_header());
  return std::unique_ptr<SumCursor>(std::move(cursor));
}

std::size_t run_memory_bytes(std::size_t block_bytes) {
  return sizeof(BlockHeader) + block_bytes + entry_bytes_max;
}

}  // namespace weir

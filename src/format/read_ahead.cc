// SPDX-License-Identifier: Apache-2.0
//   task      free ──► read ──► filled          at most so many blocks in all, so whoever is
//   reader    filled ──► copied out ──► free    faster waits for the other
#include "format/read_ahead.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/channel.h"
#include "base/check.h"

namespace weir {
namespace {

class ReadAhead final : public ByteStream {
 public:
  ReadAhead(ByteStream& stream, Tasks& tasks, const ReadAheadOptions& options)
      : stream_(stream), free_(tasks, options.blocks), filled_(tasks, options.blocks) {
    CHECK(options.block_bytes > 0);
    for (std::size_t i = 0; i < options.blocks; ++i) {
      free_.send(std::vector<char>(options.block_bytes));
    }
    task_ = tasks.spawn("read-ahead", [this] { fill_blocks(); });
  }

  ~ReadAhead() override {
    abandoned_ = true;
    free_.close();
    filled_.close();
    task_->join();
  }

  Result<std::size_t> read(std::span<char> into) override {
    if (!task_->started()) {
      return stream_.read(into);
    }
    std::size_t given = 0;
    while (given < into.size()) {
      if (rest_.empty()) {
        TRY_ASSIGN(const bool more, next_block());
        if (!more) {
          break;
        }
      }
      const std::size_t part = std::min(rest_.size(), into.size() - given);
      std::memcpy(into.data() + given, rest_.data(), part);
      rest_ = rest_.subspan(part);
      given += part;
    }
    return given;
  }

 private:
  struct Filled {
    std::vector<char> bytes;
    Result<std::size_t> got;  // so many of them; 0: the stream has ended
  };

  void fill_blocks() {
    bool more = true;
    while (more) {
      auto block = free_.receive();
      if (!block || abandoned_) {
        return;
      }
      auto got = stream_.read(*block);
      more = got && *got > 0;
      more = filled_.send({*std::move(block), std::move(got)}) && more;
    }
  }

  // False: the stream has ended.
  Result<bool> next_block() {
    if (ended_) {
      return false;
    }
    if (!block_.empty()) {
      free_.send(std::exchange(block_, {}));
    }
    auto filled = filled_.receive();
    CHECK(filled);
    TRY_ASSIGN(const std::size_t got, std::move(filled->got));
    block_ = std::move(filled->bytes);
    rest_ = std::span<const char>(block_).first(got);
    ended_ = got == 0;
    return !ended_;
  }

  ByteStream& stream_;
  Channel<std::vector<char>> free_;
  Channel<Filled> filled_;
  std::atomic<bool> abandoned_ = false;
  std::unique_ptr<Task> task_;

  std::vector<char> block_;
  std::span<const char> rest_;  // of the block: not given yet
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> read_ahead(ByteStream& stream, Tasks& tasks,
                                       const ReadAheadOptions& options) {
  return std::make_unique<ReadAhead>(stream, tasks, options);
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
#include "source/faulty.h"

#include <cerrno>
#include <optional>
#include <utility>

#include "io/os_error.h"

namespace weir {
namespace {

// Shared by a source, its listings and its files, which may outlive it.
struct Dice {
  Random& random;
  const SourceFaults faults;

  // What never happens draws no number: runs with fewer kinds of fault stay comparable.
  bool falls(double probability) const {
    return probability > 0 && static_cast<double>(random.next() >> 11) * 0x1p-53 < probability;
  }
};

class FaultyFile final : public SourceFile {
 public:
  FaultyFile(std::unique_ptr<SourceFile> file, const Dice& dice, std::string path)
      : file_(std::move(file)), dice_(dice), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    if (dice_.falls(dice_.faults.read)) {
      return os_error("read", path_, EIO);
    }
    return file_->read_at(offset, into);
  }
  Result<FileStatus> status() override { return file_->status(); }
  VersionToken token() const override { return file_->token(); }

  Result<void> still_pinned() override {
    const bool again = dice_.falls(dice_.faults.pin_again);
    if (again || dice_.falls(dice_.faults.pin)) {
      Error error = os_error("pin", path_, EAGAIN);
      error.kind = ErrorKind::conflict;
      error.os_code = again ? EAGAIN : 0;
      return error;
    }
    return file_->still_pinned();
  }

 private:
  const std::unique_ptr<SourceFile> file_;
  const Dice dice_;
  const std::string path_;
};

class FaultyListing final : public SourceListing {
 public:
  FaultyListing(std::unique_ptr<SourceListing> listing, const Dice& dice)
      : listing_(std::move(listing)), dice_(dice) {}

  Result<std::optional<SourceObject>> next() override {
    if (!ended_ && dice_.falls(dice_.faults.list)) {
      ended_ = os_error("list", "the source", EIO);
    }
    if (ended_) {
      return *ended_;
    }
    return listing_->next();
  }
  const std::map<std::string, std::uint64_t>& skipped() const override {
    return listing_->skipped();
  }

 private:
  const std::unique_ptr<SourceListing> listing_;
  const Dice dice_;
  std::optional<Error> ended_;
};

class FaultySource final : public Source {
 public:
  FaultySource(Source& source, const Dice& dice) : source_(source), dice_(dice) {}

  Result<std::unique_ptr<SourceListing>> list() override {
    TRY_ASSIGN(auto listing, source_.list());
    return std::unique_ptr<SourceListing>(
        std::make_unique<FaultyListing>(std::move(listing), dice_));
  }
  Result<SourceObject> look(const std::string& path) override {
    if (dice_.falls(dice_.faults.look)) {
      return os_error("look at", path, EIO);
    }
    return source_.look(path);
  }
  Result<std::unique_ptr<SourceFile>> open(const std::string& path) override {
    if (dice_.falls(dice_.faults.open)) {
      return os_error("open", path, EMFILE);
    }
    TRY_ASSIGN(auto file, source_.open(path));
    return std::unique_ptr<SourceFile>(std::make_unique<FaultyFile>(std::move(file), dice_, path));
  }

  Result<std::string> local_path(const std::string& path) override {
    return source_.local_path(path);
  }

 private:
  Source& source_;
  const Dice dice_;
};

}  // namespace

std::unique_ptr<Source> faulty_source(Source& source, Random& random, const SourceFaults& faults) {
  return std::make_unique<FaultySource>(source, Dice{.random = random, .faults = faults});
}

}  // namespace weir

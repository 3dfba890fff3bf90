// SPDX-License-Identifier: Apache-2.0
#include "fold/chain.h"

#include <utility>

namespace weir {
namespace {

class ChainedCursor final : public SumCursor {
 public:
  explicit ChainedCursor(Chain chain) : chain_(std::move(chain)) {}

  Result<void> rewind() override {
    part_ = 0;
    cursor_.reset();
    return {};
  }

  Result<std::span<const SumEntry>> next() override {
    for (; part_ < chain_.parts; ++part_) {
      if (cursor_ == nullptr) {
        cursor_ = chain_.open(part_);
      }
      TRY_ASSIGN(const auto entries, cursor_->next());
      if (!entries.empty()) {
        return entries;
      }
      cursor_.reset();
    }
    return std::span<const SumEntry>();
  }

  KeyKind key_kind() const override { return chain_.kind; }
  std::uint64_t keys() const override { return chain_.keys; }

 private:
  const Chain chain_;
  std::size_t part_ = 0;
  std::unique_ptr<SumCursor> cursor_;
};

}  // namespace

std::unique_ptr<SumCursor> chained(Chain chain) {
  return std::make_unique<ChainedCursor>(std::move(chain));
}

}  // namespace weir

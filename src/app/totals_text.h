// SPDX-License-Identifier: Apache-2.0
// `consumer total` lines, as fast as a sum can produce them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "app/output.h"
#include "flow/sum.h"
#include "model/partial.h"

namespace weir {

// One thread.
class TotalsText final : public TotalsBlock {
 public:
  // On a terminal a text key is escaped, else it keeps its bytes.
  explicit TotalsText(bool terminal) : terminal_(terminal) {}

  void add(std::span<const SumEntry> entries) override;
  std::string_view text() const override { return {memory_.data(), size_}; }
  void clear() override { size_ = 0; }

 private:
  void append(std::string_view bytes);
  char* room(std::size_t bytes);

  const bool terminal_;
  std::string memory_;  // of which the first size_ bytes are the text
  std::size_t size_ = 0;
};

void write_totals(Output& output, std::span<const SumEntry> entries);

}  // namespace weir

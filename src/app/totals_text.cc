// SPDX-License-Identifier: Apache-2.0
#include "app/totals_text.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/check.h"
#include "base/int128.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr std::size_t line_bytes_max = 48;  // two numbers of 64 bits and their ends

template <class Number>
char* put(char* at, Number number) {
  const auto [next, failure] = std::to_chars(at, at + line_bytes_max / 2, number);
  CHECK(failure == std::errc());
  return next;
}

}  // namespace

char* TotalsText::room(std::size_t bytes) {
  if (memory_.size() - size_ < bytes) {
    memory_.resize(std::max(memory_.size() * 2, size_ + bytes));
  }
  return memory_.data() + size_;
}

void TotalsText::append(std::string_view bytes) {
  std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
  size_ += bytes.size();
}

void TotalsText::add(std::span<const SumEntry> entries) {
  for (const SumEntry& entry : entries) {
    if (!entry.text.empty()) {
      append(terminal_ ? std::string_view(escaped(entry.text)) : entry.text);
    }
    char* const begin = room(line_bytes_max);
    char* at = entry.text.empty() ? put(begin, entry.id) : begin;
    *at++ = ' ';
    if (fits_int64(entry.sum)) {
      at = put(at, static_cast<std::int64_t>(entry.sum));
      *at++ = '\n';
      size_ += static_cast<std::size_t>(at - begin);
    } else {
      size_ += static_cast<std::size_t>(at - begin);
      append(to_text(entry.sum) + "\n");
    }
  }
}

void write_totals(Output& output, std::span<const SumEntry> entries) {
  TotalsText text(output.terminal());
  text.add(entries);
  output.write(text.text());
}

}  // namespace weir

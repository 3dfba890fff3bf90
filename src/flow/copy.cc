// SPDX-License-Identifier: Apache-2.0
#include "flow/copy.h"

#include "flow/retry.h"
#include "flow/verify.h"

namespace weir {
namespace {

// One attempt.
class Attempt {
 public:
  Attempt(const Copying& stores, const CopyTold& told, const Stop& stop)
      : stores_(stores), told_(told), stop_(stop) {}

  Result<CopyReceipt> run() {
    TRY(stores_.from.schema().check());
    return stores_.into.copy().receive(
        [this](const TableCopy::Visit& visit) { return send(visit); });
  }

 private:
  Result<void> send(const TableCopy::Visit& visit) {
    TRY(stores_.from.copy().send([&](const CopyPage& page) { return pass_on(visit, page); }));
    counts_.comparing = true;
    told_(counts_);
    return {};
  }

  Result<void> pass_on(const TableCopy::Visit& visit, const CopyPage& page) {
    if (stop_.requested()) {
      return Error{ErrorKind::unavailable, "stopped on request; nothing was copied"};
    }
    if (const auto* const table = std::get_if<CopiedTable>(&page)) {
      TRY(begin(*table));
    }
    TRY(visit(page));
    count(page);
    told_(counts_);
    return {};
  }

  Result<void> begin(const CopiedTable& table) {
    counts_ = {.files_found = table.books.files, .consumers_found = table.books.consumers};
    const auto faults = imbalances(table.books);
    if (faults.empty()) {
      return {};
    }
    return Error{ErrorKind::invalid,
                 "the books of what is to be copied do not balance, and a copy would carry that "
                 "on: " +
                     faults.front() + "; run weir verify there"};
  }

  void count(const CopyPage& page) {
    if (const auto* const files = std::get_if<std::vector<CopiedFile>>(&page)) {
      counts_.files += files->size();
    } else if (const auto* const totals = std::get_if<std::vector<CopiedTotal>>(&page)) {
      counts_.consumers += totals->size();
    } else if (const auto* const rows = std::get_if<std::vector<CopiedHistory>>(&page)) {
      counts_.history_rows += rows->size();
    }
  }

  const Copying& stores_;
  const CopyTold& told_;
  const Stop& stop_;
  CopyCounts counts_;
};

}  // namespace

Result<CopyReceipt> copy_store(const Machine& machine, const Copying& stores, const CopyTold& told,
                               const Stop& stop) {
  Retry retry(machine, stop);
  return retry([&] { return Attempt(stores, told, stop).run(); });
}

}  // namespace weir

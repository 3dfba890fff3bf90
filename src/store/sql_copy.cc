// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "store/sql_receive.h"
#include "store/sql_send.h"

namespace weir {
namespace {

class SqlCopy final : public TableCopy {
 public:
  explicit SqlCopy(const SqlParts& parts) : parts_(parts) {}

  Result<void> send(const Visit& visit) override;
  Result<CopyReceipt> receive(const Send& from) override;

 private:
  const SqlParts parts_;
};

// One connection reads, while another keeps writers out; that this one lived to the end shows that
// there was none.
Result<void> SqlCopy::send(const Visit& visit) {
  std::optional<SqlTransaction> lock;
  if (parts_.target.access == StoreAccess::write) {
    lock.emplace(parts_.main);
    TRY(lock->begin(SqlTransaction::Kind::correct));
  }
  SqlTransaction reading(parts_.reading);
  TRY(reading.begin(SqlTransaction::Kind::read));
  SqlSending sending(reading.db(), reading.layout(), visit);
  TRY(sending.run());
  TRY(reading.commit());
  return lock ? lock->commit() : Result<void>();
}

Result<CopyReceipt> SqlCopy::receive(const Send& from) {
  SqlReceiving receiving(parts_);
  auto sent = from([&](const CopyPage& page) { return receiving.take(page); });
  if (!sent && !receiving.was_there()) {
    return std::move(sent).error();
  }
  return receiving.finish();
}

}  // namespace

std::unique_ptr<TableCopy> sql_copy(const SqlParts& parts) {
  return std::make_unique<SqlCopy>(parts);
}

}  // namespace weir

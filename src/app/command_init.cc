// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/session.h"
#include "app/wiring.h"

namespace weir {

int run_command(Session& session, const InitCommand& command) {
  const OpenedStore opened = open_for(session, command.flow, StoreAccess::write);
  if (opened.store == nullptr) {
    return opened.exit;
  }
  Schema& schema = opened.store->schema();
  const auto before = schema.version();
  if (!before) {
    return failed(session, Place::store, before.error());
  }
  if (const auto prepared = schema.prepare(); !prepared) {
    return failed(session, Place::store, prepared.error());
  }
  const StoreSettings& store = opened.settings.store;
  const std::string_view done = *before == store_schema_version ? "nothing was missing"
                                : *before == 0                  ? "created what was missing"
                                                                : "brought up to date";
  session.talk.say(fmt::format("{}: {}; totals are in the table {}({}, {})",
                               shown_store(opened.settings), done, store.table,
                               store.consumer_column, store.amount_column));
  return exit_done;
}

}  // namespace weir

// SPDX-License-Identifier: Apache-2.0
// The URL of a MariaDB or MySQL store:
//
//   mariadb://USER[:PASSWORD]@HOST[:PORT][,…]/DATABASE[?ssl=verify|trust|off&ssl_ca=FILE]
//
// mysql:// is the same. Parts may be percent-encoded. Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir {

struct MariadbHost {
  std::string name;  // or an address
  std::uint16_t port = 3306;
  bool operator==(const MariadbHost&) const = default;
};

struct MariadbPlace {
  enum class Tls {
    off,
    trust,   // encrypted, with whoever answers
    verify,  // encrypted, with a certificate that an authority signed for this host
  };
  std::string shown() const;                          // for people: without the password
  std::string shown_at(const MariadbHost& at) const;  // the same, of one host

  std::string user;
  std::string password;  // empty: the library takes MYSQL_PWD from the environment, if it is there
  std::vector<MariadbHost> hosts;  // tried in this order
  std::string socket;              // a path, instead of hosts
  std::string database;
  Tls tls = Tls::verify;  // off where nothing is said, and all hosts are this machine
  std::string authorities = "/etc/ssl/certs/ca-certificates.crt";  // ssl_ca
};

// `invalid`: it is none; the message does not show the password.
Result<MariadbPlace> mariadb_place(std::string_view url);

}  // namespace weir

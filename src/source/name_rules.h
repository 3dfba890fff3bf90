// SPDX-License-Identifier: Apache-2.0
// Which names within a folder are passed over, and why.
#pragma once

#include <string>
#include <string_view>

namespace weir {

// Nothing: it is taken. Else the reason, as the summary counts it. Files under names that producers
// and copiers use while they write (.x, x.tmp, x.part, x.filepart, x_COPYING_) are not complete;
// and a database or a spill folder that lies beside its input is no input.
std::string_view reason_to_pass_over_folder(std::string_view name);
std::string_view reason_to_pass_over_file(std::string_view name, const std::string& match);

}  // namespace weir

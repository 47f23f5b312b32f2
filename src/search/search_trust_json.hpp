// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "search/search_trust.hpp"

namespace zerogap {

/// Object `search` of result.json and certificate.json.
nlohmann::ordered_json to_json(const SearchTrust& trust);

}  // namespace zerogap

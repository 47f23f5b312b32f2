// SPDX-License-Identifier: Apache-2.0
#include "search/search_trust_json.hpp"

#include <nlohmann/json.hpp>

namespace zerogap {

nlohmann::ordered_json to_json(const SearchTrust& trust) {
  return {{"starts", trust.starts},
          {"at_best", trust.at_best},
          {"distinct", trust.distinct},
          {"expected_unseen", trust.expected_unseen()},
          {"probability_all_found", trust.all_found()}};
}

}  // namespace zerogap

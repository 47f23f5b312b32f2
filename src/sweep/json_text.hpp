// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace zerogap {

/// JSON text is Unicode, but names of files are bytes. A byte that is not part of valid UTF-8 is written as
/// the escape of a lone surrogate, U+DC80 to U+DCFF, as in Python (PEP 383): its json module and
/// os.fsencode() restore the bytes, and other readers at least see a placeholder.
std::string json_text(const nlohmann::ordered_json& json, int indent);

/// The inverse of json_text(); a discarded value if the text is not JSON.
nlohmann::ordered_json json_from_text(const std::string& text);

}  // namespace zerogap

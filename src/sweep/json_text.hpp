// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace zerogap {

/// JSON text is Unicode, names of files are bytes. A byte that is no part of a UTF-8 letter stands in the
/// text as the escape of a lone surrogate, U+DC80 to U+DCFF, as Python has it (PEP 383): its json module and
/// os.fsencode() give the bytes back, and other readers at least see that something is there.
std::string json_text(const nlohmann::ordered_json& json, int indent);

/// What json_text() was given; a discarded value where the text is no JSON.
nlohmann::ordered_json json_from_text(const std::string& text);

}  // namespace zerogap

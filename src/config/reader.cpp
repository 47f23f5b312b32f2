// SPDX-License-Identifier: Apache-2.0
#include "config/reader.hpp"

#include "config/document.hpp"
#include "config/nearest.hpp"
#include "config/values.hpp"
#include "core/error.hpp"

namespace zerogap::schema {
namespace {

const std::string where_keys_are_listed = "zerogap config --keys lists every key";

std::string did_you_mean(const std::string& near, const std::string& otherwise) {
  return near.empty() ? otherwise : "did you mean " + near + "?";
}

}  // namespace

void refuse_merge_key(const std::string& key, const std::string& at) {
  if (key != "<<") return;
  throw usage_error(at + ": found <<, YAML's merge key", "maps are not merged here",
                    "write the keys out; an alias alone (dual: *name) may replace a complete section");
}

void Reader::read_text(const std::string& text, const std::string& name, Names names) {
  begin(name, true, names);
  read_root(load(text));
}

void Reader::read_node(const YAML::Node& map, const std::string& name) {
  begin(name, true);
  read_root(map);
}

void Reader::read_one(const std::string& key, const YAML::Mark& mark, const YAML::Node& value,
                      const std::string& name) {
  begin(name, true);
  read_key(key, value, mark);
}

void Reader::read_root(const YAML::Node& root) {
  if (root.IsNull()) return;
  if (!root.IsMap()) {
    throw usage_error(place(root.Mark()) + ": found " + describe(root),
                      "allowed: a map with " + join(members(""), ", "),
                      "write KEY: VALUE; " + where_keys_are_listed);
  }
  read_map(root, "");
}

void Reader::read_override(const std::string& argument, Names names) {
  begin("--set " + argument, false, names);
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw usage_error(name_ + ": found no " + (equals == 0 ? "key before" : "") + "'='",
                      "an override is KEY=VALUE", "write for example --set network.beta=5");
  }
  const std::size_t before = given_.size();
  const std::string key = argument.substr(0, equals);
  read_key(key, load_word(key, argument.substr(equals + 1)), YAML::Mark::null_mark());
  if (given_.size() == before) {
    throw usage_error(name_ + ": sets nothing", key + " holds " + join(members(key), ", "),
                      "write for example --set " + key + "." + members(key).front() + "=VALUE");
  }
}

void Reader::read_printed(const std::string& key, const std::string& value) {
  begin(key + "=" + value, false, Names::any);
  read_key(key, load(value), YAML::Mark::null_mark());
}

void Reader::read_option(const OptionValue& option) {
  begin(option.given, false);
  read_key(option.key, load_word(option.key, option.value), YAML::Mark::null_mark());
}

std::string Reader::printed() const {
  std::string text;
  for (std::size_t i = first_; i < given_.size(); ++i) {
    const auto& [slot, value] = given_[i];
    const Network network = slot.network.value_or(Network::primal);
    Config scratch;
    slot.row->read(scratch, network, value);
    text += (slot.network ? key_for(*slot.row, network) : slot.row->key) + ": " +
            slot.row->print(scratch, network) + "\n";
  }
  return text;
}

Config Reader::config() const {
  Config result = unchecked();
  check_consistency(result, origins_);
  return result;
}

Config Reader::unchecked() const {
  Config result;
  for (const bool specific : {false, true}) {
    for (const auto& [slot, value] : given_) {
      if (slot.network.has_value() != specific) continue;
      if (slot.network != Network::dual) slot.row->read(result, Network::primal, value);
      if (slot.network != Network::primal) slot.row->read(result, Network::dual, value);
    }
  }
  return result;
}

YAML::Node Reader::load(const std::string& text) const {
  try {
    const Document document = load_document(text);
    if (!document.second.is_null())
      throw usage_error(place(document.second) + ": found a second document", "allowed: one",
                        "remove the others");
    return document.root;
  } catch (const YAML::Exception& error) {
    throw usage_error(place(error.mark) + ": not YAML", error.msg, "correct the text there, or quote it");
  }
}

/// A value from a command line. Text is not YAML there: a path may begin with '%' or hold " #".
YAML::Node Reader::load_word(const std::string& key, const std::string& text) const {
  const std::optional<Slot> slot = find_slot(key);
  return slot && slot->row->text ? YAML::Node(text) : load(text);
}

void Reader::begin(const std::string& name, bool is_file, Names names) {
  name_ = name;
  is_file_ = is_file;
  names_ = names;
  seen_.clear();
  first_ = given_.size();
}

void Reader::read_map(const YAML::Node& map, const std::string& section) {
  for (const auto& entry : map) {
    if (!entry.first.IsScalar()) {
      throw usage_error(place(entry.first.Mark()) + ": found " + describe(entry.first) + " as a key",
                        "allowed: " + join(members(section), ", "),
                        "write KEY: VALUE; " + where_keys_are_listed);
    }
    const std::string& name = entry.first.Scalar();
    refuse_merge_key(name, place(entry.first.Mark()));
    read_key(section.empty() ? name : section + "." + name, entry.second, entry.first.Mark());
  }
}

void Reader::read_key(const std::string& key, const YAML::Node& value, const YAML::Mark& mark) {
  const std::string at = place(mark);
  if (const auto removed = removed_key(key)) {
    if (names_ == Names::any) return;
    throw usage_error(at + ": old key " + key, removed->why, removed->todo);
  }
  if (const RenamedKey* renamed = find_renamed(key)) return read_renamed(*renamed, value, mark);
  if (const std::string now = renamed_section(key); !now.empty()) {
    if (value.IsMap() || (value.IsNull() && names_ == Names::any)) return read_section(key, value, at);
    throw usage_error(at + ": old section " + key, "it is called " + now + " now", "write " + now);
  }
  if (const auto [first, is_new] = seen_.try_emplace(key, at); !is_new) {
    throw usage_error(at + ": found " + key + " a second time", "allowed: once, first at " + first->second,
                      "keep one of them");
  }
  const std::string value_at = value.Mark().is_null() ? at : place(value.Mark());
  if (const std::optional<Slot> slot = find_slot(key)) {
    read_value(*slot, key, value, value_at);
  } else if (is_section(key)) {
    read_section(key, value, value_at);
  } else {
    unknown_key(key, at);
  }
}

/// Reads the key under its current name if zerogap wrote it; otherwise refuses it and gives that name.
void Reader::read_renamed(const RenamedKey& renamed, const YAML::Node& value, const YAML::Mark& mark) {
  const bool same_values = renamed.values.empty();
  const std::string given = value.IsScalar() ? value.Scalar() : "", present = renamed.present_value(given);
  if (names_ == Names::any)
    return read_key(renamed.now, same_values || present == given ? value : YAML::Node(present), mark);
  const std::string allowed = find_slot(renamed.now)->row->allowed;
  std::string todo = "write " + renamed.now;
  if (value.IsScalar() && (same_values || present != given))
    todo += (is_file_ ? ": " : "=") + (same_values ? describe(value) : present);
  throw usage_error(
      place(mark) + ": old key " + renamed.before,
      "it is called " + renamed.now + " now" + (same_values ? "" : ", with the values " + allowed), todo);
}

void Reader::read_section(const std::string& section, const YAML::Node& value, const std::string& at) {
  if (value.IsNull()) return;
  if (!value.IsMap()) {
    throw usage_error(at + ": " + section + ": found " + describe(value),
                      "allowed: a map with " + join(members(section), ", "),
                      "write " + section + "." + members(section).front() + ", or another key of them");
  }
  read_map(value, section);
}

void Reader::read_value(const Slot& slot, const std::string& key, const YAML::Node& value,
                        const std::string& at) {
  const auto removed = value.IsScalar() ? removed_value(key, value.Scalar()) : std::nullopt;
  if (removed && names_ == Names::present)
    throw usage_error(at + ": " + key + ": found " + value.Scalar(), removed->why, removed->todo);
  try {
    // A wrong value is an error even if a later one replaces it; errors are reported in order.
    Config scratch;
    slot.row->read(scratch, slot.network.value_or(Network::primal), value);
  } catch (const BadValue& bad) {
    throw usage_error((bad.mark.is_null() ? at : place(bad.mark)) + ": " + key + ": found " + bad.what(),
                      "allowed: " + slot.row->allowed, did_you_mean(bad.near, "give it such a value"));
  }
  given_.push_back({slot, value});
  origins_[key] = at;
}

void Reader::unknown_key(const std::string& key, const std::string& at) const {
  std::string section = key;
  do {
    const std::size_t dot = section.rfind('.');
    section = dot == std::string::npos ? "" : section.substr(0, dot);
  } while (!section.empty() && !is_section(section));
  std::vector<std::string> known = all_keys();
  for (const std::string& name : members("")) known.push_back(name);
  std::string near = nearest(key, known);
  if (near.empty()) near = nearest_key(key, table_keys());
  throw usage_error(
      at + ": unknown key " + describe(YAML::Node(key)),
      "allowed" + (section.empty() ? "" : " in " + section) + ": " + join(members(section), ", "),
      did_you_mean(near, where_keys_are_listed));
}

std::string Reader::place(const YAML::Mark& mark) const {
  if (!is_file_ || mark.is_null()) return name_;
  return name_ + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
}

}  // namespace zerogap::schema

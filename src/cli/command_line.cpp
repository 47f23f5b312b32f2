// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "config/nearest.hpp"
#include "core/error.hpp"

namespace zerogap {
namespace {

/// The command that was named; the program itself if none was.
const CLI::App& named_command(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? app : *commands.front();
}

std::string help_of(const CLI::App& command) {
  return "zerogap " + (command.get_name() == "zerogap" ? "" : command.get_name() + " ") + "--help";
}

/// "--out" of --out=DIR; empty for a word that is not a long option.
std::string long_name(const std::string& word) {
  return word.size() > 2 && word.starts_with("--") ? word.substr(0, word.find('=')) : "";
}

/// Every long option of the command, with its dashes.
std::vector<std::string> long_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options([](const CLI::Option*) { return true; }))
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

/// "--out=", for which CLI11 would use the next word as the value.
std::string option_without_value(const CLI::App& command, const Words& words) {
  const auto names = long_names(command);
  for (const auto& word : words) {
    if (word == "--") break;
    std::string name = long_name(word);
    if (!name.empty() && word == name + "=" && std::find(names.begin(), names.end(), name) != names.end())
      return name;
  }
  return "";
}

}  // namespace

Words protected_words(const CLI::App& app, Words words) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  const auto command = std::find_if(commands.begin(), commands.end(), [&](const CLI::App* each) {
    return !words.empty() && each->get_name() == words.front();
  });
  if (command == commands.end()) return words;
  bool value = false, options_end = false;  // whether a word is an option's value, and whether "--" was seen
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::string& word = words[i];
    const std::string name = options_end || value ? "" : long_name(word);
    const bool named = value || !name.empty();
    const auto* option = name.empty() || word != name ? nullptr : (*command)->get_option_no_throw(name);
    value = option != nullptr && option->get_items_expected_max() > 0;
    options_end = options_end || (!named && word == "--");
    if (!named && word.starts_with("[") && word.ends_with("]")) word.insert(0, "./");
  }
  return words;
}

std::string empty_argument(const CLI::App& app, const Words& words) {
  const CLI::App& command = named_command(app);
  std::string name = option_without_value(command, words);
  for (const auto* option : command.get_options([](const CLI::Option*) { return true; })) {
    const auto& values = option->results();
    if (name.empty() && std::find(values.begin(), values.end(), "") != values.end())
      name = option->get_name();
  }
  if (name.empty()) return "";
  const std::string todo = name.starts_with("-") ? "give it a value, or leave it out" : "give one";
  return usage_error(name + " is empty", "possibly a variable that is not set", todo).what();
}

std::string parse_error_text(const CLI::App& app, const CLI::ParseError& error, const Words& words) {
  const CLI::App& command = named_command(app);
  std::string why = error.what(), near, todo = "see zerogap --help, or zerogap COMMAND --help";
  if (&command != &app) todo = "see " + help_of(command);
  const bool unknown = &command == &app && !words.empty() && !words.front().starts_with("-");
  if (unknown) {
    why = "there is no command '" + words.front() + "'";
    Words names;
    for (const auto* each : app.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(each->get_name());
    near = schema::nearest(words.front(), names);
  } else if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    for (const auto& word : command.remaining()) {
      const std::string name = long_name(word);
      if (name.empty()) continue;
      why = "there is no option " + name;
      near = schema::nearest(name, long_names(command));
      if (name == "--weights" && command.get_option_no_throw("run") != nullptr) {  // of 0.1.0
        near.clear();
        todo = "give the run as an argument: zerogap " + command.get_name() + " RUN; " + todo;
      }
      break;
    }
  }
  if (!near.empty()) todo = "did you mean " + near + "? " + todo;
  return usage_error("the command line is not understood", why, todo).what();
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <sstream>

#include "cli/commands.hpp"
#include "config/config.hpp"
#include "core/build_info.hpp"

namespace zerogap {
namespace {

std::vector<CLI::App*> commands_of(CLI::App& app) {
  return app.get_subcommands([](CLI::App*) { return true; });
}

/// --out and the like, without the positional ones.
std::vector<CLI::Option*> flags_of(CLI::App& command) {
  return command.get_options([](CLI::Option* o) { return !o->get_lnames().empty(); });
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string flag_names(CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : flags_of(command)) names.push_back("--" + option->get_lnames().front());
  return joined(names);
}

/// The values that an option allows if CLI11 has a list of them: its type's name is then TEXT:{a,b}.
std::string choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto from = type.find('{'), to = type.find('}');
  if (from == std::string::npos || to == std::string::npos) return "";
  std::string list = type.substr(from + 1, to - from - 1);
  for (char& c : list)
    if (c == ',') c = ' ';
  return list;
}

/// Every key that --set takes.
std::string all_keys() {
  std::vector<std::string> keys;
  for (const auto& k : describe_keys()) {
    keys.push_back(k.key);
    if (!k.per_network) continue;
    const auto dot = k.key.find('.');
    for (const char* network : {".primal", ".dual"})
      keys.push_back(k.key.substr(0, dot) + network + k.key.substr(dot));
  }
  return joined(keys);
}

std::string command_names(CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : commands_of(app)) names.push_back(command->get_name());
  return joined(names);
}

std::string bash_completion(CLI::App& app) {
  std::string text =
      "# bash completion of zerogap; made by: zerogap completion bash\n"
      "_zerogap() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
      "  COMPREPLY=()\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"" +
      command_names(app) +
      " --help --version\" -- \"$cur\")\n"
      "    return\n"
      "  fi\n"
      "  if [[ $prev == --set ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -S = -W \"" +
      all_keys() +
      "\" -- \"$cur\")\n"
      "    compopt -o nospace 2>/dev/null\n"
      "    return\n"
      "  fi\n"
      "  case ${COMP_WORDS[1]}:$prev in\n";
  for (auto* command : commands_of(app))
    for (const auto* option : flags_of(*command))
      if (const auto choices = choices_of(*option); !choices.empty())
        text += "    " + command->get_name() + ":--" + option->get_lnames().front() + ") words=\"" + choices +
                "\" ;;\n";
  text += "  esac\n  if [[ -z $words && $cur == -* ]]; then\n    case ${COMP_WORDS[1]} in\n";
  for (auto* command : commands_of(app))
    text += "      " + command->get_name() + ") words=\"" + flag_names(*command) + "\" ;;\n";
  text +=
      "    esac\n"
      "  fi\n"
      "  if [[ ${COMP_WORDS[1]} == completion ]]; then words=\"bash zsh\"; fi\n"
      "  if [[ -n $words ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
      "  else\n"
      "    mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
      "    compopt -o filenames 2>/dev/null\n"
      "  fi\n"
      "}\n"
      "complete -F _zerogap zerogap\n";
  return text;
}

/// A word with its explanation for zsh's _describe.
std::string described(const std::string& word, const std::string& help) {
  std::string quoted;
  for (const char c : help) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return " '" + word + ":" + quoted + "'";
}

std::string zsh_completion(CLI::App& app) {
  std::string text =
      "#compdef zerogap\n"
      "# zsh completion of zerogap; made by: zerogap completion zsh\n"
      "_zerogap() {\n"
      "  local -a words_here\n"
      "  if (( CURRENT == 2 )); then\n"
      "    words_here=(";
  for (const auto* command : commands_of(app))
    text += described(command->get_name(), command->get_description());
  text +=
      ")\n    _describe command words_here\n    return\n  fi\n"
      "  if [[ $words[CURRENT-1] == --set ]]; then\n    compadd -S = -- " +
      all_keys() + "\n    return\n  fi\n  case $words[2]:$words[CURRENT-1] in\n";
  for (auto* command : commands_of(app))
    for (const auto* option : flags_of(*command))
      if (const auto choices = choices_of(*option); !choices.empty())
        text += "    " + command->get_name() + ":--" + option->get_lnames().front() + ") compadd -- " +
                choices + "; return ;;\n";
  text += "    completion:*) compadd -- bash zsh; return ;;\n  esac\n  case $words[2] in\n";
  for (auto* command : commands_of(app)) {
    text += "    " + command->get_name() + ") words_here=(";
    for (const auto* option : flags_of(*command))
      text += described("--" + option->get_lnames().front(), option->get_description());
    text += ") ;;\n";
  }
  return text +
         "  esac\n  if [[ $PREFIX == -* ]]; then _describe option words_here; else _files; fi\n}\n"
         "if [[ $funcstack[1] == _zerogap ]]; then _zerogap \"$@\"; else compdef _zerogap zerogap; fi\n";
}

/// Text escaped for troff: no line begins with a control character, and hyphens stay hyphens.
std::string roff(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((i == 0 || text[i - 1] == '\n') && (text[i] == '.' || text[i] == '\'')) out += "\\&";
    if (text[i] == '\\')
      out += "\\e";
    else
      out += text[i] == '-' ? "\\-" : std::string(1, text[i]);
  }
  return out;
}

std::string man_page(CLI::App& app) {
  std::string text =
      ".TH ZEROGAP 1 \"\" \"zerogap " + std::string(build_info().version) +
      "\"\n.SH NAME\nzerogap \\- convex training of denoising networks, with proof\n.SH SYNOPSIS\n"
      ".B zerogap\nCOMMAND [OPTION]...\n.SH DESCRIPTION\n" +
      roff(app.get_description()) + "\n" + roff(app.get_footer()) + "\n.SH COMMANDS\n";
  for (auto* command : commands_of(app)) {
    text += ".SS " + roff(command->get_name()) + "\n" + roff(command->get_description()) + "\n";
    for (const auto* option : command->get_options([](CLI::Option*) { return true; })) {
      text += ".TP\n.B " + roff(option->get_name(option->get_positional())) + "\n" +
              roff(option->get_description()) + "\n";
    }
    if (!command->get_footer().empty()) text += ".PP\n.nf\n" + roff(command->get_footer()) + "\n.fi\n";
  }
  return text +
         ".SH EXIT STATUS\n0 done, 2 configuration or usage, 3 data or file, 4 run time, 75 stopped on "
         "request with a "
         "checkpoint.\n";
}

}  // namespace

void add_descriptions(CLI::App& app, Command& run) {
  auto* completion = app.add_subcommand("completion", "Print a completion script for bash or zsh");
  auto shell = std::make_shared<std::string>();
  completion->add_option("shell", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>{"bash", "zsh"}));
  completion->footer(
      "Examples:\n"
      "  source <(zerogap completion bash)\n"
      "  zerogap completion zsh > ~/.zfunc/_zerogap      # a folder of fpath");
  completion->callback([shell, &app, &run] {
    run = [shell, &app](Communicator& world) {
      if (world.rank() == 0)
        std::fputs((*shell == "bash" ? bash_completion(app) : zsh_completion(app)).c_str(), stdout);
      return ExitCode::done;
    };
  });
  auto* man = app.add_subcommand("man", "Print the manual page");
  man->footer("Example:\n  zerogap man > zerogap.1 && man ./zerogap.1");
  man->callback([&app, &run] {
    run = [&app](Communicator& world) {
      if (world.rank() == 0) std::fputs(man_page(app).c_str(), stdout);
      return ExitCode::done;
    };
  });
}

}  // namespace zerogap

// SPDX-License-Identifier: Apache-2.0
#include "app/command_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/number_from.h"

namespace weir {

CLI::Option* add_text(CLI::App& app, const Declared& declared, std::string& target) {
  const auto take = [&target](const CLI::results_t& given) {
    target = given.back();
    return true;
  };
  return app.add_option(declared.names, take, declared.text)
      ->type_name(declared.value)
      ->expected(1)
      ->take_last();
}

CLI::Option* add_texts(CLI::App& app, const Declared& declared, std::vector<std::string>& target) {
  const auto take = [&target](const CLI::results_t& given) {
    target = given;
    return true;
  };
  CLI::Option* const option = app.add_option(declared.names, take, declared.text);
  // Without extra arguments "[a]" stays "[a]", and a flag takes the one word behind it; an argument
  // then takes words as long as it expects more.
  const int many = CLI::detail::expected_max_vector_size - 1;  // that number itself means others
  const int expected = option->get_positional() ? many : 1;
  return option->type_name(declared.value)->expected(expected)->allow_extra_args(false)->take_all();
}

CLI::Option* add_number(CLI::App& app, const Declared& declared, std::uint64_t& target) {
  const auto take = [&target, name = declared.names](const CLI::results_t& given) {
    const auto number = number_from<std::uint64_t>(given.back());
    if (!number) {
      throw CLI::ValidationError(name, fmt::format("\"{}\" is no whole number", given.back()));
    }
    target = *number;
    return true;
  };
  return app.add_option(declared.names, take, declared.text)
      ->type_name(declared.value)
      ->expected(1)
      ->take_last();
}

CLI::Option* add_choice(CLI::App& app, const Declared& declared,
                        const std::function<void(std::size_t)>& put) {
  const std::vector<std::string> words = CLI::detail::split(declared.value, '|');
  const auto take = [words, put, declared](const CLI::results_t& given) {
    const auto found = std::find(words.begin(), words.end(), given.back());
    if (found == words.end()) {
      throw CLI::ValidationError(declared.names,
                                 fmt::format("\"{}\" is none of {}", given.back(), declared.value));
    }
    put(static_cast<std::size_t>(found - words.begin()));
    return true;
  };
  return app.add_option(declared.names, take, declared.text)
      ->type_name(declared.value)
      ->expected(1)
      ->take_last();
}

CLI::Option* add_each(CLI::App& app, const Declared& declared,
                      const std::function<void(const std::string&)>& take) {
  const auto take_all = [take](const CLI::results_t& given) {
    for (const std::string& value : given) {
      take(value);
    }
    return true;
  };
  return app.add_option(declared.names, take_all, declared.text)
      ->type_name(declared.value)
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
}

OptionText text_of(const CLI::Option& option) {
  OptionText text{.value = option.get_type_name(),
                  .text = option.get_description(),
                  .required = option.get_required(),
                  .repeated = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll};
  for (const std::string& name : option.get_snames()) {
    text.names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    text.names.push_back("--" + name);
  }
  if (text.value.find('|') != std::string::npos) {
    text.choices = CLI::detail::split(text.value, '|');
  }
  if (option.get_positional()) {
    text.value = option.get_name(true);
  }
  return text;
}

}  // namespace weir

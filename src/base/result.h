// SPDX-License-Identifier: Apache-2.0
// How the world's failures travel: Result<T> is a value or an Error. Not for bad lines (those are
// counted values, see model/reject.h) and not for our own bugs (see base/check.h).
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace weir {

// Chosen by what the caller does next. Only the retry policy branches on it; app maps it to the
// exit code.
enum class ErrorKind {
  unavailable,  // try again later
  invalid,      // trying again cannot help
  conflict,     // someone else was first: drop quietly
  corrupt,      // stop, and tell a person
};

struct Error {
  ErrorKind kind = ErrorKind::invalid;
  std::string message;  // for people; hostile bytes in it are already escaped
  int os_code = 0;      // errno where the operating system refused; 0 elsewhere

  // Adds one phrase in front: `commit unit 12 of day.txt: sqlite: disk full`.
  Error within(std::string_view phrase) && {
    message = std::string(phrase) + ": " + message;
    return std::move(*this);
  }
  Error within(std::string_view phrase) const& { return Error(*this).within(phrase); }
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : expected_(std::move(value)) {}                    // NOLINT: implicit on purpose
  Result(Error error) : expected_(tl::unexpect, std::move(error)) {}  // NOLINT: the same

  explicit operator bool() const { return expected_.has_value(); }
  T& operator*() & { return *expected_; }
  const T& operator*() const& { return *expected_; }
  T&& operator*() && { return *std::move(expected_); }
  T* operator->() { return &*expected_; }
  const T* operator->() const { return &*expected_; }
  Error& error() & { return expected_.error(); }
  const Error& error() const& { return expected_.error(); }
  Error&& error() && { return std::move(expected_).error(); }

 private:
  tl::expected<T, Error> expected_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : expected_(tl::unexpect, std::move(error)) {}  // NOLINT: implicit on purpose

  explicit operator bool() const { return expected_.has_value(); }
  Error& error() & { return expected_.error(); }
  const Error& error() const& { return expected_.error(); }
  Error&& error() && { return std::move(expected_).error(); }

 private:
  tl::expected<void, Error> expected_;
};

}  // namespace weir

#define WEIR_JOIN_(a, b) a##b
#define WEIR_JOIN(a, b) WEIR_JOIN_(a, b)

// TRY(expression): leaves the function with the expression's error, if it has one.
#define TRY(expression)                                  \
  do {                                                   \
    if (auto try_result_ = (expression); !try_result_) { \
      return std::move(try_result_).error();             \
    }                                                    \
  } while (false)

// TRY_ASSIGN(auto file, open(path)): the value, or leaves the function with the error.
#define TRY_ASSIGN(target, expression) \
  TRY_ASSIGN_(target, expression, WEIR_JOIN(try_assign_, __LINE__))
#define TRY_ASSIGN_(target, expression, result) \
  auto result = (expression);                   \
  if (!result) {                                \
    return std::move(result).error();           \
  }                                             \
  target = *std::move(result)

// SPDX-License-Identifier: Apache-2.0
// Boost.Context switches the stacks; the sanitizers are told of every switch, or they would take
// one fiber's frames for another's.
#include "support/fiber.h"

#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <utility>
#include <vector>

#include "base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace weir::testing {

using boost::context::stack_context;

struct Stacks::Pool {
  boost::context::protected_fixedsize_stack fresh;
  std::vector<stack_context> idle;
};

namespace {

// What Boost.Context asks for a stack. Copied into the fiber; borrows the pool.
struct PooledStack {
  Stacks::Pool* pool;

  stack_context allocate() {
    if (pool->idle.empty()) {
      return pool->fresh.allocate();
    }
    const stack_context stack = pool->idle.back();
    pool->idle.pop_back();
    return stack;
  }
  void deallocate(stack_context& stack) { pool->idle.push_back(stack); }
};

#if defined(__SANITIZE_ADDRESS__)
// Either side of a switch: where its stack lies, and its shadow frames while it is away.
struct Shadow {
  const void* bottom = nullptr;
  std::size_t bytes = 0;
  void* frames = nullptr;
};
void before_switch(Shadow& from, const Shadow& to, bool last) {
  __sanitizer_start_switch_fiber(last ? nullptr : &from.frames, to.bottom, to.bytes);
}
void after_switch(Shadow& here, Shadow* came_from) {
  const void* bottom = nullptr;
  std::size_t bytes = 0;
  __sanitizer_finish_switch_fiber(here.frames, &bottom, &bytes);
  if (came_from != nullptr) {
    came_from->bottom = bottom;
    came_from->bytes = bytes;
  }
}
#elif defined(__SANITIZE_THREAD__)
struct Shadow {
  void* fiber = nullptr;
};
void before_switch(Shadow& from, const Shadow& to, bool) {
  from.fiber = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(to.fiber, 0);
}
void after_switch(Shadow&, Shadow*) {}
#else
struct Shadow {};
void before_switch(Shadow&, const Shadow&, bool) {}
void after_switch(Shadow&, Shadow*) {}
#endif

}  // namespace

Stacks::Stacks(std::size_t stack_bytes)
    : pool_(new Pool{boost::context::protected_fixedsize_stack(stack_bytes), {}}) {}

Stacks::~Stacks() {
  for (stack_context& stack : pool_->idle) {
    pool_->fresh.deallocate(stack);
  }
}

struct Fiber::State {
  std::function<void()> body;
  boost::context::fiber inside;   // the body, while it is left
  boost::context::fiber outside;  // whoever entered, while the body runs
  Shadow inside_shadow;
  Shadow outside_shadow;
  bool entered = false;
  bool finished = false;

  boost::context::fiber run(boost::context::fiber&& caller) {
    after_switch(inside_shadow, &outside_shadow);
    outside = std::move(caller);
    body();
    body = nullptr;  // what it captured goes with it, as with a thread
    finished = true;
    before_switch(inside_shadow, outside_shadow, true);
    return std::move(outside);
  }
};

Fiber::Fiber(Stacks& stacks, std::function<void()> body) : state_(std::make_unique<State>()) {
  state_->body = std::move(body);
  PooledStack allocator{&stacks.pool()};
  const stack_context stack = allocator.allocate();
#if defined(__SANITIZE_ADDRESS__)
  state_->inside_shadow.bottom = static_cast<const char*>(stack.sp) - stack.size;
  state_->inside_shadow.bytes = stack.size;
#elif defined(__SANITIZE_THREAD__)
  state_->inside_shadow.fiber = __tsan_create_fiber(0);
#endif
  State& state = *state_;
  state_->inside = boost::context::fiber(
      std::allocator_arg, boost::context::preallocated(stack.sp, stack.size, stack), allocator,
      [&state](boost::context::fiber&& caller) { return state.run(std::move(caller)); });
}

Fiber::~Fiber() {
  CHECK(state_->finished || !state_->entered);
#if defined(__SANITIZE_THREAD__)
  __tsan_destroy_fiber(state_->inside_shadow.fiber);
#endif
}

void Fiber::enter() {
  State& state = *state_;
  CHECK(!state.finished);
  state.entered = true;
  before_switch(state.outside_shadow, state.inside_shadow, false);
  state.inside = std::move(state.inside).resume();
  after_switch(state.outside_shadow, &state.inside_shadow);
}

void Fiber::leave() {
  State& state = *state_;
  before_switch(state.inside_shadow, state.outside_shadow, false);
  state.outside = std::move(state.outside).resume();
  after_switch(state.inside_shadow, &state.outside_shadow);
}

bool Fiber::finished() const {
  return state_->finished;
}

}  // namespace weir::testing

// SPDX-License-Identifier: Apache-2.0
// A library to preload: it does something nasty at the n-th write-like call of one name in one
// thread, and otherwise only counts. The program under test does not know of it.
//
//   FAULT_CALL    the name of the call ("pwrite64"); "any": whichever
//   FAULT_THREAD  the name of the thread ("work-0", "work-*"); "any": calls of any thread count
//   FAULT_AT      n, from 1; 0: only count
//   FAULT_ACTION  kill (before the call), tear (half of a write, then kill), ENOSPC, EIO, EINTR,
//                 short (half of the bytes, successfully)
//   FAULT_FILE    the end of a file's path: its reads ("read") are calls, too, with the actions
//                 SIGSEGV (a real one), SIGABRT and hang (until there is a file FAULT_UNTIL); with
//                 FAULT_AT=0, each of them
//   FAULT_HIT     a file that is created when the fault happens
//   FAULT_COUNTS  a file to append "thread call count" lines to, when the process ends
//
// SQLite and the C++ library reach the system through these names, which a test proves with strace.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int slots_max = 512;  // (thread, call) pairs

struct Slot {
  char thread[16];
  char call[16];
  long count;
};

struct Settings {
  const char* call = getenv("FAULT_CALL");
  const char* thread = getenv("FAULT_THREAD");
  const char* action = getenv("FAULT_ACTION");
  const char* file = getenv("FAULT_FILE");
  const char* until = getenv("FAULT_UNTIL");
  const char* hit = getenv("FAULT_HIT");
  const char* counts = getenv("FAULT_COUNTS");
  long at = getenv("FAULT_AT") != nullptr ? atol(getenv("FAULT_AT")) : 0;
};

Settings& settings() {
  static Settings read_once;
  return read_once;
}

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
Slot slots[slots_max];
int slots_used = 0;
long matching = 0;

void count_in_slot(const char* thread, const char* call) {
  for (int i = 0; i < slots_used; ++i) {
    if (strcmp(slots[i].thread, thread) == 0 && strcmp(slots[i].call, call) == 0) {
      ++slots[i].count;
      return;
    }
  }
  if (slots_used < slots_max) {
    Slot& slot = slots[slots_used++];
    snprintf(slot.thread, sizeof slot.thread, "%s", thread);
    snprintf(slot.call, sizeof slot.call, "%s", call);
    slot.count = 1;
  }
}

bool matches(const char* wanted, const char* is) {
  const size_t start = wanted == nullptr ? 0 : strcspn(wanted, "*");
  if (start > 0 && wanted[start] == '*') {
    return strncmp(wanted, is, start) == 0;
  }
  return wanted == nullptr || strcmp(wanted, "any") == 0 || strcmp(wanted, is) == 0;
}

// Counts the call; true: the fault is due now.
bool due(const char* call) {
  char thread[16] = "";
  pthread_getname_np(pthread_self(), thread, sizeof thread);
  pthread_mutex_lock(&lock);
  count_in_slot(thread, call);
  bool now = false;
  if (matches(settings().call, call) && matches(settings().thread, thread)) {
    now = ++matching == settings().at;
  }
  pthread_mutex_unlock(&lock);
  if (now && settings().hit != nullptr) {
    const long descriptor =
        syscall(SYS_openat, AT_FDCWD, settings().hit, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    syscall(SYS_close, descriptor);
  }
  return now;
}

bool action_is(const char* name) {
  return settings().action != nullptr && strcmp(settings().action, name) == 0;
}

void die() {
  kill(getpid(), SIGKILL);
  for (;;) {
    pause();
  }
}

// For calls without bytes. True: fail with errno set.
bool fails(const char* call) {
  if (!due(call)) {
    return false;
  }
  if (action_is("ENOSPC")) {
    errno = ENOSPC;
  } else if (action_is("EIO")) {
    errno = EIO;
  } else if (action_is("EINTR") || action_is("short")) {
    return false;
  } else {
    die();
  }
  return true;
}

enum class Outcome { whole, half, half_then_die, fail };

Outcome outcome_of_write(const char* call) {
  if (!due(call)) {
    return Outcome::whole;
  }
  if (action_is("tear")) {
    return Outcome::half_then_die;
  }
  if (action_is("short")) {
    return Outcome::half;
  }
  if (action_is("kill")) {
    die();
  }
  errno = action_is("ENOSPC") ? ENOSPC : action_is("EINTR") ? EINTR : EIO;
  return Outcome::fail;
}

template <class Call>
ssize_t write_like(const char* name, size_t bytes, Call call) {
  switch (outcome_of_write(name)) {
    case Outcome::whole:
      return call(bytes);
    case Outcome::half:
      return call(bytes > 1 ? bytes / 2 : bytes);
    case Outcome::half_then_die:
      call(bytes / 2);
      die();
      [[fallthrough]];
    case Outcome::fail:
      break;
  }
  return -1;
}

// Does the descriptor lie on the file whose reads are at fault?
bool is_at_fault(int descriptor) {
  if (settings().file == nullptr) {
    return false;
  }
  char link[64];
  char path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t bytes = readlink(link, path, sizeof path - 1);
  const size_t wanted = strlen(settings().file);
  if (bytes < static_cast<ssize_t>(wanted)) {
    return false;
  }
  path[bytes] = '\0';
  return strcmp(path + bytes - wanted, settings().file) == 0;
}

bool due_read() {
  char thread[16] = "";
  pthread_getname_np(pthread_self(), thread, sizeof thread);
  return settings().at == 0 ? matches(settings().thread, thread) : due("read");
}

void act_on_read() {
  if (action_is("SIGSEGV")) {
    volatile int* volatile nowhere = nullptr;
    *nowhere = 0;
  } else if (action_is("SIGABRT")) {
    abort();
  } else if (action_is("hang")) {
    while (access(settings().until, F_OK) != 0) {
      usleep(10'000);
    }
  }
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

__attribute__((destructor)) void report() {
  if (settings().counts == nullptr) {
    return;
  }
  FILE* to = fopen(settings().counts, "a");
  for (int i = 0; to != nullptr && i < slots_used; ++i) {
    fprintf(to, "%s %s %ld\n", slots[i].thread, slots[i].call, slots[i].count);
  }
  if (to != nullptr) {
    fclose(to);
  }
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t count) {
  if (descriptor <= 2) {
    return syscall(SYS_write, descriptor, bytes, count);
  }
  return write_like("write", count, [&](size_t some) {
    return static_cast<ssize_t>(syscall(SYS_write, descriptor, bytes, some));
  });
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset) {
  return write_like("pwrite64", count, [&](size_t some) {
    return static_cast<ssize_t>(syscall(SYS_pwrite64, descriptor, bytes, some, offset));
  });
}
ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  return pwrite64(descriptor, bytes, count, offset);
}

ssize_t pread64(int descriptor, void* into, size_t count, off64_t offset) {
  if (is_at_fault(descriptor) && due_read()) {
    act_on_read();
  }
  return syscall(SYS_pread64, descriptor, into, count, offset);
}
ssize_t pread(int descriptor, void* into, size_t count, off_t offset) {
  return pread64(descriptor, into, count, offset);
}

int fsync(int descriptor) {
  return fails("fsync") ? -1 : static_cast<int>(syscall(SYS_fsync, descriptor));
}
int fdatasync(int descriptor) {
  return fails("fdatasync") ? -1 : static_cast<int>(syscall(SYS_fdatasync, descriptor));
}
int ftruncate64(int descriptor, off64_t length) {
  return fails("ftruncate") ? -1 : static_cast<int>(syscall(SYS_ftruncate, descriptor, length));
}
int ftruncate(int descriptor, off_t length) {
  return ftruncate64(descriptor, length);
}
int fallocate64(int descriptor, int mode, off64_t offset, off64_t length) {
  return fails("fallocate")
             ? -1
             : static_cast<int>(syscall(SYS_fallocate, descriptor, mode, offset, length));
}

int rename(const char* from, const char* to) {
  return fails("rename") ? -1 : next<int(const char*, const char*)>("rename")(from, to);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned int flags) {
  return fails("rename")
             ? -1
             : static_cast<int>(syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}
int unlink(const char* path) {
  return fails("unlink") ? -1 : next<int(const char*)>("unlink")(path);
}
int unlinkat(int folder, const char* path, int flags) {
  return fails("unlink") ? -1 : static_cast<int>(syscall(SYS_unlinkat, folder, path, flags));
}
int rmdir(const char* path) {
  return fails("rmdir") ? -1 : next<int(const char*)>("rmdir")(path);
}
int remove(const char* path) {  // glibc's own does not go through the names above
  const int removed = unlink(path);
  return removed != 0 && (errno == EISDIR || errno == EPERM) ? rmdir(path) : removed;
}
int mkdir(const char* path, mode_t mode) {
  return fails("mkdir") ? -1 : next<int(const char*, mode_t)>("mkdir")(path, mode);
}
int flock(int descriptor, int operation) noexcept {
  return fails("flock") ? -1 : static_cast<int>(syscall(SYS_flock, descriptor, operation));
}

int openat64(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  if ((flags & O_CREAT) != 0 && fails("create")) {
    return -1;
  }
  return static_cast<int>(syscall(SYS_openat, folder, path, flags, mode));
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return openat64(AT_FDCWD, path, flags, mode);
}
int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return openat64(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return openat64(folder, path, flags, mode);
}

}  // extern "C"

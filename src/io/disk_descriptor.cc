// SPDX-License-Identifier: Apache-2.0
// Opening within a folder. A path could leave its root through an absolute part, through "..",
// or through a link that someone puts in its place between a check and the opening:
//
//   root ──► a ──► b ──► file        each step is opened from the descriptor of the one before,
//            └─ a link? refused      never by the whole path again, and never through a link
//
// openat2 (Linux 5.6) does all steps in one call. Where it is missing, or where a sandbox refuses
// it (ENOSYS, and EPERM under some seccomp filters), the same steps are made one by one. The answer
// of openat2 is not remembered: an EPERM may as well concern this one file.
#include "io/disk_descriptor.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "io/os_error.h"
#include "io/path.h"

namespace weir {
namespace {

constexpr int always = O_CLOEXEC | O_NOFOLLOW;

// What the opening calls answer: a descriptor, or the errno that refused it.
struct Opened {
  Descriptor descriptor;
  int os_code = 0;
};

template <class Call>
Opened retried(const Call& call) {
  long number = call();
  while (number < 0 && errno == EINTR) {
    number = call();
  }
  if (number < 0) {
    return {.descriptor = Descriptor(), .os_code = errno};
  }
  return {.descriptor = Descriptor(static_cast<int>(number)), .os_code = 0};
}

// No descriptor and no error: the working folder.
Opened open_root(const std::string& root) {
  if (root.empty() || root == ".") {
    return {};
  }
  if (root.find('\0') != std::string::npos) {
    return {.descriptor = Descriptor(), .os_code = EINVAL};
  }
  return retried([&] { return ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); });
}

Opened open_at_once(int root, const std::string& relative, int flags) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | always);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
  return retried([&] { return ::syscall(SYS_openat2, root, relative.c_str(), &how, sizeof how); });
}

bool is_link(int folder, const std::string& name) {
  struct stat found{};
  return ::fstatat(folder, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISLNK(found.st_mode);
}

Opened open_by_steps(int root, const std::string& relative, int flags) {
  Descriptor folder;  // of the step before; none: the root
  for (std::size_t at = 0;;) {
    const std::size_t end = std::min(relative.find('/', at), relative.size());
    const std::size_t following = relative.find_first_not_of('/', end);
    const std::string step = relative.substr(at, end - at);
    const int from = folder.number() < 0 ? root : folder.number();
    const bool last = following == std::string::npos;
    const int how = last ? flags | always : O_PATH | O_DIRECTORY | always;
    Opened opened = retried([&] { return ::openat(from, step.c_str(), how); });
    if (!last && opened.os_code == ENOTDIR && is_link(from, step)) {
      opened.os_code = ELOOP;  // as openat2 says it
    }
    if (last || opened.os_code != 0) {
      return opened;
    }
    folder = std::move(opened.descriptor);
    at = following;
  }
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) {
    ::close(number_);  // after an EINTR too it is closed; what was not synced is not promised
  }
}

Result<Descriptor> open_confined(const ConfinedPath& path, int flags, bool openat2) {
  const std::string shown = joined(path.root, path.relative);
  const std::string relative = path.relative.empty() ? "." : path.relative;
  if (const int refusal = refusal_of_relative(relative); refusal != 0) {
    return os_error(path.verb, shown, refusal);
  }
  const Opened root = open_root(path.root);
  if (root.os_code != 0) {
    return os_error(path.verb, shown, root.os_code);
  }
  const int from = root.descriptor.number() < 0 ? AT_FDCWD : root.descriptor.number();
  Opened opened{.descriptor = Descriptor(), .os_code = ENOSYS};
  if (openat2) {
    opened = open_at_once(from, relative, flags);
  }
  if (opened.os_code == ENOSYS || opened.os_code == EPERM) {
    opened = open_by_steps(from, relative, flags);
  }
  if (opened.os_code != 0) {
    return os_error(path.verb, shown, opened.os_code);
  }
  return std::move(opened.descriptor);
}

}  // namespace weir

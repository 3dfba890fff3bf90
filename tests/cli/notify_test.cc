// SPDX-License-Identifier: Apache-2.0
// weir notify, and weir generate --notify
#include <functional>
#include <mutex>

#include "cli/command_line.h"
#include "io/line_socket.h"
#include "model/notice.h"

namespace weir::testing {
namespace {

using Answers = std::vector<NoticeAnswer>;

class NotifyTest : public CommandLineTest {
 protected:
  using Answering = std::function<Answers(const Notice&)>;

  // Listens from now on, and answers each notice so.
  void listen(Answering answering, const std::vector<std::uint32_t>& uids = {}) {
    answering_ = std::move(answering);
    const auto take = [this](const LinePeer&, std::string_view line,
                             const std::shared_ptr<LineReply>& reply) {
      const auto notice = notice_from(line);
      ASSERT_TRUE(notice) << line;
      const std::lock_guard held(lock_);
      told_.push_back(*notice);
      for (const NoticeAnswer& answer : answering_(*notice)) {
        reply->send(to_json_line(answer));
      }
      replies_.push_back(reply);
    };
    auto server = serve_lines(*tasks_, {.path = socket(), .uids = uids}, take);
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
  }

  std::string socket() const { return path("notify.sock"); }
  void notify(std::vector<std::string> words) {
    words.insert(words.begin(), "notify");
    words.insert(words.end(), {"--socket", socket()});
    weir(words);
  }

  std::mutex lock_;
  Answering answering_;
  std::vector<Notice> told_;
  std::vector<std::shared_ptr<LineReply>> replies_;  // so that connections stay open
  std::unique_ptr<LineServer> server_;
};

Answers accept(const Notice& notice) {
  return {{.outcome = NoticeOutcome::accepted, .path = notice.path}};
}

TEST_F(NotifyTest, PrintsTheAnswerAndLeavesWith0) {
  listen(accept);
  notify({path("a"), path("b")});
  EXPECT_EQ(exit_, 0) << talk_.text;
  EXPECT_EQ(out_.text, "accepted " + path("a") + "\naccepted " + path("b") + "\n");
  EXPECT_EQ(told_, (std::vector<Notice>{{.path = path("a")}, {.path = path("b")}}));
}

TEST_F(NotifyTest, WithAReceiptWaitsUntilAllIsCounted) {
  listen([](const Notice& notice) {
    EXPECT_TRUE(notice.receipt);
    return Answers{
        {.outcome = NoticeOutcome::known, .path = notice.path},
        {.outcome = NoticeOutcome::counted, .path = "/somebody/elses"},
        {.outcome = NoticeOutcome::counted, .path = notice.path, .lines = 5, .rejects = 1}};
  });
  notify({path("a"), "--receipt"});
  EXPECT_EQ(exit_, 0) << talk_.text;
  EXPECT_EQ(out_.text, "known " + path("a") + "\ncounted " + path("a") + ": 5 lines, 1 rejected\n");
}

TEST_F(NotifyTest, ARefusalAndAFileSetAsideLeaveWith1) {
  listen([this](const Notice& notice) {
    if (notice.path == path("bad")) {
      return Answers{{.path = notice.path, .reason = "it lies outside"}};
    }
    return Answers{
        {.outcome = NoticeOutcome::accepted, .path = notice.path},
        {.outcome = NoticeOutcome::quarantined, .path = notice.path, .reason = "corrupt"}};
  });
  notify({path("bad"), "--receipt"});  // no receipt is waited for
  EXPECT_EQ(exit_, 1);
  EXPECT_TRUE(has(talk_.text, "error: refused " + path("bad") + ": it lies outside\n"));
  notify({path("a"), "--receipt"});
  EXPECT_EQ(exit_, 1);
  EXPECT_EQ(out_.text, "accepted " + path("a") + "\n");
  EXPECT_TRUE(has(talk_.text, "error: quarantined " + path("a") + ": corrupt\n"));
}

TEST_F(NotifyTest, TheSameFileTwiceHasTwoAnswers) {
  listen(accept);
  notify({path("a"), path("a")});
  EXPECT_EQ(exit_, 0) << talk_.text;
  EXPECT_EQ(told_.size(), 2U);
}

TEST_F(NotifyTest, AsJsonIsOneDocument) {
  listen([](const Notice& notice) {
    return Answers{{.outcome = NoticeOutcome::accepted, .path = notice.path},
                   {.outcome = NoticeOutcome::counted, .path = notice.path, .lines = 5}};
  });
  notify({path("a"), "--receipt", "--json"});
  EXPECT_EQ(out_.text, "{\"answers\": [\n{\"file\": \"" + path("a") +
                           "\", \"answer\": \"accepted\"},\n{\"file\": \"" + path("a") +
                           "\", \"answer\": \"counted\", \"lines\": 5, \"rejects\": 0}\n]}\n");
}

TEST_F(NotifyTest, LinksAndDotsOnTheWayToAFileAreResolvedAndTheFileIsNot) {
  std::filesystem::create_directories(path("in/deep"));
  std::filesystem::create_symlink("in", path("link"));
  std::filesystem::create_symlink("nowhere", path("in/file"));
  listen(accept);
  notify({path("link/deep/../file"), std::filesystem::relative(path("in/new"))});
  EXPECT_EQ(exit_, 0) << talk_.text;
  EXPECT_EQ(told_, (std::vector<Notice>{{.path = path("in/file")}, {.path = path("in/new")}}));
  notify({path("nowhere/file")});
  EXPECT_EQ(exit_, 66);
}

TEST_F(NotifyTest, WhereNobodyListensLeavesWith69) {
  notify({path("a")});
  EXPECT_EQ(exit_, 69);
  EXPECT_TRUE(has(talk_.text, "no weir listens: "));
  write("notify.sock", "no socket");
  notify({path("a")});
  EXPECT_EQ(exit_, 69);
}

// fault 140 (another user, from the client's side)
TEST_F(NotifyTest, AUserThatMayNotAskLeavesWith1) {
  listen(accept, {4242});
  notify({path("a")});
  EXPECT_EQ(exit_, 1);
  EXPECT_TRUE(has(talk_.text, "it says: denied"));
  EXPECT_TRUE(told_.empty());
}

TEST_F(NotifyTest, NoAnswerInTimeLeavesWith75) {
  listen([](const Notice&) { return Answers(); });
  notify({path("a"), "--timeout", "20ms"});
  EXPECT_EQ(exit_, 75);
  EXPECT_TRUE(has(talk_.text, "no answer came in time"));
}

TEST_F(NotifyTest, ARequestToStopIsSeenWhileItWaits) {
  listen([this](const Notice& notice) {
    stop_->request();
    return Answers{{.outcome = NoticeOutcome::accepted, .path = notice.path}};
  });
  notify({path("a"), "--receipt", "--timeout", "7d"});
  EXPECT_EQ(exit_, 75);
  EXPECT_TRUE(has(talk_.text, "stopped before every answer was there"));
}

TEST_F(NotifyTest, TakesTheSocketFromTheFlowFile) {
  listen(accept);
  const std::string flow = write("usage.toml", "[notify]\nsocket = \"notify.sock\"\n");
  weir({"notify", path("a"), "-c", flow});
  EXPECT_EQ(exit_, 0) << talk_.text;
}

TEST_F(NotifyTest, WithoutASocketAsksBesideTheDatabase) {
  std::filesystem::create_symlink(socket(), path("weir.db.sock"));
  listen(accept);
  weir({"notify", path("a"), "--into", url()});
  EXPECT_EQ(exit_, 0) << talk_.text;
  weir({"notify", path("a"), "--into", "sqlite:" + path("nowhere/weir.db")});
  EXPECT_EQ(exit_, 69);
  EXPECT_TRUE(has(talk_.text, "no weir listens: "));
}

TEST_F(NotifyTest, ATimeThatIsNoneIsAMatterOfUsage) {
  for (const std::string time : {"soon", "0s", "-1s", "8d"}) {
    notify({path("a"), "--timeout=" + time});
    EXPECT_EQ(exit_, 2) << time;
    EXPECT_TRUE(has(talk_.text, "--timeout: \"" + time + "\" is not right"));
  }
}

TEST_F(NotifyTest, AGeneratorTellsOfEachFileThatIsThere) {
  listen([](const Notice& notice) {
    EXPECT_TRUE(std::filesystem::exists(notice.path));
    const bool first = notice.path.ends_with("1.txt");
    const bool second = notice.path.ends_with("2.txt");
    return Answers{{.outcome = first    ? NoticeOutcome::accepted
                               : second ? NoticeOutcome::known
                                        : NoticeOutcome::refused,
                    .path = notice.path,
                    .reason = first || second ? "" : "full"}};
  });
  weir({"generate", path("in"), "--files", "3", "--lines", "5", "--json", "--notify", socket()});
  EXPECT_EQ(exit_, 0) << talk_.text;
  ASSERT_EQ(told_.size(), 3U);
  EXPECT_EQ(told_[0].path, path("in/usage-1-000001.txt"));
  EXPECT_TRUE(has(talk_.text, "told of 3 files: 1 accepted, 1 known, 1 refused, 0 unanswered"));
  EXPECT_TRUE(has(talk_.text, path("in/usage-1-000003.txt") + " is refused: full"));
  EXPECT_TRUE(has(out_.text, R"("notified": {"accepted": 1, "known": 1, "refused": 1, )"
                             R"("unanswered": 0}})"));
}

TEST_F(NotifyTest, AGeneratorThatNobodyListensToMakesItsFiles) {
  weir({"generate", path("in"), "--files", "3", "--lines", "5", "--notify", socket()});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(talk_.text, "told of 3 files: 0 accepted, 0 known, 0 refused, 3 unanswered"));
  const std::string once = "takes no notice of ";
  EXPECT_EQ(talk_.text.find(once), talk_.text.rfind(once)) << talk_.text;
}

}  // namespace
}  // namespace weir::testing

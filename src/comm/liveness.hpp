// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "core/files.hpp"

namespace zerogap {

/// The outcome of asking a rank for its status.
enum class Liveness {
  answered,
  stuck,   ///< its host accepts the connection, its process does not answer
  gone,    ///< its host answers, its process no longer exists
  silent,  ///< no reply: its host or the network to it is down
};

/// One rank's reply to a request for its status.
struct Answer {
  int rank = 0;
  std::string host;
  Liveness liveness = Liveness::silent;
  std::string text;  ///< the status it reports
};

/// Lets ranks ask each other for their status while MPI hangs. Each listens on a TCP port of its own and
/// answers with a line of text. All calls but the constructor and wake() belong to one thread, which is not
/// the one that computes.
class PeerDirectory {
 public:
  /// Ranks exchange the addresses on which they listen; a rank that cannot listen is not asked. Collective.
  explicit PeerDirectory(Communicator& world);

  int rank() const { return rank_; }
  int size() const { return static_cast<int>(peers_.size()); }
  const std::string& host(int rank) const { return peers_[static_cast<std::size_t>(rank)].host; }

  /// Answers requests with what `text` returns, for the given time or until wake().
  void answer(std::chrono::milliseconds time, const std::function<std::string()>& text);
  /// Asks the other ranks (the first of each host, then the rest, up to 256) and answers requests meanwhile.
  /// Ranks that do not reply within `patience` are silent.
  std::vector<Answer> ask(std::chrono::milliseconds patience, const std::function<std::string()>& text);
  /// Ends the current and all future calls of answer(). May be called from any thread.
  void wake();

 private:
  struct Peer {
    std::string host;
    int port = 0;                        ///< 0 if it does not listen
    std::vector<std::string> addresses;  ///< numeric
  };
  /// A connection to one address of a peer.
  struct Call {
    std::size_t answer;
    FileHandle socket;
    bool connected = false;
  };

  void listen();
  std::vector<int> whom_to_ask() const;
  void call(const Peer& peer, std::size_t answer, std::vector<Call>& calls, Answer& result) const;
  void serve(const std::function<std::string()>& text) const;
  static void hear(Call& call, Answer& answer);

  int rank_ = 0;
  int port_ = 0;
  FileHandle listener_, wake_;
  std::vector<Peer> peers_;
};

}  // namespace zerogap

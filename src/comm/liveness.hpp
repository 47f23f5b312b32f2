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

/// What came back from a rank that was asked what it does.
enum class Liveness {
  answered,
  stuck,   ///< its host takes the call, its process does not
  gone,    ///< its host is there, its process is not
  silent,  ///< nothing came back: its host, or the network to it, is gone
};

/// What one rank answered when it was asked what it does.
struct Answer {
  int rank = 0;
  std::string host;
  Liveness liveness = Liveness::silent;
  std::string text;  ///< what it says
};

/// Lets ranks ask each other what they do while MPI hangs: each listens on a TCP port of its own and answers
/// with a line of text. All but the constructor is for one thread, beside the one that computes.
class PeerDirectory {
 public:
  /// Collective: ranks exchange where they listen. A rank that cannot listen is not asked.
  explicit PeerDirectory(Communicator& world);

  int rank() const { return rank_; }
  int size() const { return static_cast<int>(peers_.size()); }
  const std::string& host(int rank) const { return peers_[static_cast<std::size_t>(rank)].host; }

  /// Answers whoever asks with what `text` gives, for so long or until wake().
  void answer(std::chrono::milliseconds time, const std::function<std::string()>& text);
  /// Asks the other ranks (the first of each host, then the rest, up to 256) and answers them meanwhile.
  /// Ranks whose time is up are silent.
  std::vector<Answer> ask(std::chrono::milliseconds patience, const std::function<std::string()>& text);
  /// From another thread: ends answer(), now and in future.
  void wake();

 private:
  struct Peer {
    std::string host;
    int port = 0;                        ///< 0: it does not listen
    std::vector<std::string> addresses;  ///< numeric
  };
  /// The way to one address of a peer.
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

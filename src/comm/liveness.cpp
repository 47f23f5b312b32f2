// SPDX-License-Identifier: Apache-2.0
#include "comm/liveness.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <string_view>

#include "core/host_info.hpp"

namespace zerogap {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_asked = 256;
constexpr std::size_t longest_answer = 400;

int milliseconds_until(Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
  return static_cast<int>(std::max<decltype(left)>(0, left));
}

/// Numeric addresses under which other hosts may reach this one.
std::string own_addresses() {
  std::string text;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return text;
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_INET) continue;
    if ((at->ifa_flags & IFF_LOOPBACK) != 0 || (at->ifa_flags & IFF_UP) == 0) continue;
    char name[NI_MAXHOST];
    if (::getnameinfo(at->ifa_addr, sizeof(sockaddr_in), name, sizeof name, nullptr, 0, NI_NUMERICHOST) == 0)
      text += std::string(" ") + name;
  }
  ::freeifaddrs(list);
  return text;
}

sockaddr_in address_of(const std::string& text, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, text.c_str(), &address.sin_addr);
  return address;
}

/// Whether an errno of connect() means that the host is up but the process does not exist.
bool says_gone(int error_number) { return error_number == ECONNREFUSED || error_number == ECONNRESET; }

}  // namespace

PeerDirectory::PeerDirectory(Communicator& world)
    : rank_(world.rank()), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (world.size() > 1) listen();
  const std::string mine = host_name() + " " + std::to_string(port_) + own_addresses();
  for (const auto& line : world.all_gather_text(mine)) {
    std::istringstream words(line);
    Peer peer;
    words >> peer.host >> peer.port;
    for (std::string address; words >> address;) peer.addresses.push_back(address);
    peers_.push_back(std::move(peer));
  }
  const std::string here = host(rank_);
  for (auto& peer : peers_)
    if (peer.host == here) peer.addresses = {"127.0.0.1"};
}

void PeerDirectory::listen() {
  FileHandle socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_in any = address_of("0.0.0.0", 0);
  sockaddr_in bound{};
  socklen_t length = sizeof bound;
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0 ||
      ::listen(socket.get(), 128) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &length) != 0)
    return;
  listener_ = std::move(socket);
  port_ = ntohs(bound.sin_port);
}

void PeerDirectory::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_.get(), &one, sizeof one));
}

void PeerDirectory::serve(const std::function<std::string()>& text) const {
  const FileHandle guest(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!guest) return;
  const std::string line = text().substr(0, longest_answer) + "\n";
  static_cast<void>(!::send(guest.get(), line.data(), line.size(), MSG_NOSIGNAL));
}

void PeerDirectory::answer(std::chrono::milliseconds time, const std::function<std::string()>& text) {
  const auto end = Clock::now() + time;
  for (;;) {
    pollfd watched[2] = {{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    const int ready = ::poll(watched, listener_ ? 2 : 1, milliseconds_until(end));
    if (ready < 0 && errno != EINTR) return;
    if (watched[0].revents != 0) return;
    if (ready > 0 && (watched[1].revents & POLLIN) != 0) serve(text);
    if (Clock::now() >= end) return;
  }
}

std::vector<int> PeerDirectory::whom_to_ask() const {
  std::vector<int> first, rest;
  std::vector<std::string> hosts;
  for (int rank = 0; rank < size(); ++rank) {
    if (rank == rank_ || peers_[static_cast<std::size_t>(rank)].port == 0) continue;
    const bool known = std::find(hosts.begin(), hosts.end(), host(rank)) != hosts.end();
    (known ? rest : first).push_back(rank);
    if (!known) hosts.push_back(host(rank));
  }
  first.insert(first.end(), rest.begin(), rest.end());
  first.resize(std::min(first.size(), most_asked));
  return first;
}

void PeerDirectory::call(const Peer& peer, std::size_t answer, std::vector<Call>& calls,
                         Answer& result) const {
  for (const auto& text : peer.addresses) {
    FileHandle socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_in address = address_of(text, peer.port);
    if (!socket) continue;
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
        errno == EINPROGRESS) {
      calls.push_back({answer, std::move(socket)});
    } else if (says_gone(errno)) {
      result.liveness = Liveness::gone;
    }
  }
}

/// Handles an event on a connection to a peer: it was accepted or refused, or its text arrives.
void PeerDirectory::hear(Call& call, Answer& answer) {
  int failure = 0;
  socklen_t length = sizeof failure;
  ::getsockopt(call.socket.get(), SOL_SOCKET, SO_ERROR, &failure, &length);
  char words[longest_answer + 1];
  const ssize_t received = failure == 0 ? ::recv(call.socket.get(), words, sizeof words, 0) : -1;
  if (failure == 0 && received < 0 && (errno == EAGAIN || errno == EINTR)) {
    call.connected = true;
    if (answer.liveness == Liveness::silent) answer.liveness = Liveness::stuck;
    return;
  }
  if (received > 0) {
    answer.liveness = Liveness::answered;
    answer.text = std::string(words, static_cast<std::size_t>(received));
    if (answer.text.ends_with('\n')) answer.text.pop_back();
  } else if (answer.liveness != Liveness::answered && (failure == 0 || says_gone(failure))) {
    answer.liveness = Liveness::gone;
  }
  call.socket = FileHandle();
}

std::vector<Answer> PeerDirectory::ask(std::chrono::milliseconds patience,
                                       const std::function<std::string()>& text) {
  const auto end = Clock::now() + patience;
  std::vector<Answer> answers;
  std::vector<Call> calls;
  for (const int rank : whom_to_ask()) {
    answers.push_back({rank, host(rank), Liveness::silent, ""});
    call(peers_[static_cast<std::size_t>(rank)], answers.size() - 1, calls, answers.back());
  }
  for (;;) {
    std::erase_if(
        calls, [&](const Call& c) { return !c.socket || answers[c.answer].liveness == Liveness::answered; });
    std::vector<pollfd> watched;
    if (listener_) watched.push_back({listener_.get(), POLLIN, 0});
    for (const auto& c : calls)
      watched.push_back({c.socket.get(), static_cast<short>(c.connected ? POLLIN : POLLIN | POLLOUT), 0});
    if (calls.empty() || Clock::now() >= end) return answers;
    if (::poll(watched.data(), watched.size(), milliseconds_until(end)) < 0) continue;
    const std::size_t shift = listener_ ? 1 : 0;
    if (listener_ && (watched[0].revents & POLLIN) != 0) serve(text);
    for (std::size_t i = 0; i < calls.size(); ++i)
      if (watched[i + shift].revents != 0) hear(calls[i], answers[calls[i].answer]);
  }
}

}  // namespace zerogap

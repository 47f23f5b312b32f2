// SPDX-License-Identifier: Apache-2.0
#include "support/fake_device.hpp"

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "support/fake_stream.hpp"

namespace zerogap::test {

class Worker final : public FakeStream {
 public:
  Worker() : thread_([this] { work(); }) {}
  ~Worker() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    change_.notify_all();
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void push(std::function<void()> task) override {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    change_.notify_all();
  }
  bool idle() {
    const std::lock_guard lock(mutex_);
    return tasks_.empty();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    change_.wait(lock, [this] { return tasks_.empty(); });
  }
  /// What is put here from now on starts after all that `other` holds now.
  void follow(Worker& other) {
    auto event = std::make_shared<std::promise<void>>();
    other.push([event] { event->set_value(); });
    push([seen = event->get_future().share()] { seen.wait(); });
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      change_.wait(lock, [this] { return stop_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      const auto task = tasks_.front();
      lock.unlock();
      task();
      lock.lock();
      tasks_.pop_front();  // only now: a task that runs is not done
      change_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable change_;
  std::deque<std::function<void()>> tasks_;
  bool stop_ = false;
  std::thread thread_;
};

namespace {

class FakeQueue final : public Queue {
 public:
  explicit FakeQueue(Worker& main) : main_(main) {}
  void* stream() const override { return static_cast<FakeStream*>(own_.get()); }
  void follow() override { own_->follow(main_); }
  void join() override { main_.follow(*own_); }
  bool done() override { return own_->idle(); }

 private:
  Worker& main_;
  std::unique_ptr<Worker> own_ = std::make_unique<Worker>();
};

}  // namespace

FakeDevice::FakeDevice() : worker_(std::make_unique<Worker>()) {}
FakeDevice::~FakeDevice() = default;

void* FakeDevice::allocate(std::size_t bytes) { return std::malloc(bytes); }
void FakeDevice::release(void* at) noexcept {
  worker_->wait();
  std::free(at);
}
void* FakeDevice::allocate_host(std::size_t bytes) { return std::malloc(bytes); }
void FakeDevice::release_host(void* at) noexcept { std::free(at); }
void FakeDevice::upload(void* to, const void* from, std::size_t bytes) {
  const auto* first = static_cast<const std::byte*>(from);
  launch([to, copy = std::vector<std::byte>(first, first + bytes)] {
    std::memcpy(to, copy.data(), copy.size());
  });
}
void FakeDevice::download(void* to, const void* from, std::size_t bytes) {
  wait();
  std::memcpy(to, from, bytes);
}
void FakeDevice::clear(void* at, std::size_t bytes) {
  launch([at, bytes] { std::memset(at, 0, bytes); });
}
void FakeDevice::wait() { worker_->wait(); }
void* FakeDevice::stream() const { return static_cast<FakeStream*>(worker_.get()); }
bool FakeDevice::done() { return worker_->idle(); }
std::unique_ptr<Queue> FakeDevice::make_queue() { return std::make_unique<FakeQueue>(*worker_); }
void FakeDevice::launch(std::function<void()> task) { worker_->push(std::move(task)); }

}  // namespace zerogap::test

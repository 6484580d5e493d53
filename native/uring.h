// One io_uring by its system calls, so that no library has to be installed. Used by one thread.
#pragma once

#include <linux/io_uring.h>
#include <sys/uio.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

class Uring {
 public:
  Uring() = default;
  Uring(const Uring&) = delete;
  Uring& operator=(const Uring&) = delete;
  ~Uring();

  // Makes the ring on the thread that is going to use it. Returns 0 or an errno.
  int Open(unsigned entries);

  // Registers buffers for the fixed operations. Returns 0 or an errno.
  int RegisterBuffers(const iovec* buffers, unsigned count);

  // The next submission, cleared. The caller never holds more than `entries` at once.
  io_uring_sqe* Next();

  // Hands over what was prepared and waits until `wait_count` completions are there.
  void Submit(unsigned wait_count);

  // Takes the next completion, if there is one.
  bool Take(io_uring_cqe* completion);

 private:
  int Map(const io_uring_params& params);

  int fd_ = -1;
  void* rings_ = nullptr;
  size_t rings_bytes_ = 0;
  io_uring_sqe* sqes_ = nullptr;
  size_t sqes_bytes_ = 0;

  std::atomic<uint32_t>* sq_tail_ = nullptr;
  uint32_t sq_mask_ = 0;
  uint32_t prepared_ = 0;  // submissions since the last Submit
  uint32_t tail_ = 0;

  std::atomic<uint32_t>* cq_head_ = nullptr;
  std::atomic<uint32_t>* cq_tail_ = nullptr;
  uint32_t cq_mask_ = 0;
  io_uring_cqe* cqes_ = nullptr;
};

#include "uring.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));

std::atomic<uint32_t>* Word(void* rings, uint32_t offset) {
  // The kernel shares plain 32-bit words; atomic accesses give them the ordering they need.
  return reinterpret_cast<std::atomic<uint32_t>*>(static_cast<char*>(rings) + offset);
}

// Completions are run when this thread asks for them, where the kernel can: fewer interruptions.
constexpr uint32_t kSetupFlags[] = {
#if defined(IORING_SETUP_DEFER_TASKRUN) && defined(IORING_SETUP_SINGLE_ISSUER)
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
#endif
#if defined(IORING_SETUP_COOP_TASKRUN)
    IORING_SETUP_COOP_TASKRUN,
#endif
    0,
};

}  // namespace

Uring::~Uring() {
  if (sqes_ != nullptr) munmap(sqes_, sqes_bytes_);
  if (rings_ != nullptr) munmap(rings_, rings_bytes_);
  if (fd_ >= 0) close(fd_);
}

int Uring::Open(unsigned entries) {
  io_uring_params params{};
  for (const uint32_t flags : kSetupFlags) {
    params = {};
    params.flags = flags;
    fd_ = static_cast<int>(syscall(__NR_io_uring_setup, entries, &params));
    if (fd_ >= 0 || errno != EINVAL) break;
  }
  if (fd_ < 0) return errno;
  // Kernels before 5.7 lack one of: a single mapping, plain reads, poll-driven reads of an eventfd.
  constexpr uint32_t kNeeded = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_FAST_POLL;
  if ((params.features & kNeeded) != kNeeded) return ENOSYS;
  return Map(params);
}

int Uring::Map(const io_uring_params& params) {
  rings_bytes_ = std::max(params.sq_off.array + params.sq_entries * sizeof(uint32_t),
                          params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe));
  void* rings = mmap(nullptr, rings_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_,
                     IORING_OFF_SQ_RING);
  if (rings == MAP_FAILED) return errno;
  rings_ = rings;
  sqes_bytes_ = params.sq_entries * sizeof(io_uring_sqe);
  void* sqes = mmap(nullptr, sqes_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_,
                    IORING_OFF_SQES);
  if (sqes == MAP_FAILED) return errno;
  sqes_ = static_cast<io_uring_sqe*>(sqes);

  sq_tail_ = Word(rings_, params.sq_off.tail);
  sq_mask_ = *Word(rings_, params.sq_off.ring_mask);
  cq_head_ = Word(rings_, params.cq_off.head);
  cq_tail_ = Word(rings_, params.cq_off.tail);
  cq_mask_ = *Word(rings_, params.cq_off.ring_mask);
  cqes_ = reinterpret_cast<io_uring_cqe*>(static_cast<char*>(rings_) + params.cq_off.cqes);
  // Submission n always lies in slot n of the array.
  auto* array = reinterpret_cast<uint32_t*>(static_cast<char*>(rings_) + params.sq_off.array);
  for (uint32_t i = 0; i < params.sq_entries; ++i) array[i] = i;
  tail_ = sq_tail_->load(std::memory_order_relaxed);
  return 0;
}

int Uring::RegisterBuffers(const iovec* buffers, unsigned count) {
  const long result =
      syscall(__NR_io_uring_register, fd_, IORING_REGISTER_BUFFERS, buffers, count);
  return result < 0 ? errno : 0;
}

io_uring_sqe* Uring::Next() {
  io_uring_sqe* sqe = &sqes_[tail_ & sq_mask_];
  ++tail_;
  ++prepared_;
  std::memset(sqe, 0, sizeof *sqe);
  return sqe;
}

void Uring::Submit(unsigned wait_count) {
  sq_tail_->store(tail_, std::memory_order_release);
  while (prepared_ > 0 || wait_count > 0) {
    const unsigned flags = wait_count > 0 ? IORING_ENTER_GETEVENTS : 0;
    const long taken =
        syscall(__NR_io_uring_enter, fd_, prepared_, wait_count, flags, nullptr, 0);
    if (taken >= 0) {
      prepared_ -= static_cast<uint32_t>(taken);
      if (prepared_ == 0) return;
    } else if (errno != EINTR && errno != EAGAIN && errno != EBUSY) {
      // The ring is ours alone and its entries are well formed: anything else is our bug.
      std::perror("serverfree: io_uring_enter");
      std::abort();
    }
  }
}

bool Uring::Take(io_uring_cqe* completion) {
  const uint32_t head = cq_head_->load(std::memory_order_relaxed);
  if (head == cq_tail_->load(std::memory_order_acquire)) return false;
  *completion = cqes_[head & cq_mask_];
  cq_head_->store(head + 1, std::memory_order_release);
  return true;
}

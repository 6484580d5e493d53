#include "copy-thread.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>

#include "crc32c.h"

namespace {

constexpr size_t kBlock = 4096;
constexpr size_t kHugePage = 2 * 1024 * 1024;
constexpr uint64_t kProgressBytes = 8 * 1024 * 1024;
// A regular file does not say "again" for long; a device that does has failed.
constexpr int kRetryMax = 64;

enum : uint8_t { kSource = 1, kDestination = 2 };

}  // namespace

struct CopyThread::Chunk {
  uint64_t offset;  // from the move's start
  uint32_t byte_length;
  uint32_t crc32c;
  bool done;
};

struct CopyThread::Move {
  explicit Move(Submission s) : submission(std::move(s)) {}

  bool Exhausted() const { return error != 0 || range == submission.ranges.size(); }
  // Bytes before the first one that has not arrived.
  uint64_t BytesDone() {
    while (first_open < chunks.size() && chunks[first_open].done) ++first_open;
    if (first_open < chunks.size()) return chunks[first_open].offset;
    if (range == submission.ranges.size()) return submission.byte_length;
    return submission.ranges[range].offset + range_done;
  }
  uint32_t Checksum() const {
    uint32_t crc = 0;
    uint64_t at = 0;
    const auto zeros_to = [&](uint64_t to) {
      if (to > at) crc = CombineCrc32c(crc, ZerosCrc32c(to - at), to - at);
      at = to;
    };
    for (const Chunk& chunk : chunks) {
      zeros_to(chunk.offset);
      crc = CombineCrc32c(crc, chunk.crc32c, chunk.byte_length);
      at += chunk.byte_length;
    }
    zeros_to(submission.byte_length);
    return crc;
  }

  Submission submission;
  std::vector<Chunk> chunks;
  size_t range = 0;         // the range that is being cut into chunks,
  uint64_t range_done = 0;  // and how far
  size_t first_open = 0;    // chunks before this one are done
  unsigned in_flight = 0;
  uint64_t reported = 0;
  int error = 0;
  uint8_t error_end = 0;
  uint64_t error_offset = UINT64_MAX;
};

struct CopyThread::Slot {
  unsigned index;
  char* buffer;
  Move* move;
  size_t chunk;
  bool writing;
  size_t lead;    // source bytes before the chunk that are read because reads are aligned
  size_t wanted;  // bytes of this read or write, without what only fills the last block
  size_t rounded;
  size_t done;
  int retries;
};

struct CopyThread::Inbox {
  std::vector<Submission> submissions;
  std::vector<uint32_t> cancelled;
  bool stop = false;

  std::condition_variable opened;
  int open_result = -1;
};

size_t CopyThread::Alignment() {
  return std::max(kBlock, static_cast<size_t>(sysconf(_SC_PAGESIZE)));
}

CopyThread::CopyThread(unsigned depth, size_t buffer_bytes, std::function<void(Batch)> deliver)
    : depth_(depth),
      buffer_bytes_(buffer_bytes),
      deliver_(std::move(deliver)),
      inbox_(std::make_unique<Inbox>()) {}

CopyThread::~CopyThread() {
  if (wake_fd_ >= 0) close(wake_fd_);
}

int CopyThread::Start() {
  wake_fd_ = eventfd(0, EFD_CLOEXEC);
  if (wake_fd_ < 0) return errno;
  const int error = pthread_create(&thread_, nullptr, &CopyThread::Main, this);
  if (error != 0) return error;
  started_ = true;
  std::unique_lock<std::mutex> lock(mutex_);
  inbox_->opened.wait(lock, [this] { return inbox_->open_result >= 0; });
  const int result = inbox_->open_result;
  lock.unlock();
  if (result != 0) Join();
  return result;
}

void CopyThread::Submit(Submission submission) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    inbox_->submissions.push_back(std::move(submission));
  }
  Wake();
}

void CopyThread::Cancel(uint32_t id) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    inbox_->cancelled.push_back(id);
  }
  Wake();
}

void CopyThread::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    inbox_->stop = true;
  }
  Wake();
}

void CopyThread::Join() {
  if (started_) pthread_join(thread_, nullptr);
  started_ = false;
}

void CopyThread::Wake() {
  const uint64_t one = 1;
  // Fails only if the counter is full, and then the thread is awake anyway.
  while (write(wake_fd_, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void* CopyThread::Main(void* self) {
  auto* thread = static_cast<CopyThread*>(self);
  pthread_setname_np(pthread_self(), "serverfree-copy");
  const int result = thread->Open();
  {
    const std::lock_guard<std::mutex> lock(thread->mutex_);
    thread->inbox_->open_result = result;
    thread->inbox_->opened.notify_one();
  }
  if (result == 0) thread->Run();
  if (thread->pool_ != nullptr) munmap(thread->pool_, thread->pool_bytes_);
  return nullptr;
}

int CopyThread::Open() {
  // One submission for each buffer, and one for the wake-up.
  const int error = ring_.Open(depth_ + 1);
  if (error != 0) return error;
  // Whole huge pages keep the kernel's page lists and our address look-ups short.
  pool_bytes_ = (depth_ * buffer_bytes_ + kHugePage - 1) / kHugePage * kHugePage;
  void* pool = mmap(nullptr, pool_bytes_ + kHugePage, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pool == MAP_FAILED) return errno;
  const auto start = reinterpret_cast<uintptr_t>(pool);
  const uintptr_t aligned = (start + kHugePage - 1) / kHugePage * kHugePage;
  if (aligned > start) munmap(pool, aligned - start);
  const size_t behind = start + kHugePage - aligned;
  pool_ = reinterpret_cast<char*>(aligned);
  if (behind > 0) munmap(pool_ + pool_bytes_, behind);
  madvise(pool_, pool_bytes_, MADV_HUGEPAGE);

  std::vector<iovec> buffers;
  for (unsigned i = 0; i < depth_; ++i) {
    auto slot = std::make_unique<Slot>();
    slot->index = i;
    slot->buffer = pool_ + i * buffer_bytes_;
    buffers.push_back({slot->buffer, buffer_bytes_});
    slots_.push_back(std::move(slot));
  }
  // The first buffer that comes free is the last one used: it is the warmest in the cache.
  for (unsigned i = depth_; i > 0; --i) free_.push_back(slots_[i - 1].get());
  // The memlock limit may refuse them all: then some, then none.
  fixed_count_ = depth_;
  while (fixed_count_ > 0 && ring_.RegisterBuffers(buffers.data(), fixed_count_) != 0) {
    fixed_count_ /= 2;
  }
  return 0;
}

void CopyThread::Run() {
  ArmWake();
  for (;;) {
    Batch batch;
    TakeInbox();
    Issue();
    if (!unsummed_.empty()) {
      ring_.Submit(0);
      ComputeChecksums();
    }
    Settle(&batch);
    const bool ended = stopping_ && moves_.empty();
    if (ended) batch.push_back({Event::kStopped, 0, 0, 0, 0, 0});
    if (!batch.empty()) deliver_(std::move(batch));
    if (ended) return;
    ring_.Submit(1);
    Reap();
  }
}

void CopyThread::TakeInbox() {
  std::vector<Submission> submissions;
  std::vector<uint32_t> cancelled;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    submissions.swap(inbox_->submissions);
    cancelled.swap(inbox_->cancelled);
    stopping_ = inbox_->stop;
  }
  for (Submission& s : submissions) moves_.push_back(std::make_unique<Move>(std::move(s)));
  for (const auto& move : moves_) {
    const bool named = std::find(cancelled.begin(), cancelled.end(), move->submission.id) !=
                       cancelled.end();
    if ((stopping_ || named) && move->error == 0) move->error = ECANCELED;
  }
}

void CopyThread::ArmWake() {
  io_uring_sqe* sqe = ring_.Next();
  sqe->opcode = IORING_OP_READ;
  sqe->fd = wake_fd_;
  sqe->addr = reinterpret_cast<uintptr_t>(&wake_count_);
  sqe->len = sizeof wake_count_;
  sqe->user_data = 0;
}

CopyThread::Move* CopyThread::NextMove() {
  for (const auto& move : moves_) {
    if (!move->Exhausted()) return move.get();
  }
  return nullptr;
}

void CopyThread::Issue() {
  while (!free_.empty()) {
    Move* move = NextMove();
    if (move == nullptr) return;
    const DataRange& range = move->submission.ranges[move->range];
    const uint64_t offset = range.offset + move->range_done;
    const size_t lead = (move->submission.source_offset + offset) % Alignment();
    const size_t room = buffer_bytes_ - (lead > 0 ? Alignment() : 0);
    const auto byte_length = static_cast<uint32_t>(
        std::min<uint64_t>(room, range.byte_length - move->range_done));
    move->range_done += byte_length;
    if (move->range_done == range.byte_length) {
      ++move->range;
      move->range_done = 0;
    }
    move->chunks.push_back({offset, byte_length, 0, false});
    ++move->in_flight;

    Slot* slot = free_.back();
    free_.pop_back();
    slot->move = move;
    slot->chunk = move->chunks.size() - 1;
    slot->lead = lead;
    PrepareRead(slot);
  }
}

void CopyThread::PrepareRead(Slot* slot) {
  slot->wanted = slot->lead + slot->move->chunks[slot->chunk].byte_length;
  slot->rounded = (slot->wanted + Alignment() - 1) / Alignment() * Alignment();
  slot->writing = false;
  slot->done = 0;
  slot->retries = 0;
  Prepare(slot);
}

void CopyThread::PrepareWrite(Slot* slot) {
  slot->wanted = slot->move->chunks[slot->chunk].byte_length;
  slot->rounded = slot->wanted;
  slot->writing = true;
  slot->done = 0;
  slot->retries = 0;
  Prepare(slot);
}

// Asks for what is left of the slot's read or write.
void CopyThread::Prepare(Slot* slot) {
  const Submission& submission = slot->move->submission;
  const uint64_t offset = slot->move->chunks[slot->chunk].offset;
  const bool fixed = slot->index < fixed_count_;
  io_uring_sqe* sqe = ring_.Next();
  if (slot->writing) {
    sqe->opcode = fixed ? IORING_OP_WRITE_FIXED : IORING_OP_WRITE;
    sqe->fd = submission.destination_fd;
    sqe->off = submission.destination_offset + offset + slot->done;
  } else {
    sqe->opcode = fixed ? IORING_OP_READ_FIXED : IORING_OP_READ;
    sqe->fd = submission.source_fd;
    sqe->off = submission.source_offset + offset - slot->lead + slot->done;
  }
  sqe->addr = reinterpret_cast<uintptr_t>(slot->buffer + slot->done);
  sqe->len = static_cast<uint32_t>(slot->rounded - slot->done);
  sqe->buf_index = fixed ? static_cast<uint16_t>(slot->index) : 0;
  sqe->user_data = slot->index + 1;
}

void CopyThread::Reap() {
  io_uring_cqe completion;
  while (ring_.Take(&completion)) {
    if (completion.user_data == 0) {
      ArmWake();
    } else {
      Handle(slots_[completion.user_data - 1].get(), completion.res);
    }
  }
}

void CopyThread::Handle(Slot* slot, int32_t result) {
  if ((result == -EINTR || result == -EAGAIN) && ++slot->retries <= kRetryMax) {
    Prepare(slot);
  } else if (result < 0) {
    Fail(slot, -result, slot->writing ? kDestination : kSource);
  } else if (slot->done + result >= slot->wanted) {
    slot->writing ? WriteDone(slot) : ReadDone(slot);
  } else if (result == 0) {
    // A source that ends early has no data for us; a destination that takes nothing is broken.
    Fail(slot, slot->writing ? EIO : ENODATA, slot->writing ? kDestination : kSource);
  } else {
    // If the rest cannot be had from here because the file ends inside a block, the next read
    // says so: nothing, or EINVAL, which sends the range to a lower rung.
    slot->done += result;
    Prepare(slot);
  }
}

void CopyThread::ReadDone(Slot* slot) {
  if (slot->move->error != 0) return Release(slot);
  if (slot->lead > 0) {
    std::memmove(slot->buffer, slot->buffer + slot->lead, slot->wanted - slot->lead);
  }
  PrepareWrite(slot);
  if (slot->move->submission.checksum) unsummed_.push_back(slot);
}

// The write is on its way and only reads the buffer; nothing is reaped before this is done.
void CopyThread::ComputeChecksums() {
  for (Slot* slot : unsummed_) {
    Chunk& chunk = slot->move->chunks[slot->chunk];
    chunk.crc32c = Crc32c(slot->buffer, chunk.byte_length);
  }
  unsummed_.clear();
}

void CopyThread::WriteDone(Slot* slot) {
  slot->move->chunks[slot->chunk].done = true;
  Release(slot);
}

void CopyThread::Fail(Slot* slot, int error, uint8_t end) {
  Move* move = slot->move;
  const uint64_t offset = move->chunks[slot->chunk].offset;
  // Of several failures the first one in the file counts, whichever came first in time.
  if (move->error == 0 || (move->error_end != 0 && offset < move->error_offset)) {
    move->error = error;
    move->error_end = end;
    move->error_offset = offset;
  }
  Release(slot);
}

void CopyThread::Release(Slot* slot) {
  --slot->move->in_flight;
  slot->move = nullptr;
  free_.push_back(slot);
}

void CopyThread::Settle(Batch* batch) {
  for (auto& move : moves_) {
    const uint64_t bytes_done = move->BytesDone();
    const auto done = static_cast<uint32_t>(bytes_done);
    const uint32_t id = move->submission.id;
    if (move->in_flight == 0 && move->Exhausted()) {
      const bool whole = bytes_done == move->submission.byte_length;
      const uint32_t crc = whole && move->submission.checksum ? move->Checksum() : 0;
      const int error = whole ? 0 : move->error;
      batch->push_back({Event::kEnded, whole ? uint8_t{0} : move->error_end, id, done, error, crc});
      move.reset();
    } else if (move->submission.progress && bytes_done - move->reported >= kProgressBytes) {
      move->reported = bytes_done;
      batch->push_back({Event::kProgress, 0, id, done, 0, 0});
    }
  }
  moves_.erase(std::remove(moves_.begin(), moves_.end(), nullptr), moves_.end());
}

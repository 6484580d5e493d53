// Copies ranges of files past the page cache: one thread, one io_uring, one pool of buffers.
//
//   Submit, Cancel, Stop ──▶ inbox ──▶ moves (oldest first) ──▶ chunks ──▶ read ──▶ write
//        (any thread)                                                        │        │
//   deliver(batch) ◀── one completion for each move ◀── bytes in order ◀── CRC32C ◀───┘
//
// A chunk is what fits a buffer. While its write is under way its checksum is computed.
#pragma once

#include <pthread.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "uring.h"

// A range of the move that holds data, relative to the move's start. Between them are zeros.
struct DataRange {
  uint64_t offset;
  uint64_t byte_length;
};

struct Submission {
  uint32_t id;
  int source_fd;  // both opened with O_DIRECT
  uint64_t source_offset;
  int destination_fd;
  uint64_t destination_offset;  // a multiple of the alignment, as are the ranges
  uint64_t byte_length;
  std::vector<DataRange> ranges;  // ascending, not touching
  bool checksum;
  bool progress;
};

enum class Event : uint8_t { kProgress = 0, kEnded = 1, kStopped = 2 };

// `end` of a failed move: 1 source, 2 destination. `bytes_done` counts from the move's start.
struct Completion {
  Event event;
  uint8_t end;
  uint32_t id;
  uint32_t bytes_done;
  int32_t error;
  uint32_t crc32c;
};
using Batch = std::vector<Completion>;

class CopyThread {
 public:
  // `deliver` is called on the copy thread; the last batch ends with kStopped.
  CopyThread(unsigned depth, size_t buffer_bytes, std::function<void(Batch)> deliver);
  ~CopyThread();

  // Starts the thread and returns 0, or the errno that says why direct moves cannot be had.
  int Start();

  void Submit(Submission submission);
  // Stops the move soon; it completes with ECANCELED unless it was done before.
  void Cancel(uint32_t id);
  // Completes what is left with ECANCELED, then ends the thread.
  void Stop();
  void Join();

  // Offsets and lengths of destinations are multiples of this.
  static size_t Alignment();

 private:
  struct Chunk;
  struct Move;
  struct Slot;
  struct Inbox;

  static void* Main(void* self);
  int Open();
  void Run();
  void TakeInbox();
  void ArmWake();
  void Wake();
  void Issue();
  Move* NextMove();
  void PrepareRead(Slot* slot);
  void PrepareWrite(Slot* slot);
  void Prepare(Slot* slot);
  void Reap();
  void Handle(Slot* slot, int32_t result);
  void ReadDone(Slot* slot);
  void WriteDone(Slot* slot);
  void Fail(Slot* slot, int error, uint8_t end);
  void Release(Slot* slot);
  void ComputeChecksums();
  void Settle(Batch* batch);

  const unsigned depth_;
  const size_t buffer_bytes_;
  const std::function<void(Batch)> deliver_;

  pthread_t thread_{};
  bool started_ = false;

  std::mutex mutex_;
  std::unique_ptr<Inbox> inbox_;  // guarded by mutex_

  // What follows belongs to the copy thread.
  Uring ring_;
  int wake_fd_ = -1;
  uint64_t wake_count_ = 0;
  unsigned fixed_count_ = 0;  // slots before this one have registered buffers
  char* pool_ = nullptr;
  size_t pool_bytes_ = 0;
  bool stopping_ = false;
  std::deque<std::unique_ptr<Move>> moves_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> free_;
  std::vector<Slot*> unsummed_;  // read, being written, not yet in their move's checksum
};

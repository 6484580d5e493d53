// A plain copy with io_uring and O_DIRECT: what the direct rung is measured against.
//
//   g++ -O2 -std=c++17 bench/uring-copy.cc native/uring.cc -o uring-copy
//   uring-copy SOURCE DESTINATION [DEPTH=16] [BUFFER_KIB=1024]
//
// Preallocates the destination, keeps DEPTH reads or writes in flight in registered buffers, syncs,
// and prints one line of JSON. It computes no checksum, skips no holes and answers to nobody.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "../native/uring.h"

namespace {

constexpr size_t kBlock = 4096;

struct Slot {
  char* buffer;
  uint64_t offset;
  uint32_t byte_length;
  bool writing;
};

void Require(bool condition, const char* what) {
  if (condition) return;
  std::perror(what);
  std::exit(1);
}

double Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Copy {
 public:
  Copy(int source, int destination, uint64_t bytes, unsigned depth, size_t buffer_bytes)
      : source_(source), destination_(destination), bytes_(bytes), buffer_bytes_(buffer_bytes) {
    Require(ring_.Open(depth) == 0, "io_uring_setup");
    auto* pool = static_cast<char*>(aligned_alloc(2 << 20, depth * buffer_bytes));
    Require(pool != nullptr, "aligned_alloc");
    madvise(pool, depth * buffer_bytes, MADV_HUGEPAGE);
    std::vector<iovec> buffers;
    for (unsigned i = 0; i < depth; ++i) {
      slots_.push_back({pool + i * buffer_bytes, 0, 0, false});
      buffers.push_back({slots_.back().buffer, buffer_bytes});
    }
    fixed_ = ring_.RegisterBuffers(buffers.data(), depth) == 0;
  }

  void Run() {
    for (size_t i = 0; i < slots_.size(); ++i) Read(i);
    while (in_flight_ > 0) {
      ring_.Submit(1);
      io_uring_cqe done;
      while (ring_.Take(&done)) Handle(done);
    }
  }

 private:
  void Read(size_t i) {
    if (next_ >= bytes_) return;
    Slot& slot = slots_[i];
    slot.offset = next_;
    slot.byte_length = static_cast<uint32_t>(std::min<uint64_t>(buffer_bytes_, bytes_ - next_));
    slot.writing = false;
    next_ += slot.byte_length;
    Prepare(i);
  }

  void Prepare(size_t i) {
    const Slot& slot = slots_[i];
    io_uring_sqe* sqe = ring_.Next();
    sqe->opcode = slot.writing ? (fixed_ ? IORING_OP_WRITE_FIXED : IORING_OP_WRITE)
                               : (fixed_ ? IORING_OP_READ_FIXED : IORING_OP_READ);
    sqe->fd = slot.writing ? destination_ : source_;
    sqe->off = slot.offset;
    sqe->addr = reinterpret_cast<uintptr_t>(slot.buffer);
    // The last block is written whole; the file is cut to its size afterwards.
    sqe->len = static_cast<uint32_t>((slot.byte_length + kBlock - 1) / kBlock * kBlock);
    sqe->buf_index = fixed_ ? static_cast<uint16_t>(i) : 0;
    sqe->user_data = i;
    ++in_flight_;
  }

  void Handle(const io_uring_cqe& done) {
    --in_flight_;
    Slot& slot = slots_[done.user_data];
    errno = done.res < 0 ? -done.res : EIO;
    Require(done.res >= static_cast<int32_t>(slot.byte_length), slot.writing ? "write" : "read");
    if (slot.writing) return Read(done.user_data);
    slot.writing = true;
    Prepare(done.user_data);
  }

  Uring ring_;
  const int source_;
  const int destination_;
  const uint64_t bytes_;
  const size_t buffer_bytes_;
  bool fixed_ = false;
  std::vector<Slot> slots_;
  uint64_t next_ = 0;
  unsigned in_flight_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s SOURCE DESTINATION [DEPTH] [BUFFER_KIB]\n", argv[0]);
    return 2;
  }
  const unsigned depth = argc > 3 ? static_cast<unsigned>(std::atoi(argv[3])) : 16;
  const size_t buffer_bytes = (argc > 4 ? static_cast<size_t>(std::atoi(argv[4])) : 1024) * 1024;
  const double started = Now();
  const int source = open(argv[1], O_RDONLY | O_DIRECT);
  Require(source >= 0, argv[1]);
  const int destination = open(argv[2], O_RDWR | O_CREAT | O_DIRECT, 0644);
  Require(destination >= 0, argv[2]);
  struct stat status;
  Require(fstat(source, &status) == 0, "stat");
  const auto bytes = static_cast<uint64_t>(status.st_size);
  Require(fallocate(destination, 0, 0, status.st_size) == 0, "fallocate");
  Copy(source, destination, bytes, depth, buffer_bytes).Run();
  Require(ftruncate(destination, status.st_size) == 0, "ftruncate");
  Require(fdatasync(destination) == 0, "fdatasync");
  std::printf("{\"seconds\":%.4f,\"bytes\":%llu,\"cpuSeconds\":%.4f}\n", Now() - started,
              static_cast<unsigned long long>(bytes), CpuSeconds());
  return 0;
}

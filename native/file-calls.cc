#include "file-calls.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace {

// A system call on the thread pool. The promise resolves with its result, negative for an errno,
// or with the list of numbers that it made.
class Call : public Napi::AsyncWorker {
 public:
  using Work = std::function<int64_t(std::vector<double>* list)>;

  // `held` is kept alive until the work is done.
  static Napi::Value Queue(Napi::Env env, Work work, Napi::Object held = {}) {
    auto* call = new Call(env, std::move(work));  // deletes itself when it is done
    if (!held.IsEmpty()) call->held_ = Napi::Persistent(held);
    call->AsyncWorker::Queue();
    return call->deferred_.Promise();
  }

 private:
  Call(Napi::Env env, Work work)
      : Napi::AsyncWorker(env, "serverfree file call"),
        deferred_(Napi::Promise::Deferred::New(env)),
        work_(std::move(work)) {}

  void Execute() override { result_ = work_(&list_); }

  void OnOK() override {
    if (list_.empty()) return deferred_.Resolve(Napi::Number::New(Env(), result_));
    auto list = Napi::Float64Array::New(Env(), list_.size());
    std::copy(list_.begin(), list_.end(), list.Data());
    deferred_.Resolve(list);
  }

  Napi::Promise::Deferred deferred_;
  Work work_;
  Napi::ObjectReference held_;
  std::vector<double> list_;
  int64_t result_ = 0;
};

int Fd(const Napi::CallbackInfo& info, size_t i) { return info[i].As<Napi::Number>().Int32Value(); }

int64_t Bytes(const Napi::CallbackInfo& info, size_t i) {
  return info[i].As<Napi::Number>().Int64Value();
}

int64_t OrErrno(int64_t result) { return result < 0 ? -errno : result; }

int64_t Fallocate(int fd, int mode, int64_t offset, int64_t byte_length) {
  int result;
  do {
    result = fallocate(fd, mode, offset, byte_length);
  } while (result < 0 && errno == EINTR);
  return OrErrno(result);
}

// allocate(fd, offset, byteLength)
Napi::Value Allocate(const Napi::CallbackInfo& info) {
  return Call::Queue(info.Env(), [fd = Fd(info, 0), offset = Bytes(info, 1),
                                  byte_length = Bytes(info, 2)](auto*) {
    return Fallocate(fd, 0, offset, byte_length);
  });
}

// punch(fd, offset, byteLength)
Napi::Value Punch(const Napi::CallbackInfo& info) {
  return Call::Queue(info.Env(), [fd = Fd(info, 0), offset = Bytes(info, 1),
                                  byte_length = Bytes(info, 2)](auto*) {
    return Fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, byte_length);
  });
}

// cloneRange(sourceFd, sourceOffset, destinationFd, destinationOffset, byteLength)
Napi::Value CloneRange(const Napi::CallbackInfo& info) {
  file_clone_range range{};
  range.src_fd = Fd(info, 0);
  range.src_offset = static_cast<uint64_t>(Bytes(info, 1));
  range.dest_offset = static_cast<uint64_t>(Bytes(info, 3));
  range.src_length = static_cast<uint64_t>(Bytes(info, 4));
  return Call::Queue(info.Env(), [fd = Fd(info, 2), range](auto*) {
    return OrErrno(ioctl(fd, FICLONERANGE, &range));
  });
}

// copyRange(sourceFd, sourceOffset, destinationFd, destinationOffset, byteLength): bytes copied
Napi::Value CopyRange(const Napi::CallbackInfo& info) {
  return Call::Queue(
      info.Env(), [source = Fd(info, 0), from = Bytes(info, 1), destination = Fd(info, 2),
                   to = Bytes(info, 3), byte_length = Bytes(info, 4)](auto*) {
        loff_t source_offset = from;
        loff_t destination_offset = to;
        ssize_t copied;
        do {
          copied = copy_file_range(source, &source_offset, destination, &destination_offset,
                                   static_cast<size_t>(byte_length), 0);
        } while (copied < 0 && errno == EINTR);
        return OrErrno(copied);
      });
}

// dataRanges(fd, offset, end, countMax): offset, length, … of the allocated data in [offset, end),
// 0 if there is none.
Napi::Value DataRanges(const Napi::CallbackInfo& info) {
  return Call::Queue(
      info.Env(), [fd = Fd(info, 0), offset = Bytes(info, 1), end = Bytes(info, 2),
                   count_max = static_cast<size_t>(Bytes(info, 3))](std::vector<double>* list) {
        int64_t at = offset;
        while (at < end && list->size() < 2 * count_max) {
          const int64_t data = lseek(fd, at, SEEK_DATA);
          if (data < 0 && errno == ENXIO) break;
          if (data < 0) return OrErrno(data);
          if (data >= end) break;
          const int64_t hole = lseek(fd, data, SEEK_HOLE);
          if (hole < 0) return OrErrno(hole);
          at = std::min(hole, end);
          list->push_back(static_cast<double>(data));
          list->push_back(static_cast<double>(at - data));
        }
        return int64_t{0};
      });
}

// readCached(fd, bytes, offset): bytes read now, on this thread, because they are in the page
// cache, or a negative errno (-EAGAIN if they are not).
Napi::Value ReadCached(const Napi::CallbackInfo& info) {
  auto bytes = info[1].As<Napi::Uint8Array>();
  const iovec part = {bytes.Data(), bytes.ByteLength()};
  const int64_t count = OrErrno(preadv2(Fd(info, 0), &part, 1, Bytes(info, 2), RWF_NOWAIT));
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

// Many gathered writes: those of write i are the next part_counts[i] parts.
struct Writes {
  std::vector<iovec> parts;
  std::vector<uint32_t> part_counts;
  std::vector<int64_t> offsets;

  // For each write the bytes written, or a negative errno.
  void Run(int fd, std::vector<double>* results) const {
    size_t at = 0;
    for (size_t i = 0; i < offsets.size(); at += part_counts[i], ++i) {
      ssize_t count;
      do {
        count = pwritev(fd, &parts[at], static_cast<int>(part_counts[i]), offsets[i]);
      } while (count < 0 && errno == EINTR);
      results->push_back(static_cast<double>(OrErrno(count)));
    }
  }
};

// writeBatch(fd, parts[], partCounts, offsets): see Writes::Run
Napi::Value WriteBatch(const Napi::CallbackInfo& info) {
  const auto parts = info[1].As<Napi::Array>();
  const auto part_counts = info[2].As<Napi::Uint32Array>();
  const auto offsets = info[3].As<Napi::Float64Array>();
  Writes writes;
  writes.parts.reserve(parts.Length());
  for (uint32_t i = 0; i < parts.Length(); ++i) {
    auto part = parts.Get(i).As<Napi::Uint8Array>();
    writes.parts.push_back({part.Data(), part.ByteLength()});
  }
  writes.part_counts.assign(part_counts.Data(), part_counts.Data() + part_counts.ElementLength());
  writes.offsets.assign(offsets.Data(), offsets.Data() + offsets.ElementLength());
  auto work = [fd = Fd(info, 0), writes = std::move(writes)](std::vector<double>* list) {
    writes.Run(fd, list);
    return int64_t{0};
  };
  return Call::Queue(info.Env(), std::move(work), parts);
}

// lock(fd, exclusive): 0, or a negative errno (-EAGAIN if another holds it). Never waits.
Napi::Value Lock(const Napi::CallbackInfo& info) {
  struct flock lock {};
  lock.l_type = info[1].As<Napi::Boolean>().Value() ? F_WRLCK : F_RDLCK;
  lock.l_whence = SEEK_SET;  // the whole file, however long it grows
  return Napi::Number::New(info.Env(), OrErrno(fcntl(Fd(info, 0), F_OFD_SETLK, &lock)));
}

// blockSize(fd): bytes in a block of the file system, or a negative errno
Napi::Value BlockSize(const Napi::CallbackInfo& info) {
  struct statfs status {};
  const int64_t result = OrErrno(fstatfs(Fd(info, 0), &status));
  return Napi::Number::New(info.Env(), result < 0 ? result : status.f_bsize);
}

}  // namespace

void ExportFileCalls(Napi::Env env, Napi::Object exports) {
  exports.Set("allocate", Napi::Function::New<Allocate>(env, "allocate"));
  exports.Set("punch", Napi::Function::New<Punch>(env, "punch"));
  exports.Set("cloneRange", Napi::Function::New<CloneRange>(env, "cloneRange"));
  exports.Set("copyRange", Napi::Function::New<CopyRange>(env, "copyRange"));
  exports.Set("dataRanges", Napi::Function::New<DataRanges>(env, "dataRanges"));
  exports.Set("readCached", Napi::Function::New<ReadCached>(env, "readCached"));
  exports.Set("writeBatch", Napi::Function::New<WriteBatch>(env, "writeBatch"));
  exports.Set("lock", Napi::Function::New<Lock>(env, "lock"));
  exports.Set("blockSize", Napi::Function::New<BlockSize>(env, "blockSize"));
}

#include "ring.h"

#include <cstring>
#include <memory>
#include <utility>

#include "copy-thread.h"

namespace {

constexpr size_t kColumns = 6;

class Ring : public Napi::ObjectWrap<Ring> {
 public:
  // new Ring(depth, bufferBytes, onBatch); throws an Error whose `errno` says why it cannot be had.
  explicit Ring(const Napi::CallbackInfo& info);

  void Submit(const Napi::CallbackInfo& info);
  void Cancel(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

 private:
  static void Deliver(Napi::Env env, Napi::Function on_batch, Ring* ring, Batch* raw);
  using Callback = Napi::TypedThreadSafeFunction<Ring, Batch, &Ring::Deliver>;

  static void StopNow(Ring* ring);
  void Ended(Napi::Env env, const Batch& batch);

  std::unique_ptr<CopyThread> thread_;
  Callback callback_;
  Napi::Env::CleanupHook<void (*)(Ring*), Ring> hook_;
  size_t in_flight_ = 0;
  bool closed_ = false;
};

Ring::Ring(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Ring>(info) {
  Napi::Env env = info.Env();
  const uint32_t depth = info[0].As<Napi::Number>().Uint32Value();
  const uint32_t buffer_bytes = info[1].As<Napi::Number>().Uint32Value();
  callback_ = Callback::New(env, info[2].As<Napi::Function>(), "serverfree ring", 0, 1, this);
  callback_.Unref(env);  // an idle ring keeps no process alive
  Callback callback = callback_;
  thread_ = std::make_unique<CopyThread>(depth, buffer_bytes, [callback](Batch batch) {
    auto raw = std::make_unique<Batch>(std::move(batch));
    if (callback.BlockingCall(raw.get()) == napi_ok) raw.release();
  });
  const int error = thread_->Start();
  if (error != 0) {
    callback_.Release();
    Napi::Error failure = Napi::Error::New(env, std::strerror(error));
    failure.Set("errno", Napi::Number::New(env, error));
    failure.ThrowAsJavaScriptException();
    return;
  }
  Ref();  // the thread points at us until it has stopped
  hook_ = env.AddCleanupHook(&Ring::StopNow, this);
}

// submit(id, sourceFd, sourceOffset, destinationFd, destinationOffset, byteLength, ranges, flags):
// ranges is a Float64Array of offset, length, …; flag 1 asks for a checksum, flag 2 for progress.
void Ring::Submit(const Napi::CallbackInfo& info) {
  if (closed_) {
    Napi::Error::New(info.Env(), "Cannot submit: the ring is closed").ThrowAsJavaScriptException();
    return;
  }
  const auto number = [&info](size_t i) { return info[i].As<Napi::Number>(); };
  Submission s;
  s.id = number(0).Uint32Value();
  s.source_fd = number(1).Int32Value();
  s.source_offset = static_cast<uint64_t>(number(2).Int64Value());
  s.destination_fd = number(3).Int32Value();
  s.destination_offset = static_cast<uint64_t>(number(4).Int64Value());
  s.byte_length = static_cast<uint64_t>(number(5).Int64Value());
  const auto ranges = info[6].As<Napi::Float64Array>();
  s.ranges.reserve(ranges.ElementLength() / 2);
  for (size_t i = 0; i + 1 < ranges.ElementLength(); i += 2) {
    s.ranges.push_back({static_cast<uint64_t>(ranges[i]), static_cast<uint64_t>(ranges[i + 1])});
  }
  const uint32_t flags = number(7).Uint32Value();
  s.checksum = (flags & 1) != 0;
  s.progress = (flags & 2) != 0;
  if (in_flight_++ == 0) callback_.Ref(info.Env());
  thread_->Submit(std::move(s));
}

void Ring::Cancel(const Napi::CallbackInfo& info) {
  if (!closed_) thread_->Cancel(info[0].As<Napi::Number>().Uint32Value());
}

void Ring::Close(const Napi::CallbackInfo& info) {
  if (closed_) return;
  closed_ = true;
  callback_.Ref(info.Env());  // until the thread has said that it stopped
  thread_->Stop();
}

// Runs on the JavaScript thread, once for each batch.
void Ring::Deliver(Napi::Env env, Napi::Function on_batch, Ring* ring, Batch* raw) {
  const std::unique_ptr<Batch> batch(raw);  // freed on every path
  if (env == nullptr) return;               // environment torn down: nobody is waiting
  const Napi::HandleScope scope(env);
  auto flat = Napi::Int32Array::New(env, batch->size() * kColumns);
  size_t i = 0;
  for (const Completion& c : *batch) {
    flat[i++] = static_cast<int32_t>(c.event);
    flat[i++] = static_cast<int32_t>(c.id);
    flat[i++] = static_cast<int32_t>(c.bytes_done);
    flat[i++] = c.error;
    flat[i++] = c.end;
    flat[i++] = static_cast<int32_t>(c.crc32c);
  }
  ring->Ended(env, *batch);
  on_batch.Call({flat});
}

void Ring::Ended(Napi::Env env, const Batch& batch) {
  bool stopped = false;
  for (const Completion& c : batch) {
    if (c.event == Event::kEnded && --in_flight_ == 0) callback_.Unref(env);
    stopped = stopped || c.event == Event::kStopped;
  }
  if (!stopped) return;
  thread_->Join();
  hook_.Remove(env);
  callback_.Release();
  Unref();
}

// The environment is torn down with the ring open: nothing may be in flight afterwards.
void Ring::StopNow(Ring* ring) {
  ring->thread_->Stop();
  ring->thread_->Join();
  ring->callback_.Release();
}

}  // namespace

Napi::Function DefineRing(Napi::Env env) {
  return Ring::DefineClass(env, "Ring",
                           {
                               Ring::InstanceMethod<&Ring::Submit>("submit"),
                               Ring::InstanceMethod<&Ring::Cancel>("cancel"),
                               Ring::InstanceMethod<&Ring::Close>("close"),
                           });
}

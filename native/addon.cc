// What src/io/addon.ts loads: the ring, the file calls and a fast CRC32C.
#include <napi.h>

#include "copy-thread.h"
#include "crc32c.h"
#include "file-calls.h"
#include "ring.h"

namespace {

// Changes with anything that script sees, so that an addon of an older build is not mistaken for
// ours (src/io/addon.ts compares it).
constexpr int kInterface = 2;

// crc32c(bytes, crc)
Napi::Value Checksum(const Napi::CallbackInfo& info) {
  const auto bytes = info[0].As<Napi::Uint8Array>();
  const uint32_t crc = info[1].As<Napi::Number>().Uint32Value();
  return Napi::Number::New(info.Env(), Crc32c(bytes.Data(), bytes.ByteLength(), crc));
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("interface", Napi::Number::New(env, kInterface));
  exports.Set("Ring", DefineRing(env));
  exports.Set("directAlignment",
              Napi::Number::New(env, static_cast<double>(CopyThread::Alignment())));
  exports.Set("crc32c", Napi::Function::New<Checksum>(env, "crc32c"));
  ExportFileCalls(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Init)

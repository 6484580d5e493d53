// System calls on files that Node does not offer. Each takes file descriptors that its caller
// keeps open until it is done.
#pragma once

#include <napi.h>

// Adds allocate, punch, cloneRange, copyRange, dataRanges, readCached, writeBatch, lock and
// blockSize to the exports.
void ExportFileCalls(Napi::Env env, Napi::Object exports);

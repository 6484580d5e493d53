// The script's side of the copy thread: submit, cancel, close.
#pragma once

#include <napi.h>

// Makes the class `Ring`. Its state lives in the environment, for worker threads load us too.
Napi::Function DefineRing(Napi::Env env);

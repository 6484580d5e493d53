{
  'targets': [{
    'target_name': 'serverfree',
    'sources': [
      'native/addon.cc',
      'native/copy-thread.cc',
      'native/crc32c.cc',
      'native/file-calls.cc',
      'native/ring.cc',
      'native/uring.cc',
    ],
    'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
    'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS'],
    'cflags': ['-Wall', '-Wextra', '-Werror', '-O2', '-fvisibility=hidden'],
    'cflags_cc': ['-fno-exceptions'],
  }],
}

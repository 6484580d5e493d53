// CRC32C (polynomial 1EDC6F41h, reflected), as src/bytes/crc32c.ts has it.
#pragma once

#include <cstddef>
#include <cstdint>

// Continues `crc` (0 to begin) over the bytes.
uint32_t Crc32c(const void* bytes, size_t byte_length, uint32_t crc = 0);

// CRC of a then b, from the two CRCs and the length of b in bytes.
uint32_t CombineCrc32c(uint32_t crc_a, uint32_t crc_b, uint64_t byte_length_b);

// CRC of `byte_length` zero bytes.
uint32_t ZerosCrc32c(uint64_t byte_length);

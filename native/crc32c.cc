#include "crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;

// A register is a polynomial over GF(2) modulo the CRC's; bit 31 is the coefficient of x^0.
constexpr uint32_t kOne = 0x80000000;

constexpr uint32_t Multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = kOne; bit != 0; bit >>= 1) {
    if (a & bit) product ^= b;
    b = b & 1 ? (b >> 1) ^ kPolynomial : b >> 1;
  }
  return product;
}

// x^(8 * 2^k): what 2^k zero bytes multiply a register by.
constexpr std::array<uint32_t, 64> MakePowers() {
  std::array<uint32_t, 64> powers{};
  powers[0] = kOne >> 8;
  for (size_t k = 1; k < powers.size(); ++k) powers[k] = Multiply(powers[k - 1], powers[k - 1]);
  return powers;
}
constexpr std::array<uint32_t, 64> kPowers = MakePowers();

constexpr uint32_t ShiftOperator(uint64_t byte_length) {
  uint32_t product = kOne;
  for (size_t k = 0; byte_length != 0; ++k, byte_length >>= 1) {
    if (byte_length & 1) product = Multiply(product, kPowers[k]);
  }
  return product;
}

using Table = std::array<uint32_t, 256>;

// Eight tables, so that one step takes in eight bytes.
constexpr std::array<Table, 8> MakeTables() {
  std::array<Table, 8> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >> 1) ^ kPolynomial : crc >> 1;
    tables[0][byte] = crc;
  }
  for (size_t slice = 1; slice < 8; ++slice) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t crc = tables[slice - 1][byte];
      tables[slice][byte] = (crc >> 8) ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}
constexpr std::array<Table, 8> kTables = MakeTables();

uint32_t ByTable(const uint8_t* at, size_t left, uint32_t crc) {
  for (; left >= 8; at += 8, left -= 8) {
    const uint32_t low =
        crc ^ (at[0] | at[1] << 8 | at[2] << 16 | static_cast<uint32_t>(at[3]) << 24);
    crc = kTables[7][low & 0xff] ^ kTables[6][low >> 8 & 0xff] ^ kTables[5][low >> 16 & 0xff] ^
          kTables[4][low >> 24] ^ kTables[3][at[4]] ^ kTables[2][at[5]] ^ kTables[1][at[6]] ^
          kTables[0][at[7]];
  }
  for (; left > 0; ++at, --left) crc = kTables[0][(crc ^ *at) & 0xff] ^ (crc >> 8);
  return crc;
}

#if defined(__x86_64__)

// The crc32 instruction takes three cycles but one can start each cycle: three lanes keep it busy.
constexpr size_t kLane = 4096;
constexpr size_t kLine = 64;

// Tables that shift a register by one lane: four look-ups instead of a multiplication.
constexpr std::array<Table, 4> MakeLaneShift() {
  std::array<Table, 4> tables{};
  const uint32_t shift = ShiftOperator(kLane);
  for (uint32_t part = 0; part < 4; ++part) {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      tables[part][byte] = Multiply(shift, byte << (8 * part));
    }
  }
  return tables;
}
constexpr std::array<Table, 4> kLaneShift = MakeLaneShift();

uint64_t ShiftLane(uint64_t crc) {
  return kLaneShift[0][crc & 0xff] ^ kLaneShift[1][crc >> 8 & 0xff] ^
         kLaneShift[2][crc >> 16 & 0xff] ^ kLaneShift[3][crc >> 24 & 0xff];
}

uint64_t Load(const uint8_t* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

__attribute__((target("sse4.2"))) uint32_t ByInstruction(const uint8_t* at, size_t left,
                                                         uint32_t seed) {
  uint64_t a = seed;
  while (left >= 3 * kLane) {
    uint64_t b = 0;
    uint64_t c = 0;
    for (size_t line = 0; line < kLane; line += kLine) {
      // Hardware prefetch stops at each page's end; buffers straight from a disk are in no cache.
      _mm_prefetch(reinterpret_cast<const char*>(at + line + 3 * kLane), _MM_HINT_T0);
      _mm_prefetch(reinterpret_cast<const char*>(at + line + 4 * kLane), _MM_HINT_T0);
      _mm_prefetch(reinterpret_cast<const char*>(at + line + 5 * kLane), _MM_HINT_T0);
      for (size_t i = line; i < line + kLine; i += 8) {
        a = _mm_crc32_u64(a, Load(at + i));
        b = _mm_crc32_u64(b, Load(at + i + kLane));
        c = _mm_crc32_u64(c, Load(at + i + 2 * kLane));
      }
    }
    a = ShiftLane(ShiftLane(a) ^ b) ^ c;
    at += 3 * kLane;
    left -= 3 * kLane;
  }
  for (; left >= 8; at += 8, left -= 8) a = _mm_crc32_u64(a, Load(at));
  auto crc = static_cast<uint32_t>(a);
  for (; left > 0; ++at, --left) crc = _mm_crc32_u8(crc, *at);
  return crc;
}

#endif

}  // namespace

uint32_t Crc32c(const void* bytes, size_t byte_length, uint32_t crc) {
  const auto* at = static_cast<const uint8_t*>(bytes);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ~ByInstruction(at, byte_length, ~crc);
#endif
  return ~ByTable(at, byte_length, ~crc);
}

uint32_t CombineCrc32c(uint32_t crc_a, uint32_t crc_b, uint64_t byte_length_b) {
  return Multiply(ShiftOperator(byte_length_b), crc_a) ^ crc_b;
}

uint32_t ZerosCrc32c(uint64_t byte_length) {
  return ~Multiply(ShiftOperator(byte_length), ~0u);
}

/** Serial numbers of 32 bits, which go on from FFFFFFFFh to 0. Source: RFC 1982, RFC 7143 4.2.2. */

export const plus = (serial: number, count: number): number => (serial + count) >>> 0;

/** How far `later` is ahead of `earlier`; negative if it is behind. */
export const distance = (earlier: number, later: number): number => (later - earlier) | 0;

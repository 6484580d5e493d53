/** Compares arrays that are too large for a test to show their difference. */
export const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

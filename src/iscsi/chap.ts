/** CHAP: proving that one knows a secret without sending it. Source: RFC 7143 12.1, RFC 1994. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Numbers of algorithms as IANA has them (PPP Authentication Algorithms), best known first. */
const ALGORITHMS: ReadonlyMap<number, string> =
  new Map([[5, 'md5'], [6, 'sha1'], [7, 'sha256'], [8, 'sha3-256']]);

/** Longest binary value. Source: RFC 7143 12.1.3. */
const BINARY_BYTES_MAX = 1024;

export interface Credentials {
  readonly user: string;
  readonly secret: string;
}

/**
 * Refuses a secret that proves both ends: who is asked could then reflect the question.
 *
 * Throws: Error without the secret. Source: RFC 7143 9.2.1.
 */
export function refuseEqualSecrets(theirs: readonly Credentials[], own: Credentials): void {
  const twin = theirs.find(({ secret }) => secret === own.secret);
  if (twin === undefined) return;
  throw new Error(`Cannot authenticate both ends: ${twin.user} and ${own.user} have the same `
    + 'secret; give each its own');
}

export const CHAP_ALGORITHMS: readonly number[] = [...ALGORITHMS.keys()];

export const digestBytes = (algorithm: number): number => hash(algorithm, []).length;

/** The first algorithm of a comma separated list that we know. */
export function chooseAlgorithm(list: string): number | undefined {
  const known = list.split(',').find((one) => /^\d{1,3}$/.test(one) && ALGORITHMS.has(Number(one)));
  return known === undefined ? undefined : Number(known);
}

/** The answer to a challenge. Source: RFC 1994 4.1. */
export const chapResponse = (
  algorithm: number, identifier: number, secret: string, challenge: Uint8Array): Uint8Array =>
  hash(algorithm, [Uint8Array.of(identifier), new TextEncoder().encode(secret), challenge]);

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b);

function hash(algorithm: number, parts: readonly Uint8Array[]): Uint8Array {
  const name = ALGORITHMS.get(algorithm);
  if (name === undefined) throw new RangeError(`Cannot hash: no CHAP algorithm ${algorithm}`);
  const sum = createHash(name);
  for (const part of parts) sum.update(part);
  return sum.digest();
}

/** Binary text as it is sent; hexadecimal, since libiscsi reads nothing else. */
export const binaryText = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;

/** CHAP_I: one byte in decimal; undefined if it is anything else. */
export const readIdentifier = (text: string): number | undefined =>
  (/^\d{1,3}$/.test(text) && Number(text) <= 255 ? Number(text) : undefined);

/** Bytes of hexadecimal (0x) or base64 (0b) text; undefined if it is neither or too long. */
export function readBinary(text: string): Uint8Array | undefined {
  const digits = text.slice(2);
  if (/^0x[0-9a-f]+$/i.test(text)) {
    if (digits.length > 2 * BINARY_BYTES_MAX) return undefined;
    return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  }
  if (!/^0b[A-Za-z0-9+/]+={0,2}$/i.test(text)) return undefined;
  const bytes = Buffer.from(digits, 'base64');
  return bytes.length > BINARY_BYTES_MAX || bytes.length === 0 ? undefined : bytes;
}

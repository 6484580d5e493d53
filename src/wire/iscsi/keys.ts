/** Text of logins and text requests: `key=value` pairs, each ended by a NUL. */
import { concat } from '../../bytes/concat.ts';
import { Malformed } from '../../codec/finding.ts';

export type KeyValue = readonly [key: string, value: string];

/** Longest value: a binary one of 1024 bytes as hexadecimal text, with its prefix. */
export const VALUE_BYTES_MAX = 2 + 2 * 1024;

/** Most pairs that one text may hold. */
export const PAIR_COUNT_MAX = 128;

/**
 * Departs from RFC 7143 6.1, by which a key begins with a capital letter: iSCSIProtocolLevel,
 * which FreeBSD sends, and iSERHelloRequired have an i before it.
 */
const KEY = /^(?=.{1,63}$)i?[A-Z][A-Za-z0-9.\-+@_]*$/;
const SOURCE = 'RFC 7143 6.1';

/**
 * Reads all pairs. Empty stretches between NULs are passed over, as real targets do.
 *
 * Throws: Malformed for text that does not end with NUL, a pair without `=`, a key or a value
 * that is not in the form that RFC 7143 6.1 asks for, or more than PAIR_COUNT_MAX pairs.
 */
export function decodeKeys(bytes: Uint8Array): KeyValue[] {
  const pairs: KeyValue[] = [];
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    if (end < 0) throw malformed(bytes.length, 'the last pair has no NUL behind it');
    if (end > at) {
      if (pairs.length === PAIR_COUNT_MAX) throw malformed(at, `more than ${PAIR_COUNT_MAX} pairs`);
      pairs.push(splitPair(decoder.decode(bytes.subarray(at, end)), at));
    }
    at = end + 1;
  }
  return pairs;
}

function splitPair(text: string, at: number): KeyValue {
  const equals = text.indexOf('=');
  if (equals < 0) throw malformed(at, 'a pair has no equals sign');
  const key = text.slice(0, equals);
  const value = text.slice(equals + 1);
  if (!KEY.test(key)) throw malformed(at, 'a key is not in the form of one');
  if (value.length > VALUE_BYTES_MAX) {
    throw malformed(at + equals + 1, `the value of ${key} is longer than ${VALUE_BYTES_MAX} bytes`);
  }
  return [key, value];
}

const malformed = (at: number, message: string): Malformed =>
  new Malformed('iSCSI text', { at, severity: 'error', rule: 'text', message, source: SOURCE });

export const encodeKeys = (pairs: readonly KeyValue[]): Uint8Array => {
  const encoder = new TextEncoder();
  return concat(pairs.map(([key, value]) => encoder.encode(`${key}=${value}\0`)));
};

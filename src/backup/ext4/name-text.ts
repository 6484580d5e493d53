/**
 * Names as text, without loss: ext4 names are bytes, mostly but not always UTF-8.
 *
 * A byte that is no UTF-8 becomes a character from U+EF80 to U+EFFF, the part of the private use
 * area that MirBSD's OPTU encodings use for the same; a name that has such characters itself has
 * their bytes treated alike, so that two names never become one text.
 */

const ESCAPED = /[\uef80-\uefff]/u;
const ESCAPES = /[\uef80-\uefff]+|[^\uef80-\uefff]+/gu;
const ESCAPE_BASE = 0xef00;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of a name. */
export function decodeName(bytes: Uint8Array): string {
  const text = tryDecode(bytes);
  if (text !== undefined) return text;
  let mixed = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at]!);
    const character = tryDecode(bytes.subarray(at, at + length));
    mixed += character ?? String.fromCharCode(ESCAPE_BASE + bytes[at]!);
    at += character === undefined ? 1 : length;
  }
  return mixed;
}

/** The bytes of a name: the inverse of `decodeName`. */
export function encodeName(text: string): Uint8Array {
  if (!ESCAPED.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const [part] of text.matchAll(ESCAPES)) {
    if (ESCAPED.test(part)) for (const c of part) bytes.push(c.charCodeAt(0) - ESCAPE_BASE);
    else bytes.push(...encoder.encode(part));
  }
  return Uint8Array.from(bytes);
}

function tryDecode(bytes: Uint8Array): string | undefined {
  try {
    const text = strict.decode(bytes);
    return ESCAPED.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

const sequenceLength = (first: number): number =>
  first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

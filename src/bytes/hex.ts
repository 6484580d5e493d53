/** Hexadecimal text for people. */

/** `hex(0x1f)` is `1Fh`, `hex(5, 4)` is `0005h`: the notation of the SCSI standards. */
export const hex = (value: number | bigint, digits = 2): string =>
  `${value.toString(16).toUpperCase().padStart(digits, '0')}h`;

const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).toUpperCase().padStart(2, '0'));

/** Two digits a byte, separated by spaces. */
export function hexBytes(bytes: Uint8Array): string {
  let text = bytes.length === 0 ? '' : DIGITS[bytes[0]!]!;
  for (let i = 1; i < bytes.length; i += 1) text += ` ${DIGITS[bytes[i]!]!}`;
  return text;
}

/** Two digits a byte, with nothing between them. */
export function hexDigits(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 1) text += DIGITS[bytes[i]!]!;
  return text;
}

/**
 * Reads pairs of hexadecimal digits; white space between pairs is passed over.
 *
 * Throws: RangeError that names the character's offset.
 */
export function parseHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >>> 1);
  let count = 0;
  const digits = /\s*([0-9a-fA-F]{2})/y;
  const end = text.trimEnd().length;
  while (digits.lastIndex < end) {
    const from = digits.lastIndex;
    const match = digits.exec(text);
    if (match === null) throw new RangeError(`Cannot read hex: no byte at character ${from}`);
    bytes[count] = Number.parseInt(match[1]!, 16);
    count += 1;
  }
  return bytes.slice(0, count);
}

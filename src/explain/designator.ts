/** Designators in the forms in which systems show them. Source: SPC-4 7.8.6. */
import type { Part } from './format.ts';
import { textLines } from './text-lines.ts';

const CODE_SET_BINARY = 1;

const hexDigits = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** NAA formats by their first four bits. Source: SPC-4 7.8.6.6. */
const NAA: Readonly<Record<number, string>> = {
  2: 'IEEE Extended', 3: 'locally assigned', 5: 'IEEE Registered', 6: 'IEEE Registered Extended',
};

/** `naa.6001405…`, `eui.…`, text; undefined where only the bytes can be shown. */
export function designatorText(
  type: number, codeSet: number, bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  if (type === 3) {
    const kind = NAA[bytes[0]! >>> 4];
    return `naa.${hexDigits(bytes)}${kind === undefined ? '' : ` (${kind})`}`;
  }
  if (type === 2) return `eui.${hexDigits(bytes)}`;
  if (codeSet === CODE_SET_BINARY) return undefined;
  const text = textLines(bytes)[0]!;
  return type === 1 ? `t10.${text}` : text;
}

/** The designator at `at` as a part of what holds it. */
export function designatorPart(
  type: number, codeSet: number, bytes: Uint8Array, at: number, end: number): Part[] {
  const text = designatorText(type, codeSet, bytes.subarray(at, end));
  return text === undefined ? [] : [{
    key: 'designatorText', name: 'designator', at, end, content: { lines: [text] }, isView: true }];
}

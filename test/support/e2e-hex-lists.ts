/**
 * Parameter lists from descriptors in hexadecimal: only the lengths in the header are counted here.
 * Descriptors name devices as `{A}`; see `Lists`.
 */
import { hexOf } from './e2e-client.ts';

interface ListText {
  /** LIST IDENTIFIER: 2 digits, or 8 of a list with LID4. */
  readonly id: string;
  /** Byte 1: STR, LIST ID USAGE, PRIORITY. */
  readonly usage?: string;
  /** Byte 15 with LID4: G_SENSE, IMMED. */
  readonly flags?: string;
  readonly cscds: readonly string[];
  readonly segments: readonly string[];
  readonly inline?: string;
}

const withoutRemarks = (text: string): string => text.replaceAll(/;.*$/gm, '');
const bytesOf = (text: string): number =>
  withoutRemarks(text).replaceAll(/\{\w\}/g, '00'.repeat(20)).replaceAll(/\s/g, '').length / 2;

/** Its header has 16 bytes. Source: SPC-4 6.4.2. */
export function lid1({ id, usage = '00', cscds, segments, inline = '' }: ListText): string {
  const [descriptors, steps] = [cscds.join('\n'), segments.join('\n')];
  return `${id} ${usage} ${hexOf(bytesOf(descriptors), 2)} 00000000 ${hexOf(bytesOf(steps), 4)}
    ${hexOf(bytesOf(inline), 4)}
    ${descriptors}
    ${steps}
    ${inline}`;
}

/** Its header has 48 bytes; the first CSCD descriptor is number 1. Source: SPC-4 6.4.3. */
export function lid4(
  { id, usage = '00', flags = '00', cscds, segments, inline = '' }: ListText): string {
  const [descriptors, steps] = [cscds.join('\n'), segments.join('\n')];
  return `01 ${usage} 0020 0000000000000000000000 ${flags}
    FF 000000 ${id} ${'00'.repeat(18)}
    ${[descriptors, steps, inline].map((text) => hexOf(bytesOf(text), 2)).join(' ')}
    ${descriptors}
    ${steps}
    ${inline}`;
}

const disk = (name: string, blockLength: string) => (flags = '00'): string =>
  `E4 00 0000 01 03 00 08 {${name}} ${flags} ${blockLength}`;
const tape = (name: string) => (flags = '00', blockLength = '000000'): string =>
  `E4 01 0000 01 03 00 08 {${name}} ${flags} ${blockLength}`;

/** CSCD descriptors; byte 28 is 04h with PAD, and 01h with FIXED of a tape. */
export const CSCD = {
  A: disk('A', '000200'), B: disk('B', '000200'), C: disk('C', '001000'), R: disk('R', '000200'),
  T: tape('T'), U: tape('U'), E: tape('E'),
} as const;

/** A ROD of a type; `rest` are its bytes 12 to 27: lifetimes, R_TOKEN, DEL_TKN, token's offset. */
export const rod = (
  type: string, rest = '00000000 00000000 0000 00 00 00000000', producer = 'FFFF'): string =>
  `FE 00 0000 ${producer} 0000 ${type} ${rest} 00 000200`;

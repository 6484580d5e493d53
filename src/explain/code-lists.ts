/** Lists of codes, shown once more by name. */
import { hex } from '../bytes/hex.ts';
import * as cdbs from '../wire/copy/cdbs.ts';
import { cscdTypeName } from '../wire/copy/cscd.ts';
import { segmentTypeName } from '../wire/copy/segments.ts';
import type { Part } from './format.ts';

/** Types of CSCD descriptors begin here. Source: SPC-4 6.4.5.1, table of type codes. */
export const CSCD_TYPE_MIN = 0xe0;

/** Both kinds of descriptors share one list of codes. */
export const descriptorTypeName = (code: number): string =>
  (code >= CSCD_TYPE_MIN ? cscdTypeName(code) : segmentTypeName(code));

/** A service action of 83h or 84h: `10h (POPULATE TOKEN)`. */
export function serviceActionName(opcode: number, code: number): string {
  const cdb = Object.values(cdbs).find(({ fields }) =>
    fields.opcode.check(opcode) === undefined && fields.serviceAction.check(code) === undefined);
  return cdb === undefined ? hex(code) : `${hex(code)} (${cdb.name.replace(/ CDB$/, '')})`;
}

/** CSCD descriptor IDs that name no descriptor of the list. Source: SPC-4 6.4.6.1. */
const CSCD_IDS: Readonly<Record<number, string>> = {
  0xc000: 'null copy source or destination, block', 0xc001: 'null copy destination, stream',
  0xf800: 'ROD by its token', 0xffff: "the copy manager's own logical unit",
};
export function cscdIdName(id: number): string {
  const name = CSCD_IDS[id];
  return name === undefined ? hex(id, 4) : `${hex(id, 4)} (${name})`;
}

/** A line for each code in the bytes from `at` on. */
export function codesPart(
  name: string, codes: Iterable<number>, at: number, end: number,
  nameOf: (code: number) => string): Part[] {
  const lines = Array.from(codes, nameOf);
  return lines.length === 0 ? []
    : [{ key: 'codes', name, at, end, content: { lines }, isView: true }];
}

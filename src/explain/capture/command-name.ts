/** Which CDB some bytes are. */
import { hex } from '../../bytes/hex.ts';
import { CDB_FORMATS } from '../cdb-formats.ts';
import type { Format } from '../format.ts';

/** Names that one type of device alone has, by operation code and the byte behind it. */
const names = new Map<number, string>();

/** The formats that fit a CDB best: types of devices share operation codes. */
function formatsOfCdb(cdb: Uint8Array): Format[] {
  const found = CDB_FORMATS.filter((one) => one.recognise(cdb));
  if (found.length < 2) return found;
  const weighed = found.map((format) =>
    ({ format, weight: format.layout.lint(cdb, 0, format.layout.size).length }));
  const least = Math.min(...weighed.map(({ weight }) => weight));
  return weighed.filter(({ weight }) => weight === least).map(({ format }) => format);
}

/** The format of a CDB; of two that share a code, the one that fits better. */
export const formatOfCdb = (cdb: Uint8Array): Format | undefined => formatsOfCdb(cdb)[0];

/** `READ(10)`, `PRE-FETCH(10) or READ POSITION`, or the operation code if none is declared. */
export function nameOfCdb(cdb: Uint8Array): string {
  const key = (cdb[0]! << 8) | (cdb[1] ?? 0);
  const known = names.get(key);
  if (known !== undefined) return known;
  const titles = new Set(formatsOfCdb(cdb).map(({ title }) => title.replace(/ CDB$/, '')));
  const name = [...titles].join(' or ') || `operation code ${hex(cdb[0]!)}`;
  if (CDB_FORMATS.filter((one) => one.recognise(cdb)).length < 2) names.set(key, name);
  return name;
}

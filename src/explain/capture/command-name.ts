/** Which CDB some bytes are. */
import { hex } from '../../bytes/hex.ts';
import { CDB_FORMATS } from '../cdb-formats.ts';
import type { Format } from '../format.ts';

/** Names found before, by operation code and service action: captures repeat them. */
const names = new Map<number, string>();

/** The format of a CDB; of two that share a code, the one that fits better. */
export function formatOfCdb(cdb: Uint8Array): Format | undefined {
  const weight = ({ layout }: Format): number => layout.lint(cdb, 0, layout.size).length;
  return CDB_FORMATS.filter((one) => one.recognise(cdb))
    .toSorted((a, b) => weight(a) - weight(b))[0];
}

/** `READ(10)`, or the operation code if it is not one that is declared. */
export function nameOfCdb(cdb: Uint8Array): string {
  const key = (cdb[0]! << 8) | (cdb[1] ?? 0);
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = formatOfCdb(cdb)?.title.replace(/ CDB$/, '') ?? `operation code ${hex(cdb[0]!)}`;
  names.set(key, name);
  return name;
}

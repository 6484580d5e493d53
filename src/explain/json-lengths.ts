/** Lengths that follow from what they count, so that JSON need not say them. */
import { type AnyField, bitsOf } from './json-names.ts';

/** Sizes that lengths can count, in bytes. */
export interface Sizes {
  /** The whole structure with all that lies behind its own fields. */
  readonly whole: number;
  /** What lies in a field or behind all of them, by key. */
  readonly parts: ReadonlyMap<string, number>;
}

/** Lengths whose name does not say what they count. */
const COUNTED: Readonly<Record<string, { readonly key: string; readonly unit: number }>> = {
  totalAhsLength: { key: 'additionalHeaders', unit: 4 },
  dataSegmentLength: { key: 'data', unit: 1 },
};

/** Lengths of all that follows them in the structure. Names are the standard's. */
const OF_THE_REST = new RegExp('^(?:AVAILABLE DATA'
  + '|(?:THIRD-PARTY COPY |ADDITIONAL |ADDITIONAL SENSE )?(?:DESCRIPTOR )?LENGTH'
  + '|PAGE LENGTH|MODE DATA LENGTH|PARAMETER DATA LENGTH|COMMAND DATA LENGTH|UNMAP DATA LENGTH'
  + '|LUN LIST LENGTH|AVAILABLE DENSITY SUPPORT LENGTH|DESIGNATOR LENGTH|PARAMETER LENGTH'
  + '|AVAILABLE .* LENGTH|.* TOKENS? (?:DESCRIPTORS? )?LENGTH|ATTRIBUTE LENGTH|SENSELENGTH'
  + '|COMMANDS SUPPORTED LIST LENGTH|SUPPORTED (?:.* )?LIST LENGTH)$', 'i');

/**
 * The value of a length, or undefined if it counts nothing that is known here: first a part of the
 * like name (`segmentListLength` counts `segments`), then all that follows.
 */
export function lengthOf(key: string, field: AnyField, sizes: Sizes): number | undefined {
  const special = COUNTED[key];
  if (special !== undefined) return (sizes.parts.get(special.key) ?? 0) / special.unit;
  for (const name of counted(key)) {
    const size = sizes.parts.get(name);
    if (size !== undefined) return size;
  }
  const isRest = OF_THE_REST.test(field.name) && field.byteLength !== undefined
    && bitsOf(field) >= 8;
  return isRest ? sizes.whole - field.at - field.byteLength! : undefined;
}

/** Keys of what a length may count: `cscdListLength` → `cscdList`, `cscd`, `cscds`. */
function counted(key: string): string[] {
  if (!/(?:Length|Bytes)$/.test(key)) return [];
  const whole = key.replace(/(?:Length|Bytes)$/, '');
  const stem = whole.replace(/List$/, '');
  return [whole, stem, `${stem}s`, `${stem}Data`];
}

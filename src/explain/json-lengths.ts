/** Lengths that follow from what they count, so that JSON need not say them. */
import { type AnyField, bitsOf } from './json-names.ts';

/** Sizes that lengths can count, in bytes. */
export interface Sizes {
  /** The whole structure with all that lies behind its own fields. */
  readonly whole: number;
  /** What lies in a field or behind all of them, by key. */
  readonly parts: ReadonlyMap<string, number>;
}

/** Lengths whose key does not say what they count, by the standard's names. */
const COUNTED: Readonly<Record<string, { readonly key: string; readonly unit: number }>> = {
  'TotalAHSLength': { key: 'additionalHeaders', unit: 4 },
  'DataSegmentLength': { key: 'data', unit: 1 },
  'LUN LIST LENGTH': { key: 'luns', unit: 1 },
};

/** Of each of several descriptors, which may differ from what their list has. */
const OF_EACH = /^ELEMENT DESCRIPTOR LENGTH$/;
/** Lengths of all that follows them in the structure, whatever its parts are called. */
const OF_THE_WHOLE = new RegExp('^(?:AVAILABLE DATA|ADDITIONAL (?:SENSE |DESCRIPTOR )?LENGTH'
  + '|(?:THIRD-PARTY COPY )?DESCRIPTOR LENGTH|PAGE LENGTH|MODE DATA LENGTH'
  + '|(?:PARAMETER|COMMAND|UNMAP) DATA LENGTH|AVAILABLE DENSITY SUPPORT LENGTH)$');
/** The same, unless a part of the like name is there to be counted. */
const OF_THE_REST = new RegExp('^(?:LENGTH|DESIGNATOR LENGTH|PARAMETER LENGTH|ATTRIBUTE LENGTH'
  + '|SenseLength|COMMANDS SUPPORTED LIST LENGTH|SUPPORTED (?:.* )?LIST LENGTH'
  + '|.* TOKENS? (?:DESCRIPTORS? )?LENGTH)$');

/**
 * The value of a length, or undefined if it counts nothing that is known here: a part of the like
 * name (`segmentListLength` counts `segments`), or all that follows.
 */
export function lengthOf(key: string, field: AnyField, sizes: Sizes): number | undefined {
  if (field.byteLength === undefined || bitsOf(field) < 8) return undefined;
  const { name } = field;
  if (OF_EACH.test(name)) return undefined;
  const rest = sizes.whole - field.at - field.byteLength;
  if (OF_THE_WHOLE.test(name)) return rest;
  const special = COUNTED[name];
  const size = special === undefined
    ? counted(key).map((one) => sizes.parts.get(one)).find((one) => one !== undefined)
    : (sizes.parts.get(special.key) ?? 0) / special.unit;
  return size ?? (OF_THE_REST.test(name) ? rest : undefined);
}

/** Keys of what a length may count: `cscdListLength` → `cscdList`, `cscd`, `cscds`. */
function counted(key: string): string[] {
  if (!/(?:Length|Bytes)$/.test(key)) return [];
  const whole = key.replace(/(?:Length|Bytes)$/, '');
  const stem = whole.replace(/List$/, '');
  return [whole, stem, `${stem}s`, `${stem}Data`];
}

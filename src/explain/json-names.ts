/** Names that people write in JSON: of fields, values, types of descriptors, formats. */
import type { Field } from '../codec/field.ts';
import type { AnyLayout, Fields } from '../codec/layout.ts';
import type { ListRules } from '../codec/list.ts';
import { CSCD_TYPES } from '../wire/copy/cscd.ts';
import { SEGMENT_TYPES } from '../wire/copy/segments.ts';
import type { Format } from './format.ts';
import { FORMATS, formatById } from './registry.ts';

export type AnyField = Field<unknown>;

/** Letters and digits in lower case: `DESCRIPTOR TYPE CODE` and `descriptorTypeCode` are one. */
export const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** The fields of a layout by their keys. */
export const fieldsOf = (layout: AnyLayout): Readonly<Record<string, AnyField>> =>
  layout.fields as Fields; // AnyLayout hides them

const namesOfFormat = new WeakMap<Format, ReadonlyMap<string, string>>();

/** The key of a field or part, however it is written; undefined if there is none such. */
export function keyOf(format: Format, written: string): string | undefined {
  let names = namesOfFormat.get(format);
  if (names === undefined) {
    const byName = Object.entries(fieldsOf(format.layout)).map(([key, { name }]) =>
      [plain(name), key] as const);
    const keys = [...Object.keys(fieldsOf(format.layout)), ...format.behind];
    // A key is never taken for another field's name.
    names = new Map([...byName, ...keys.map((key) => [plain(key), key] as const)]);
    namesOfFormat.set(format, names);
  }
  // `source` is short for `sourceCscd`.
  return names.get(plain(written)) ?? names.get(`${plain(written)}cscd`);
}

/** Numbers with names of their own where a CSCD is meant. Source: SPC-4 6.4.6.1. */
const SPECIAL_CSCDS: ReadonlyMap<string, number> = new Map([
  ['nullblock', 0xc000], ['nullstream', 0xc001], ['rodproducer', 0xf800], ['thisunit', 0xffff],
]);

export const isCscdId = ({ name }: AnyField): boolean => /CSCD DESCRIPTOR ID$/i.test(name);

/** The ID of a CSCD that has no descriptor. */
export const specialCscd = (name: string): number | undefined => SPECIAL_CSCDS.get(plain(name));

const MEANING = /^[0-9A-F]+h(?: [^()]*)? \((.*)\)$/s;
/** Fields with more values are not searched. */
const NAMED_BITS_MAX = 16;

/** Bits of a field of numbers. */
export const bitsOf = ({ byteLength, mask }: AnyField): number =>
  (mask === 0xff ? 8 * (byteLength ?? 0) : (mask >>> (31 - Math.clz32(mask & -mask))).toString(2)
    .length);

/** The value that `explain` shows with this meaning; undefined if no value has it. */
export function valueNamed(field: AnyField, written: string): number | undefined {
  const wanted = plain(written);
  const count = bitsOf(field) > NAMED_BITS_MAX ? 0 : 2 ** bitsOf(field);
  for (let value = 0; value < count; value += 1) {
    const meaning = MEANING.exec(field.show(value))?.[1];
    if (meaning !== undefined && plain(meaning) === wanted) return value;
  }
  return undefined;
}

/** The list that a part of a format is; undefined if it is none. */
export function listOf(format: Format, key: string): ListRules | undefined {
  // Longer than any header, and with lengths of zero: lists are then named, and empty.
  const bytes = new Uint8Array(format.layout.size + 1);
  const part = format.parts(bytes, 0, bytes.length).find((one) => one.key === key);
  return typeof part?.content === 'object' && 'list' in part.content ? part.content.list
    : undefined;
}

/** Words that names of descriptors end with, and that people leave out. */
const ENDINGS = /(?:descriptor|segment|cscd)+$/;

const isNamed = (written: string, names: readonly (string | undefined)[]): boolean => {
  const wanted = plain(written);
  return names.some((name) => name !== undefined
    && (plain(name) === wanted || plain(name).replace(ENDINGS, '') === wanted));
};

/** The type code that a list has under a name. */
export function typeNamed(rules: ListRules, written: string): number | undefined {
  for (let type = 0; type <= 0xff; type += 1) {
    const layout = rules.layoutOf(type);
    if (layout === undefined) continue;
    const id = FORMATS.find((one) => one.layout === layout)?.id.split('/')[1];
    const isShared = type > 0 && rules.layoutOf(type - 1) === layout;
    const own = isShared ? [] : [layout.name, id];
    if (isNamed(written, [...own, CSCD_TYPES[type], SEGMENT_TYPES[type]])) return type;
  }
  return undefined;
}

/** A format by its id, the id's last part, or its title. */
export function formatNamed(written: string): Format | undefined {
  const exact = formatById(written);
  if (exact !== undefined) return exact;
  const found = FORMATS.filter(({ id, title }) => isNamed(written, [id, id.split('/')[1], title]));
  return found.length === 1 ? found[0] : undefined;
}

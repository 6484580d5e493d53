/** Every format of third-party copy as a table, from its declaration. */
import type { Field } from '../../src/codec/field.ts';
import type { AnyLayout, Fields } from '../../src/codec/layout.ts';
import type { Levels } from '../../src/codec/levels.ts';
import type { Format } from '../../src/explain/format.ts';
import { table } from './markdown.ts';

type AnyField = Field<unknown>;

/** Values shown one by one; more of them would say less than the field's name. */
const VALUE_COUNT_MAX = 40;

/** `SPC-4 on`, `SPC-2 to SPC-4`; nothing for what every version has. */
export function rangeOf({ since, until }: Levels): string {
  if (since === undefined && until === undefined) return '';
  return until === undefined ? `SPC-${since} on` : `SPC-${since ?? 2} to SPC-${until}`;
}

/** The same, and what the thing was called before. */
export function versionsOf(levels: Levels): string {
  const names = (levels.formerly ?? []).map(([last, name]) => `${name} up to SPC-${last}`);
  return [rangeOf(levels), ...names].filter((text) => text !== '').join('; ');
}

function bytesOf({ at, byteLength }: AnyField): string {
  if (byteLength === undefined) return `${at} …`;
  return byteLength === 1 ? String(at) : `${at} to ${at + byteLength - 1}`;
}

/** The bits of a field that is smaller than its byte. */
function bitsOf({ mask, bit }: AnyField): string {
  if (bit === undefined) return '';
  const low = 31 - Math.clz32(mask & -mask);
  return low === bit ? String(bit) : `${bit} to ${low}`;
}

/** What its values mean, as far as they are few and the declaration says so. */
function valuesOf(field: AnyField): string {
  if (field.layoutOf !== undefined) return 'by PERIPHERAL DEVICE TYPE';
  const { byteLength, bit } = field;
  if (typeof read(field, [0, 0, 0, 0, 0, 0, 0, 0]) === 'boolean') {
    const meaning = /\((.*)\)$/.exec(field.show(true))?.[1];
    return meaning === undefined ? '' : `1: ${meaning}`;
  }
  if (typeof read(field, [0, 0, 0, 0, 0, 0, 0, 0]) !== 'number') return '';
  const unit = /^\d+ (.+)$/.exec(field.show(1))?.[1];
  if (byteLength === undefined || byteLength > 2) return unit ?? '';
  const max = 2 ** (bit === undefined ? 8 * byteLength : bitCount(field.mask));
  const meant: string[] = [];
  const allowed: string[] = [];
  for (let value = 0; value < max; value += 1) {
    const shown = field.show(value);
    if (/\(.*\)$/.test(shown)) meant.push(shown.replace(/^(\S+).*?\((.*)\)$/, '$1: $2'));
    if (field.check(value)?.severity !== 'error' && allowed.length <= VALUE_COUNT_MAX) {
      allowed.push(shown);
    }
  }
  if (meant.length > 0 && meant.length <= VALUE_COUNT_MAX) return meant.join('; ');
  if (allowed.length === 1) return `must be ${allowed[0]!.split(' ')[0]!}`; // without its unit
  if (allowed.length <= 4 && allowed.length < max) return allowed.join(' or ');
  return unit ?? '';
}

const read = (field: AnyField, bytes: readonly number[]): unknown =>
  field.read(Uint8Array.from({ length: field.at + (field.byteLength ?? 8) }, () => bytes[0]!),
    0, field.at + (field.byteLength ?? 8));

const bitCount = (mask: number): number => mask.toString(2).replaceAll('0', '').length;

const fieldsOf = (layout: AnyLayout): AnyField[] =>
  Object.values(layout.fields as Fields); // AnyLayout hides what its fields are

/** Heading, clause and table of one format. */
export function formatPart({ id, title, layout }: Format): string[] {
  const fields = fieldsOf(layout).sort((a, b) => a.at - b.at || (b.bit ?? 7) - (a.bit ?? 7));
  const open = fields.some(({ byteLength }) => byteLength === undefined) ? ' or more' : '';
  const versions = versionsOf(layout.levels);
  return [
    `### ${title.charAt(0).toUpperCase()}${title.slice(1)}`,
    `\`${id}\`, ${layout.size} bytes${open}, ${layout.source}`
      + `${versions === '' ? '' : `, ${versions}`}. Bytes and bits without a row are reserved.`,
    table(['byte', 'bit', 'field', 'values', 'versions'], fields.map((field) =>
      [bytesOf(field), bitsOf(field), field.name, valuesOf(field), versionsOf(field)])),
  ];
}

/** Values of every registered format as JSON, both ways. The form is that of `spec-vectors/`. */
import { hexBytes } from '../bytes/hex.ts';
import type { Json } from '../codec/field.ts';
import type { AnyLayout, Fields } from '../codec/layout.ts';
import { type ListRules, walk } from '../codec/list.ts';
import type { Format, Part } from './format.ts';
import { type FromJson, structureFromJson } from './from-json.ts';
import type { JsonObject } from './json-error.ts';
import { formatById, formatOf } from './registry.ts';
import { type Section, sectionOf } from './section.ts';
import { textLines } from './text-lines.ts';

/** The value of a structure; what is wrong with it is `lint`'s to say. Never throws. */
export function toJson(format: Format, bytes: Uint8Array): JsonObject {
  const { layout } = format;
  const own = layout.toJson(layout.peek(bytes)) as JsonObject; // a layout gives an object
  const parts = bytes.length < layout.size ? [] : format.parts(bytes, 0, bytes.length);
  const inside = parts.filter((part) => part.isView !== true && fillsItsField(layout, part, bytes))
    .map((part) => [part.key, partToJson(part, bytes)] as const);
  return { ...own, ...Object.fromEntries(inside) };
}

/** A part that leaves bytes of its field over cannot stand for the field. */
function fillsItsField(layout: AnyLayout, part: Part, bytes: Uint8Array): boolean {
  const field = (layout.fields as Fields)[part.key]; // AnyLayout hides the fields
  if (field === undefined) return true;
  const end = field.byteLength === undefined ? bytes.length : field.at + field.byteLength;
  return part.at === field.at && part.end === end;
}

function partToJson(part: Part, bytes: Uint8Array): Json {
  const from = bytes.subarray(part.at, part.end);
  const { content } = part;
  if (content === 'bytes' || (typeof content === 'object' && 'lines' in content)) {
    return hexBytes(from);
  }
  if (content === 'text') return textToJson(from);
  if ('list' in content) return listToJson(content.list, from);
  return structureToJson(content.layout, from);
}

/** Text as lines where nothing is lost by that, else as hex. */
function textToJson(bytes: Uint8Array): Json {
  const isPlain = (b: number): boolean => b === 0 || (b >= 0x20 && b < 0x7f && b !== 0x5c);
  const isText = bytes.at(-1) === 0 && bytes.every(isPlain);
  const lines = textLines(bytes);
  // Empty lines at the end would not come back.
  return isText && lines.at(-1) !== '' && bytes.at(-2) !== 0 ? { text: lines } : hexBytes(bytes);
}

function listToJson(rules: ListRules, bytes: Uint8Array): Json {
  const { items, broken } = walk(rules, bytes, 0, bytes.length);
  if (broken !== undefined) return hexBytes(bytes);
  return items.map((item) => {
    const from = bytes.subarray(item.at, item.end);
    return item.layout === undefined ? hexBytes(from) : structureToJson(item.layout, from);
  });
}

/** A structure inside another; as hex if its fields do not say all that its bytes do. */
function structureToJson(layout: AnyLayout, bytes: Uint8Array): Json {
  const format = formatOf(layout);
  const json = { format: format.id, ...toJson(format, bytes) };
  return comesBack(format, json, bytes) ? json : hexBytes(bytes);
}

function comesBack(format: Format, json: JsonObject, bytes: Uint8Array): boolean {
  try {
    const again = keepReserved(format, fromJson(format, withoutFormat(json)), bytes);
    return again.length === bytes.length && again.every((byte, i) => byte === bytes[i]);
  } catch (error) {
    if (error instanceof RangeError) return false; // text that is not printable
    throw error;
  }
}

const withoutFormat = ({ format: _format, ...fields }: JsonObject): JsonObject => fields;

/**
 * Bytes of a value. Bits that no field claims are zero, or as in `keep`.
 *
 * Throws: RangeError that names the field that is missing, unknown or does not fit.
 */
export function encodeJson(format: Format, json: Json, keep?: Uint8Array): Uint8Array {
  const bytes = fromJson(format, json);
  return keep === undefined ? bytes : keepReserved(format, bytes, keep);
}

const fromJson = (format: Format, json: Json): Uint8Array =>
  structureFromJson(format, json, '$', UNCHECKED);

const UNCHECKED: FromJson = { isChecked: false, isLenient: false, cscdOf: () => undefined };

/** The bits of `keep` that no field claims, put into the bytes. */
export function keepReserved(format: Format, bytes: Uint8Array, keep: Uint8Array): Uint8Array {
  const kept = bytes.slice();
  const visit = (section: Section): void => {
    const layout = section.format === undefined ? undefined : formatById(section.format)?.layout;
    layout?.usageMap(keep, section.at).forEach((claimed, i) => {
      const at = section.at + i;
      if (at < kept.length && !section.isView) kept[at]! |= (keep[at] ?? 0) & ~claimed;
    });
    section.sections.forEach(visit);
  };
  visit(sectionOf(format, bytes));
  return kept;
}

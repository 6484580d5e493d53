/**
 * Structures from JSON, as people write it by hand:
 *
 *   names ─→ keys ─→ values ─→ what is left out ─→ bytes ─→ findings, overlays
 */
import { concat } from '../bytes/concat.ts';
import { hexBytes, parseHex } from '../bytes/hex.ts';
import type { Json } from '../codec/field.ts';
import type { ListRules } from '../codec/list.ts';
import type { Format } from './format.ts';
import { JsonError, type JsonObject, isObject, within } from './json-error.ts';
import { lengthOf } from './json-lengths.ts';
import {
  type AnyField, bitsOf, fieldsOf, formatNamed, keyOf, listOf, typeNamed,
} from './json-names.ts';
import { overlaysOf, WISHES } from './json-overlays.ts';
import { kindOf, plainValue, type ValueContext } from './json-values.ts';
import { formatOf } from './registry.ts';

export interface FromJson extends ValueContext {
  /** Refuse what a strict reader of the bytes refuses. */
  readonly isChecked: boolean;
}

interface Given {
  readonly json: Json;
  readonly path: string;
}

/** Bytes of a structure. Throws: JsonError that names the place in the JSON. */
export function structureFromJson(
  format: Format, json: Json, path: string, context: FromJson): Uint8Array {
  if (!isObject(json)) throw new JsonError(path, `${format.title}: an object is expected`);
  const given = givenOf(format, json, path);
  const inner = { ...context, cscdOf: labelsOf(format, given, context) };
  const parts = new Map<string, Uint8Array>();
  for (const [key, one] of given) {
    if (format.behind.includes(key) || isInside(one.json)) {
      parts.set(key, insideFromJson(listOf(format, key), one.json, one.path, inner));
    }
  }
  const tails = format.behind.flatMap((key) => parts.get(key) ?? []);
  const bytes = concat([headOf(format, given, parts, path, inner), ...tails]);
  if (context.isChecked) check(format, bytes, given, path);
  return overlaysOf(json, format, path, context.isLenient)(bytes);
}

/** What the JSON gives, by the keys of the format. */
function givenOf(format: Format, json: JsonObject, path: string): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const [written, value] of Object.entries(json)) {
    const isWish = WISHES.includes(written) && !Object.hasOwn(fieldsOf(format.layout), written);
    if (isWish) continue;
    const key = keyOf(format, written);
    if (key === undefined) {
      const names = [...Object.keys(fieldsOf(format.layout)), ...format.behind].join(', ');
      throw new JsonError(path, `${format.title}: it has no field '${written}'; it has ${names}`);
    }
    if (given.has(key)) throw new JsonError(`${path}.${written}`, `'${key}' is given twice`);
    given.set(key, { json: value, path: `${path}.${written}` });
  }
  return given;
}

/** CSCDs are numbered by their place: ID 0 stands at byte 16. Source: SPC-4 6.4.6.1. */
const CSCD_UNIT = 32;
const FIRST_CSCD_AT = 16;

/** The IDs of the CSCDs of a parameter list that have a label. */
function labelsOf(
  format: Format, given: ReadonlyMap<string, Given>, context: FromJson): FromJson['cscdOf'] {
  const list = given.get('cscds');
  if (list === undefined || !Array.isArray(list.json)) return context.cscdOf;
  const labels = new Map<string, number>();
  const rules = listOf(format, 'cscds');
  // A CSCD may name another one: here only its size matters, which no ID changes.
  const measuring = { ...context, isChecked: false, cscdOf: () => 0 };
  let at = format.layout.size;
  for (const [i, one] of (list.json as readonly Json[]).entries()) {
    const label = isObject(one) ? one['label'] : undefined;
    if (typeof label === 'string') labels.set(label, (at - FIRST_CSCD_AT) / CSCD_UNIT);
    at += elementFromJson(rules, one, `${list.path}[${i}]`, measuring).length;
  }
  return (label) => labels.get(label);
}

/** The layout's own fields. What is left out is computed, or zero where it is a part of a byte. */
function headOf(
  format: Format, given: ReadonlyMap<string, Given>, parts: ReadonlyMap<string, Uint8Array>,
  path: string, context: FromJson): Uint8Array {
  const { layout } = format;
  const fields = Object.entries(fieldsOf(layout));
  const own: Record<string, Json> = {};
  const later: [string, AnyField][] = [];
  for (const [key, field] of fields) {
    const part = parts.get(key);
    const one = given.get(key);
    if (part !== undefined) own[key] = hexBytes(part);
    else if (one === undefined || kindOf(field) === 'structure') own[key] = fallback(field);
    else own[key] = ownValue(field, one, context);
    const isLater = part === undefined && (one === undefined || kindOf(field) === 'structure');
    if (isLater) later.push([key, field]);
  }
  const encode = (): Uint8Array => within(path, () => layout.encode(layout.fromJson(own)));
  const sizes = { whole: wholeSize(encode(), format, parts), parts: sizesOf(format, parts, own) };
  for (const [key, field] of later) {
    const one = given.get(key);
    if (one !== undefined) own[key] = choiceFromJson(field, one, encode(), context);
    else if (!hasFallback(field)) {
      const length = lengthOf(key, field, sizes);
      if (length === undefined && !context.isLenient) {
        throw new JsonError(path, `${format.title}: '${key}' is missing (${field.name})`);
      }
      own[key] = typeof own[key] === 'string' ? String(length ?? 0) : length ?? 0;
    }
  }
  return encode();
}

const wholeSize = (
  head: Uint8Array, { behind }: Format, parts: ReadonlyMap<string, Uint8Array>): number =>
  behind.reduce((sum, key) => sum + (parts.get(key)?.length ?? 0), head.length);

/** What is left out behind the fields is empty. */
function sizesOf(
  { layout, behind }: Format, parts: ReadonlyMap<string, Uint8Array>,
  own: Readonly<Record<string, Json>>): Map<string, number> {
  const sizes = new Map<string, number>(behind.map((key) => [key, 0]));
  for (const [key, field] of Object.entries(fieldsOf(layout))) {
    const value = own[key];
    if (typeof value !== 'string') continue;
    if (kindOf(field) === 'bytes') sizes.set(key, parseHex(value).length);
    if (kindOf(field) === 'text') sizes.set(key, value.length);
  }
  for (const [key, bytes] of parts) sizes.set(key, bytes.length);
  return sizes;
}

function ownValue(field: AnyField, { json, path }: Given, context: FromJson): Json {
  return within(path, () => {
    const value = plainValue(field, json, context);
    const isBytes = kindOf(field) === 'bytes' && typeof value === 'string';
    const room = context.isLenient && isBytes ? field.byteLength : undefined;
    const fitting = room === undefined ? value
      : hexBytes(parseHex(value as string).subarray(0, room)); // bytes are text
    field.fromJson(fitting);
    return fitting;
  });
}

/** The one value that a reader accepts, if there is only one. */
function onlyValue(field: AnyField): number | undefined {
  const mend = kindOf(field) === 'number' ? field.check(-1)?.mend : undefined;
  const value = /^write ([0-9A-F]+)h$/.exec(mend ?? '')?.[1];
  return value === undefined ? undefined : Number.parseInt(value, 16);
}

/** Is there a value for a field that is left out, whatever else the structure holds? */
const hasFallback = (field: AnyField): boolean => onlyValue(field) !== undefined
  || !['number', 'bigint'].includes(kindOf(field)) || bitsOf(field) < 8;

function fallback(field: AnyField): Json {
  switch (kindOf(field)) {
    case 'flag': return field.check(false)?.mend === 'write 1';
    case 'number': return onlyValue(field) ?? 0;
    case 'bigint': return '0';
    default: return '';
  }
}

/** A structure in a field, whose format the bytes around it tell, or the JSON. */
function choiceFromJson(
  field: AnyField, { json, path }: Given, around: Uint8Array, context: FromJson): Json {
  if (!isObject(json)) return typeof json === 'string' ? json.replace(/^\s*0x/i, '') : json;
  const layout = field.layoutOf?.(around, 0);
  const { format, ...fields } = json;
  // What a choice reads names the format that it chose.
  const chosen = (field.read(around, 0, around.length) as { format?: string }).format;
  const isChosen = format === undefined || format === chosen;
  if (layout === undefined || !isChosen) {
    within(path, () => field.fromJson(json));
    return json;
  }
  return hexBytes(structureFromJson(formatOf(layout), fields, path, context));
}

/** Lists, text, and objects that name a registered format. A choice names one of its own. */
function isInside(json: Json): boolean {
  if (Array.isArray(json)) return json.length === 0 || json.some((one) => typeof one !== 'number');
  if (!isObject(json)) return false;
  const { format, text } = json;
  return Array.isArray(text) || (typeof format === 'string' && format.includes('/'));
}

function insideFromJson(
  rules: ListRules | undefined, json: Json, path: string, context: FromJson): Uint8Array {
  if (Array.isArray(json)) {
    return concat(json.map((one: Json, i) =>
      elementFromJson(rules, one, `${path}[${i}]`, context)));
  }
  return elementFromJson(rules, json, path, context);
}

function elementFromJson(
  rules: ListRules | undefined, json: Json, path: string, context: FromJson): Uint8Array {
  if (typeof json === 'string') {
    return within(path, () => parseHex(json.replace(/^\s*0x/i, '')));
  }
  if (!isObject(json)) throw new JsonError(path, 'hex, list or object expected');
  const { format: id, ...fields } = json;
  if (Array.isArray(fields['text'])) return textFromJson(fields['text'], path);
  const typed = withType(rules, fields, path);
  if (id === undefined && typed.format !== undefined) {
    return structureFromJson(typed.format, typed.fields, path, context);
  }
  const format = typeof id === 'string' ? formatNamed(id) : undefined;
  if (format === undefined) {
    throw new JsonError(path, id === undefined
      ? "'format' or a known 'type' is needed; anything else can be written as hex"
      : `format ${JSON.stringify(id)} is not known`);
  }
  return structureFromJson(format, typed.fields, path, context);
}

const TYPE_KEYS: readonly string[] = ['type', 'DESCRIPTOR TYPE CODE'];

/** An element of a list whose type, by number or name, tells its format. */
function withType(rules: ListRules | undefined, fields: JsonObject, path: string) {
  if (rules === undefined) return { format: undefined, fields };
  const key = Object.keys(fields).find((one) =>
    TYPE_KEYS.some((known) => known.toLowerCase() === one.toLowerCase()));
  if (key === undefined) {
    const only = rules.layoutOf(0);
    const isOnly = only !== undefined && only === rules.layoutOf(0xff);
    return { format: isOnly ? formatOf(only) : undefined, fields };
  }
  const written = fields[key]!;
  const type = typeof written === 'number' ? written : codeOf(rules, String(written));
  if (type === undefined) {
    throw new JsonError(`${path}.${key}`,
      `${rules.name}: type ${JSON.stringify(written)} is not known`);
  }
  const layout = rules.layoutOf(type);
  return { format: layout === undefined ? undefined : formatOf(layout),
    fields: { ...fields, [key]: type } };
}

function codeOf(rules: ListRules, written: string): number | undefined {
  const digits = /^(?:0x([0-9a-f]+)|([0-9a-f]+)h)$/i.exec(written);
  if (digits !== null) return Number.parseInt(digits[1] ?? digits[2]!, 16);
  return /^\d+$/.test(written) ? Number(written) : typeNamed(rules, written);
}

function textFromJson(lines: readonly Json[], path: string): Uint8Array {
  const text = lines.map((line) => `${String(line)}\0`).join('');
  if (!/^[\0 -~]*$/.test(text)) throw new JsonError(path, 'text is printable ASCII');
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Refuses what a strict reader refuses, at the key of its field. */
function check(
  format: Format, bytes: Uint8Array, given: ReadonlyMap<string, Given>, path: string): void {
  const finding = format.layout.lint(bytes).find(({ severity }) => severity === 'error');
  if (finding === undefined) return;
  const covers = ({ at, byteLength }: AnyField): boolean =>
    at <= finding.at && finding.at < at + (byteLength ?? bytes.length);
  const fields = Object.entries(fieldsOf(format.layout)).filter(([, field]) => covers(field));
  const [key] = fields.find(([, { bit }]) => bit === finding.bit) ?? fields[0] ?? [];
  const where = key === undefined ? path : given.get(key)?.path ?? `${path}.${key}`;
  const mend = finding.mend === undefined ? '' : `; ${finding.mend}`;
  throw new JsonError(where, `${finding.message}${mend}; --lenient writes it as it is`);
}

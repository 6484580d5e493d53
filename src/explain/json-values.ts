/** Single values as people write them in JSON, turned into the form that a field takes. */
import { hexBytes } from '../bytes/hex.ts';
import type { Json } from '../codec/field.ts';
import { type AnyField, bitsOf, isCscdId, specialCscd, valueNamed } from './json-names.ts';

/** What is needed to read a value beside itself. */
export interface ValueContext {
  /** Values that do not fit are cut to the field's bits. */
  readonly isLenient: boolean;
  /** The ID of the CSCD that has a label. */
  readonly cscdOf: (label: string) => number | undefined;
}

export type FieldKind = 'flag' | 'number' | 'bigint' | 'bytes' | 'text' | 'structure';

const kinds = new WeakMap<AnyField, FieldKind>();

/** What a field's values are: told by what it reads from zeros. */
export function kindOf(field: AnyField): FieldKind {
  const known = kinds.get(field);
  if (known !== undefined) return known;
  const size = field.at + (field.byteLength ?? 0);
  const value = field.read(new Uint8Array(size), 0, size);
  const kind = typeof value === 'boolean' ? 'flag' : typeof value === 'number' ? 'number'
    : typeof value === 'bigint' ? 'bigint' : typeof value === 'string' ? 'text'
      : value instanceof Uint8Array ? 'bytes' : 'structure';
  kinds.set(field, kind);
  return kind;
}

const NUMBER = /^(?:0x([0-9a-f]+)|([0-9a-f]+)h|(-?\d+))$/i;

/** `0x1f`, `1Fh`, `31`; undefined for any other text. */
function numberIn(text: string): bigint | undefined {
  const match = NUMBER.exec(text.trim().replaceAll('_', ''));
  if (match === null) return undefined;
  return match[3] === undefined ? BigInt(`0x${match[1] ?? match[2]!}`) : BigInt(match[3]);
}

/** The value in the form that the field's own `fromJson` takes. Throws: RangeError. */
export function plainValue(field: AnyField, json: Json, context: ValueContext): Json {
  switch (kindOf(field)) {
    case 'flag': return flag(json);
    case 'number': return Number(numeric(field, json, context));
    case 'bigint': return String(numeric(field, json, context));
    case 'bytes': return bytesText(json);
    default: return json;
  }
}

const FLAGS: ReadonlyMap<Json, boolean> = new Map<Json, boolean>([
  [0, false], [1, true], ['0', false], ['1', true], ['false', false], ['true', true],
]);

const flag = (json: Json): Json => FLAGS.get(json) ?? json;

function numeric(field: AnyField, json: Json, context: ValueContext): bigint {
  const value = typeof json === 'string' ? numberIn(json) ?? named(field, json, context)
    : typeof json === 'number' && Number.isSafeInteger(json) ? BigInt(json) : undefined;
  if (value === undefined) throw new RangeError(`${field.name}: ${notNumber(field, json)}`);
  return context.isLenient && !fits(field, value) ? cut(field, value) : value;
}

const notNumber = (field: AnyField, json: Json): string => `${JSON.stringify(json)} is neither a `
  + `whole number nor ${isCscdId(field) ? 'the label of a CSCD' : 'a name of one of its values'}`;

function named(field: AnyField, text: string, { cscdOf }: ValueContext): bigint | undefined {
  const value = isCscdId(field) ? cscdOf(text) ?? specialCscd(text) : valueNamed(field, text);
  return value === undefined ? undefined : BigInt(value);
}

function fits(field: AnyField, value: bigint): boolean {
  try {
    const form = kindOf(field) === 'bigint' ? String(value) : Number(value);
    field.write(new Uint8Array(field.at + field.byteLength!), 0, field.fromJson(form));
    return true;
  } catch {
    return false;
  }
}

/** The low bits, with their sign where the field has one. */
function cut(field: AnyField, value: bigint): bigint {
  const low = BigInt.asUintN(bitsOf(field), value);
  return fits(field, low) ? low : BigInt.asIntN(bitsOf(field), value);
}

/** Hex text, with `0x` or without, or an array of numbers. */
function bytesText(json: Json): Json {
  if (typeof json === 'string') return json.replace(/^\s*0x/i, '');
  const isBytes = Array.isArray(json)
    && json.every((one) => typeof one === 'number' && one >= 0 && one <= 0xff);
  return isBytes ? hexBytes(Uint8Array.from(json as number[])) : json; // checked above
}

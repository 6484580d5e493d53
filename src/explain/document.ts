/** JSON documents: what `explain --json` prints, what people write, and the bytes of both. */
import { hexBytes, parseHex } from '../bytes/hex.ts';
import type { Json } from '../codec/field.ts';
import { keepReserved, toJson } from './encode-json.ts';
import type { Format } from './format.ts';
import { structureFromJson } from './from-json.ts';
import { isObject, JsonError, type JsonObject, within } from './json-error.ts';
import { formatNamed } from './json-names.ts';
import { sectionAtLevel } from './level.ts';
import { sectionJson } from './render.ts';
import { findingsOf, type Section } from './section.ts';

export interface EncodeOptions {
  /** Id of the format, for a document that does not say it. */
  readonly as?: string;
  /** Write what it says, right or wrong. */
  readonly isLenient?: boolean;
}

/** What a document's bytes are. */
export interface Encoded {
  readonly bytes: Uint8Array;
  /** Undefined where a document kept bytes of no known format. */
  readonly format: Format | undefined;
}

/**
 * A section for machines, with its value (as `encode` takes it) and its bytes. The bytes come back
 * exactly as long as nobody changes the value.
 */
export function documentOf(
  section: Section, format: Format | undefined, bytes: Uint8Array): JsonObject {
  const value = format === undefined ? {} : { value: toJson(format, bytes) };
  return { ...sectionJson(section) as JsonObject, ...value, raw: hexBytes(bytes) }; // an object
}

/**
 * Bytes of the structures in a document: one, an array of them, or what `explain --json` printed,
 * for a capture as well.
 *
 * Throws: JsonError that names the place in the JSON.
 */
export function encodeDocument(json: Json, options: EncodeOptions = {}): Encoded[] {
  return encodeAt(json, '$', options);
}

function encodeAt(json: Json, path: string, options: EncodeOptions): Encoded[] {
  const each = (list: readonly Json[], at: string): Encoded[] =>
    list.flatMap((one, i) => encodeAt(one, `${at}[${i}]`, options));
  if (Array.isArray(json)) return each(json, path);
  if (!isObject(json)) throw new JsonError(path, 'an object is expected');
  if (Array.isArray(json['commands'])) return each(json['commands'], `${path}.commands`);
  if (Array.isArray(json['parts'])) return each(json['parts'], `${path}.parts`);
  const isExplained = typeof json['raw'] === 'string';
  return [isExplained ? explained(json, path, options) : written(json, path, options)];
}

function formatIn(json: JsonObject, path: string, { as }: EncodeOptions): Format {
  const said = json['format'];
  // A structure can have a field of that name, which is a number.
  const id = typeof said === 'string' ? said : as;
  const format = id === undefined ? undefined : formatNamed(id);
  if (format !== undefined) return format;
  throw new JsonError(path, id === undefined
    ? "'format' is missing: write for example \"format\": \"copy/parameter-list\""
    : `there is no format ${JSON.stringify(id)}, serverfree explain --list shows them`);
}

/** What `explain` printed: its bytes, or, if the value was changed, those of the new value. */
function explained(json: JsonObject, path: string, options: EncodeOptions): Encoded {
  const bytes = within(`${path}.raw`, () => parseHex(String(json['raw'])));
  const { value } = json;
  if (value === undefined) return { bytes, format: undefined };
  const format = formatIn(json, path, options);
  if (sameJson(value, toJson(format, bytes))) return { bytes, format };
  const changed = encoded(format, value, `${path}.value`, options);
  const isAlike = changed.length === bytes.length;
  return { format, bytes: isAlike ? keepReserved(format, changed, bytes) : changed };
}

function written(json: JsonObject, path: string, options: EncodeOptions): Encoded {
  const format = formatIn(json, path, options);
  return { format, bytes: encoded(format, json, path, options) };
}

function encoded(format: Format, json: Json, path: string, options: EncodeOptions): Uint8Array {
  const isLenient = options.isLenient === true;
  const bytes = structureFromJson(format, json, path, {
    isLenient, isChecked: !isLenient, cscdOf: () => undefined });
  const wrong = isLenient ? undefined
    : findingsOf(sectionAtLevel(format, bytes, 0, bytes.length))
      .find(({ severity }) => severity === 'error');
  if (wrong === undefined) return bytes;
  throw new JsonError(path, `byte ${wrong.at}: ${wrong.message}; --lenient writes it as it is`);
}

/** Equal whatever the order of the keys. */
function sameJson(a: Json, b: Json): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, i) => sameJson(one as Json, b[i] as Json));
  }
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length
    && keys.every((key) => b[key] !== undefined && sameJson(a[key]!, b[key]));
}

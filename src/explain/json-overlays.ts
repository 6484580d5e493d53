/** Bytes that JSON asks for beside the values of fields: how testers make wrong bytes. */
import { parseHex } from '../bytes/hex.ts';
import type { Json } from '../codec/field.ts';
import type { Format } from './format.ts';
import { isObject, JsonError, type JsonObject, within } from './json-error.ts';
import { fieldsOf } from './json-names.ts';

/** Keys of a structure that are no fields: what it is, its label, and its overlays. */
export const WISHES: readonly string[] = [
  'format', 'label', 'comment', 'reserved', 'bytes', 'cutTo',
];

/** How far behind a structure's end bytes can be laid. */
const OVERLAY_END_MAX = 1024 * 1024;

/**
 * What a structure's overlays make of its bytes:
 * `"reserved": { "1": "80" }` sets bits at byte 1, `"bytes": { "2": "00 18" }` replaces bytes from
 * byte 2 on, `"cutTo": 7` leaves seven bytes.
 *
 * Throws: JsonError where they are not allowed, or not in this form.
 */
export function overlaysOf(
  json: JsonObject, format: Format, path: string,
  isLenient: boolean): (bytes: Uint8Array) => Uint8Array {
  const wish = (key: string): Json | undefined =>
    (Object.hasOwn(fieldsOf(format.layout), key) ? undefined : json[key]);
  const [reserved, replaced, cutTo] = [wish('reserved'), wish('bytes'), wish('cutTo')];
  for (const [key, value] of Object.entries({ reserved, bytes: replaced, cutTo })) {
    if (value !== undefined && !isLenient) {
      throw new JsonError(`${path}.${key}`, 'is written with --lenient only');
    }
  }
  return (bytes) => {
    const set = laid(bytes, reserved, `${path}.reserved`, (old, value) => old | value);
    const whole = laid(set, replaced, `${path}.bytes`, (_, value) => value);
    if (cutTo === undefined) return whole;
    if (typeof cutTo !== 'number' || !Number.isInteger(cutTo) || cutTo < 0) {
      throw new JsonError(`${path}.cutTo`, `${JSON.stringify(cutTo)} is no number of bytes`);
    }
    return whole.slice(0, cutTo);
  };
}

function laid(
  bytes: Uint8Array, overlay: Json | undefined, path: string,
  combine: (old: number, value: number) => number): Uint8Array {
  if (overlay === undefined) return bytes;
  if (!isObject(overlay)) throw new JsonError(path, 'an object is expected: { "offset": "hex" }');
  let whole = bytes.slice();
  for (const [place, value] of Object.entries(overlay)) {
    const at = Number(place);
    const more = within(`${path}.${place}`, () => parseHex(String(value)));
    if (!Number.isInteger(at) || at < 0 || at + more.length > bytes.length + OVERLAY_END_MAX) {
      throw new JsonError(`${path}.${place}`, 'is no offset in the structure');
    }
    if (at + more.length > whole.length) {
      const longer = new Uint8Array(at + more.length);
      longer.set(whole);
      whole = longer;
    }
    more.forEach((byte, i) => {
      whole[at + i] = combine(whole[at + i]!, byte);
    });
  }
  return whole;
}

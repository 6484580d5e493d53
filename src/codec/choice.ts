import { hexBytes, parseHex } from '../bytes/hex.ts';
import { type Field, type Json, unchecked } from './field.ts';
import type { AnyLayout, Fields, FieldsValue, ValueOf } from './layout.ts';

/** Bytes whose format another byte of the structure chooses; `raw` when no format is known. */
export type Choice<M extends Readonly<Record<string, AnyLayout>>> =
  | { [K in keyof M]: { readonly format: K } & ValueOf<M[K]> }[keyof M]
  | { readonly format: 'raw'; readonly bytes: Uint8Array };

/**
 * A field of fixed length with one of several formats.
 *
 * `select` looks at the structure that holds the field (its bytes and where it begins) and names
 * the format; undefined keeps the bytes as they are.
 */
export function choice<const M extends Readonly<Record<string, AnyLayout>>>(
  at: number, byteLength: number, name: string, formats: M,
  select: (bytes: Uint8Array, base: number) => keyof M | undefined): Field<Choice<M>> {
  const formatOf = (key: keyof M): AnyLayout => formats[key]!;
  const parts = (value: Choice<M>): [AnyLayout, FieldsValue<Fields>] | undefined => {
    if (value.format === 'raw') return undefined;
    const { format, ...fields } = value as { format: keyof M }; // not raw: one of the formats
    return [formatOf(format), fields];
  };
  const bytesOf = (value: Choice<M>, keep?: Uint8Array): Uint8Array => {
    const part = parts(value);
    // Not a part, so raw.
    return part === undefined ? (value as { bytes: Uint8Array }).bytes
      : part[0].encode(part[1], keep);
  };
  return {
    name, at, byteLength, mask: 0xff, bit: undefined,
    read(bytes, base) {
      const key = select(bytes, base);
      const from = base + at;
      if (key === undefined) {
        return { format: 'raw', bytes: bytes.slice(from, from + byteLength) };
      }
      const value = formatOf(key).peek(bytes, from, from + byteLength);
      return { format: key, ...value } as Choice<M>; // the fields are those of the format
    },
    write(bytes, base, value) {
      const from = base + at;
      const part = bytesOf(value, bytes.slice(from, from + byteLength));
      if (part.length > byteLength) {
        throw new RangeError(
          `Cannot encode ${name}: ${part.length} bytes do not fit ${byteLength}`);
      }
      bytes.fill(0, from, from + byteLength);
      bytes.set(part, from);
    },
    sizeOf: () => byteLength,
    show(value) {
      const part = parts(value);
      if (part === undefined) return hexBytes(bytesOf(value));
      const lines = part[0].explain(bytesOf(value));
      return lines.map((line) => `${line.name} = ${line.text}`).join(', ');
    },
    toJson(value): Json {
      const part = parts(value);
      if (part === undefined) return hexBytes(bytesOf(value));
      const fields = part[0].toJson(part[1]) as Record<string, Json>; // a layout gives an object
      return { format: String(value.format), ...fields };
    },
    fromJson(json) {
      if (typeof json === 'string') return { format: 'raw', bytes: parseHex(json) };
      // An object or not: the next line sees.
      const { format, ...fields } = (json ?? {}) as Record<string, Json>;
      if (typeof format !== 'string' || !Object.hasOwn(formats, format)) {
        throw new RangeError(`Cannot encode ${name}: format '${String(format)}' is not known`);
      }
      return { format, ...formatOf(format).fromJson(fields) } as unknown as Choice<M>; // as in read
    },
    check: unchecked,
    layoutOf(bytes, base) {
      const key = select(bytes, base);
      return key === undefined ? undefined : formatOf(key);
    },
  };
}

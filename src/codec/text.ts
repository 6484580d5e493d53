import type { Field } from './field.ts';

const UNPRINTABLE = /[^\x20-\x7e]/;

/** ASCII text from here to the end of the structure. */
export const restAscii = (at: number, name: string): Field<string> => ({
  name, at, byteLength: undefined, mask: 0xff, bit: undefined,
  read(bytes, base, end) {
    let text = '';
    for (let i = base + at; i < end; i += 1) text += String.fromCharCode(bytes[i]!);
    return text;
  },
  write(bytes, base, value) {
    if (UNPRINTABLE.test(value)) {
      throw new RangeError(`Cannot encode ${name}: '${value}' is not printable ASCII`);
    }
    for (let i = 0; i < value.length; i += 1) bytes[base + at + i] = value.charCodeAt(i);
  },
  sizeOf: (value) => value.length,
  show: (value) => JSON.stringify(value),
  toJson: (value) => value,
  fromJson(json) {
    if (typeof json === 'string') return json;
    throw new RangeError(`Cannot encode ${name}: text expected`);
  },
  check: (value) => (UNPRINTABLE.test(value)
    ? { severity: 'warning', message: 'has bytes that are not printable ASCII' } : undefined),
});

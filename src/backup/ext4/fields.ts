/** Declares little-endian structures as tables of fields, each with the kernel's own name. */
import { readU16le, readU32le } from '../../bytes/little-endian.ts';

/** A number at a byte offset; `high` holds its upper part where the format has split it. */
export interface Field {
  readonly at: number;
  readonly bytes: 1 | 2 | 4;
  readonly name: string;
  readonly high?: Field;
}

export const u8 = (at: number, name: string): Field => ({ at, bytes: 1, name });

export const u16 = (at: number, name: string): Field => ({ at, bytes: 2, name });

export const u32 = (at: number, name: string): Field => ({ at, bytes: 4, name });

/** A number whose upper part was added to the format later, in another place. */
export const split = (low: Field, high: Field): Field => ({ ...low, high });

/** A declared structure: `read` gives its numbers, `field` tells where one of them is. */
export interface Structure<Key extends string> {
  readonly field: Readonly<Record<Key, Field>>;
  /** The structure must lie within the bytes. A split number above 2^53 loses its low bits. */
  read(bytes: Uint8Array, at?: number): Record<Key, number>;
}

/** Makes a structure of a table. */
export function structure<Key extends string>(field: Record<Key, Field>): Structure<Key> {
  const rows = Object.entries<Field>(field);
  return {
    field,
    read(bytes, at = 0) {
      const values: Record<string, number> = {};
      for (const [key, row] of rows) values[key] = readField(bytes, at, row);
      return values as Record<Key, number>;  // Each key of the table has been given its value.
    },
  };
}

function readField(bytes: Uint8Array, at: number, field: Field): number {
  const low = readPart(bytes, at, field);
  if (field.high === undefined) return low;
  return low + readPart(bytes, at, field.high) * 2 ** (8 * field.bytes);
}

function readPart(bytes: Uint8Array, at: number, field: Field): number {
  if (field.bytes === 4) return readU32le(bytes, at + field.at);
  return field.bytes === 2 ? readU16le(bytes, at + field.at) : bytes[at + field.at]!;
}

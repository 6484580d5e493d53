/** Pieces that several folders of formats are made of. */
import { readU32 } from '../bytes/big-endian.ts';
import type { AnyLayout } from '../codec/layout.ts';
import { type ListRules, walk } from '../codec/list.ts';
import type { Part, PartsOf } from './format.ts';

/** A structure that fills a field, or stands behind the fields, at `at`. */
export const within = (key: string, layout: AnyLayout, at: number): Part =>
  ({ key, name: layout.name, at, end: at + layout.size, content: { layout } });

/** A list that fills the structure from `from` on. */
export const listFrom = (key: string, from: number, list: ListRules): PartsOf =>
  (_bytes, at, end) => [{ key, name: list.name, at: at + from, end, content: { list } }];

/** Do the first four bytes count what follows them? */
export const countsItself = (bytes: Uint8Array, byteLengthMin: number): boolean =>
  bytes.length >= byteLengthMin && readU32(bytes, 0) === bytes.length - 4;

/** Is there a list from `from` on, and nothing behind it? */
export const listsWhole = (list: ListRules, bytes: Uint8Array, from: number): boolean => {
  const { items, broken } = walk(list, bytes, from, bytes.length);
  return items.length > 0 && broken === undefined;
};

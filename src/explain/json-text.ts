import type { Json } from '../codec/field.ts';

/** How documents begin; an array of C does not. */
const DOCUMENT = /^\s*(?:\[\s*)*\{\s*(?:"|\})/;

/**
 * The document that a text is; undefined if it is none.
 *
 * Throws: RangeError if it begins as one and is not whole.
 */
export function jsonIn(text: string): Json | undefined {
  if (!DOCUMENT.test(text)) return undefined;
  try {
    return JSON.parse(text) as Json; // what JSON.parse gives
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RangeError(`Cannot read JSON: ${why}`, { cause: error });
  }
}

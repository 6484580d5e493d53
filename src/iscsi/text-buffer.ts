import { concat } from '../bytes/concat.ts';
import { decodeKeys, encodeKeys, type KeyValue } from '../wire/iscsi/keys.ts';
import { NEGOTIATION_BYTES_MAX } from './limits.ts';

/** Joins the text of a negotiation that its sender spreads over several PDUs (C bit). */
export class TextCollector {
  #parts: Uint8Array[] = [];
  #byteLength = 0;

  /** Returns false, and takes nothing, if the text becomes longer than we hold. */
  append(data: readonly Uint8Array[]): boolean {
    const byteLength = data.reduce((sum, part) => sum + part.length, this.#byteLength);
    if (byteLength > NEGOTIATION_BYTES_MAX) return false;
    this.#byteLength = byteLength;
    this.#parts.push(...data);
    if (this.#parts.length > 1) this.#parts = [concat(this.#parts)];
    return true;
  }

  /** The pairs of what has come, which is then forgotten. Throws: Malformed. */
  take(): KeyValue[] {
    const bytes = concat(this.#parts);
    this.#parts = [];
    this.#byteLength = 0;
    return decodeKeys(bytes);
  }
}

/** Spreads a text over as many PDUs as its receiver needs. */
export class TextSpreader {
  #left: Uint8Array = new Uint8Array(0);

  put(pairs: readonly KeyValue[]): void {
    this.#left = concat([this.#left, encodeKeys(pairs)]);
  }

  get isEmpty(): boolean {
    return this.#left.length === 0;
  }

  /** At most `byteLength` bytes of what is left. */
  next(byteLength: number): Uint8Array {
    const part = this.#left.subarray(0, byteLength);
    this.#left = this.#left.subarray(byteLength);
    return part;
  }
}

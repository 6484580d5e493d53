import { hex } from '../bytes/hex.ts';
import { Malformed } from '../codec/finding.ts';
import type { Fields, FieldsValue, Layout } from '../codec/layout.ts';
import { SenseError } from '../sense/sense.ts';
import { invalidListField } from './parameter-data.ts';

/** PC of MODE SENSE. Source: SPC-4 6.13.1. */
export const PAGE_CONTROL = { current: 0, changeable: 1, defaults: 2, saved: 3 } as const;

const SPF = 0x40;

/** A mode page as a device server keeps it, whatever its fields are. */
export interface ModePage {
  /** PAGE CODE; its subpage code stands in the byte above. */
  readonly code: number;
  bytes(pageControl: number): Uint8Array;
  /**
   * Checks new bytes, which may differ in changeable bits alone. Returns what puts them into
   * effect. `at` is where they stand in the parameter list. Throws: SenseError.
   */
  accept(bytes: Uint8Array, at: number): () => void;
  /** There is something in it that can be changed, and so saved. */
  readonly isSavable: boolean;
  /** Makes the current values the saved ones. */
  save(): void;
  /** Takes saved values for current ones, unless they are none that this page can have. */
  load(saved: Uint8Array): void;
  /** Back to the saved values, which are the default ones until others are saved. */
  restore(): void;
}

/** A mode page with the fields of its layout. */
export class TypedModePage<F extends Fields> implements ModePage {
  readonly code: number;
  readonly #layout: Layout<F>;
  readonly #defaults: Uint8Array;
  readonly #changeable: Uint8Array;
  #saved: Uint8Array;
  #bytes: Uint8Array;
  #value: FieldsValue<F>;

  /** Fields that `defaults` does not name are zero. */
  constructor(
    code: number, layout: Layout<F>, defaults: Partial<FieldsValue<F>>,
    changeable: readonly (keyof F)[]) {
    this.code = code;
    this.#layout = layout;
    const zeros = layout.decode(new Uint8Array(layout.size)).value;
    this.#defaults = layout.encode({ ...zeros, ...defaults });
    this.#defaults.set(headOf(code, layout.size));
    this.#changeable = maskOf(layout, changeable);
    this.#saved = this.#defaults;
    this.#bytes = this.#defaults;
    this.#value = layout.read(this.#bytes);
  }

  get value(): FieldsValue<F> {
    return this.#value;
  }

  bytes(pageControl: number): Uint8Array {
    if (pageControl === PAGE_CONTROL.defaults) return this.#defaults;
    if (pageControl === PAGE_CONTROL.saved) return this.#saved;
    if (pageControl === PAGE_CONTROL.current) return this.#bytes;
    const mask = this.#changeable.slice();
    mask.set(headOf(this.code, mask.length)); // the head is no parameter
    return mask;
  }

  accept(bytes: Uint8Array, at: number): () => void {
    if (bytes.length !== this.#bytes.length) {
      throw invalidListField(`Cannot select mode page ${hex(this.code)}: `
        + `it has ${this.#bytes.length - 2} bytes of parameters, not ${bytes.length - 2}`, at + 1);
    }
    const wanted = new Uint8Array(bytes); // a copy, of a Buffer too
    wanted[0]! &= 0x7f; // PS is reserved in MODE SELECT, and comes back from MODE SENSE
    for (const [i, byte] of wanted.entries()) {
      const stray = (byte ^ this.#bytes[i]!) & ~this.#changeable[i]!;
      if (stray !== 0) {
        throw invalidListField(`Cannot select mode page ${hex(this.code)}: byte ${i} cannot be `
          + 'changed so', at + i, 31 - Math.clz32(stray));
      }
    }
    const value = this.#read(wanted, at);
    return () => {
      this.#bytes = wanted;
      this.#value = value;
    };
  }

  #read(bytes: Uint8Array, at: number): FieldsValue<F> {
    try {
      return this.#layout.read(bytes);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      throw invalidListField(error.message, at + error.at, error.bit);
    }
  }

  get isSavable(): boolean {
    return this.#changeable.some((bits) => bits !== 0);
  }

  save(): void {
    this.#saved = this.#bytes;
  }

  load(saved: Uint8Array): void {
    try {
      this.accept(saved, 0)();
      this.save();
    } catch (error) {
      if (!(error instanceof SenseError)) throw error; // an older program could change more
    }
  }

  restore(): void {
    this.#bytes = this.#saved;
    this.#value = this.#layout.read(this.#bytes);
  }
}

/** The head of a page of so many bytes; that of a subpage is longer. Source: SPC-4 7.5.7. */
function headOf(code: number, byteLength: number): number[] {
  const subpage = code >>> 8;
  if (subpage === 0) return [code, byteLength - 2];
  const length = byteLength - 4;
  return [SPF | (code & 0x3f), subpage, length >>> 8, length & 0xff];
}

/** Ones in every bit of the named fields. */
function maskOf<F extends Fields>(layout: Layout<F>, keys: readonly (keyof F)[]): Uint8Array {
  const mask = new Uint8Array(layout.size);
  for (const key of keys) {
    const { at, byteLength = 0, mask: bits } = layout.fields[key]!;
    for (let i = at; i < at + byteLength; i += 1) mask[i]! |= bits;
  }
  return mask;
}

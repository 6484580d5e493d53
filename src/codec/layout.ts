/**
 * One declaration of a structure gives its encoder, its readers, its explanation and its lint.
 *
 *   layout(about, fields) ─┬─ encode(value) ─────────────────────→ bytes
 *                          ├─ decode(bytes) → value, raw, findings   (lenient: keeps everything)
 *                          ├─ read(bytes)   → value or Malformed     (strict: first error ends it)
 *                          ├─ explain(bytes)→ lines
 *                          ├─ lint(bytes)   → findings
 *                          ├─ usageMap()    → which bits mean anything
 *                          └─ at(level)     → the layout at one version of its standard
 */
import { hex } from '../bytes/hex.ts';
import { type Field, type Json, unchecked } from './field.ts';
import { type Finding, Malformed, type Severity } from './finding.ts';
import { fieldsAt, hasLevels, isAt, type Levels, nameAt } from './levels.ts';
import { fieldReader, fieldWriter, soundness } from './made-code.ts';
import { isSame } from './same.ts';

export interface About extends Levels {
  /** What the structure is called in messages. */
  readonly name: string;
  /** Standard and clause. */
  readonly source: string;
  /** Bytes; for a structure that ends with a `rest` or a list, its shortest form. */
  readonly size: number;
}

// biome-ignore lint/suspicious/noExplicitAny: the bound must accept a field of every value type.
type AnyField = Field<any>;
export type Fields = Readonly<Record<string, AnyField>>;
export type FieldsValue<F extends Fields> = {
  -readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};
// biome-ignore lint/suspicious/noExplicitAny: stands for a layout of whatever fields.
export type AnyLayout = Layout<any>;
export type ValueOf<L extends AnyLayout> = L extends Layout<infer F> ? FieldsValue<F> : never;

export interface Decoded<T> {
  readonly value: T;
  /** A copy of the bytes, those that no field claims included. */
  readonly raw: Uint8Array;
  readonly findings: readonly Finding[];
}

/** One line of an explanation. */
export interface Line {
  readonly at: number;
  readonly byteLength: number;
  readonly bit?: number;
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly text: string;
}

interface Problem {
  readonly message: string;
  /** `error` unless said otherwise. */
  readonly severity?: Severity;
  readonly mend?: string;
}

/** A rule over several fields; `field` names the one to point at. */
export type Rule<F extends Fields> = (value: FieldsValue<F>, byteLength: number) =>
  (Problem & { readonly field: keyof F; readonly rule: string }) | undefined;

/** What `layout` was given. */
interface Declared<F extends Fields> {
  readonly about: About;
  readonly fields: F;
  readonly rules: readonly Rule<F>[];
}

export class Layout<F extends Fields> {
  readonly name: string;
  readonly source: string;
  readonly size: number;
  readonly fields: F;
  /** The levels of its standard at which the structure exists. */
  readonly levels: Levels;
  /** Do levels differ in it? */
  readonly hasLevels: boolean;
  readonly #declared: Declared<F>;
  readonly #level: number | undefined;
  readonly #atLevels = new Map<number, Layout<F>>();
  readonly #entries: readonly (readonly [string, AnyField])[];
  /** Entries without those that the level does not have. */
  readonly #present: readonly (readonly [string, AnyField])[];
  /** Fields that may refuse a value. */
  readonly #checked: readonly (readonly [string, AnyField])[];
  /** Fields that are structures of their own. */
  readonly #structures: readonly AnyField[];
  readonly #claimed: Uint8Array;
  readonly #readFields: (bytes: Uint8Array, base: number, end: number) => FieldsValue<F>;
  readonly #writeFields: (bytes: Uint8Array, value: FieldsValue<F>) => void;
  /** Entries of fields without a length. */
  readonly #open: readonly (readonly [string, AnyField])[];
  /** No field has a problem with its value; the rules may. */
  readonly #isSound: (value: FieldsValue<F>) => boolean;

  constructor(declared: Declared<F>, level?: number) {
    const { about, fields } = declared;
    this.name = level === undefined ? about.name : nameAt(about.name, about, level);
    this.source = about.source;
    this.size = about.size;
    this.fields = level === undefined ? fields : fieldsAt(fields, level);
    this.levels = about;
    this.hasLevels = [about, ...Object.values(fields)].some(hasLevels);
    this.#declared = declared;
    this.#level = level;
    this.#entries = Object.entries(this.fields);
    this.#present = this.#entries.filter(([, field]) => level === undefined || isAt(field, level));
    const present = this.#present.map(([, field]) => field);
    this.#checked = this.#present.filter(([, field]) => field.check !== unchecked);
    this.#structures = present.filter((field) => field.layoutOf !== undefined);
    this.#claimed = claimedBits(about.size, present);
    this.#readFields = fieldReader(this.#entries) as (
      bytes: Uint8Array, base: number, end: number) => FieldsValue<F>; // one key per field of F
    this.#writeFields = fieldWriter(this.#entries);
    this.#open = this.#entries.filter(([, field]) => field.byteLength === undefined);
    this.#isSound = soundness(this.#checked);
  }

  /**
   * The layout at a level of the standard; without one a layout is the union of all levels.
   *
   * Values have the same keys at every level. A field that the level does not have is read and
   * written, but not explained or checked: its bits are reserved.
   */
  at(level: number): Layout<F> {
    if (this.#level === level || !this.hasLevels) return this;
    const found = this.#atLevels.get(level) ?? new Layout(this.#declared, level);
    this.#atLevels.set(level, found);
    return found;
  }

  /**
   * Ones for every bit that a field claims, over the structure's shortest form. A structure inside
   * claims all its bits, unless the bytes at `at` tell which one it is.
   */
  usageMap(bytes?: Uint8Array, at = 0): Uint8Array {
    const claimed = this.#claimed.slice();
    if (bytes === undefined) return claimed;
    for (const [from, inner] of this.#inside(bytes, at, at + this.size)) {
      claimed.set(inner.usageMap(bytes, from), from - at);
    }
    return claimed;
  }

  /**
   * Bytes of a value. Bits that no field claims are zero, or as in `keep`.
   *
   * A field whose value is still that of `keep` stays as it is there, also where the value is one
   * that could not be written, or lies behind the end of `keep`: what was decoded comes back.
   *
   * Throws: RangeError if a value does not fit its field.
   */
  encode(value: FieldsValue<F>, keep?: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(this.#sizeOf(value, keep));
    if (keep === undefined) {
      this.#writeFields(bytes, value);
      return bytes;
    }
    bytes.set(keep.subarray(0, bytes.length));
    const kept = this.peek(keep);
    for (const [key, field] of this.#entries) {
      if (!isSame(kept[key], value[key])) field.write(bytes, 0, value[key]!);
    }
    const isCut = keep.length < this.size && bytes.length === this.size
      && bytes.subarray(keep.length).every((byte) => byte === 0);
    return isCut ? bytes.slice(0, keep.length) : bytes;
  }

  /** Bytes that a value takes; what stands behind the fields in `keep` is kept. */
  #sizeOf(value: FieldsValue<F>, keep?: Uint8Array): number {
    if (this.#open.length === 0) return Math.max(this.size, keep?.length ?? 0);
    return Math.max(this.size, ...this.#open.map(([key, field]) =>
      field.at + field.sizeOf(value[key]!)));
  }

  /** Value, raw bytes and findings; never throws. What is cut off reads as zeros. */
  decode(bytes: Uint8Array, at = 0, end = bytes.length): Decoded<FieldsValue<F>> {
    return {
      value: this.peek(bytes, at, end), raw: bytes.slice(at, end),
      findings: this.lint(bytes, at, end),
    };
  }

  /** The value alone, of bytes that may be wrong; never throws. What is cut off reads as zeros. */
  peek(bytes: Uint8Array, at = 0, end = bytes.length): FieldsValue<F> {
    if (end - at >= this.size) return this.#readFields(bytes, at, end);
    return this.#readFields(extended(bytes.subarray(at, end), this.size), 0, this.size);
  }

  /**
   * The value, if the bytes hold no error; reserved bits are ignored.
   *
   * Throws: Malformed with the place of the first error.
   */
  read(bytes: Uint8Array, at = 0, end = bytes.length): FieldsValue<F> {
    if (end - at < this.size) throw new Malformed(this.name, this.#truncated(at, end));
    const value = this.#readFields(bytes, at, end);
    let error = this.#firstError(value, at, end - at);
    if (this.#structures.length > 0) error ??= this.#errorInside(bytes, at, end);
    if (error !== undefined) throw new Malformed(this.name, error);
    return value;
  }

  /** All findings, in order of their place; never throws. */
  lint(bytes: Uint8Array, at = 0, end = bytes.length): Finding[] {
    const isShort = end - at < this.size;
    const from = isShort ? extended(bytes.subarray(at, end), this.size) : bytes.subarray(at, end);
    const value = this.#readFields(from, 0, from.length);
    return [
      ...(isShort ? [this.#truncated(at, end)] : []),
      ...this.#problems(value, at, end - at),
      ...this.#inside(bytes, at, end).flatMap(([from, inner]) =>
        inner.lint(bytes, from, from + inner.size)),
      ...this.#reserved(from.subarray(0, end - at), at),
    ].sort((a, b) => a.at - b.at || (b.bit ?? 7) - (a.bit ?? 7));
  }

  /** A line for each field that is there, at least in part. */
  explain(bytes: Uint8Array, at = 0, end = bytes.length): Line[] {
    const whole = end - at >= this.size ? bytes.subarray(at, end)
      : extended(bytes.subarray(at, end), this.size);
    const lines: Line[] = [];
    for (const [, field] of this.#present) {
      const from = at + field.at;
      const length = Math.min(field.byteLength ?? end - from, end - from);
      if (length <= 0) continue;
      const cut = field.byteLength !== undefined && length < field.byteLength;
      lines.push({
        at: from, byteLength: length, ...(field.bit === undefined ? {} : { bit: field.bit }),
        bytes: bytes.slice(from, from + length), name: field.name,
        text: cut ? 'cut off' : field.show(field.read(whole, 0, whole.length)),
      });
    }
    return lines;
  }

  toJson(value: FieldsValue<F>): Json {
    return Object.fromEntries(
      this.#entries.map(([key, field]) => [key, field.toJson(value[key]!)]));
  }

  /** Throws: RangeError that names the field that is missing, unknown or does not fit. */
  fromJson(json: Json): FieldsValue<F> {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new RangeError(`Cannot encode ${this.name}: an object is expected`);
    }
    const given = json as { readonly [key: string]: Json }; // narrowed above
    const unknown = Object.keys(given).find((key) => !Object.hasOwn(this.fields, key));
    if (unknown !== undefined) {
      throw new RangeError(`Cannot encode ${this.name}: it has no field '${unknown}'`);
    }
    const value: Record<string, unknown> = {};
    for (const [key, field] of this.#entries) {
      const one = given[key];
      if (one === undefined) {
        throw new RangeError(`Cannot encode ${this.name}: '${key}' is missing`);
      }
      value[key] = field.fromJson(one);
    }
    return value as FieldsValue<F>; // every key of F was set from its own field
  }

  #truncated(at: number, end: number): Finding {
    return {
      at: end, severity: 'error', rule: 'truncated', source: this.source,
      message: `${end - at} bytes are there, ${this.name} has ${this.size}`,
    };
  }

  /** What a strict reader refuses, if anything: fields first, then the rules. */
  #firstError(value: FieldsValue<F>, at: number, byteLength: number): Finding | undefined {
    for (const [key, field] of this.#isSound(value) ? [] : this.#checked) {
      const problem = field.check(value[key]!);
      if (problem?.severity === 'error') return this.#finding(at, field, 'value', problem);
    }
    for (const rule of this.#declared.rules) {
      const broken = rule(value, byteLength);
      if (broken !== undefined && (broken.severity ?? 'error') === 'error' && this.#has(broken)) {
        return this.#finding(at, this.fields[broken.field]!, broken.rule, broken);
      }
    }
    return undefined;
  }

  /** Structures that are fields of this one, and where they begin; only those wholly there. */
  #inside(bytes: Uint8Array, at: number, end: number): [number, AnyLayout][] {
    return this.#structures.flatMap((field): [number, AnyLayout][] => {
      const from = at + field.at;
      if (from + field.byteLength! > end) return [];
      const inner = field.layoutOf!(bytes, at);
      return inner === undefined ? [] : [[from, inner]];
    });
  }

  #errorInside(bytes: Uint8Array, at: number, end: number): Finding | undefined {
    return this.#inside(bytes, at, end)
      .flatMap(([from, inner]) => inner.lint(bytes, from, from + inner.size))
      .find(({ severity }) => severity === 'error');
  }

  /** What is wrong with the fields that are there; rules hold for whole structures only. */
  #problems(value: FieldsValue<F>, at: number, byteLength: number): Finding[] {
    const findings: Finding[] = [];
    for (const [key, field] of this.#checked) {
      if (field.at + (field.byteLength ?? 0) > byteLength) continue;
      const problem = field.check(value[key]!);
      if (problem !== undefined) findings.push(this.#finding(at, field, 'value', problem));
    }
    if (byteLength < this.size) return findings;
    for (const rule of this.#declared.rules) {
      const broken = rule(value, byteLength);
      if (broken === undefined || !this.#has(broken)) continue;
      findings.push(this.#finding(at, this.fields[broken.field]!, broken.rule, broken));
    }
    return findings;
  }

  /** A rule about a field that the level does not have says nothing. */
  #has({ field }: { readonly field: keyof F }): boolean {
    return this.#level === undefined || isAt(this.fields[field]!, this.#level);
  }

  #finding(at: number, field: AnyField, rule: string, problem: Problem): Finding {
    return {
      at: at + field.at, ...(field.bit === undefined ? {} : { bit: field.bit }),
      severity: problem.severity ?? 'error', rule,
      message: `${field.name} ${problem.message}`, source: this.source,
      ...(problem.mend === undefined ? {} : { mend: problem.mend }),
    };
  }

  #reserved(bytes: Uint8Array, at: number): Finding[] {
    const findings: Finding[] = [];
    for (let i = 0; i < Math.min(bytes.length, this.#claimed.length); i += 1) {
      const stray = bytes[i]! & ~this.#claimed[i]!;
      if (stray === 0) continue;
      findings.push({
        at: at + i, bit: 31 - Math.clz32(stray), severity: 'warning', rule: 'reserved',
        message: `reserved bits ${hex(stray)} of byte ${at + i} are set`,
        mend: `write ${hex(bytes[i]! & this.#claimed[i]!)}`, source: this.source,
      });
    }
    return findings;
  }
}

/** Declares a structure. Rules look at several fields at once. */
export const layout = <const F extends Fields>(
  about: About, fields: F, rules: readonly Rule<F>[] = []): Layout<F> =>
  new Layout({ about, fields, rules });

const extended = (bytes: Uint8Array, size: number): Uint8Array => {
  const whole = new Uint8Array(size);
  whole.set(bytes.subarray(0, size));
  return whole;
};

function claimedBits(size: number, fields: readonly Field<unknown>[]): Uint8Array {
  const claimed = new Uint8Array(size);
  for (const field of fields) {
    const end = Math.min(size, field.byteLength === undefined ? size : field.at + field.byteLength);
    for (let i = field.at; i < end; i += 1) claimed[i]! |= field.mask;
  }
  return claimed;
}

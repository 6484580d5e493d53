/**
 * Readers and writers that are made at run time, where code may be made: an object written as one
 * literal of plain expressions is read several times faster than one whose keys are set by calling
 * a function for each. A web page may forbid it; then the fields' own functions are called.
 *
 * They are made when first called: there are hundreds of layouts, and most programs use few.
 */
import type { Field } from './field.ts';

type Read = Field<unknown>['read'];
type Entries = readonly (readonly [string, Field<unknown>])[];
type Value = Readonly<Record<string, unknown>>;
type FieldReader = (bytes: Uint8Array, base: number, end: number) => Record<string, unknown>;
type FieldWriter = (bytes: Uint8Array, value: Value) => void;
type Soundness = (value: Value) => boolean;

const expressions = new WeakMap<Read, string>();

/**
 * `read`, with what it does as an expression over `b`, the bytes, and `at`, the base. It belongs
 * to the function, not to the field: a field that is given another `read` does not keep it.
 */
export function inline<R extends Read>(read: R, expression: string): R {
  expressions.set(read, expression);
  return read;
}

/** A function whose `body` may use `constants`; undefined where making code is forbidden. */
function makeFunction(
  constants: ReadonlyMap<string, unknown>, parameters: string, body: string): unknown {
  try {
    return new Function(...constants.keys(), `return (${parameters}) => (${body});`)(
      ...constants.values());
  } catch {
    return undefined;
  }
}

/** Reads all fields into one object. */
export function fieldReader(entries: Entries): FieldReader {
  let made: FieldReader | undefined;
  return (bytes, base, end) => {
    made ??= makeReader(entries);
    return made(bytes, base, end);
  };
}

function makeReader(entries: Entries): FieldReader {
  const constants = new Map<string, unknown>();
  const keys = entries.map(([key, { read }], i) => {
    const expression = expressions.get(read);
    if (expression === undefined) constants.set(`r${i}`, read);
    return `${JSON.stringify(key)}: ${expression ?? `r${i}(b, at, end)`}`;
  });
  const made = makeFunction(constants, 'b, at, end', `{ ${keys.join(', ')} }`);
  return made as FieldReader | undefined // the text above has this signature
    ?? ((bytes, base, end) => Object.fromEntries(
      entries.map(([key, field]) => [key, field.read(bytes, base, end)])));
}

/** Writes all fields into zeroed bytes. It throws what they throw. */
export function fieldWriter(entries: Entries): FieldWriter {
  let made: FieldWriter | undefined;
  return (bytes, value) => {
    made ??= makeWriter(entries);
    made(bytes, value);
  };
}

function makeWriter(entries: Entries): FieldWriter {
  const constants = new Map(entries.map(([, field], i) => [`f${i}`, field]));
  const calls = entries.map(([key], i) => `f${i}.write(b, 0, v[${JSON.stringify(key)}])`);
  const made = makeFunction(constants, 'b, v', calls.join(', ') || 'undefined');
  return made as FieldWriter | undefined // the text above has this signature
    ?? ((bytes, value) => {
      for (const [key, field] of entries) field.write(bytes, 0, value[key]);
    });
}

/** Whether no field has anything to say about its value. */
export function soundness(entries: Entries): Soundness {
  let made: Soundness | undefined;
  return (value) => {
    made ??= makeSoundness(entries);
    return made(value);
  };
}

function makeSoundness(entries: Entries): Soundness {
  const constants = new Map(entries.map(([, { check }], i) => [`c${i}`, check]));
  const tests = entries.map(([key], i) => `c${i}(v[${JSON.stringify(key)}]) === undefined`);
  const made = makeFunction(constants, 'v', tests.join(' && ') || 'true');
  return made as Soundness | undefined // the text above has this signature
    ?? ((value) => entries.every(([key, field]) => field.check(value[key]) === undefined));
}

import type { Files } from '../ports/files.ts';
import { MediaError } from './media-error.ts';

/** No file of ours comes near it; a larger one is not ours. */
const JSON_BYTES_MAX = 1024 * 1024;

/** An object of a JSON file, read field by field; each error names the file and the field. */
export class JsonObject {
  readonly #path: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(path: string, value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new MediaError('damaged', `Cannot read ${path}: it holds no object`);
    }
    this.#path = path;
    // An object that came from JSON has string keys and no accessors.
    this.#fields = value as Readonly<Record<string, unknown>>;
  }

  text(name: string, pattern: RegExp): string {
    const value = this.#fields[name];
    if (typeof value === 'string' && pattern.test(value)) return value;
    return this.#refuse(name, 'not as it should be');
  }

  count(name: string, min: number, max: number): number {
    const value = this.#fields[name];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) {
      return value;
    }
    return this.#refuse(name, `not a number from ${min} to ${max}`);
  }

  object(name: string): JsonObject {
    return new JsonObject(`${this.#path}, ${name}`, this.#fields[name]);
  }

  list(name: string): JsonObject[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) return this.#refuse(name, 'not a list');
    return value.map((item, i) => new JsonObject(`${this.#path}, ${name}[${i}]`, item));
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  #refuse(name: string, why: string): never {
    throw new MediaError('damaged', `Cannot read ${this.#path}: ${name} is ${why}`);
  }
}

/** Throws: MediaError (`damaged`) if it is not a JSON object; FileError. */
export async function readJsonFile(files: Files, path: string): Promise<JsonObject> {
  const file = await files.open(path, 'read');
  try {
    const bytes = new Uint8Array(Math.min(await file.size(), JSON_BYTES_MAX));
    const length = await file.read(bytes, 0);
    return new JsonObject(path, parse(path, bytes.subarray(0, length)));
  } finally {
    await file.close();
  }
}

function parse(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new MediaError('damaged', `Cannot read ${path}: it holds no JSON`, { cause: error });
  }
}

/** Replaces the file in one step; durable when it returns. Throws: FileError. */
export function writeJsonFile(files: Files, path: string, value: object): Promise<void> {
  return files.replaceFile(path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
}

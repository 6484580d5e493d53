import type { Json } from '../codec/field.ts';

export type JsonObject = { readonly [key: string]: Json };

export const isObject = (json: Json | undefined): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** JSON that cannot be encoded; the message names the place, `$.segments[1].lba`. */
export class JsonError extends RangeError {
  constructor(path: string, message: string, cause?: unknown) {
    super(`Cannot encode ${path}: ${message}`, cause === undefined ? {} : { cause });
    this.name = 'JsonError';
  }
}

/** Gives a RangeError from within the place where it belongs. */
export function within<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError) || error instanceof JsonError) throw error;
    throw new JsonError(path, error.message.replace(/^Cannot encode /, ''), error);
  }
}

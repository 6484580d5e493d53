import { readFileSync } from 'node:fs';
import { UserError } from '../user-error.ts';

const READ_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'permission denied',
};

/** The content of a file, `-` for standard input. Throws: UserError. */
export function contentOf(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new UserError(`Cannot read ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Why a file could not be read or written, for people. */
export function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException; // what node:fs throws
  return READ_FAULTS[code ?? ''] ?? String(code);
}

/** Runs work on what a user gave; its RangeErrors are the user's to mend. */
export function onInput<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof RangeError ? new UserError(error.message, { cause: error }) : error;
  }
}

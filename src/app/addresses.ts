/** Addresses and secrets of the command line. */
import { readFileSync } from 'node:fs';
import type { Address } from '../ports/network.ts';
import { UsageError, UserError } from './user-error.ts';

/** `host:port` or `[v6]:port`. Throws: UsageError that names the flag. */
export function parseAddress(text: string, flag: string): Address {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new UsageError(`Cannot read ${flag} '${text}': write HOST:PORT, such as 127.0.0.1:3260`);
  }
  return { host: match[1] ?? match[2]!, port };
}

/** The secret from a file (its first line) or from SERVERFREE_SECRET. Throws: UserError. */
export function secretOf(file: string | undefined, what: string): string {
  const secret = file === undefined ? process.env['SERVERFREE_SECRET'] : firstLine(file);
  if (secret !== undefined && secret.length > 0) return secret;
  throw new UsageError(`Cannot use ${what}: its secret is missing; give --secret-file FILE `
    + 'or set SERVERFREE_SECRET');
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // what node:fs throws
    throw new UserError(`Cannot read --secret-file ${file}: ${code}`);
  }
}

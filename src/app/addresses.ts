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

/** Where a secret comes from, if not from the URL. */
interface SecretSource {
  readonly flag: string;
  readonly variable: string;
}

const OWN: SecretSource = { flag: '--secret-file', variable: 'SERVERFREE_SECRET' };
const MUTUAL: SecretSource = {
  flag: '--mutual-secret-file', variable: 'SERVERFREE_MUTUAL_SECRET' };

/** A user's secret: the first line of a file, or SERVERFREE_SECRET. Throws: UserError. */
export const secretOf = (file: string | undefined, what: string): string =>
  secretFrom(OWN, file, what);

/** A target's secret: the first line of a file, or SERVERFREE_MUTUAL_SECRET. Throws: UserError. */
export const mutualSecretOf = (file: string | undefined, what: string): string =>
  secretFrom(MUTUAL, file, what);

function secretFrom(
  { flag, variable }: SecretSource, file: string | undefined, what: string): string {
  const secret = file === undefined ? process.env[variable] : firstLine(flag, file);
  if (secret !== undefined && secret.length > 0) return secret;
  throw new UsageError(
    `Cannot use ${what}: its secret is missing; give ${flag} FILE or set ${variable}`);
}

function firstLine(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // what node:fs throws
    throw new UserError(`Cannot read ${flag} ${file}: ${code}`);
  }
}

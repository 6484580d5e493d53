/** What a test needs of the machine. Under CI=true it must be there: the test runs, and fails. */
import { accessSync, constants } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { delimiter, join } from 'node:path';

export interface Need {
  /** For `describe.skipIf`. */
  readonly isMissing: boolean;
  /** To be put behind a test's name: why it is skipped, or nothing. */
  readonly why: string;
}

const isProgram = (name: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).concat('/usr/sbin', '/sbin').some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** What is there unless there is a problem. */
export const need = (problem: string | undefined): Need => ({
  isMissing: problem !== undefined && process.env.CI !== 'true',
  why: problem === undefined ? '' : ` (skipped: ${problem})`,
});

/** Programs that must be installed. */
export function requires(...programs: readonly string[]): Need {
  const missing = programs.filter((name) => !isProgram(name));
  return need(missing.length === 0 ? undefined : `${missing.join(', ')} not found`);
}

/** The rights of root, and programs. */
export const requiresRoot = (...programs: readonly string[]): Need =>
  (process.getuid?.() === 0 ? requires(...programs) : need('only root can do it'));

/** A loopback address of IPv6. */
export const requiresIpv6 = (): Need => need(
  Object.values(networkInterfaces()).flat().some((one) => one?.address === '::1')
    ? undefined : 'there is no IPv6 loopback');

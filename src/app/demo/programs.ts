/** Programs of the host that the demo runs, found and run with clear errors. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../user-error.ts';

/** Where Debian and others keep what an administrator runs; not on every user's PATH. */
const ADMIN_FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

/** The path of a program, or undefined. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':').filter(Boolean), ...ADMIN_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end. Throws: UserError with the last line it printed, or how to install it.
 */
export async function runProgram(
  name: string, args: readonly string[], debianPackage: string): Promise<void> {
  const path = findProgram(name);
  if (path === undefined) {
    throw new UserError(`Cannot run ${name}: it is not there; install it `
      + `(on Debian: apt-get install ${debianPackage})`);
  }
  const child = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-2000);
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (status === 0) return;
  const why = tail.trim().split('\n').at(-1) ?? '';
  throw new UserError(`Cannot run ${name}: it ended with status ${status}: ${why}`);
}

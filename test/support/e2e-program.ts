import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PROGRAM } from './target-process.ts';

export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly errors: string;
}

/** Runs a program to its end; what it prints and its status are the answer. */
export async function run(
  program: string, args: readonly string[], input: string | Uint8Array = ''): Promise<Ran> {
  const child = spawn(program, args, { stdio: 'pipe', env: { ...process.env, LC_ALL: 'C' } });
  const texts = { out: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.errors += text;
  });
  // A program that does not read its input may have closed it.
  child.stdin.on('error', () => {}).end(input);
  const [status] = await once(child, 'close') as [number | null];
  return { status, ...texts };
}

/** What a program prints. Throws: Error with what it said unless its status is 0. */
export async function outputOf(
  program: string, args: readonly string[], input: string | Uint8Array = ''): Promise<string> {
  const { status, out, errors } = await run(program, args, input);
  if (status === 0) return out;
  throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${errors}${out}`);
}

/** Runs `serverfree …`. */
export const serverfree = (...args: readonly string[]): Promise<Ran> =>
  run(process.execPath, [PROGRAM, ...args]);

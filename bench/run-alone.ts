import { fileURLToPath } from 'node:url';
import { run } from './programs.ts';

const ALONE = fileURLToPath(new URL('alone.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

/** Runs one of `alone.ts`'s measurements; returns what it printed. */
export async function runAlone(args: readonly string[], signal: AbortSignal): Promise<unknown> {
  const { stdout } = await run(process.execPath, ['--import', TSX, ALONE, ...args], signal);
  return JSON.parse(stdout);
}

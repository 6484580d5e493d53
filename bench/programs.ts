/** Programs that the bench runs, with the processor time they take. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findProgram } from '../src/app/demo/programs.ts';
import { UserError } from '../src/app/user-error.ts';

/** Units of processor time in /proc: USER_HZ, which Linux keeps at 100. */
const TICKS_PER_SECOND = 100;
const OUTPUT_BYTES_MAX = 64 * 1024;

export interface Ran {
  readonly stdout: string;
  readonly seconds: number;
  /** User and system time, its own children's as well, to 10 ms. */
  readonly cpuSeconds: number;
}

/**
 * Runs a program to its end; none other may run meanwhile, or its time is counted too.
 *
 * Throws: UserError with the last line it printed; the signal's reason when aborted.
 */
export async function run(
  command: string, args: readonly string[], signal: AbortSignal, environment = process.env,
): Promise<Ran> {
  signal.throwIfAborted();
  const path = programPath(command);
  const cpuBefore = endedChildrenCpuSeconds();
  const start = performance.now();
  const child = spawn(path, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [tailOf(child.stdout), tailOf(child.stderr)];
  const kill = (): void => void child.kill();
  signal.addEventListener('abort', kill);
  try {
    const status = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.once('error', reject).once('close', (code, name) => resolve(code ?? name));
    });
    const seconds = (performance.now() - start) / 1000;
    signal.throwIfAborted();
    if (status !== 0) throw failure(command, `it ended with ${status}: ${lastLine(stderr())}`);
    return { stdout: stdout(), seconds, cpuSeconds: endedChildrenCpuSeconds() - cpuBefore };
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

const failure = (command: string, why: string): UserError =>
  new UserError(`Cannot run ${command}: ${why}`);

/** A name is looked for as a shell and an administrator would; a path is taken as it is. */
export function programPath(command: string): string {
  const path = command.includes('/') ? command : findProgram(command);
  if (path === undefined) throw failure(command, 'it is not installed');
  return path;
}

/** The end of what a stream gives, bounded. */
export function tailOf(stream: NodeJS.ReadableStream): () => string {
  let tail = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-OUTPUT_BYTES_MAX);
  });
  return () => tail;
}

export const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

/** Fields of /proc/PID/stat behind the name, which may hold spaces. Source: proc(5). */
function statFields(pid: number | 'self'): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** User and system time of a process, all its threads, to 10 ms. */
export function cpuSecondsOf(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function endedChildrenCpuSeconds(): number {
  const fields = statFields('self');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

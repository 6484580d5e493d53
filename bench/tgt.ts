/** The Linux SCSI target framework (tgt): what a user would otherwise serve a file with. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../src/app/user-error.ts';
import { cpuSecondsOf, lastLine, programPath, run, tailOf } from './programs.ts';
import type { Undo } from './undo.ts';

const IQN = 'iqn.2026-11.org.serverfree:bench-tgt';
/** Its daemons are told apart by a number; a socket in a folder of ours does the rest. */
const CONTROL = '1';
const TRIES = 50;
const TRY_AGAIN_MS = 100;

/** A disk that is served, and what that has cost so far. */
export interface Served {
  readonly url: string;
  cpuSeconds(): number;
}

/**
 * Serves a file as a disk on a free port of loopback.
 *
 * Throws: UserError if it is not installed or does not start.
 */
export async function serveWithTgt(
  file: string, folder: string, undo: Undo, signal: AbortSignal): Promise<Served> {
  const portal = `127.0.0.1:${await freePort()}`;
  const environment = { ...process.env, TGT_IPC_SOCKET: join(folder, 'tgt') };
  const daemon = spawn(programPath('tgtd'), ['-f', '-C', CONTROL, '--iscsi', `portal=${portal}`],
    { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const stderr = tailOf(daemon.stderr);
  const ended = new Promise<void>((resolve) => {
    daemon.once('error', () => resolve()).once('close', () => resolve());
  });
  undo.add(() => {
    daemon.kill('SIGKILL'); // it ignores the others while it has targets
    return ended;
  });
  const admin = (...args: string[]) =>
    run('tgtadm', ['-C', CONTROL, '--lld', 'iscsi', ...args], signal, environment);
  await untilItAnswers(() => admin('--op', 'show', '--mode', 'system'));
  // If it cannot have the portal it listens on all addresses instead.
  if (/unable to bind/.test(stderr())) {
    throw new UserError(`Cannot start tgtd: ${lastLine(stderr())}`);
  }
  const target = ['--tid', '1'];
  await admin('--op', 'new', '--mode', 'target', ...target, '-T', IQN);
  await admin('--op', 'new', '--mode', 'logicalunit', ...target, '--lun', '1', '-b', file);
  await admin('--op', 'bind', '--mode', 'target', ...target, '-I', '127.0.0.1');
  return {
    url: `iscsi://${portal}/${IQN}/1`,
    cpuSeconds: () => cpuSecondsOf(daemon.pid!), // it has answered, so it has a number
  };
}

async function untilItAnswers(ask: () => Promise<unknown>): Promise<void> {
  for (let left = TRIES; ; left -= 1) {
    try {
      await ask();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await sleep(TRY_AGAIN_MS);
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      server.close(() => (typeof bound === 'object' && bound !== null
        ? resolve(bound.port) : reject(new Error('Cannot find a free port'))));
    });
  });
}

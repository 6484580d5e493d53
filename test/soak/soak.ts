/**
 * Works on a target in a process of its own, from several sessions at once, for as long as asked:
 *
 *   workers ── reads, writes, tapes, copies, disconnects ──→ serverfree target
 *      └ each knows what every block and record must hold       └ ProcessWatch
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { deferred } from '../../src/sam/deferred.ts';
import { Client } from '../support/e2e-client.ts';
import { seeded } from '../support/seeded.ts';
import { TargetProcess } from '../support/target-process.ts';
import { DiskRegion } from './disk-region.ts';
import { faultsOf, holdingOf, ProcessWatch, type WatchReport } from './process-watch.ts';
import { Resets } from './resets.ts';
import { SoakSession } from './soak-session.ts';
import { Tallies } from './tallies.ts';
import { SoakTape } from './tape-drive.ts';
import { Worker } from './worker.ts';

const SESSION_COUNT = 4;
const DISKS = [{ lun: 0, blockBytes: 512 }, { lun: 1, blockBytes: 4096 }] as const;
const TAPE_LUNS = [2, 3, 4] as const;
const LUNS = [...DISKS.map(({ lun }) => lun), ...TAPE_LUNS];
/** What a session has of each disk: for reads and writes, and for copies. */
const LANE_BYTES = 4 * 1024 * 1024;
const COPY_LANE_BYTES = 2 * 1024 * 1024;
const SHARE_BYTES = LANE_BYTES + COPY_LANE_BYTES;
const SAMPLE_EVERY_MS = 1_000;
/** After so long something hangs. */
const STILL_SECONDS = 60;
/** An old and a new one of each session, and one that resets. */
const CONNECTIONS_MAX = 2 * SESSION_COUNT + 1;
/** A medium is opened again for direct I/O, and a file beside it may be; a ring has two. */
const LATER_FILES_MAX = 2 * LUNS.length + 2;
/** How long closed connections may take to go. */
const CLOSE_MS = 15_000;

export interface SoakSettings {
  readonly durationMs: number;
  readonly seed: number;
  /** Told every second how it goes. */
  readonly progress: (elapsedMs: number, tallies: Tallies, rssBytes: number) => void;
}

export interface SoakReport {
  readonly elapsedMs: number;
  readonly tallies: Tallies;
  readonly watch: WatchReport;
  /** Sockets of the target before the first session and after the last. */
  readonly sockets: readonly [number, number];
  readonly problems: readonly string[];
}

export async function soak(settings: SoakSettings): Promise<SoakReport> {
  const folder = await mkdtemp(join(tmpdir(), 'serverfree-soak-'));
  try {
    const target = await TargetProcess.start({ flags: [
      ...DISKS.flatMap(({ lun, blockBytes }) => ['--disk', `disk${lun}=${
        join(folder, `disk${lun}`)},size=${SESSION_COUNT * SHARE_BYTES},block=${blockBytes}`]),
      ...TAPE_LUNS.flatMap((lun) => [
        '--tape', `tape${lun}=${join(folder, `tape${lun}`)},capacity=1G`]),
    ] });
    try {
      return await soakTarget(target, settings);
    } finally {
      await target.kill();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function soakTarget(target: TargetProcess, settings: SoakSettings): Promise<SoakReport> {
  const before = holdingOf(target.pid);
  const tallies = new Tallies();
  const { workers, sessions } = await workersOf(target, tallies, settings.seed);
  const watch = new ProcessWatch(target.pid);
  const startMs = performance.now();
  const isOver = (): boolean =>
    performance.now() - startMs > settings.durationMs || tallies.problems.length > 0;
  const work = Promise.all(workers.map((worker) => runWorker(worker, tallies, isOver)));
  const stillness = new Stillness(tallies);
  const timer = setInterval(() => {
    settings.progress(performance.now() - startMs, tallies, watch.sample().rssBytes);
    stillness.look();
  }, SAMPLE_EVERY_MS);
  if (await Promise.race([work, stillness.found]) === 'still') {
    tallies.problems.push(`nothing has gone on for ${STILL_SECONDS} s`,
      ...sessions.flatMap(({ waiting }) => waiting));
  }
  clearInterval(timer);
  const elapsedMs = performance.now() - startMs;
  const problems = [...tallies.problems, ...faultsOf(watch.report, {
    sockets: before.sockets + CONNECTIONS_MAX, files: before.files + LATER_FILES_MAX })];
  const after = await quietSockets(target.pid, before.sockets);
  if (problems.length === 0) {
    if (after > before.sockets) problems.push(`${after - before.sockets} sockets are left over`);
    await target.stop();
  }
  return { elapsedMs, tallies, watch: watch.report, sockets: [before.sockets, after], problems };
}

/** Finds out that no command is sent any more. */
class Stillness {
  readonly #tallies: Tallies;
  readonly #found = deferred<'still'>();
  #commands = 0;
  #seconds = 0;

  constructor(tallies: Tallies) {
    this.#tallies = tallies;
  }

  /** Resolves when nothing has gone on for long. */
  get found(): Promise<'still'> {
    return this.#found.promise;
  }

  /** Once a second. */
  look(): void {
    const commands = this.#tallies.of('commands');
    this.#seconds = commands === this.#commands ? this.#seconds + 1 : 0;
    this.#commands = commands;
    if (this.#seconds >= STILL_SECONDS) this.#found.resolve('still');
  }
}

async function runWorker(worker: Worker, tallies: Tallies, isOver: () => boolean): Promise<void> {
  try {
    while (!isOver()) await worker.round();
    await worker.end();
  } catch (error) {
    tallies.problems.push(error instanceof Error ? error.message : String(error));
  }
}

async function workersOf(
  target: TargetProcess, tallies: Tallies, seed: number,
): Promise<{ readonly workers: Worker[]; readonly sessions: SoakSession[] }> {
  const naa = await namesOf(target);
  const resets = new Resets(target.portal, target.iqn);
  const tapes = TAPE_LUNS.map((lun) => new SoakTape(lun, tallies));
  const base = `iscsi://${target.portal}/${target.iqn}`;
  const sessions: SoakSession[] = [];
  const workers = Array.from({ length: SESSION_COUNT }, (_, index) => {
    const random = seeded(seed * SESSION_COUNT + index);
    const session = new SoakSession({ base, luns: LUNS, resets, tallies }, index, random);
    sessions.push(session);
    return new Worker({ index, random, session, naa, tapes, tallies,
      lanes: DISKS.map((disk) => regionOf(disk, index, 0, LANE_BYTES, tallies)),
      regions: DISKS.map((disk) => regionOf(disk, index, LANE_BYTES, COPY_LANE_BYTES, tallies)),
    });
  });
  return { workers, sessions };
}

function regionOf(
  { lun, blockBytes }: (typeof DISKS)[number], index: number, offset: number, byteLength: number,
  tallies: Tallies): DiskRegion {
  return new DiskRegion({ lun, blockBytes, blockCount: byteLength / blockBytes,
    firstLba: (index * SHARE_BYTES + offset) / blockBytes }, tallies);
}

async function namesOf(target: TargetProcess): Promise<string[]> {
  const client = new Client(`iscsi://${target.portal}/${target.iqn}`);
  const names: string[] = [];
  for (const lun of LUNS) names.push(await client.naa(lun));
  await client.close();
  return names;
}

/** Sockets once there are no more than `countMax`, or after a while. */
async function quietSockets(pid: number, countMax: number): Promise<number> {
  const endMs = performance.now() + CLOSE_MS;
  for (;;) {
    const { sockets } = holdingOf(pid);
    if (sockets <= countMax || performance.now() > endMs) return sockets;
    await wait(100);
  }
}

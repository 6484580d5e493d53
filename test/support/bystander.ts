/** A session that reads, writes and verifies a disk while others do their worst. */
import { deferred } from '../../src/sam/deferred.ts';
import { DiskLane } from '../soak/disk-lane.ts';
import { DiskRegion } from '../soak/disk-region.ts';
import { Resets } from '../soak/resets.ts';
import { SectorNumbers } from '../soak/sectors.ts';
import { SoakSession } from '../soak/soak-session.ts';
import { Tallies } from '../soak/tallies.ts';
import { hexOf } from './e2e-client.ts';
import { seeded } from './seeded.ts';
import type { TargetProcess } from './target-process.ts';

/** How much of the disk it uses, from its beginning. */
const BLOCK_COUNT = 4_096;

export class Bystander {
  readonly #session: SoakSession;
  readonly #lane: DiskLane;
  readonly #region: DiskRegion;
  readonly #work: Promise<void>;
  #isOver = false;
  #failure: unknown;
  /** Commands so far. */
  #done = 0;
  #step = deferred<void>();

  /** Works on a disk with blocks of 512 bytes until it is told to end. */
  constructor(target: TargetProcess, lun: number, seed: number) {
    const tallies = new Tallies();
    const random = seeded(seed);
    const base = `iscsi://${target.portal}/${target.iqn}`;
    const resets = new Resets(target.portal, target.iqn);
    this.#session = new SoakSession({ base, luns: [lun], resets, tallies }, 0, random);
    this.#region = new DiskRegion(
      { lun, blockBytes: 512, firstLba: 0, blockCount: BLOCK_COUNT }, tallies);
    this.#lane = new DiskLane(this.#region, this.#session, new SectorNumbers(0), random);
    this.#work = this.#go(lun);
  }

  async #go(lun: number): Promise<void> {
    try {
      await this.#session.must(lun, `93 09 ${hexOf(0, 8)} ${hexOf(BLOCK_COUNT, 4)} 00 00`);
      while (!this.#isOver) {
        await this.#lane.work();
        this.#done += 1;
        this.#step.resolve();
        this.#step = deferred();
      }
    } catch (error) {
      this.#failure = error;
      this.#step.resolve();
    }
  }

  /** Resolves when it has run so many more commands. Throws what went wrong. */
  async progress(count: number): Promise<void> {
    const end = this.#done + count;
    while (this.#done < end && this.#failure === undefined) await this.#step.promise;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Verifies all it has written, and logs out. Throws what went wrong. */
  async end(): Promise<void> {
    await this.progress(1);
    this.#isOver = true;
    await this.#work;
    await this.#region.verifyAll(this.#session);
    await this.#session.close();
  }
}

/** One of the sessions: its lanes work side by side, something goes wrong, all is found out. */
import { between } from '../support/seeded.ts';
import { CopyLane, type CopyPlace } from './copy-lane.ts';
import { DiskLane } from './disk-lane.ts';
import type { DiskRegion } from './disk-region.ts';
import { SectorNumbers } from './sectors.ts';
import { Interrupted } from './soak-error.ts';
import type { SoakSession } from './soak-session.ts';

/** Pieces of work of a lane from one settlement to the next. */
const WORK_COUNT_MAX = 16;

interface Lane {
  work(): Promise<void>;
  settle(): Promise<void>;
}

export interface WorkerPlace extends Omit<CopyPlace, 'numbers'> {
  readonly index: number;
  /** A region for each lane that reads and writes. */
  readonly lanes: readonly DiskRegion[];
}

export class Worker {
  readonly #session: SoakSession;
  readonly #random: () => number;
  readonly #regions: readonly DiskRegion[];
  readonly #lanes: readonly Lane[];

  constructor(place: WorkerPlace) {
    const { session, random, lanes, regions, index } = place;
    const numbers = new SectorNumbers(index);
    this.#session = session;
    this.#random = random;
    this.#regions = [...lanes, ...regions];
    this.#lanes = [...lanes.map((region) => new DiskLane(region, session, numbers, random)),
      new CopyLane({ ...place, numbers })];
  }

  /** Throws: SoakProblem, or another Error if the target does what it must not. */
  async round(): Promise<void> {
    this.#session.planFault();
    await Promise.all(this.#lanes.map((lane) => this.#some(lane)));
    await this.#settled(async () => {
      for (const lane of this.#lanes) await lane.settle();
    });
  }

  /** Everything holds what it must; then it logs out. */
  async end(): Promise<void> {
    await this.#settled(async () => {
      for (const region of this.#regions) await region.verifyAll(this.#session);
    });
    await this.#session.close();
  }

  async #some(lane: Lane): Promise<void> {
    try {
      for (let left = between(this.#random, 1, WORK_COUNT_MAX); left > 0; left -= 1) {
        await lane.work();
      }
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    }
  }

  /** Does something with a connection, again and again if others interrupt it. */
  async #settled(work: () => Promise<void>): Promise<void> {
    for (;;) {
      await this.#session.settle();
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
      }
    }
  }
}

import type { ItNexus } from '../../sam/command.ts';
import type { LogicalUnit } from '../../sam/logical-unit.ts';
import type {
  AccessKind, BlockMedium, BlockRun, BlockSnapshot, PlacedBytes,
} from '../../sam/medium-access.ts';
import { ROD_TYPE } from '../../wire/copy/tokens.ts';
import { cutPlaces } from '../cut-places.ts';
import { broken } from '../rules.ts';
import { isPointInTime } from './rod-types.ts';

/** Bytes that are represented, whatever by. */
export interface RodData {
  /** Of the device that they come from. */
  readonly blockBytes: number;
  readonly byteLength: number;
  /** They are what the blocks have when they are used, and can be written. */
  readonly isReference: boolean;
  /** What has been kept of them is gone. */
  readonly isLost: boolean;
  /** Checks that they can be reached. Throws: SenseError, ReservationConflict. */
  admit(access: AccessKind, nexus: ItNexus): void;
  /** To be awaited before bytes are moved from `places`. */
  reading(offset: number, byteLength: number): Promise<void>;
  /** Where the bytes lie, in order; the caller stays within them. */
  places(offset: number, byteLength: number): readonly PlacedBytes[];
  /** To be awaited before bytes are moved to `places`; the function ends that. */
  changing(offset: number, byteLength: number): Promise<() => void>;
  /** Bytes have been moved to `places`. */
  written(): Promise<void>;
}

/** Ranges that were added together; point in time ones are as they were then. */
interface Part {
  readonly runs: readonly BlockRun[];
  readonly snapshot: BlockSnapshot | undefined;
}

/** A run, and where its first byte is in the ROD. */
interface PlacedRun {
  readonly at: number;
  readonly run: BlockRun;
  readonly snapshot: BlockSnapshot | undefined;
}

/** A representation of data: ranges of a disk, one behind another. Source: SPC-4 5.17.6. */
export class Rod implements RodData {
  readonly type: number;
  readonly unit: LogicalUnit;
  readonly medium: BlockMedium;
  /** Told once when data of a change vulnerable ROD is about to change. */
  onRevoked: (() => void) | undefined;
  readonly #parts: Part[] = [];
  readonly #runs: PlacedRun[] = [];
  #byteLength = 0;
  #isRevoked = false;
  #holderCount = 0;
  #isClosed = false;

  constructor(type: number, unit: LogicalUnit, medium: BlockMedium) {
    this.type = type;
    this.unit = unit;
    this.medium = medium;
  }

  get blockBytes(): number {
    return this.medium.blockBytes;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  get isReference(): boolean {
    return !isPointInTime(this.type);
  }

  get isRevoked(): boolean {
    return this.#isRevoked;
  }

  get isLost(): boolean {
    return this.#parts.some(({ snapshot }) => snapshot?.isLost);
  }

  /** Keeps the data until the returned function is called, which has one effect only. */
  hold(): () => void {
    this.#holderCount += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holderCount -= 1;
      if (this.#holderCount === 0) this.#close();
    };
  }

  /** What cannot be closed has no name any more, and takes its space with the process. */
  #close(): void {
    this.#isClosed = true;
    for (const { snapshot } of this.#parts) void snapshot?.close().catch(() => undefined);
  }

  /**
   * Adds ranges, which have no block in common with those before.
   *
   * Throws: SenseError LBA OUT OF RANGE, INSUFFICIENT RESOURCES TO CREATE ROD.
   */
  async populate(runs: readonly BlockRun[]): Promise<void> {
    for (const { lba, blockCount } of runs) this.medium.places(lba, blockCount);
    const taken = runs.filter(({ blockCount }) => blockCount > 0);
    const snapshot = this.isReference ? undefined : await this.#snapshot(taken);
    if (this.#isClosed) await snapshot?.close();
    this.#parts.push({ runs: taken, snapshot });
    for (const run of taken) {
      this.#runs.push({ at: this.#byteLength, run, snapshot });
      this.#byteLength += run.blockCount * this.blockBytes;
    }
  }

  async #snapshot(runs: readonly BlockRun[]): Promise<BlockSnapshot> {
    const { medium } = this;
    const onChange = this.type === ROD_TYPE.pointInTimeChangeVulnerable
      ? () => this.#revoke() : undefined;
    const snapshot = await medium.snapshot?.(runs, onChange);
    if (snapshot === undefined) {
      throw broken('rodResources', `${this.unit.name} cannot keep what it has`);
    }
    return snapshot;
  }

  #revoke(): void {
    if (this.#isRevoked) return;
    this.#isRevoked = true;
    this.onRevoked?.();
  }

  /** What was kept needs no access to the device. */
  admit(access: AccessKind, nexus: ItNexus): void {
    if (this.isReference) this.medium.admit(access, nexus);
  }

  async reading(offset: number, byteLength: number): Promise<void> {
    for (const { run, snapshot } of this.#within(offset, byteLength)) {
      await snapshot?.reading(run.lba, run.blockCount);
    }
  }

  places(offset: number, byteLength: number): readonly PlacedBytes[] {
    const found = this.#within(offset, byteLength);
    const all = found.flatMap(({ run: { lba, blockCount }, snapshot }) =>
      (snapshot ?? this.medium).places(lba, blockCount));
    return cutPlaces(all, offset - (found[0]?.at ?? offset), byteLength);
  }

  async changing(offset: number, byteLength: number): Promise<() => void> {
    const ends: (() => void)[] = [];
    for (const { run: { lba, blockCount } } of this.#within(offset, byteLength)) {
      const end = await this.medium.changing?.(lba, blockCount);
      if (end !== undefined) ends.push(end);
    }
    return () => {
      for (const end of ends) end();
    };
  }

  written(): Promise<void> {
    return this.medium.written();
  }

  /** The blocks that hold the bytes. */
  #within(offset: number, byteLength: number): PlacedRun[] {
    if (byteLength === 0) return [];
    const { blockBytes } = this;
    return this.#runs.filter(({ at, run }) =>
      at < offset + byteLength && offset < at + run.blockCount * blockBytes)
      .map(({ at, run, snapshot }) => {
        const first = Math.max(0, Math.floor((offset - at) / blockBytes));
        const behind = Math.min(
          run.blockCount, Math.ceil((offset + byteLength - at) / blockBytes));
        return {
          at: at + first * blockBytes, snapshot,
          run: { lba: run.lba + first, blockCount: behind - first },
        };
      });
  }
}

import { aborted } from '../../src/copy/aborted.ts';
import { HeldData } from '../../src/copy/held-data.ts';
import {
  COPY_LIMITS, COPY_READINGS, type CopyLimits, type CopyReadings,
} from '../../src/copy/limits.ts';
import { planCopy } from '../../src/copy/plan.ts';
import { Progress } from '../../src/copy/progress.ts';
import type { CopyRods } from '../../src/copy/rods.ts';
import { runCopy } from '../../src/copy/run-copy.ts';
import type { UnitNames } from '../../src/copy/unit-names.ts';
import type { Mover } from '../../src/ports/mover.ts';
import type { LogicalUnit } from '../../src/sam/logical-unit.ts';
import { SenseError } from '../../src/sense/sense.ts';
import type { ListFormat } from '../../src/wire/copy/parameter-list.ts';
import { nexusOf, reachableBy } from '../support/copy-devices.ts';
import { MemoryMover } from '../support/memory-mover.ts';
import { seeded } from '../support/seeded.ts';

export interface RunOptions {
  readonly format?: ListFormat;
  readonly mover?: Mover;
  readonly signal?: AbortSignal;
  readonly sliceBytes?: number;
  readonly limits?: CopyLimits;
  readonly readings?: CopyReadings;
  readonly reachable?: readonly LogicalUnit[];
  /** The unit that receives the list, if not the first. */
  readonly receiver?: LogicalUnit;
  /** For who looks at a copy that is aborted. */
  readonly progress?: Progress;
}

/** By designator, or by the end of it as an address. */
const NAMES: UnitNames = {
  find(cscd, reachable) {
    const name = cscd.kind === 'identification'
      ? cscd.designator.subarray(0, cscd.designatorLength)
      : cscd.kind === 'ipv6' ? cscd.address.subarray(-8) : undefined;
    return name && [...reachable.values()].find(({ designators: [first] }) =>
      Buffer.compare(first!.bytes.subarray(-name.length), name) === 0); // each unit has one
  },
};

/** No ROD has data here. */
const NO_RODS: CopyRods = {
  medium: (_, segment, byte) => {
    throw aborted(segment, 'unpopulatedRod', 'the ROD has no data', { byte });
  },
  populate: async (_, segment) => {
    throw aborted(segment, 'rodInUse', 'there is no ROD to populate');
  },
  verify: () => {}, tokens: async () => [], close: async () => {},
};

export interface RunResult {
  readonly progress: Progress;
  readonly held: HeldData;
  readonly error: SenseError | undefined;
  /** Residual data was dropped at the end; false after an error. */
  readonly leftOver: boolean;
}

/** Runs one list; the first unit receives it. Throws: the signal's reason when aborted. */
export async function run(
  list: Uint8Array, units: readonly LogicalUnit[], options: RunOptions = {}): Promise<RunResult> {
  const progress = options.progress ?? new Progress();
  const limits = options.limits ?? COPY_LIMITS;
  const readings = options.readings ?? COPY_READINGS;
  const held = new HeldData(limits.heldBytesMax);
  const plan = planCopy(list, options.format ?? 'LID1', { limits, readings });
  try {
    const { leftOver } = await runCopy({
      plan, limits, readings, names: NAMES, rods: NO_RODS, held,
      sender: nexusOf('host'), ownNexus: nexusOf('copy-manager'),
      receiver: options.receiver ?? units[0]!, units: reachableBy(options.reachable ?? units),
      mover: options.mover ?? new MemoryMover(seeded(1)),
      signal: options.signal ?? new AbortController().signal, progress,
      sliceBytes: options.sliceBytes ?? 1 << 25,
    });
    return { progress, held, error: undefined, leftOver };
  } catch (error) {
    if (!(error instanceof SenseError)) throw error;
    return { progress, held, error, leftOver: false };
  }
}

import type { CopyLimits } from '../../src/copy/limits.ts';
import { COPY_LIMITS } from '../../src/copy/limits.ts';
import { planCopy } from '../../src/copy/plan.ts';
import { Progress } from '../../src/copy/progress.ts';
import { runCopy } from '../../src/copy/run-copy.ts';
import type { Mover } from '../../src/ports/mover.ts';
import type { LogicalUnit } from '../../src/sam/logical-unit.ts';
import { SenseError } from '../../src/sense/sense.ts';
import { nexusOf, reachableBy } from '../support/copy-devices.ts';
import { MemoryMover } from '../support/memory-mover.ts';
import { seeded } from '../support/seeded.ts';

export interface RunOptions {
  readonly mover?: Mover;
  readonly signal?: AbortSignal;
  readonly sliceBytes?: number;
  readonly limits?: CopyLimits;
  readonly reachable?: readonly LogicalUnit[];
}

/** Runs one list; the first unit receives it. */
export async function run(
  list: Uint8Array, units: readonly LogicalUnit[], options: RunOptions = {},
): Promise<{ progress: Progress; error: SenseError | undefined }> {
  const progress = new Progress();
  const limits = options.limits ?? COPY_LIMITS;
  const plan = planCopy(list, limits);
  try {
    await runCopy({
      plan, limits, sender: nexusOf('host'), ownNexus: nexusOf('copy-manager'),
      receiver: units[0]!, units: reachableBy(options.reachable ?? units),
      mover: options.mover ?? new MemoryMover(seeded(1)),
      signal: options.signal ?? new AbortController().signal, progress,
      sliceBytes: options.sliceBytes ?? 1 << 25,
    });
  } catch (error) {
    if (!(error instanceof SenseError)) throw error;
    return { progress, error };
  }
  return { progress, error: undefined };
}

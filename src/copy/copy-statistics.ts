import type { BytesByRung } from '../ports/mover.ts';
import { type ItNexus, nexusKey } from '../sam/command.ts';

const NOTHING: BytesByRung = { reflink: 0, direct: 0, kernel: 0, portable: 0, hole: 0 };

export const addBytes = (a: BytesByRung, b: BytesByRung): BytesByRung => ({
  reflink: a.reflink + b.reflink, direct: a.direct + b.direct, kernel: a.kernel + b.kernel,
  portable: a.portable + b.portable, hole: a.hole + b.hole,
});

/** What the copies of each nexus have moved, by the way it went, while the nexus is there. */
export class CopyStatistics {
  readonly #ended = new Map<string, BytesByRung>();

  add(nexus: ItNexus, moved: BytesByRung): void {
    this.#ended.set(nexusKey(nexus), addBytes(this.of(nexus), moved));
  }

  of(nexus: ItNexus): BytesByRung {
    return this.#ended.get(nexusKey(nexus)) ?? NOTHING;
  }

  discard(nexus: ItNexus): void {
    this.#ended.delete(nexusKey(nexus));
  }
}

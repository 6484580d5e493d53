import type { BytesByRung } from '../ports/mover.ts';
import { type ItNexus, nexusKey } from '../sam/command.ts';
import type { LogPage } from '../server/log-sense.ts';
import {
  COPY_STATISTICS, COPY_STATISTICS_PAGE, type CopyCounter, encodeCounter,
} from '../wire/copy/statistics.ts';

const NOTHING: BytesByRung = { reflink: 0, direct: 0, kernel: 0, portable: 0, hole: 0 };

const sum = (a: BytesByRung, b: BytesByRung): BytesByRung => ({
  reflink: a.reflink + b.reflink, direct: a.direct + b.direct, kernel: a.kernel + b.kernel,
  portable: a.portable + b.portable, hole: a.hole + b.hole,
});

/** What the copies of each nexus have moved, by the way it went, while the nexus is there. */
export class CopyStatistics {
  readonly #ended = new Map<string, BytesByRung>();

  add(nexus: ItNexus, moved: BytesByRung): void {
    this.#ended.set(nexusKey(nexus), sum(this.#of(nexus), moved));
  }

  /** The page by which an initiator learns them. */
  get logPage(): LogPage {
    return {
      code: COPY_STATISTICS_PAGE,
      parameters: (nexus) => {
        const moved = this.#of(nexus);
        const counters = Object.entries(COPY_STATISTICS) as [CopyCounter, number][]; // its own keys
        return counters.map(([name, code]) => ({ code, value: encodeCounter(moved[name]) }));
      },
    };
  }

  #of(nexus: ItNexus): BytesByRung {
    return this.#ended.get(nexusKey(nexus)) ?? NOTHING;
  }

  discard(nexus: ItNexus): void {
    this.#ended.delete(nexusKey(nexus));
  }
}

import type { Row } from '../context.ts';
import { formatCount, type Line } from '../line.ts';
import type { PlanFigures } from '../plan.ts';
import { runAlone } from '../run-alone.ts';

const GOAL_EXTENTS = 10_000_000;

/** Extents, streamed, to parameter lists. */
export const planRow: Row = {
  name: 'plan',
  room: () => ({ bytes: 0, sourceDisk: false }),
  async measure(context): Promise<Line[]> {
    const { sizes, signal } = context;
    const extents = `${formatCount(sizes.planExtents)} extents`;
    context.say(`plan: ${extents}`);
    const { seconds, peakBytes } =
      await runAlone(['plan', String(sizes.planExtents)], signal) as PlanFigures;
    const share = sizes.planExtents / GOAL_EXTENTS;
    return [{
      row: 'plan', what: `${extents} to parameter lists`, unit: 'milliseconds',
      ours: { name: 'serverfree', samples: [seconds * 1000] },
      goal: { of: 'ours', bound: 'atMost', value: 10_000 * share },
    }, {
      row: 'plan', what: 'the most memory meanwhile, Node.js included', unit: 'bytes',
      ours: { name: 'serverfree', samples: [peakBytes] },
      goal: { of: 'ours', bound: 'atMost', value: 1024 ** 3 },
    }];
  },
};

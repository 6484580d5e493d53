import type { Row } from '../context.ts';
import { runAlone } from '../run-alone.ts';

/** Segment descriptors read strictly, per second on one core. */
export const decodeRow: Row = {
  name: 'decode',
  room: () => ({ bytes: 0, sourceDisk: false }),
  async measure(context) {
    context.say('decode: parameter lists of 1,000 segments');
    // It takes the median of its own rounds.
    const figures = await runAlone(['decode'], context.signal) as { descriptorsPerSecond: number };
    return [{
      row: 'decode', what: 'segment descriptors decoded, one core', unit: 'perSecond',
      ours: { name: 'serverfree', samples: [figures.descriptorsPerSecond] },
      goal: { of: 'ours', bound: 'atLeast', value: 5e6 },
    }];
  },
};

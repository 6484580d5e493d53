import type { Row } from '../context.ts';
import type { ExplainFigures } from '../explain.ts';
import { formatCount } from '../line.ts';
import { runAlone } from '../run-alone.ts';

/** A parameter list of 64 KiB, from bytes to annotated text. */
export const explainRow: Row = {
  name: 'explain',
  room: () => ({ bytes: 0, sourceDisk: false }),
  async measure(context) {
    context.say('explain: a parameter list of 64 KiB');
    // It takes the median of its own rounds.
    const { milliseconds, descriptorCount } =
      await runAlone(['explain'], context.signal) as ExplainFigures;
    return [{
      row: 'explain', what: `64 KiB with ${formatCount(descriptorCount)} descriptors explained`,
      unit: 'milliseconds',
      ours: { name: 'serverfree', samples: [milliseconds] },
      goal: { of: 'ours', bound: 'below', value: 200 },
    }];
  },
};

/**
 * Measures in a fresh process: memory is its own, and nothing has warmed the compiler up.
 *
 *   alone.ts decode | alone.ts explain | alone.ts plan EXTENTS   prints one line of JSON
 */
import { benchDecode } from './decode.ts';
import { benchExplain } from './explain.ts';
import { benchPlan } from './plan.ts';

const [what, count] = process.argv.slice(2);
const figures = what === 'plan' ? await benchPlan(Number(count))
  : what === 'explain' ? benchExplain() : await benchDecode();
process.stdout.write(`${JSON.stringify(figures)}\n`);

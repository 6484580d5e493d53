import { afterAll, describe, it } from 'vitest';
import { loadAddon } from '../../src/io/addon.ts';
import { type Mount, mount } from './io-mount.ts';

const hasAddon = loadAddon().addon !== undefined;

/** Tests on a mount, or one that skips and says why there is none; under CI it must be there. */
export function whereMounted(
  kind: string, options: readonly string[], tests: (mounted: Mount) => void): void {
  const mounted = hasAddon ? mount(kind, options) : 'no addon';
  describe(kind, () => {
    if (typeof mounted === 'string') {
      it(`is tested (not here: ${mounted})`, (context) => {
        if (process.env.CI !== 'true') context.skip(mounted);
        throw new Error(`Cannot test on ${kind}: ${mounted}`);
      });
      return;
    }
    afterAll(() => mounted.unmount());
    tests(mounted);
  });
}

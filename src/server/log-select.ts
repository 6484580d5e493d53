import { hex } from '../bytes/hex.ts';
import { type CommandEntry, entry } from '../sam/command-table.ts';
import { logSelectCdb } from '../wire/spc/cdbs.ts';
import type { LogPage } from './log-sense.ts';
import { invalidCdbField } from './parameter-data.ts';

/** PC of what is counted, and of what it begins with; thresholds there are none. */
const CUMULATIVE = [1, 3];

/**
 * LOG SELECT over these pages: PCR begins to count anew, on one page or, for page 00h, on all.
 * Other nexuses are told. Source: SPC-4 6.7.
 */
export const logSelect = (pages: readonly LogPage[]): CommandEntry => entry({
  opcode: 0x4c, name: 'LOG SELECT', source: logSelectCdb.source, cdb: logSelectCdb,
  whenReserved: 'conflict',
  run(unit, { nexus }, { pcr, pageControl, pageCode, subpageCode }) {
    const chosen = pages.filter(({ code }) => pageCode === 0 || code === pageCode);
    if (chosen.length === 0 || subpageCode !== 0) {
      throw invalidCdbField(`Cannot reset log page ${hex(pageCode)}, subpage ${hex(subpageCode)}: `
        + 'it is not supported', subpageCode === 0 ? 2 : 3);
    }
    if (!pcr || !CUMULATIVE.includes(pageControl)) return {};
    for (const page of chosen) page.reset?.();
    unit.attentions.establish('logParametersChanged', nexus);
    return {};
  },
});

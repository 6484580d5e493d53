import { type CommandEntry, entry } from '../sam/command-table.ts';
import { SenseError } from '../sense/sense.ts';
import { startStopUnitCdb } from '../wire/sbc/cdbs.ts';
import type { DiskUnit } from './disk.ts';
import { invalidCdbField } from './parameter-data.ts';

/** Starts, stops, and on a removable disk loads and ejects. Source: SBC-3 5.20. */
export const startStopUnit = (disk: DiskUnit): CommandEntry => entry({
  opcode: 0x1b, name: 'START STOP UNIT', source: startStopUnitCdb.source, cdb: startStopUnitCdb,
  whenReserved: 'conflict',
  async run(_unit, { nexus }, { powerCondition, noFlush, loEj, start }) {
    // With a power condition the other bits mean nothing; there is no power to save.
    if (powerCondition !== 0) return {};
    if (loEj) assertRemovable(disk);
    if (!start && !noFlush && !disk.isWriteProtected) await disk.flush();
    if (loEj) disk.become(start ? 'ready' : 'ejected', nexus);
    // Without a medium there is nothing to start: only LOEJ brings it back.
    else if (!disk.isEjected) disk.become(start ? 'ready' : 'stopped', nexus);
    return {};
  },
});

function assertRemovable(disk: DiskUnit): void {
  if (!disk.removable) {
    throw invalidCdbField(`Cannot load or eject ${disk.name}: its medium is not removable`, 4, 1);
  }
  if (disk.prevention.isPrevented) {
    throw new SenseError('illegalRequest', 'mediumRemovalPrevented',
      `Cannot load or eject ${disk.name}: medium removal is prevented`);
  }
}

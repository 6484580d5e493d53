import { type CommandEntry, entry } from '../sam/command-table.ts';
import { SenseError } from '../sense/sense.ts';
import { startStopUnitCdb } from '../wire/sbc/cdbs.ts';
import { assertReady } from './device.ts';
import type { DiskUnit } from './disk.ts';
import { invalidCdbField } from './parameter-data.ts';

/**
 * Loads and ejects the medium of a removable disk; stopping makes everything durable.
 *
 * Departs from SBC-3 5.20: a disk that was stopped stays ready, for nothing here turns, and other
 * initiators may be using it.
 */
export const startStopUnit = (disk: DiskUnit): CommandEntry => entry({
  opcode: 0x1b, name: 'START STOP UNIT', source: startStopUnitCdb.source, cdb: startStopUnitCdb,
  whenReserved: ({ powerCondition, start }) =>
    (start && powerCondition === 0 ? 'query' : 'conflict'),
  async run(_unit, { nexus }, { powerCondition, noFlush, loEj, start }) {
    if (disk.operation.isRunning) assertReady(disk);
    // With a power condition the other bits mean nothing; there is no power to save.
    if (powerCondition !== 0) return {};
    if (loEj) assertRemovable(disk);
    if (!start && !noFlush && !disk.isWriteProtected) await disk.flush();
    if (loEj && start) disk.load(nexus);
    else if (loEj) disk.eject();
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

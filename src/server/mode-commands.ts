import { type Command, dataOutOf, type Result } from '../sam/command.ts';
import { type CommandEntry, entry } from '../sam/command-table.ts';
import {
  modeSelect10Cdb, modeSelect6Cdb, modeSense10Cdb, modeSense6Cdb,
} from '../wire/spc/cdbs.ts';
import type { Device } from './device.ts';
import { invalidCdbField, parameterData, refuseDataOut } from './parameter-data.ts';

/** MODE SENSE and MODE SELECT, in both lengths. */
export const modeCommands = (device: Device): CommandEntry[] => [
  entry({
    opcode: 0x1a, name: 'MODE SENSE(6)', source: 'SPC-4 6.13', cdb: modeSense6Cdb,
    whenReserved: 'read',
    run: (_unit, _command, cdb) => parameterData(
      device.modes.sense({ ...cdb, form: 6, withoutDescriptor: cdb.dbd, longLba: false }),
      cdb.allocationLength),
  }),
  entry({
    opcode: 0x5a, name: 'MODE SENSE(10)', source: 'SPC-4 6.14', cdb: modeSense10Cdb,
    whenReserved: 'read',
    run: (_unit, _command, cdb) => parameterData(
      device.modes.sense({ ...cdb, form: 10, withoutDescriptor: cdb.dbd, longLba: cdb.llbaa }),
      cdb.allocationLength),
  }),
  entry({
    opcode: 0x15, name: 'MODE SELECT(6)', source: 'SPC-4 6.11', cdb: modeSelect6Cdb,
    whenReserved: 'conflict',
    run: (_unit, command, cdb) => modeSelect(device, command, cdb, 6),
  }),
  entry({
    opcode: 0x55, name: 'MODE SELECT(10)', source: 'SPC-4 6.12', cdb: modeSelect10Cdb,
    whenReserved: 'conflict',
    run: (_unit, command, cdb) => modeSelect(device, command, cdb, 10),
  }),
];

interface Select {
  readonly sp: boolean;
  readonly parameterListLength: number;
}

/** PF is not looked at: initiators send pages with it and without. */
async function modeSelect(
  device: Device, command: Command, { sp, parameterListLength: byteLength }: Select, form: 6 | 10,
): Promise<Result> {
  if (sp && !device.modes.canSave) {
    throw invalidCdbField(`Cannot save the mode pages of ${device.name}: it has no place for them`,
      1, 0);
  }
  const short = refuseDataOut(command, byteLength);
  if (short !== undefined) return short;
  const list = dataOutOf(command).subarray(0, byteLength);
  const selected = await device.alone(command.signal, async () => {
    const hasPages = device.modes.select(list, form);
    if (sp && hasPages) await device.modes.save();
    return hasPages;
  });
  if (selected) device.attentions.establish('modeParametersChanged', command.nexus);
  return { wantedBytes: byteLength };
}

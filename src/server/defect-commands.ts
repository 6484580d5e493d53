import type { Result } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import { readDefectData10Cdb, readDefectData12Cdb } from '../wire/sbc/format-cdbs.ts';
import { defectData10, defectData12 } from '../wire/sbc/format-data.ts';
import { family } from './block-transfer.ts';
import type { DiskUnit } from './disk.ts';
import { parameterData } from './parameter-data.ts';

/** A type, not an interface: the value of a layout can be taken for it. */
type ReadDefects = {
  readonly primaryList: boolean; readonly grownList: boolean; readonly defectListFormat: number;
  readonly allocationLength: number;
};

const NONE = { listLength: 0, descriptors: new Uint8Array(0) };

/** READ DEFECT DATA: a file has no defects, in whatever format. Source: SBC-3 5.17, 5.18. */
export const defectCommands = (disk: DiskUnit): CommandEntry[] => [
  ...family(disk, [[0x37, readDefectData10Cdb]], () => ({
    access: 'read',
    run: (_command, { allocationLength, ...asked }: ReadDefects): Result =>
      parameterData(defectData10.encode({ ...asked, ...NONE }), allocationLength),
  })),
  ...family(disk, [[0xb7, readDefectData12Cdb]], () => ({
    access: 'read',
    run: (_command, { allocationLength, ...asked }: ReadDefects): Result =>
      parameterData(
        defectData12.encode({ ...asked, generation: 0, ...NONE }), allocationLength),
  })),
];

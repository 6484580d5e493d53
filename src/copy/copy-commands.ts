import { type Command, dataOutOf, type Result } from '../sam/command.ts';
import { type CommandEntry, entry } from '../sam/command-table.ts';
import {
  extendedCopyCdb, receiveCopyFailureDetailsCdb, receiveCopyOperatingParametersCdb,
  receiveCopyStatusCdb,
} from '../wire/copy/cdbs.ts';
import type { CopyManager } from './copy-manager.ts';

/** Rows for the third-party copy commands of a logical unit. Source: SPC-4 6.4, 6.22 to 6.24. */
export const copyCommands = (manager: CopyManager): readonly CommandEntry[] => [
  entry({ opcode: 0x83, serviceAction: 0x00, name: 'EXTENDED COPY(LID1)',
    source: 'SPC-4 6.5', cdb: extendedCopyCdb, whenReserved: 'conflict',
    run: async (unit, command, { parameterListLength }) => {
      const wantedBytes = parameterListLength;
      if (parameterListLength === 0) return { wantedBytes };
      const list = dataOutOf(command).subarray(0, parameterListLength);
      const { nexus, signal } = command;
      return { wantedBytes, ...await manager.extendedCopy({ unit, nexus, list, signal }) };
    } }),
  entry({ opcode: 0x84, serviceAction: 0x00, name: 'RECEIVE COPY STATUS(LID1)',
    source: 'SPC-4 6.24', cdb: receiveCopyStatusCdb, whenReserved: 'allow',
    run: (unit, { nexus }, { listIdentifier, allocationLength }) =>
      data(manager.status(unit, nexus, listIdentifier, allocationLength)) }),
  entry({ opcode: 0x84, serviceAction: 0x03, name: 'RECEIVE COPY OPERATING PARAMETERS',
    source: 'SPC-4 6.23', cdb: receiveCopyOperatingParametersCdb, whenReserved: 'allow',
    tolerates: { 2: 0xff },
    run: (_unit, _command: Command, { allocationLength }) =>
      data(manager.operatingParameters().subarray(0, allocationLength)) }),
  entry({ opcode: 0x84, serviceAction: 0x04, name: 'RECEIVE COPY FAILURE DETAILS(LID1)',
    source: 'SPC-4 6.22', cdb: receiveCopyFailureDetailsCdb, whenReserved: 'allow',
    run: (unit, { nexus }, { listIdentifier, allocationLength }) =>
      data(manager.failureDetails(unit, nexus, listIdentifier, allocationLength)) }),
];

const data = (bytes: Uint8Array): Result => ({ dataIn: [bytes] });

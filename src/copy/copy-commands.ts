import { type Command, dataOutOf, type Result } from '../sam/command.ts';
import { type CommandEntry, entry } from '../sam/command-table.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';
import {
  copyOperationAbortCdb, extendedCopyCdb, extendedCopyLid4Cdb, receiveCopyDataCdb,
  receiveCopyDataLid4Cdb, receiveCopyFailureDetailsCdb, receiveCopyOperatingParametersCdb,
  receiveCopyStatusCdb, receiveCopyStatusLid4Cdb, receiveRodTokenInformationCdb,
} from '../wire/copy/cdbs.ts';
import type { ListFormat } from '../wire/copy/parameter-list.ts';
import type { CopyManager } from './copy-manager.ts';
import {
  type Asked, receiveData, receiveFailureDetails, receiveLid4Data, receiveLid4Status,
  receiveStatus, receiveTokens,
} from './receive-copy.ts';
import type { CopyResults } from './results.ts';

/** Rows for the third-party copy commands of every logical unit. Source: SPC-4 6.3 to 6.5. */
export const copyCommands = (manager: CopyManager): readonly CommandEntry[] => [
  entry({ opcode: 0x83, serviceAction: 0x00, name: 'EXTENDED COPY(LID1)',
    source: 'SPC-4 6.5', cdb: extendedCopyCdb, whenReserved: 'conflict',
    run: (unit, command, { parameterListLength }) =>
      extendedCopy(manager, 'LID1', unit, command, parameterListLength) }),
  entry({ opcode: 0x83, serviceAction: 0x01, name: 'EXTENDED COPY(LID4)',
    source: 'SPC-4 6.4', cdb: extendedCopyLid4Cdb, whenReserved: 'conflict',
    run: (unit, command, { parameterListLength }) =>
      extendedCopy(manager, 'LID4', unit, command, parameterListLength) }),
  entry({ opcode: 0x83, serviceAction: 0x1c, name: 'COPY OPERATION ABORT',
    source: 'SPC-4 6.3', cdb: copyOperationAbortCdb, whenReserved: 'conflict',
    run: async (unit, { nexus }, { listIdentifier }) => {
      await manager.operations.abort(unit, nexus, listIdentifier);
      return {};
    } }),
  ...receiveCommands(manager.operations.results),
  entry({ opcode: 0x84, serviceAction: 0x03, name: 'RECEIVE COPY OPERATING PARAMETERS',
    source: 'SPC-4 6.22', cdb: receiveCopyOperatingParametersCdb, whenReserved: 'allow',
    tolerates: { 2: 0xff },
    run: (_unit, _command, { allocationLength }) =>
      dataIn(manager.operatingParameters().subarray(0, allocationLength)) }),
];

async function extendedCopy(
  manager: CopyManager, format: ListFormat, unit: LogicalUnit, command: Command,
  wantedBytes: number): Promise<Result> {
  if (wantedBytes === 0) return { wantedBytes };
  const list = dataOutOf(command).subarray(0, wantedBytes);
  const { nexus, signal } = command;
  return { wantedBytes, ...await manager.extendedCopy({ unit, nexus, list, signal }, format) };
}

/** A row of 84h that tells of the copy with a list identifier. */
const receiveCommands = (results: CopyResults): readonly CommandEntry[] => {
  const row = (
    serviceAction: number, name: string, source: string, cdb: typeof receiveCopyStatusCdb,
    receive: (results: CopyResults, asked: Asked) => Uint8Array): CommandEntry =>
    entry({ opcode: 0x84, serviceAction, name, source, cdb, whenReserved: 'allow',
      run: (unit, { nexus }, { listIdentifier, allocationLength }) =>
        dataIn(receive(results, { unit, nexus, listIdentifier, allocationLength })) });
  return [
    row(0x00, 'RECEIVE COPY STATUS(LID1)', 'SPC-4 6.25', receiveCopyStatusCdb, receiveStatus),
    row(0x01, 'RECEIVE COPY DATA(LID1)', 'SPC-4 6.21', receiveCopyDataCdb, receiveData),
    row(0x04, 'RECEIVE COPY FAILURE DETAILS(LID1)', 'SPC-4 6.23', receiveCopyFailureDetailsCdb,
      receiveFailureDetails),
    row(0x05, 'RECEIVE COPY STATUS(LID4)', 'SPC-4 6.24', receiveCopyStatusLid4Cdb,
      receiveLid4Status),
    row(0x06, 'RECEIVE COPY DATA(LID4)', 'SPC-4 6.20', receiveCopyDataLid4Cdb, receiveLid4Data),
    row(0x07, 'RECEIVE ROD TOKEN INFORMATION', 'SPC-4 6.26', receiveRodTokenInformationCdb,
      receiveTokens),
  ];
};

const dataIn = (bytes: Uint8Array): Result => ({ dataIn: [bytes] });

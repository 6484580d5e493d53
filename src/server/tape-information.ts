/** What a drive is told of itself, and the time. Source: SPC-4 6.32, 6.38, 6.43, 6.46. */
import { concat } from '../bytes/concat.ts';
import type { Clock } from '../ports/clock.ts';
import { type Command, dataOutOf, type Result } from '../sam/command.ts';
import { type CommandEntry, entry } from '../sam/command-table.ts';
import {
  identifyingInformation, INFORMATION_TYPE, informationDescriptor, reportIdentifyingInformationCdb,
  reportTimestampCdb, setIdentifyingInformationCdb, setTimestampCdb, timestampData, timestampList,
} from '../wire/spc/information.ts';
import { invalidCdbField, invalidListField, parameterData, readList, refuseDataOut } from
  './parameter-data.ts';
import type { TapeUnit } from './tape.ts';
import type { DriveStateStore } from './tape-state.ts';

/** The largest information of each type, in bytes: what the standard asks for. */
const BYTES_MAX: ReadonlyMap<number, number> =
  new Map([[INFORMATION_TYPE.device, 64], [INFORMATION_TYPE.text, 256]]);

/** Nothing is told of a drive that has no place to keep it. */
export const informationCommands = (unit: TapeUnit, state: DriveStateStore): CommandEntry[] => [
  entry({
    opcode: 0xa3, serviceAction: 0x05, name: 'REPORT IDENTIFYING INFORMATION',
    source: reportIdentifyingInformationCdb.source, cdb: reportIdentifyingInformationCdb,
    whenReserved: 'query',
    run: (_unit, _command, { informationType, allocationLength }) => {
      const information = informationType === INFORMATION_TYPE.supported ? supportedTypes()
        : state.information(knownType(informationType));
      return parameterData(
        identifyingInformation.encode({ length: information.length, information }),
        allocationLength);
    },
  }),
  entry({
    opcode: 0xa4, serviceAction: 0x06, name: 'SET IDENTIFYING INFORMATION',
    source: setIdentifyingInformationCdb.source, cdb: setIdentifyingInformationCdb,
    whenReserved: 'conflict',
    run: (_unit, command, { informationType, listLength }) =>
      setInformation(unit, state, command, knownType(informationType), listLength),
  }),
];

/** Throws: SenseError if the type is none that can be set. */
function knownType(type: number): number {
  if (BYTES_MAX.has(type)) return type;
  throw invalidCdbField(`Cannot use identifying information of type ${type}`, 10, 7);
}

const supportedTypes = (): Uint8Array => concat([...BYTES_MAX].map(
  ([informationType, maximumLength]) =>
    informationDescriptor.encode({ informationType, maximumLength })));

async function setInformation(
  unit: TapeUnit, state: DriveStateStore, command: Command, type: number, byteLength: number,
): Promise<Result> {
  const bytesMax = BYTES_MAX.get(type)!; // a known type
  if (byteLength > bytesMax) {
    throw invalidCdbField(`Cannot set information of ${byteLength} bytes: the limit is ${bytesMax}`,
      6);
  }
  const short = refuseDataOut(command, byteLength);
  if (short !== undefined) return short;
  const information = dataOutOf(command).slice(0, byteLength);
  if (type === INFORMATION_TYPE.text && information.length > 0 && information.at(-1) !== 0) {
    throw invalidListField('Cannot set a text that does not end with a zero', byteLength - 1);
  }
  await state.keepInformation(type, information);
  unit.attentions.establish('deviceIdentifierChanged', command.nexus);
  return { wantedBytes: byteLength };
}

/** TIMESTAMP ORIGIN: SET TIMESTAMP, or the host's calendar. */
const ORIGIN = { command: 2, other: 3 } as const;
const TIMESTAMP_END = 2 ** 48;

/** The drive's time is the host's until it is set; it does not outlast the program. */
export function timestampCommands(unit: TapeUnit, clock: Clock): CommandEntry[] {
  let set: { readonly timestamp: number; readonly atMs: number } | undefined;
  return [
    entry({
      opcode: 0xa3, serviceAction: 0x0f, name: 'REPORT TIMESTAMP',
      source: reportTimestampCdb.source, cdb: reportTimestampCdb, whenReserved: 'query',
      run(_unit, _command, { allocationLength }) {
        const now = set === undefined ? clock.dateMs() : set.timestamp + clock.nowMs() - set.atMs;
        return parameterData(timestampData.encode({
          length: timestampData.size - 2, origin: set === undefined ? ORIGIN.other : ORIGIN.command,
          timestamp: Math.floor(now) % TIMESTAMP_END }), allocationLength);
      },
    }),
    entry({
      opcode: 0xa4, serviceAction: 0x0f, name: 'SET TIMESTAMP', source: setTimestampCdb.source,
      cdb: setTimestampCdb, whenReserved: 'conflict',
      run(_unit, command, { listLength }) {
        if (listLength === 0) return {};
        if (listLength < timestampList.size) {
          throw invalidCdbField(`Cannot set the time: a list has ${timestampList.size} bytes, `
            + `not ${listLength}`, 6);
        }
        const short = refuseDataOut(command, listLength);
        if (short !== undefined) return short;
        const { timestamp } = readList(timestampList, dataOutOf(command), 0);
        set = { timestamp, atMs: clock.nowMs() };
        unit.attentions.establish('timestampChanged', command.nexus);
        return { wantedBytes: listLength };
      },
    }),
  ];
}

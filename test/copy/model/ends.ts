/** What the CSCD descriptor IDs of a segment name. Source: SPC-4 6.4.6.1, table 148. */
import type { CopyReadings } from '../../../src/copy/limits.ts';
import type { AdditionalSense } from '../../../src/sense/codes.ts';
import type { ListFormat } from '../../../src/wire/copy/parameter-list.ts';
import { type ModelDevice, ModelDisk, type ModelTape } from './devices.ts';
import type { DeviceClass } from './segments.ts';
import { CSCD_FIELD, inSegment, type Pointer, type Side, Stop } from './stop.ts';

/** A CSCD descriptor. */
export interface ModelCscd {
  /** Number of the device that it names; undefined: there is none of the name. */
  readonly device: number | undefined;
  readonly isStream: boolean;
  readonly pad: boolean;
  /** DISK BLOCK LENGTH, or STREAM BLOCK LENGTH with FIXED=1; 0 with FIXED=0. */
  readonly blockBytes: number;
  /** NUL of SPC-2 and SPC-3. */
  readonly nul: boolean;
  /** PERIPHERAL DEVICE TYPE is not that of the device. */
  readonly isMistyped: boolean;
  /** EXTENSION DESCRIPTOR TYPE CODE of a descriptor of 64 bytes; undefined: it has 32. */
  readonly extension: number | undefined;
}

/** A parameter list but for its segments. */
export interface ModelList {
  readonly format: ListFormat;
  readonly cscds: readonly ModelCscd[];
  readonly inline: Uint8Array;
  /** Number of the device that the list is sent to. */
  readonly receiver: number;
  readonly readings: CopyReadings;
}

interface AnyEnd {
  readonly side: Side;
  readonly pad: boolean;
  /** What sense data points at when a command to it fails. */
  readonly pointer: Pointer;
}
export interface BlockEnd extends AnyEnd {
  readonly kind: 'block';
  /** Undefined for a null device. */
  readonly disk: ModelDisk | undefined;
  readonly blockBytes: number;
}
export interface StreamEnd extends AnyEnd {
  readonly kind: 'stream';
  readonly tape: ModelTape | undefined;
  /** STREAM BLOCK LENGTH; 0 for FIXED=0. */
  readonly recordBytes: number;
}
export type End = BlockEnd | StreamEnd;

export const CSCD_ID = { nullBlock: 0xc000, nullStream: 0xc001, receiver: 0xffff } as const;
const CSCD_BYTES = 32;
const ID_MAX = 0x07ff;
const HEADER_BYTES: Readonly<Record<ListFormat, number>> = { LID1: 16, LID4: 48 };

const bytesOf = ({ extension }: ModelCscd): number =>
  (extension === undefined ? CSCD_BYTES : 2 * CSCD_BYTES);

/** Offset in the list of what an ID names. */
const placeOf = ({ format, readings }: ModelList, id: number): number =>
  (format === 'LID4' && readings.lid4FirstId === 0 ? HEADER_BYTES.LID4 : HEADER_BYTES.LID1)
    + CSCD_BYTES * id;

/** The ID of each descriptor. */
export function idsOf(list: ModelList): number[] {
  let at = HEADER_BYTES[list.format];
  return list.cscds.map((cscd) => {
    const id = (at - placeOf(list, 0)) / CSCD_BYTES;
    at += bytesOf(cscd);
    return id;
  });
}

/** The descriptor with an ID. Throws: Stop. */
function descriptorOf(list: ModelList, side: Side, id: number): { at: number; cscd: ModelCscd } {
  const wanted = placeOf(list, id);
  let at = HEADER_BYTES[list.format];
  if (wanted < at) throw inSegment('invalidFieldInParameterList', CSCD_FIELD[side]);
  for (const cscd of list.cscds) {
    if (wanted === at) return { at, cscd };
    at += bytesOf(cscd);
    // The ID of an extension.
    if (wanted < at) throw inSegment('invalidFieldInParameterList', CSCD_FIELD[side]);
  }
  throw inSegment('unreachableCopyTarget', CSCD_FIELD[side]);
}

/** Finds an end of a segment. Throws: Stop. */
export function findEnd(
  list: ModelList, devices: readonly ModelDevice[], side: Side, id: number, wanted: DeviceClass,
): End {
  const end = endOf(list, devices, side, id);
  if (wanted === 'any' || end.kind === wanted) return end;
  throw inSegment('invalidOperationForCopy', CSCD_FIELD[side]);
}

function endOf(
  list: ModelList, devices: readonly ModelDevice[], side: Side, id: number): End {
  const byId = { side, pad: false, pointer: { in: 'segment', byte: CSCD_FIELD[side] } } as const;
  if (id === CSCD_ID.receiver) return onDevice(devices[list.receiver]!, byId, 0);
  if (id === CSCD_ID.nullBlock) return { ...byId, kind: 'block', disk: undefined, blockBytes: 1 };
  if (id === CSCD_ID.nullStream) {
    return { ...byId, kind: 'stream', tape: undefined, recordBytes: 0 };
  }
  if (id > ID_MAX) throw inSegment('unreachableCopyTarget', CSCD_FIELD[side]);
  const { at, cscd } = descriptorOf(list, side, id);
  const fails = (additional: AdditionalSense, byte = 0): Stop =>
    new Stop({ additional, pointer: { in: 'parameterList', byte: at + byte } });
  if (![undefined, 0xff].includes(cscd.extension)) throw fails('invalidFieldInParameterList', 32);
  const common = { side, pad: cscd.pad, pointer: { in: 'parameterList', byte: at } } as const;
  const isStream = cscd.isStream !== cscd.isMistyped;
  if (cscd.nul && list.readings.nul === 'null-device') {
    return isStream ? { ...common, kind: 'stream', tape: undefined, recordBytes: cscd.blockBytes }
      : { ...common, kind: 'block', disk: undefined, blockBytes: cscd.blockBytes || 1 };
  }
  if (cscd.device === undefined) throw fails('copyTargetDeviceNotReachable');
  if (cscd.isMistyped) throw fails('incorrectCopyTargetDeviceType');
  const end = onDevice(devices[cscd.device]!, common, cscd.blockBytes);
  if (end.kind === 'block' && ![0, end.blockBytes].includes(cscd.blockBytes)) {
    throw fails('invalidFieldInParameterList', 29);
  }
  return end;
}

const onDevice = (device: ModelDevice, common: AnyEnd, recordBytes: number): End =>
  (device instanceof ModelDisk
    ? { ...common, kind: 'block', disk: device, blockBytes: device.blockBytes }
    : { ...common, kind: 'stream', tape: device, recordBytes });

/** What a residual is counted in. Source: SPC-4 5.17.7.4 c. */
export function residualUnit(
  end: End | undefined, transferLength: number, readings: CopyReadings): number {
  if (end === undefined) return 1;
  if (end.kind === 'block') return end.blockBytes;
  if (end.recordBytes > 0) return end.recordBytes;
  return readings.variableResidual === 'blocks' ? transferLength : 1;
}

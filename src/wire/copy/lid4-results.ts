/**
 * Parameter data of the RECEIVE commands with 32-bit list identifiers: a head of 32 bytes, sense
 * data, then what the command asks for.
 *
 *   84h/05h  head, sense data
 *   84h/06h  head, sense data, held data with its length
 *   84h/07h  head, sense data, ROD tokens with their length
 *
 * Source: SPC-4 6.20, 6.24, 6.26.
 */
import { readU32, writeU32 } from '../../bytes/big-endian.ts';
import { concat } from '../../bytes/concat.ts';
import { bit, bits, rest, u8, u16, u32, u64 } from '../../codec/field.ts';
import { type FieldsValue, layout } from '../../codec/layout.ts';
import type { ListRules } from '../../codec/list.ts';
import { TRANSFER_COUNT_UNITS } from './results.ts';

/** COPY OPERATION STATUS. Source: SPC-4 6.24, table 249. */
export const COPY_OPERATION_STATUS = {
  completed: 0x01, completedWithErrors: 0x02, partialTokenUsage: 0x03, residualData: 0x04,
  inProgress: 0x10, inForeground: 0x11, inBackground: 0x12, terminated: 0x60,
} as const;

const STATUS_NAMES: Readonly<Record<number, string>> = {
  0x01: 'completed without errors', 0x02: 'completed with errors',
  0x03: 'completed without errors, ROD token used in part',
  0x04: 'completed without errors, with residual data', 0x10: 'in progress',
  0x11: 'in progress in the foreground', 0x12: 'in progress in the background',
  0x60: 'terminated',
};
const STATUS_CODES: readonly number[] = Object.values(COPY_OPERATION_STATUS);

/** Service actions of 83h that start an operation. */
const STARTERS: Readonly<Record<number, string>> = {
  0x00: 'EXTENDED COPY(LID1)', 0x01: 'EXTENDED COPY(LID4)', 0x10: 'POPULATE TOKEN',
  0x11: 'WRITE USING TOKEN',
};

/** ESTIMATED STATUS UPDATE DELAY, milliseconds but for these. */
export const STATUS_UPDATE_DELAY = { ended: 0xffff_fffe, unknown: 0xffff_ffff } as const;

/** Has the operation ended, well or not? */
export const hasEnded = (status: number): boolean => status < 0x10 || status >= 0x20;

export const LID4_HEAD_BYTES = 32;
/** LENGTH OF THE SENSE DATA FIELD is a multiple of four in one byte. */
export const LID4_SENSE_BYTES_MAX = 252;
const DISCARDED = 'HDD';

const fields = {
  availableData:         u32(0, 'AVAILABLE DATA', { unit: 'bytes' }),
  responseToServiceAction: bits(4, 4, 0, 'RESPONSE TO SERVICE ACTION', { meanings: STARTERS }),
  /** Only 84h/06h has it. */
  heldDataDiscarded:     bit(5, 7, DISCARDED, { mustBe: false, severity: 'warning' }),
  status:                bits(5, 6, 0, 'COPY OPERATION STATUS', {
    oneOf: STATUS_CODES, severity: 'warning', meanings: STATUS_NAMES }),
  operationCounter:      u16(6, 'OPERATION COUNTER'),
  statusUpdateDelay:     u32(8, 'ESTIMATED STATUS UPDATE DELAY', { unit: 'ms', meanings: {
    [STATUS_UPDATE_DELAY.ended]: 'ended', [STATUS_UPDATE_DELAY.unknown]: 'no estimate' } }),
  completionStatus:      u8(12, 'EXTENDED COPY COMPLETION STATUS', { hex: true }),
  senseFieldLength:      u8(13, 'LENGTH OF THE SENSE DATA FIELD', { unit: 'bytes' }),
  senseDataLength:       u8(14, 'SENSE DATA LENGTH', { unit: 'bytes' }),
  transferCountUnits:    u8(15, 'TRANSFER COUNT UNITS', { meanings: TRANSFER_COUNT_UNITS }),
  transferCount:         u64(16, 'TRANSFER COUNT'),
  segmentsProcessed:     u16(24, 'SEGMENTS PROCESSED'),
};
type Head = FieldsValue<typeof fields>;

const rules = [
  ({ availableData }: Head, byteLength: number) => (availableData !== byteLength - 4
    ? { field: 'availableData', rule: 'length', severity: 'warning',
      message: `is ${availableData}, ${byteLength - 4} bytes follow it` } as const : undefined),
  ({ status, statusUpdateDelay }: Head) => (
    hasEnded(status) && statusUpdateDelay !== STATUS_UPDATE_DELAY.ended
      ? { field: 'statusUpdateDelay', rule: 'status-update-delay', severity: 'warning',
        message: 'tells to wait for an operation that has ended', mend: 'write FFFFFFFEh' } as const
      : undefined),
  ({ senseFieldLength }: Head) => (senseFieldLength % 4 !== 0
    ? { field: 'senseFieldLength', rule: 'sense-length', severity: 'warning',
      message: `is ${senseFieldLength}, not a multiple of 4` } as const : undefined),
  ({ senseFieldLength, senseDataLength }: Head) => (senseDataLength > senseFieldLength
    ? { field: 'senseDataLength', rule: 'sense-length',
      message: `is ${senseDataLength}, the field has ${senseFieldLength}` } as const : undefined),
];

const about = (command: string, source: string) => ({
  name: `${command}(LID4) parameter data`, source, size: LID4_HEAD_BYTES, since: 4,
  formerly: [[4, `${command}(LID4) parameter data`], [5, `${command} parameter data`]],
} as const);

export const lid4Status = layout(about('RECEIVE COPY STATUS', 'SPC-4 6.24'), fields, rules);
export const lid4Data = layout(
  about('RECEIVE COPY DATA', 'SPC-4 6.20'),
  { ...fields, heldDataDiscarded: bit(5, 7, DISCARDED, { meaning: 'held data was discarded' }) },
  rules,
);
export const rodTokenInformation = layout(
  { name: 'RECEIVE ROD TOKEN INFORMATION parameter data', source: 'SPC-4 6.26',
    size: LID4_HEAD_BYTES, since: 4 },
  fields, rules,
);
/** The 32 bytes that the three have in common. */
export type Lid4Head = Head;

/** Held data, behind head and sense data of 84h/06h. */
export const lid4HeldData = layout(
  { name: 'held data', source: 'SPC-4 6.20', size: 4, since: 4 },
  {
    heldDataLength: u32(0, 'HELD DATA LENGTH', { unit: 'bytes' }),
    heldData:       rest(4, 'HELD DATA'),
  },
  [({ heldDataLength, heldData }) => countProblem('heldDataLength', heldDataLength, heldData)],
);

/** ROD tokens, behind head and sense data of 84h/07h. */
export const rodTokenList = layout(
  { name: 'ROD tokens', source: 'SPC-4 6.26', size: 4, since: 4 },
  {
    descriptorsLength: u32(0, 'ROD TOKEN DESCRIPTORS LENGTH', { unit: 'bytes' }),
    descriptors:       rest(4, 'ROD token descriptors'),
  },
  [({ descriptorsLength, descriptors }) =>
    countProblem('descriptorsLength', descriptorsLength, descriptors)],
);

/** Of what follows ALLOCATION LENGTH can have cut off a part. */
const countProblem = <K extends string>(field: K, count: number, bytes: Uint8Array) =>
  (count === bytes.length ? undefined : { field, rule: 'length', severity: 'warning',
    message: `is ${count}, ${bytes.length} bytes follow it` } as const);

/** One ROD token and where it comes from. */
export const rodTokenDescriptor = layout(
  { name: 'ROD token descriptor', source: 'SPC-4 6.26', size: 514, since: 4 },
  {
    cscdId: u16(0, 'ID FOR CREATING ROD CSCD DESCRIPTOR', { hex: true }),
    token:  rest(2, 'ROD TOKEN'),
  },
);

const DESCRIPTOR_HEAD_BYTES = 10;
/** Each is as long as its token's ROD TOKEN LENGTH says. */
export const rodTokenDescriptors: ListRules = {
  name: 'ROD token descriptors', source: 'SPC-4 6.26', headerBytes: DESCRIPTOR_HEAD_BYTES,
  lengthOf: (bytes, at) => DESCRIPTOR_HEAD_BYTES + bytes[at + 8]! * 256 + bytes[at + 9]!,
  typeOf: () => 0, layoutOf: () => rodTokenDescriptor,
};

/** First 96 bytes of every ROD token that is valid. */
export const allRodTokens = layout(
  { name: 'REPORT ALL ROD TOKENS parameter data', source: 'SPC-4 6.31', size: 8, since: 4 },
  {
    availableData: u32(0, 'AVAILABLE DATA', { unit: 'bytes' }),
    tokens:        rest(8, 'ROD management tokens'),
  },
  [({ availableData, tokens }) => (availableData === tokens.length + 4 ? undefined
    : { field: 'availableData', rule: 'length', severity: 'warning',
      message: `is ${availableData}, ${tokens.length + 4} bytes follow it` })],
);

/** What an answer to 84h/05h, 06h or 07h says, without its lengths. */
export interface Lid4Results {
  readonly head: Omit<Lid4Head, 'availableData' | 'senseFieldLength' | 'senseDataLength'>;
  readonly sense: Uint8Array;
  /** Held data or ROD token descriptors; undefined for 84h/05h, which has neither. */
  readonly data?: Uint8Array;
}

/**
 * Bytes of an answer; its lengths follow from the parts, the sense data are padded.
 *
 * Throws: RangeError if the sense data are longer than `LID4_SENSE_BYTES_MAX`.
 */
export function encodeLid4Results({ head, sense, data }: Lid4Results): Uint8Array {
  const senseFieldLength = (sense.length + 3) & ~3;
  const counted = data === undefined ? new Uint8Array(0) : withLength(data);
  const availableData = LID4_HEAD_BYTES - 4 + senseFieldLength + counted.length;
  const senseData = new Uint8Array(senseFieldLength);
  senseData.set(sense);
  return concat([
    lid4Data.encode({ ...head, availableData, senseFieldLength, senseDataLength: sense.length }),
    senseData, counted,
  ]);
}

function withLength(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + data.length);
  writeU32(bytes, 0, data.length);
  bytes.set(data, 4);
  return bytes;
}

/** Where the parts of an answer lie, as its head says: they may end behind the bytes there are. */
export function lid4PartsOf(bytes: Uint8Array, at = 0) {
  const { senseFieldLength, senseDataLength } = lid4Data.peek(bytes, at);
  const sense = at + LID4_HEAD_BYTES;
  const senseEnd = sense + senseDataLength;
  return { sense, senseEnd, data: Math.max(senseEnd, sense + senseFieldLength) };
}

/** The parts of an answer, cut where its bytes end. Throws: Malformed if its head is not whole. */
export function readLid4Results(bytes: Uint8Array): Required<Lid4Results> {
  const head = lid4Data.read(bytes);
  const { sense, senseEnd, data } = lid4PartsOf(bytes);
  const count = data + 4 <= bytes.length ? readU32(bytes, data) : 0;
  return {
    head, sense: bytes.slice(sense, senseEnd), data: bytes.slice(data + 4, data + 4 + count) };
}

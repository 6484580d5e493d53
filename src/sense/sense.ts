import { readU16, writeU16, writeU32 } from '../bytes/big-endian.ts';
import { concat } from '../bytes/concat.ts';
import { walk } from '../codec/list.ts';
import {
  type AdditionalSense, additionalSenseCode, additionalSenseOf, ADDITIONAL_SENSE,
  type SenseKey, SENSE_KEYS, senseKeyCode, senseKeyOf,
} from './codes.ts';
import {
  commandSpecificSense, descriptorSense, fixedSense, forwardedSense, informationSense,
  SENSE_BYTES_MAX, senseDescriptors, senseKeySpecificSense, streamSense,
} from './formats.ts';

/** Where a wrong field is. `segment` counts from the failing segment descriptor (SD=1). */
export interface FieldPointer {
  readonly in: 'cdb' | 'parameterList' | 'segment';
  readonly byte: number;
  /** Most significant bit of the field, if it is smaller than a byte. */
  readonly bit?: number;
}

/** Status and sense data of a copy source or destination, as it gave them. */
export interface Forwarded {
  readonly status: number;
  readonly sense: Uint8Array;
}

/** Sense data as a value, the same for both formats. */
export interface Sense {
  readonly key: SenseKey;
  readonly additional: AdditionalSense;
  /** Reports an earlier command (response codes 71h and 73h). */
  readonly deferred?: boolean;
  /** Sets VALID. Negative: a tape block longer than asked. */
  readonly information?: number | bigint;
  readonly filemark?: boolean;
  readonly eom?: boolean;
  readonly ili?: boolean;
  readonly fieldPointer?: FieldPointer;
  /** Progress of an operation, 0 to 65535 of 65536. */
  readonly progress?: number;
  /** Number of the failing segment descriptor, from 0. Source: SPC-4 5.17.7.4. */
  readonly segment?: number;
  /** Descriptor format: the number ends the 8-byte field instead of its first four bytes. */
  readonly segmentIsLast?: boolean;
  /** COMMAND-SPECIFIC INFORMATION as a plain number. */
  readonly commandSpecific?: number;
  readonly forwardedSource?: Forwarded;
  readonly forwardedDestination?: Forwarded;
}

export type SenseFormat = 'fixed' | 'descriptor';

/** A condition that ends a command with CHECK CONDITION. The message is for logs and people. */
export class SenseError extends Error {
  readonly sense: Sense;

  constructor(
    key: SenseKey, additional: AdditionalSense, message: string,
    details: Omit<Sense, 'key' | 'additional'> = {}) {
    super(message);
    this.name = 'SenseError';
    this.sense = { key, additional, ...details };
  }
}

/** `ILLEGAL REQUEST, INVALID FIELD IN CDB`. */
export const senseText = (sense: Pick<Sense, 'key' | 'additional'>): string =>
  `${SENSE_KEYS[sense.key][1]}, ${ADDITIONAL_SENSE[sense.additional][1]}`;

/** Bytes of sense data, at most 252; forwarded sense is cut to fit. Source: SPC-4 4.5. */
export const encodeSense = (sense: Sense, format: SenseFormat = 'fixed'): Uint8Array =>
  (format === 'fixed' ? encodeFixed(sense) : encodeDescriptor(sense));

function senseKeySpecific(sense: Sense): Uint8Array | undefined {
  const bytes = new Uint8Array(3);
  if (sense.progress !== undefined) {
    bytes[0] = 0x80;
    writeU16(bytes, 1, sense.progress);
    return bytes;
  }
  const pointer = sense.fieldPointer;
  // A field pointer has 16 bits: a place behind them cannot be told.
  if (pointer === undefined || pointer.byte > 0xffff) return undefined;
  bytes[0] = 0x80
    | (pointer.in === 'cdb' ? 0x40 : 0)
    | (pointer.in === 'segment' ? 0x20 : 0)
    | (pointer.bit === undefined ? 0 : 0x08 | pointer.bit);
  writeU16(bytes, 1, pointer.byte);
  return bytes;
}

function encodeFixed(sense: Sense): Uint8Array {
  const { information } = sense;
  const fits = information !== undefined && BigInt(information) <= 0xffff_ffffn
    && BigInt(information) >= -0x8000_0000n;
  const commandSpecific = new Uint8Array(4);
  if (sense.segment !== undefined) writeU16(commandSpecific, 2, sense.segment);
  if (sense.commandSpecific !== undefined) writeU32(commandSpecific, 0, sense.commandSpecific);
  const areas: Uint8Array[] = [];
  let next = 18;
  const place = (index: number, forwarded: Forwarded | undefined): void => {
    if (forwarded === undefined) return;
    const room = SENSE_BYTES_MAX - next - 1;
    if (room < 0) return;
    commandSpecific[index] = next;
    areas.push(Uint8Array.of(forwarded.status, ...forwarded.sense.subarray(0, room)));
    next += areas.at(-1)!.length;
  };
  place(0, sense.forwardedSource);
  place(1, sense.forwardedDestination);
  const view = new DataView(commandSpecific.buffer);
  return fixedSense.encode({
    valid: fits, responseCode: sense.deferred ? 0x71 : 0x70,
    filemark: sense.filemark ?? false, eom: sense.eom ?? false, ili: sense.ili ?? false,
    sdatOvfl: false, senseKey: senseKeyCode(sense.key),
    information: fits ? Number(BigInt.asUintN(32, BigInt(information))) : 0,
    additionalLength: next - 8, commandSpecific: view.getUint32(0),
    additionalSense: additionalSenseCode(sense.additional), fruCode: 0,
    senseKeySpecific: senseKeySpecific(sense) ?? new Uint8Array(3),
    additional: concat(areas),
  });
}

function encodeDescriptor(sense: Sense): Uint8Array {
  const parts: Uint8Array[] = [];
  if (sense.information !== undefined) {
    parts.push(informationSense.encode({
      type: 0x00, length: 0x0a, valid: true,
      information: BigInt.asUintN(64, BigInt(sense.information)) }));
  }
  if (sense.segment !== undefined || sense.commandSpecific !== undefined) {
    const commandSpecific = new Uint8Array(8);
    // The third and fourth bytes: SPC-4 5.17.7.4.
    if (sense.segment !== undefined) {
      writeU16(commandSpecific, sense.segmentIsLast ? 6 : 2, sense.segment);
    }
    if (sense.commandSpecific !== undefined) writeU32(commandSpecific, 4, sense.commandSpecific);
    parts.push(commandSpecificSense.encode({ type: 0x01, length: 0x0a, commandSpecific }));
  }
  const specific = senseKeySpecific(sense);
  if (specific !== undefined) {
    parts.push(senseKeySpecificSense.encode({
      type: 0x02, length: 0x06, senseKeySpecific: specific }));
  }
  if (sense.filemark || sense.eom || sense.ili) {
    parts.push(streamSense.encode({
      type: 0x04, length: 0x02, filemark: sense.filemark ?? false, eom: sense.eom ?? false,
      ili: sense.ili ?? false }));
  }
  const forwarded = [[1, sense.forwardedSource], [2, sense.forwardedDestination]] as const;
  for (const [origin, from] of forwarded) {
    const room = SENSE_BYTES_MAX - 8 - parts.reduce((sum, part) => sum + part.length, 0) - 4;
    if (from === undefined || room < 0) continue;
    const kept = from.sense.subarray(0, room);
    parts.push(forwardedSense.encode({
      type: 0x0c, length: 2 + kept.length, truncated: kept.length < from.sense.length,
      origin, status: from.status, sense: kept }));
  }
  const descriptors = concat(parts);
  return descriptorSense.encode({
    responseCode: sense.deferred ? 0x73 : 0x72, senseKey: senseKeyCode(sense.key),
    additionalSense: additionalSenseCode(sense.additional), sdatOvfl: false,
    additionalLength: descriptors.length, descriptors });
}

/** What an initiator learns from sense data. Fields that are not there are undefined. */
export interface ReadSense {
  readonly key: SenseKey | undefined;
  /** ASC × 256 + ASCQ. */
  readonly code: number;
  readonly additional: AdditionalSense | undefined;
  readonly information: bigint | undefined;
  readonly filemark: boolean;
  readonly eom: boolean;
  readonly ili: boolean;
  readonly segment: number | undefined;
  /** Text for people: names where the tables have them, numbers elsewhere. */
  readonly text: string;
}

/**
 * Reads sense data of either format.
 *
 * INFORMATION is read as a signed number: 32 bits in fixed format, 64 in descriptor format.
 * Throws: Malformed.
 */
export function readSense(bytes: Uint8Array): ReadSense {
  return ((bytes[0] ?? 0) & 0x7e) === 0x72 ? readDescriptor(bytes) : readFixed(bytes);
}

function readFixed(bytes: Uint8Array): ReadSense {
  const value = fixedSense.read(bytes);
  return named(value.senseKey, value.additionalSense, {
    information: value.valid ? BigInt(value.information | 0) : undefined,
    filemark: value.filemark, eom: value.eom, ili: value.ili,
    segment: value.senseKey === senseKeyCode('copyAborted')
      ? value.commandSpecific & 0xffff : undefined,
  });
}

function readDescriptor(bytes: Uint8Array): ReadSense {
  const value = descriptorSense.read(bytes);
  let information: bigint | undefined;
  let segment: number | undefined;
  let marks = { filemark: false, eom: false, ili: false };
  for (const item of walk(senseDescriptors, bytes, 8, 8 + value.additionalLength).items) {
    if (item.layout === informationSense) {
      information = BigInt.asIntN(64, informationSense.read(bytes, item.at, item.end).information);
    } else if (item.layout === commandSpecificSense) {
      segment = readU16(bytes, item.at + 6);
    } else if (item.layout === streamSense) {
      marks = streamSense.read(bytes, item.at, item.end);
    }
  }
  return named(value.senseKey, value.additionalSense, { information, segment, ...marks });
}

function named(
  keyCode: number, code: number,
  rest: Pick<ReadSense, 'information' | 'filemark' | 'eom' | 'ili' | 'segment'>): ReadSense {
  const key = senseKeyOf(keyCode);
  const additional = additionalSenseOf(code);
  const keyText = key === undefined ? `sense key ${keyCode.toString(16)}h` : SENSE_KEYS[key][1];
  const [asc, ascq] = [code >>> 8, code & 0xff].map((byte) => byte.toString(16).padStart(2, '0'));
  const codeText = additional === undefined ? `ASC ${asc}h ASCQ ${ascq}h`
    : `${ADDITIONAL_SENSE[additional][1]} (${asc}h/${ascq}h)`;
  return { key, code, additional, ...rest, text: `${keyText}, ${codeText}` };
}

/** The keys that two ends negotiate, and how a value comes out of two. Source: RFC 7143 13. */

interface NumberKey {
  readonly kind: 'number';
  readonly result: 'min' | 'max';
  readonly from: number;
  readonly to: number;
  readonly standard: number;
}

interface BooleanKey {
  readonly kind: 'boolean';
  readonly result: 'and' | 'or';
  readonly standard: boolean;
}

/** The first value of the offered list that the other end accepts. */
interface ListKey {
  readonly kind: 'list';
  readonly standard: string;
}

const SEGMENT_MAX = 0xff_ffff;
const number = (
  result: NumberKey['result'], standard: number, from: number, to: number): NumberKey =>
  ({ kind: 'number', result, standard, from, to });
const boolean = (result: BooleanKey['result'], standard: boolean): BooleanKey =>
  ({ kind: 'boolean', result, standard });
const list = (standard: string): ListKey => ({ kind: 'list', standard });

/** Standard values hold for keys that nobody has named. */
export const OPERATIONAL_KEYS = {
  HeaderDigest:         list('None'),
  DataDigest:           list('None'),
  MaxConnections:       number('min', 1, 1, 65_535),
  InitialR2T:           boolean('or', true),
  ImmediateData:        boolean('and', true),
  MaxBurstLength:       number('min', 262_144, 512, SEGMENT_MAX),
  FirstBurstLength:     number('min', 65_536, 512, SEGMENT_MAX),
  DefaultTime2Wait:     number('max', 2, 0, 3_600),
  DefaultTime2Retain:   number('min', 20, 0, 3_600),
  MaxOutstandingR2T:    number('min', 1, 1, 65_535),
  DataPDUInOrder:       boolean('or', true),
  DataSequenceInOrder:  boolean('or', true),
  ErrorRecoveryLevel:   number('min', 0, 0, 2),
  TaskReporting:        list('RFC3720'),
  iSCSIProtocolLevel:   number('min', 1, 0, 31),
  // Obsolete keys, which old initiators still offer: markers are never used.
  IFMarker:             boolean('and', false),
  OFMarker:             boolean('and', false),
  RDMAExtensions:       boolean('and', false),
} as const satisfies Record<string, NumberKey | BooleanKey | ListKey>;
export type OperationalKey = keyof typeof OPERATIONAL_KEYS;
type Rule = NumberKey | BooleanKey | ListKey;

export const isOperationalKey = (key: string): key is OperationalKey =>
  Object.hasOwn(OPERATIONAL_KEYS, key);

/** Longest data segment that an end takes; declared by each end for itself. */
export const SEGMENT_KEY = 'MaxRecvDataSegmentLength';

/** A whole number in decimal or hexadecimal, or undefined. Source: RFC 7143 6.1. */
export const readNumber = (text: string): number | undefined =>
  (/^(?:\d{1,10}|0[xX][0-9a-fA-F]{1,8})$/.test(text) ? Number(text) : undefined);

/** A declared MaxRecvDataSegmentLength, or undefined if it is none. */
export function readSegmentBytes(text: string): number | undefined {
  const value = readNumber(text);
  return value !== undefined && value >= 512 && value <= SEGMENT_MAX ? value : undefined;
}

/**
 * The result of our value and theirs, or undefined if theirs is not acceptable. `ours` of a list
 * are the values that we accept.
 */
export function combine(key: OperationalKey, ours: string, theirs: string): string | undefined {
  const rule: Rule = OPERATIONAL_KEYS[key];
  if (rule.kind === 'list') {
    const accepted = ours.split(',');
    return theirs.split(',').find((one) => accepted.includes(one));
  }
  if (rule.kind === 'boolean') {
    if (theirs !== 'Yes' && theirs !== 'No') return undefined;
    const both = [ours, theirs];
    return both.includes(rule.result === 'or' ? 'Yes' : 'No') === (rule.result === 'or')
      ? 'Yes' : 'No';
  }
  const value = readNumber(theirs);
  if (value === undefined || value < rule.from || value > rule.to) return undefined;
  return String(Math[rule.result](Number(ours), value));
}

/** The standard value of a key as text. */
export function standardValue(key: OperationalKey): string {
  const { standard } = OPERATIONAL_KEYS[key];
  return typeof standard === 'boolean' ? (standard ? 'Yes' : 'No') : String(standard);
}

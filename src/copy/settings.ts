/** The limits and readings of a copy manager as configuration: their names, values and bounds. */
import {
  COPY_LIMITS, COPY_READINGS, type CopyLimits, type CopyReadings,
} from './limits.ts';

/** What differs from the defaults. */
export interface CopySettings {
  readonly limits?: Partial<CopyLimits>;
  readonly readings?: Partial<CopyReadings>;
}

const BYTES_MAX = 64 * 1024 * 1024;

/** Least and greatest: what the fields that tell them hold, and what memory bears. */
export const LIMIT_RANGES: Readonly<Record<keyof CopyLimits, readonly [number, number]>> = {
  cscdCountMax: [1, 0x7ff],
  segmentCountMax: [1, 0xffff],
  descriptorListBytesMax: [32, BYTES_MAX],
  segmentBytesMax: [0, 0xffff_ffff],
  inlineBytesMax: [0, BYTES_MAX],
  heldBytesMax: [0, BYTES_MAX],
  streamTransferBytesMax: [1, 0xff_ffff],
  concurrentCopiesMax: [1, 1024],
  identifiedCopiesMax: [1, 0xff],
  dataGranularityLog2: [0, 31],
  inlineGranularityLog2: [0, 31],
  heldGranularityLog2: [0, 31],
  rangeCountMax: [1, 0xffff],
  tokenBlocksMax: [1, 0xffff_ffff],
  tokenLifetimeMinS: [0, 0xffff_ffff],
  tokenLifetimeMaxS: [1, 0xffff_ffff],
  tokenInactivityMaxS: [1, 0xffff_fffe],
  tokenInactivityDefaultS: [1, 0xffff_fffe],
  tokenCountMax: [0, 0xffff],
};

/** The choices that there are; the first is the default, but for `outOfRange`. */
export const READING_VALUES: {
  readonly [K in keyof CopyReadings]: readonly CopyReadings[K][] } = {
  lid4FirstId: [1, 0],
  padding: ['transfer', 'block'],
  segmentNumber: ['third-and-fourth-byte', 'right-aligned'],
  inlineTooLong: ['inline-data-length', 'parameter-list-length'],
  nul: ['obsolete', 'null-device'],
  variableResidual: ['bytes', 'blocks'],
  noListIdentifier: ['supported', 'refused'],
  outOfRange: ['segment', 'device'],
};

/** These are never more than those; a default gives way to a setting. */
const NOT_ABOVE: readonly (readonly [keyof CopyLimits, keyof CopyLimits])[] = [
  ['identifiedCopiesMax', 'concurrentCopiesMax'], ['tokenLifetimeMinS', 'tokenLifetimeMaxS'],
  ['tokenInactivityDefaultS', 'tokenInactivityMaxS'],
];

const isLimit = (name: string): name is keyof CopyLimits => Object.hasOwn(LIMIT_RANGES, name);
const isReading = (name: string): name is keyof CopyReadings =>
  Object.hasOwn(READING_VALUES, name);

/** Limits with the defaults for what is not set. Throws: RangeError that names the limit. */
export function copyLimitsOf(set: Partial<CopyLimits> = {}): CopyLimits {
  const limits: Record<keyof CopyLimits, number> = { ...COPY_LIMITS, ...set };
  for (const [name, [min, max]] of Object.entries(LIMIT_RANGES)) {
    const value = isLimit(name) ? limits[name] : NaN;
    if (Number.isInteger(value) && value >= min && value <= max) continue;
    throw new RangeError(`Cannot use ${name} ${value}: it is not a number from ${min} to ${max}`);
  }
  for (const [low, high] of NOT_ABOVE) {
    if (set[low] === undefined) limits[low] = Math.min(limits[low], limits[high]);
    else if (limits[low] > limits[high]) {
      throw new RangeError(
        `Cannot use ${low} ${limits[low]}: it is more than ${high}, ${limits[high]}`);
    }
  }
  return limits;
}

/** Readings with the defaults for what is not set. */
export const copyReadingsOf = (set: Partial<CopyReadings> = {}): CopyReadings =>
  ({ ...COPY_READINGS, ...set });

/**
 * Settings from texts of the form NAME=VALUE; of two with one name, the first.
 *
 * Throws: RangeError with the names, or the values, that there are.
 */
export function parseCopySettings(texts: readonly string[]): Required<CopySettings> {
  const limits: Partial<Record<keyof CopyLimits, number>> = {};
  const readings: Record<string, string | number> = {};
  for (const text of texts) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/.exec(text) ?? [undefined, text];
    if (isLimit(name)) limits[name] ??= numberOf(name, value);
    else if (isReading(name)) readings[name] ??= choiceOf(name, value);
    else {
      throw new RangeError(`Cannot set '${name}': it is not one of ${
        [...Object.keys(LIMIT_RANGES), ...Object.keys(READING_VALUES)].join(', ')}`);
    }
  }
  copyLimitsOf(limits);
  return { limits, readings };
}

function numberOf(name: keyof CopyLimits, text: string): number {
  const [min, max] = LIMIT_RANGES[name];
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new RangeError(`Cannot set ${name} to '${text}': it is not a number from ${min} to ${max}`);
}

function choiceOf(name: keyof CopyReadings, text: string): string | number {
  const values: readonly (string | number)[] = READING_VALUES[name];
  const value = values.find((one) => String(one) === text);
  if (value !== undefined) return value;
  throw new RangeError(`Cannot set ${name} to '${text}': it is not one of ${values.join(', ')}`);
}

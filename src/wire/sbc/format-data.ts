/** Parameter data of what works on a whole disk: formatting, sanitizing, telling its defects. */
import { bit, bits, rest, u16, u32, u8 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { defectListFormat } from './format-cdbs.ts';

/** The flags of FORMAT UNIT, the same in both headers. */
const formatFlags = {
  protectionUsage:  bits(0, 2, 0, 'PROTECTION FIELD USAGE', { oneOf: [0] }),
  optionsValid:     bit(1, 7, 'FOV', { meaning: 'the bits behind it are valid' }),
  noPrimaryList:    bit(1, 6, 'DPRY'),
  noCertification:  bit(1, 5, 'DCRT'),
  stopFormat:       bit(1, 4, 'STPF'),
  pattern:          bit(1, 3, 'IP', { meaning: 'an initialization pattern descriptor follows' }),
  immed:            bit(1, 1, 'IMMED'),
};

export const formatShortHeader = layout(
  { name: 'FORMAT UNIT short parameter list header', source: 'SBC-3 5.3.2.2', size: 4 },
  { ...formatFlags, defectListLength: u16(2, 'DEFECT LIST LENGTH', { unit: 'bytes' }) },
);

export const formatLongHeader = layout(
  { name: 'FORMAT UNIT long parameter list header', source: 'SBC-3 5.3.2.2', size: 8 },
  {
    ...formatFlags,
    protectionInterval: bits(3, 3, 0, 'PROTECTION INTERVAL EXPONENT', { oneOf: [0] }),
    defectListLength:   u32(4, 'DEFECT LIST LENGTH', { unit: 'bytes' }),
  },
);

/** PATTERN TYPE of an initialization pattern descriptor. Source: SBC-3 5.3.2.3. */
export const PATTERN_TYPE = { byDefault: 0x00, repeated: 0x01 } as const;

export const initializationPattern = layout(
  { name: 'initialization pattern descriptor', source: 'SBC-3 5.3.2.3', size: 4 },
  {
    securityInitialize: bit(0, 5, 'SI', { mustBe: false }),
    type:    u8(1, 'INITIALIZATION PATTERN TYPE', { oneOf: Object.values(PATTERN_TYPE), meanings: {
      0: 'default: zeros', 1: 'repeat the pattern' } }),
    length:  u16(2, 'INITIALIZATION PATTERN LENGTH', { unit: 'bytes' }),
    pattern: rest(4, 'INITIALIZATION PATTERN'),
  },
  [({ length, pattern }) => (length > pattern.length
    ? { field: 'length', rule: 'length',
      message: `is ${length}, ${pattern.length} bytes follow it` } : undefined),
  ({ length, pattern }) => (length < pattern.length
    ? { field: 'length', rule: 'surplus', severity: 'warning',
      message: `is ${length}, ${pattern.length} bytes follow it` } : undefined),
  ({ type, length }) => (type === PATTERN_TYPE.repeated && length === 0
    ? { field: 'length', rule: 'length', message: 'is 0, there is nothing to repeat' }
    : undefined),
  ({ type, length }) => (type === PATTERN_TYPE.byDefault && length > 0
    ? { field: 'length', rule: 'length',
      message: `is ${length}, the default pattern has no bytes` } : undefined)],
);

export const sanitizeOverwriteList = layout(
  { name: 'SANITIZE, OVERWRITE parameter list', source: 'SBC-3 5.25.2.2', size: 4 },
  {
    invert:        bit(0, 7, 'INVERT', { meaning: 'each pass inverts the one before' }),
    test:          bits(0, 6, 5, 'TEST', { oneOf: [0] }),
    passCount:     bits(0, 4, 0, 'OVERWRITE COUNT', { min: 1 }),
    patternLength: u16(2, 'INITIALIZATION PATTERN LENGTH', { min: 1, unit: 'bytes' }),
    pattern:       rest(4, 'INITIALIZATION PATTERN'),
  },
  [({ patternLength, pattern }) => (patternLength > pattern.length
    ? { field: 'patternLength', rule: 'length',
      message: `is ${patternLength}, ${pattern.length} bytes follow it` } : undefined)],
);

const defectListFlags = {
  primaryList: bit(1, 4, 'PLISTV', { meaning: 'with the primary defect list' }),
  grownList:   bit(1, 3, 'GLISTV', { meaning: 'with the grown defect list' }),
  defectListFormat: defectListFormat(1),
};
export const defectData10 = layout(
  { name: 'READ DEFECT DATA(10) parameter data', source: 'SBC-3 5.17.2', size: 4 },
  {
    ...defectListFlags,
    listLength:  u16(2, 'DEFECT LIST LENGTH', { unit: 'bytes' }),
    descriptors: rest(4, 'address descriptors'),
  },
);
export const defectData12 = layout(
  { name: 'READ DEFECT DATA(12) parameter data', source: 'SBC-3 5.18.2', size: 8 },
  {
    ...defectListFlags,
    generation:  u16(2, 'GENERATION CODE'),
    listLength:  u32(4, 'DEFECT LIST LENGTH', { unit: 'bytes' }),
    descriptors: rest(8, 'address descriptors'),
  },
);

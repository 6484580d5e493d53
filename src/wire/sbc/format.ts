/** CDBs and parameter data of what works on a whole disk: formatting, sanitizing, its defects. */
import { bit, bits, rest, u8, u16, u32 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { naca, operationCode, serviceAction } from '../spc/cdb-fields.ts';

const DEFECT_LIST_FORMATS = {
  0: 'short block', 1: 'extended bytes from index', 2: 'extended physical sector', 3: 'long block',
  4: 'bytes from index', 5: 'physical sector', 6: 'vendor specific',
} as const;
const defectListFormat = (at: number) =>
  bits(at, 2, 0, 'DEFECT LIST FORMAT', { max: 6, meanings: DEFECT_LIST_FORMATS });

export const formatUnitCdb = layout(
  { name: 'FORMAT UNIT CDB', source: 'SBC-3 5.3', size: 6 },
  {
    opcode:           operationCode(0x04),
    protectionInfo:   bits(1, 7, 6, 'FMTPINFO', { oneOf: [0] }),
    longList:         bit(1, 5, 'LONGLIST', { meaning: 'the list has the long header' }),
    formatData:       bit(1, 4, 'FMTDATA', { meaning: 'there is a parameter list' }),
    completeList:     bit(1, 3, 'CMPLST'),
    defectListFormat: defectListFormat(1),
    vendorSpecific:   u8(2, 'vendor specific', { oneOf: [0] }),
    naca:             naca(5),
  },
);

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
  ({ type, length }) => ((length === 0) === (type === PATTERN_TYPE.repeated)
    ? { field: 'length', rule: 'length', message: type === PATTERN_TYPE.repeated
      ? 'is 0, there is nothing to repeat' : `is ${length}, the default pattern has no bytes` }
    : undefined)],
);

/** SERVICE ACTION of SANITIZE. Source: SBC-3 5.25. */
export const SANITIZE = {
  overwrite: 0x01, blockErase: 0x02, cryptographicErase: 0x03, exitFailureMode: 0x1f,
} as const;

const sanitizeCdb = (name: string, action: number) => layout(
  { name: `SANITIZE, ${name} CDB`, source: 'SBC-3 5.25', size: 10 },
  {
    opcode:        operationCode(0x48),
    immed:         bit(1, 7, 'IMMED'),
    ause:          bit(1, 5, 'AUSE', { meaning: 'failure can be left by EXIT FAILURE MODE' }),
    serviceAction: serviceAction(action),
    parameterListLength: u16(7, 'PARAMETER LIST LENGTH', action === SANITIZE.overwrite
      ? { min: 5, unit: 'bytes' } : { oneOf: [0], unit: 'bytes' }),
    naca:          naca(9),
  },
);
export const sanitizeOverwriteCdb = sanitizeCdb('OVERWRITE', SANITIZE.overwrite);
export const sanitizeBlockEraseCdb = sanitizeCdb('BLOCK ERASE', SANITIZE.blockErase);
export const sanitizeCryptographicEraseCdb =
  sanitizeCdb('CRYPTOGRAPHIC ERASE', SANITIZE.cryptographicErase);
export const sanitizeExitFailureModeCdb =
  sanitizeCdb('EXIT FAILURE MODE', SANITIZE.exitFailureMode);

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

export const readDefectData10Cdb = layout(
  { name: 'READ DEFECT DATA(10) CDB', source: 'SBC-3 5.17', size: 10 },
  {
    opcode:      operationCode(0x37),
    primaryList: bit(2, 4, 'REQ_PLIST'),
    grownList:   bit(2, 3, 'REQ_GLIST'),
    defectListFormat: defectListFormat(2),
    allocationLength: u16(7, 'ALLOCATION LENGTH', { unit: 'bytes' }),
    naca:        naca(9),
  },
);
export const readDefectData12Cdb = layout(
  { name: 'READ DEFECT DATA(12) CDB', source: 'SBC-3 5.18', size: 12 },
  {
    opcode:      operationCode(0xb7),
    primaryList: bit(1, 4, 'REQ_PLIST'),
    grownList:   bit(1, 3, 'REQ_GLIST'),
    defectListFormat: defectListFormat(1),
    descriptorIndex:  u32(2, 'ADDRESS DESCRIPTOR INDEX'),
    allocationLength: u32(6, 'ALLOCATION LENGTH', { unit: 'bytes' }),
    naca:        naca(11),
  },
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

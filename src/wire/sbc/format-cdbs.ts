/** CDBs of what works on a whole disk: formatting, sanitizing, telling its defects. */
import { bit, bits, u16, u32, u8 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { naca, operationCode, serviceAction } from '../spc/cdb-fields.ts';

const DEFECT_LIST_FORMATS = {
  0: 'short block', 1: 'extended bytes from index', 2: 'extended physical sector', 3: 'long block',
  4: 'bytes from index', 5: 'physical sector', 6: 'vendor specific',
} as const;
/** DEFECT LIST FORMAT, which some CDBs and data have at the end of a byte. */
export const defectListFormat = (at: number) =>
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

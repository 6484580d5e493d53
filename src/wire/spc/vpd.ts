/** Vital product data pages that every kind of device has. Source: SPC-4 7.8. */
import { bit, bits, rest, u8, u16 } from '../../codec/field.ts';
import { type Fields, layout, type Rule } from '../../codec/layout.ts';
import type { ListRules } from '../../codec/list.ts';
import { restAscii } from '../../codec/text.ts';
import { deviceType, qualifier } from './inquiry.ts';

/** The four bytes that every page begins with. */
export const vpdHead = (page: number) => ({
  qualifier, deviceType,
  pageCode:   u8(1, 'PAGE CODE', { oneOf: [page] }),
  pageLength: u16(2, 'PAGE LENGTH', { unit: 'bytes' }),
}) satisfies Fields;

/** A page says how long it is; an allocation length may have cut it, but never made it longer. */
export const vpdLength: Rule<ReturnType<typeof vpdHead>> = ({ pageLength }, byteLength) =>
  (pageLength + 4 === byteLength ? undefined : {
    field: 'pageLength', rule: 'length', severity: 'warning',
    message: `is ${pageLength}, ${byteLength - 4} bytes follow it` });

export const supportedVpdPages = layout(
  { name: 'supported VPD pages page (00h)', source: 'SPC-4 7.8.16', size: 4 },
  { ...vpdHead(0x00), pages: rest(4, 'supported page list') },
  [vpdLength,
    ({ pages }) => (pages.some((code, i) => i > 0 && code <= pages[i - 1]!)
      ? { field: 'pages', rule: 'order', severity: 'warning',
        message: 'is not in ascending order' } : undefined)],
);

export const unitSerialNumberPage = layout(
  { name: 'unit serial number page (80h)', source: 'SPC-4 7.8.17', size: 4 },
  { ...vpdHead(0x80), serialNumber: restAscii(4, 'PRODUCT SERIAL NUMBER') },
  [vpdLength],
);

export const deviceIdentificationPage = layout(
  { name: 'device identification page (83h)', source: 'SPC-4 7.8.6', size: 4 },
  { ...vpdHead(0x83), designators: rest(4, 'designation descriptor list') },
  [vpdLength],
);

const DESIGNATOR_TYPES: Readonly<Record<number, string>> = {
  0: 'vendor specific', 1: 'T10 vendor ID', 2: 'EUI-64', 3: 'NAA',
  4: 'relative target port', 5: 'target port group', 6: 'logical unit group',
  7: 'MD5 logical unit', 8: 'SCSI name string', 9: 'protocol specific port',
};

export const designationDescriptor = layout(
  { name: 'designation descriptor', source: 'SPC-4 7.8.6.1', size: 4 },
  {
    protocol:    bits(0, 7, 4, 'PROTOCOL IDENTIFIER', { meanings: { 5: 'iSCSI' } }),
    codeSet:     bits(0, 3, 0, 'CODE SET', {
      oneOf: [1, 2, 3], severity: 'warning', meanings: { 1: 'binary', 2: 'ASCII', 3: 'UTF-8' } }),
    piv:         bit(1, 7, 'PIV', { meaning: 'PROTOCOL IDENTIFIER is valid' }),
    association: bits(1, 5, 4, 'ASSOCIATION', { oneOf: [0, 1, 2], severity: 'warning', meanings: {
      0: 'logical unit', 1: 'target port', 2: 'target device' } }),
    type:        bits(1, 3, 0, 'DESIGNATOR TYPE', { meanings: DESIGNATOR_TYPES }),
    length:      u8(3, 'DESIGNATOR LENGTH', { unit: 'bytes' }),
    designator:  rest(4, 'DESIGNATOR'),
  },
  [({ length, designator }) => (length > designator.length
    ? { field: 'length', rule: 'length',
      message: `is ${length}, ${designator.length} bytes follow it` } : undefined)],
);

/** The designators behind the header of page 83h. */
export const designationDescriptors: ListRules = {
  name: 'designation descriptor list', source: 'SPC-4 7.8.6.1', headerBytes: 4,
  lengthOf: (bytes, at) => 4 + bytes[at + 3]!,
  typeOf: (bytes, at) => bytes[at + 1]! & 0x0f,
  layoutOf: () => designationDescriptor,
};

export const extendedInquiryPage = layout(
  { name: 'extended INQUIRY data page (86h)', source: 'SPC-4 7.8.7', size: 64 },
  {
    ...vpdHead(0x86),
    spt:      bits(4, 5, 3, 'SPT'),
    grdChk:   bit(4, 2, 'GRD_CHK'),
    appChk:   bit(4, 1, 'APP_CHK'),
    refChk:   bit(4, 0, 'REF_CHK'),
    uaskSup:  bit(5, 5, 'UASK_SUP'),
    groupSup: bit(5, 4, 'GROUP_SUP'),
    priorSup: bit(5, 3, 'PRIOR_SUP'),
    headSup:  bit(5, 2, 'HEADSUP', { meaning: 'HEAD OF QUEUE tasks' }),
    ordSup:   bit(5, 1, 'ORDSUP', { meaning: 'ORDERED tasks' }),
    simpSup:  bit(5, 0, 'SIMPSUP', { meaning: 'SIMPLE tasks' }),
    wuSup:    bit(6, 3, 'WU_SUP'),
    crdSup:   bit(6, 2, 'CRD_SUP'),
    nvSup:    bit(6, 1, 'NV_SUP', { meaning: 'non-volatile cache' }),
    vSup:     bit(6, 0, 'V_SUP', { meaning: 'volatile cache' }),
    luiClr:   bit(7, 0, 'LUICLR'),
    maximumSenseLength: u8(13, 'MAXIMUM SUPPORTED SENSE DATA LENGTH', { unit: 'bytes' }),
  },
  [vpdLength],
);

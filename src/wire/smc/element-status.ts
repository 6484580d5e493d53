/**
 * What READ ELEMENT STATUS and REQUEST VOLUME ELEMENT ADDRESS return: a header, a page for each
 * type of element, a descriptor for each element. Source: SMC-3 6.11, 6.12.
 */
import { readU16, readU24 } from '../../bytes/big-endian.ts';
import { ascii, bit, bits, rest, u8, u16, u24 } from '../../codec/field.ts';
import { type AnyLayout, layout } from '../../codec/layout.ts';
import type { ListRules } from '../../codec/list.ts';
import { restAscii } from '../../codec/text.ts';
import { ELEMENT_TYPE, elementType, TRANSLATE_ACTIONS } from './fields.ts';

const statusHeader = {
  firstAddress: u16(0, 'FIRST ELEMENT ADDRESS REPORTED', { hex: true }),
  elementCount: u16(2, 'NUMBER OF ELEMENTS AVAILABLE'),
  byteCount:    u24(5, 'BYTE COUNT OF REPORT AVAILABLE', { unit: 'bytes' }),
  pages:        rest(8, 'element status pages'),
};

export const elementStatusData = layout(
  { name: 'READ ELEMENT STATUS data', source: 'SMC-3 6.11.2', size: 8 }, statusHeader);

export const volumeElementAddressData = layout(
  { name: 'REQUEST VOLUME ELEMENT ADDRESS data', source: 'SMC-3 6.12', size: 8 },
  { ...statusHeader, sendAction: bits(4, 4, 0, 'SEND ACTION CODE', TRANSLATE_ACTIONS) });

/** Bytes of an element descriptor in front of its volume tags, and of one volume tag. */
export const ELEMENT_BYTES = 12;
export const VOLUME_TAG_BYTES = 36;

export const elementStatusPage = layout(
  { name: 'element status page', source: 'SMC-3 6.11.3', size: 8 },
  {
    elementType:      elementType(0, 7, [1, 2, 3, 4]),
    primaryTags:      bit(1, 7, 'PVOLTAG', { meaning: 'with primary volume tags' }),
    alternateTags:    bit(1, 6, 'AVOLTAG', { meaning: 'with alternate volume tags' }),
    descriptorLength: u16(2, 'ELEMENT DESCRIPTOR LENGTH', { unit: 'bytes' }),
    byteCount:        u24(5, 'BYTE COUNT OF DESCRIPTOR DATA AVAILABLE', { unit: 'bytes' }),
    descriptors:      rest(8, 'element descriptors'),
  },
  [({ descriptorLength, primaryTags, alternateTags }) => {
    const least = ELEMENT_BYTES + VOLUME_TAG_BYTES * (Number(primaryTags) + Number(alternateTags));
    return descriptorLength >= least ? undefined : {
      field: 'descriptorLength', rule: 'tags-fit',
      message: `is ${descriptorLength}, a descriptor with its volume tags has ${least}` };
  }, ({ descriptorLength, byteCount }) => (byteCount % Math.max(1, descriptorLength) === 0
    ? undefined : {
      field: 'byteCount', rule: 'whole-descriptors',
      message: `is ${byteCount}, no multiple of descriptors of ${descriptorLength} bytes` })],
);

const address = u16(0, 'ELEMENT ADDRESS', { hex: true });
const full = bit(2, 0, 'FULL', { meaning: 'holds a medium' });
const except = bit(2, 2, 'EXCEPT', { meaning: 'abnormal' });
const access = bit(2, 3, 'ACCESS', { meaning: 'within reach of the transport' });
const senseCode = u8(4, 'ADDITIONAL SENSE CODE', { hex: true });
const senseQualifier = u8(5, 'ADDITIONAL SENSE CODE QUALIFIER', { hex: true });
/** Where the medium comes from; tags and identifier follow as the page header says. */
const origin = {
  sourceValid: bit(9, 7, 'SVALID', { meaning: 'the source address is valid' }),
  invert:      bit(9, 6, 'INVERT'),
  disabled:    bit(9, 3, 'ED', { meaning: 'the element is disabled' }),
  mediumType:  bits(9, 2, 0, 'MEDIUM TYPE', { meanings: {
    0: 'unspecified', 1: 'data', 2: 'cleaning', 3: 'diagnostics', 4: 'WORM', 5: 'microcode' } }),
  source:      u16(10, 'SOURCE STORAGE ELEMENT ADDRESS', { hex: true }),
  tail:        rest(ELEMENT_BYTES, 'volume tags and device identifier'),
};

export const transportElement = layout(
  { name: 'medium transport element descriptor', source: 'SMC-3 6.11.4', size: ELEMENT_BYTES },
  { address, except, full, senseCode, senseQualifier, ...origin },
);

export const storageElement = layout(
  { name: 'storage element descriptor', source: 'SMC-3 6.11.5', size: ELEMENT_BYTES },
  { address, access, except, full, senseCode, senseQualifier, ...origin },
);

export const importExportElement = layout(
  { name: 'import/export element descriptor', source: 'SMC-3 6.11.6', size: ELEMENT_BYTES },
  {
    address,
    oir:          bit(2, 7, 'OIR', { meaning: 'operator intervention required' }),
    cmc:          bit(2, 6, 'CMC', { meaning: 'exports into a magazine' }),
    importable:   bit(2, 5, 'INENAB', { meaning: 'can import' }),
    exportable:   bit(2, 4, 'EXENAB', { meaning: 'can export' }),
    access, except,
    byOperator:   bit(2, 1, 'IMPEXP', { meaning: 'an operator has put the medium there' }),
    full, senseCode, senseQualifier, ...origin,
  },
);

export const dataTransferElement = layout(
  { name: 'data transfer element descriptor', source: 'SMC-3 6.11.7', size: ELEMENT_BYTES },
  {
    address, access, except, full, senseCode, senseQualifier,
    notBus:     bit(6, 7, 'NOT BUS', { meaning: 'on another bus than the changer' }),
    idValid:    bit(6, 5, 'ID VALID'),
    lunValid:   bit(6, 4, 'LU VALID'),
    lun:        bits(6, 2, 0, 'LOGICAL UNIT NUMBER'),
    busAddress: u8(7, 'SCSI BUS ADDRESS'),
    ...origin,
  },
);

const BY_TYPE = new Map<number, AnyLayout>([
  [ELEMENT_TYPE.transport, transportElement], [ELEMENT_TYPE.storage, storageElement],
  [ELEMENT_TYPE.importExport, importExportElement],
  [ELEMENT_TYPE.dataTransfer, dataTransferElement],
]);

/** The pages behind the header. */
export const elementStatusPages: ListRules = {
  name: 'element status pages', source: 'SMC-3 6.11.2', headerBytes: elementStatusPage.size,
  lengthOf: (bytes, at) => elementStatusPage.size + readU24(bytes, at + 5),
  typeOf: (bytes, at) => bytes[at]!,
  layoutOf: () => elementStatusPage,
};

/** The descriptors of the page at `pageAt`, which are all of one type and length. */
export function elementDescriptors(bytes: Uint8Array, pageAt: number): ListRules {
  const type = bytes[pageAt]!;
  const byteLength = readU16(bytes, pageAt + 2);
  return {
    name: 'element descriptors', source: 'SMC-3 6.11.3', headerBytes: ELEMENT_BYTES,
    lengthOf: () => byteLength, typeOf: () => type, layoutOf: (code) => BY_TYPE.get(code),
  };
}

export const volumeTag = layout(
  { name: 'volume tag', source: 'SMC-3 5.4', size: VOLUME_TAG_BYTES },
  {
    volume:   ascii(0, 32, 'VOLUME IDENTIFIER'),
    sequence: u16(34, 'VOLUME SEQUENCE NUMBER'),
  },
);

/** Which device a data transfer element is, and nothing of any other element. */
export const elementIdentifier = layout(
  { name: 'device identifier of an element', source: 'SMC-3 6.11.4', size: 4 },
  {
    codeSet:    bits(0, 3, 0, 'CODE SET', { meanings: { 0: 'none', 1: 'binary', 2: 'ASCII' } }),
    type:       bits(1, 3, 0, 'IDENTIFIER TYPE', { meanings: {
      0: 'vendor specific', 1: 'T10 vendor ID' } }),
    length:     u8(3, 'IDENTIFIER LENGTH', { unit: 'bytes' }),
    identifier: restAscii(4, 'IDENTIFIER'),
  },
  [({ length }, byteLength) => (length + 4 <= byteLength ? undefined : {
    field: 'length', rule: 'length', message: `is ${length}, ${byteLength - 4} bytes follow it` })],
);

/** What SEND VOLUME TAG looks for. */
export const volumeTagTemplate = layout(
  { name: 'SEND VOLUME TAG parameter list', source: 'SMC-3 6.13', size: 40 },
  {
    template:        ascii(0, 32, 'VOLUME IDENTIFICATION TEMPLATE'),
    minimumSequence: u16(34, 'MINIMUM VOLUME SEQUENCE NUMBER'),
    maximumSequence: u16(38, 'MAXIMUM VOLUME SEQUENCE NUMBER'),
  },
  [({ minimumSequence, maximumSequence }) => (minimumSequence <= maximumSequence ? undefined : {
    field: 'minimumSequence', rule: 'limits', severity: 'warning',
    message: `is ${minimumSequence}, more than the maximum of ${maximumSequence}` })],
);

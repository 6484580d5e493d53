/**
 * Parameter data of PERSISTENT RESERVE IN, parameter lists of PERSISTENT RESERVE OUT, and the
 * TransportIDs in both. Source: SPC-4 6.15, 6.16, 7.6.4.
 */
import { readU16, readU32 } from '../../bytes/big-endian.ts';
import { bit, bits, rest, u16, u32, u64 } from '../../codec/field.ts';
import { type FieldsValue, layout, type Rule } from '../../codec/layout.ts';
import type { ListRules } from '../../codec/list.ts';
import { RESERVATION_TYPE_NAMES } from './reservation-type.ts';

/** What every report of registrations begins with. */
const reportHead = {
  generation:       u32(0, 'PRGENERATION'),
  additionalLength: u32(4, 'ADDITIONAL LENGTH', { unit: 'bytes' }),
};

type Head = FieldsValue<typeof reportHead>;

/** An allocation length may have cut what follows the head; ADDITIONAL LENGTH tells it all. */
const announcesRest = ({ additionalLength }: Head, byteLength: number) =>
  (additionalLength === byteLength - 8 ? undefined : {
    field: 'additionalLength', rule: 'length', severity: 'warning',
    message: `is ${additionalLength}, ${byteLength - 8} bytes follow it` } as const);

export const readKeysData = layout(
  { name: 'READ KEYS data', source: 'SPC-4 6.15.2', size: 8 },
  { ...reportHead, keys: rest(8, 'reservation key list') },
  [announcesRest,
    ({ additionalLength }) => (additionalLength % 8 === 0 ? undefined : {
      field: 'additionalLength', rule: 'length', severity: 'warning',
      message: `is ${additionalLength}, a reservation key has 8 bytes` })],
);

/** Without a reservation, the head alone. */
export const readReservationData = layout(
  { name: 'READ RESERVATION data', source: 'SPC-4 6.15.3', size: 8 },
  {
    generation:       reportHead.generation,
    additionalLength: u32(4, 'ADDITIONAL LENGTH', { oneOf: [0, 0x10], unit: 'bytes' }),
    reservation:      rest(8, 'reservation'),
  },
  [announcesRest],
);

const typeOfReservation = (at: number) => bits(at, 3, 0, 'TYPE', {
  oneOf: [...RESERVATION_TYPE_NAMES.keys()], severity: 'warning',
  meanings: Object.fromEntries(RESERVATION_TYPE_NAMES) });
const scope = (at: number) => bits(at, 7, 4, 'SCOPE', {
  oneOf: [0], severity: 'warning', meanings: { 0: 'logical unit' } });

export const reservationDescriptor = layout(
  { name: 'persistent reservation descriptor', source: 'SPC-4 6.15.3', size: 16 },
  {
    key:   u64(0, 'RESERVATION KEY'),
    scope: scope(13),
    type:  typeOfReservation(13),
  },
);

export const reportCapabilitiesData = layout(
  { name: 'REPORT CAPABILITIES data', source: 'SPC-4 6.15.4', size: 8 },
  {
    length:        u16(0, 'LENGTH', { oneOf: [8], unit: 'bytes' }),
    rlrC:          bit(2, 7, 'RLR_C', { meaning: 'REPLACE LOST RESERVATION' }),
    crh:           bit(2, 4, 'CRH', { meaning: 'RESERVE and RELEASE are tolerated' }),
    sipC:          bit(2, 3, 'SIP_C', { meaning: 'SPEC_I_PT is supported' }),
    atpC:          bit(2, 2, 'ATP_C', { meaning: 'ALL_TG_PT is supported' }),
    ptplC:         bit(2, 0, 'PTPL_C', { meaning: 'APTPL is supported' }),
    tmv:           bit(3, 7, 'TMV', { meaning: 'the type mask is valid' }),
    allowCommands: bits(3, 6, 4, 'ALLOW COMMANDS', {
      oneOf: [0, 1, 2, 3, 4], severity: 'warning' }),
    ptplA:         bit(3, 0, 'PTPL_A', { meaning: 'kept over a power loss' }),
    wrExAr:        bit(4, 7, 'WR_EX_AR', { meaning: RESERVATION_TYPE_NAMES.get(7)! }),
    exAcRo:        bit(4, 6, 'EX_AC_RO', { meaning: RESERVATION_TYPE_NAMES.get(6)! }),
    wrExRo:        bit(4, 5, 'WR_EX_RO', { meaning: RESERVATION_TYPE_NAMES.get(5)! }),
    exAc:          bit(4, 3, 'EX_AC', { meaning: RESERVATION_TYPE_NAMES.get(3)! }),
    wrEx:          bit(4, 1, 'WR_EX', { meaning: RESERVATION_TYPE_NAMES.get(1)! }),
    exAcAr:        bit(5, 0, 'EX_AC_AR', { meaning: RESERVATION_TYPE_NAMES.get(8)! }),
  },
);

export const readFullStatusData = layout(
  { name: 'READ FULL STATUS data', source: 'SPC-4 6.15.5', size: 8 },
  { ...reportHead, descriptors: rest(8, 'full status descriptor list') },
  [announcesRest],
);

export const fullStatusDescriptor = layout(
  { name: 'full status descriptor', source: 'SPC-4 6.15.5', size: 24 },
  {
    key:                u64(0, 'RESERVATION KEY'),
    allTgPt:            bit(12, 1, 'ALL_TG_PT', { meaning: 'by way of every target port' }),
    rHolder:            bit(12, 0, 'R_HOLDER', { meaning: 'holds the reservation' }),
    scope:              bits(13, 7, 4, 'SCOPE', { meanings: { 0: 'logical unit' } }),
    type:               bits(13, 3, 0, 'TYPE', {
      meanings: Object.fromEntries(RESERVATION_TYPE_NAMES) }),
    relativeTargetPort: u16(18, 'RELATIVE TARGET PORT IDENTIFIER'),
    additionalLength:   u32(20, 'ADDITIONAL DESCRIPTOR LENGTH', { unit: 'bytes' }),
    transportId:        rest(24, 'TransportID'),
  },
  [({ additionalLength, transportId }) => (additionalLength === transportId.length ? undefined : {
    field: 'additionalLength', rule: 'length',
    message: `is ${additionalLength}, ${transportId.length} bytes follow it` })],
);

/** The descriptors behind the head of READ FULL STATUS data. */
export const fullStatusDescriptors: ListRules = {
  name: 'full status descriptor list', source: 'SPC-4 6.15.5', headerBytes: 24,
  lengthOf: (bytes, at) => 24 + readU32(bytes, at + 20),
  typeOf: () => 0,
  layoutOf: () => fullStatusDescriptor,
};

/** What both parameter lists of PERSISTENT RESERVE OUT begin with. */
const listHead = {
  key:              u64(0, 'RESERVATION KEY'),
  serviceActionKey: u64(8, 'SERVICE ACTION RESERVATION KEY'),
};

/** Of every service action but REGISTER AND MOVE; with SPEC_I_PT a list of TransportIDs follows. */
export const persistentReserveOutList = layout(
  { name: 'PERSISTENT RESERVE OUT parameter list', source: 'SPC-4 6.16.3', size: 24 },
  {
    ...listHead,
    specIPt:    bit(20, 3, 'SPEC_I_PT', { meaning: 'TransportIDs follow' }),
    allTgPt:    bit(20, 2, 'ALL_TG_PT', { meaning: 'by way of every target port' }),
    aptpl:      bit(20, 0, 'APTPL', { meaning: 'keep over a power loss' }),
    additional: rest(24, 'additional parameter data'),
  },
  [({ specIPt, additional }) => (specIPt || additional.length === 0 ? undefined : {
    field: 'additional', rule: 'length', severity: 'warning',
    message: `has ${additional.length} bytes, and SPEC_I_PT is zero` })],
);

/** The additional parameter data of REGISTER with SPEC_I_PT. */
export const specifiedPorts = layout(
  { name: 'specify initiator ports parameter data', source: 'SPC-4 6.16.3', size: 4 },
  {
    byteLength:   u32(0, 'TRANSPORTID PARAMETER DATA LENGTH', { unit: 'bytes' }),
    transportIds: rest(4, 'TransportIDs list'),
  },
  [({ byteLength, transportIds }) => (byteLength === transportIds.length ? undefined : {
    field: 'byteLength', rule: 'length',
    severity: byteLength > transportIds.length ? 'error' : 'warning',
    message: `is ${byteLength}, ${transportIds.length} bytes follow it` })],
);

/** Bytes 8 on of a third party persistent reservations source segment (15h) are such a list. */
export const registerAndMoveList = layout(
  { name: 'REGISTER AND MOVE parameter list', source: 'SPC-4 6.16.4', size: 24 },
  {
    ...listHead,
    unreg:              bit(17, 1, 'UNREG', { meaning: 'unregister the sender' }),
    aptpl:              bit(17, 0, 'APTPL', { meaning: 'keep over a power loss' }),
    relativeTargetPort: u16(18, 'RELATIVE TARGET PORT IDENTIFIER'),
    transportIdLength:  u32(20, 'TRANSPORTID LENGTH', { unit: 'bytes' }),
    transportId:        rest(24, 'TransportID'),
  },
  [({ transportIdLength, transportId }) => (transportIdLength === transportId.length ? undefined : {
    field: 'transportIdLength', rule: 'length',
    severity: transportIdLength > transportId.length ? 'error' : 'warning',
    message: `is ${transportIdLength}, ${transportId.length} bytes follow it` })],
);

const ISCSI = 5;
/** Every TransportID of another protocol is as long. */
const OTHER_TRANSPORT_ID_BYTES = 24;
const ADDITIONAL_LENGTH_MIN = 20;
/** A name of 223 bytes, a separator of 5, 12 digits, a zero byte; in whole words. */
const ADDITIONAL_LENGTH_MAX = 244;
/** FORMAT CODE: an initiator device (all of its ports), or one initiator port. */
export const TRANSPORT_ID_FORMAT = { device: 0, port: 1 } as const;

const transportIdHead = {
  formatCode:       bits(0, 7, 6, 'FORMAT CODE', { oneOf: [0, 1], meanings: {
    0: 'iSCSI initiator device', 1: 'iSCSI initiator port' } }),
  protocol:         bits(0, 3, 0, 'PROTOCOL IDENTIFIER', {
    oneOf: [ISCSI], meanings: { [ISCSI]: 'iSCSI' } }),
  additionalLength: u16(2, 'ADDITIONAL LENGTH', {
    min: ADDITIONAL_LENGTH_MIN, max: ADDITIONAL_LENGTH_MAX, unit: 'bytes' }),
  name:             rest(4, 'ISCSI NAME'),
};

const wholeWords: Rule<typeof transportIdHead> = ({ additionalLength }) =>
  (additionalLength % 4 === 0 ? undefined : {
    field: 'additionalLength', rule: 'length',
    message: `is ${additionalLength}, which is not a multiple of 4` });

export const iscsiTransportId = layout(
  { name: 'iSCSI TransportID', source: 'SPC-4 7.6.4.6', size: 4 }, transportIdHead,
  [
    ({ additionalLength, name }) => (additionalLength === name.length ? undefined : {
      field: 'additionalLength', rule: 'length',
      message: `is ${additionalLength}, ${name.length} bytes follow it` }),
    wholeWords,
    ({ name }) => (name.includes(0) ? undefined : {
      field: 'name', rule: 'termination', message: 'is not ended by a zero byte' }),
    ({ formatCode, name }) =>
      (formatCode !== TRANSPORT_ID_FORMAT.port || PORT_NAME.test(textOf(name)) ? undefined : {
        field: 'name', rule: 'port-name',
        message: 'is not a name, \',i,0x\' and an initiator session identifier' }),
  ],
);

export const transportIds: ListRules = {
  name: 'TransportIDs list', source: 'SPC-4 7.6.4', headerBytes: 4,
  lengthOf: (bytes, at) => ((bytes[at]! & 0x0f) === ISCSI ? 4 + readU16(bytes, at + 2)
    : OTHER_TRANSPORT_ID_BYTES),
  typeOf: (bytes, at) => bytes[at]! & 0x0f,
  layoutOf: (protocol) => (protocol === ISCSI ? iscsiTransportId : undefined),
};

/** An iSCSI initiator port; without `isid` every port of the initiator device. */
export interface IscsiInitiator {
  readonly initiatorName: string;
  /** Twelve hexadecimal digits in lower case. */
  readonly isid?: string;
}

const PORT_NAME = /^(.+),i,0[xX]([0-9a-fA-F]{1,12})$/;

/** What stands before the first zero byte. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** The TransportID of one initiator port. */
export function encodeTransportId({ initiatorName, isid }: IscsiInitiator): Uint8Array {
  const text = new TextEncoder().encode(
    isid === undefined ? initiatorName : `${initiatorName},i,0x${isid}`);
  const name = new Uint8Array(
    Math.max(ADDITIONAL_LENGTH_MIN, Math.ceil((text.length + 1) / 4) * 4));
  name.set(text);
  const { device, port } = TRANSPORT_ID_FORMAT;
  return iscsiTransportId.encode({
    formatCode: isid === undefined ? device : port, protocol: ISCSI, additionalLength: name.length,
    name });
}

/** Whom an iSCSI TransportID names. Throws: Malformed. iSCSI names know no upper case. */
export function readTransportId(bytes: Uint8Array, at = 0, end = bytes.length): IscsiInitiator {
  const { formatCode, name } = iscsiTransportId.read(bytes, at, end);
  const text = textOf(name).toLowerCase();
  if (formatCode === TRANSPORT_ID_FORMAT.device) return { initiatorName: text };
  const [, initiatorName, isid] = PORT_NAME.exec(text)!; // or it would be Malformed
  return { initiatorName: initiatorName!, isid: isid!.padStart(12, '0') };
}

/**
 * Aliases: values of eight bytes that stand for designations of ports and devices too long for a
 * CSCD descriptor. Source: SPC-4 6.2, 6.30, 7.6.2.
 */
import { readU16 } from '../../bytes/big-endian.ts';
import { raw, rest, u8, u16, u24, u32 } from '../../codec/field.ts';
import { type AnyLayout, layout, type ValueOf } from '../../codec/layout.ts';
import type { ListRules } from '../../codec/list.ts';
import { operationCode, serviceAction } from '../spc/cdb-fields.ts';

const ALIASES = 0x0b;
const control = u8(11, 'CONTROL', { hex: true });

export const changeAliasesCdb = layout(
  { name: 'CHANGE ALIASES CDB', source: 'SPC-4 6.2.1', size: 12, since: 3 },
  {
    opcode: operationCode(0xa4), serviceAction: serviceAction(ALIASES),
    parameterListLength: u32(6, 'PARAMETER LIST LENGTH', { unit: 'bytes' }), control,
  },
);

export const reportAliasesCdb = layout(
  { name: 'REPORT ALIASES CDB', source: 'SPC-4 6.30', size: 12, since: 3 },
  {
    opcode: operationCode(0xa3), serviceAction: serviceAction(ALIASES),
    allocationLength: u32(6, 'ALLOCATION LENGTH', { unit: 'bytes' }), control,
  },
);

/** PARAMETER DATA LENGTH is ignored. */
export const changeAliasesList = layout(
  { name: 'CHANGE ALIASES parameter list', source: 'SPC-4 6.2.1', size: 8, since: 3 },
  {
    dataLength: u32(0, 'PARAMETER DATA LENGTH', { unit: 'bytes' }),
    entries:    rest(8, 'alias entries'),
  },
  [({ dataLength, entries }) => (dataLength !== entries.length + 4
    ? { field: 'dataLength', rule: 'length', severity: 'note',
      message: `is ${dataLength}, ${entries.length + 4} bytes follow it` } : undefined)],
);

export const reportAliasesData = layout(
  { name: 'REPORT ALIASES parameter data', source: 'SPC-4 6.30', size: 8, since: 3 },
  {
    additionalLength: u32(0, 'ADDITIONAL LENGTH', { unit: 'bytes' }),
    aliasCount:       u16(6, 'NUMBER OF ALIASES'),
    entries:          rest(8, 'alias entries'),
  },
  [({ additionalLength, entries }) => (additionalLength !== entries.length + 4
    ? { field: 'additionalLength', rule: 'length', severity: 'warning',
      message: `is ${additionalLength}, ${entries.length + 4} bytes follow it` } : undefined)],
);

const PROTOCOL_INDEPENDENT = 0x80;
const PROTOCOLS: Readonly<Record<number, string>> = {
  0: 'Fibre Channel', 4: 'RDMA', 5: 'iSCSI', 6: 'SAS', [PROTOCOL_INDEPENDENT]: 'any protocol',
};

/** Fibre Channel, format code 00h. */
export const fcNameDesignation = layout(
  { name: 'Fibre Channel world wide port name', source: 'SPC-4 7.6.2.2.2', size: 8, since: 3 },
  { portName: raw(0, 8, 'FIBRE CHANNEL WORLD WIDE PORT NAME') },
);

/** Fibre Channel, format code 01h. */
export const fcCheckedNameDesignation = layout(
  { name: 'Fibre Channel world wide port name with N_Port checking', source: 'SPC-4 7.6.2.2.3',
    size: 12, since: 3 },
  {
    portName: raw(0, 8, 'FIBRE CHANNEL WORLD WIDE PORT NAME'),
    portId:   u24(9, 'N_PORT', { hex: true }),
  },
);

/** RDMA, format code 00h. */
export const rdmaPortDesignation = layout(
  { name: 'RDMA target port identifier', source: 'SPC-4 7.6.2.3.2', size: 16, since: 3 },
  { portIdentifier: raw(0, 16, 'TARGET PORT IDENTIFIER') },
);

/** RDMA, format code 01h. */
export const infiniBandDesignation = layout(
  { name: 'InfiniBand global identifier with target port identifier checking',
    source: 'SPC-4 7.6.2.3.3', size: 32, since: 3 },
  {
    globalIdentifier: raw(0, 16, 'INFINIBAND GLOBAL IDENTIFIER'),
    portIdentifier:   raw(16, 16, 'TARGET PORT IDENTIFIER'),
  },
);

/** What stands behind an iSCSI name and, in one form, a domain name. */
const endOfAddress = (at: number) => ({
  portNumber: u16(at + 2, 'PORT NUMBER'),
  protocol:   u16(at + 6, 'INTERNET PROTOCOL NUMBER', { meanings: { 6: 'TCP' } }),
});
/** Last bytes of iSCSI format code 01h. */
export const ipv4DesignationEnd = layout(
  { name: 'IPv4 address of an iSCSI name', source: 'SPC-4 7.6.2.4.3', size: 12, since: 3 },
  { address: raw(0, 4, 'IPV4 ADDRESS'), ...endOfAddress(4) },
);
/** Last bytes of iSCSI format code 02h. */
export const ipNameDesignationEnd = layout(
  { name: 'port of an iSCSI name with IPname', source: 'SPC-4 7.6.2.4.4', size: 8, since: 3 },
  endOfAddress(0),
);
/** Last bytes of iSCSI format code 03h. */
export const ipv6DesignationEnd = layout(
  { name: 'IPv6 address of an iSCSI name', source: 'SPC-4 7.6.2.4.5', size: 24, since: 3 },
  { address: raw(0, 16, 'IPV6 ADDRESS'), ...endOfAddress(16) },
);

interface Form {
  /** The designation, or the bytes behind its names. */
  readonly layout: AnyLayout | undefined;
  /** Do names of any length, ended by zeros, stand before? */
  readonly isNamed: boolean;
}
const plain = (of: AnyLayout): Form => ({ layout: of, isNamed: false });
const named = (behind?: AnyLayout): Form => ({ layout: behind, isNamed: true });

/** Forms of a designation by protocol, then by format code. */
const FORMS: Readonly<Record<number, readonly Form[]>> = {
  0: [plain(fcNameDesignation), plain(fcCheckedNameDesignation)],
  4: [plain(rdmaPortDesignation), plain(infiniBandDesignation)],
  5: [named(), named(ipv4DesignationEnd), named(ipNameDesignationEnd), named(ipv6DesignationEnd)],
  [PROTOCOL_INDEPENDENT]: [{ layout: undefined, isNamed: false }],
};

/** The form of an alias entry's designation; undefined if the codes are not known. */
export const designationFormOf = (protocol: number, formatCode: number): Form | undefined =>
  FORMS[protocol]?.[formatCode];

/** An alias; without a designation (protocol 80h) its value is forgotten. */
export const aliasEntry = layout(
  { name: 'alias entry', source: 'SPC-4 6.2.2', size: 16, since: 3 },
  {
    aliasValue:        raw(0, 8, 'ALIAS VALUE'),
    protocol:          u8(8, 'PROTOCOL IDENTIFIER', { hex: true, meanings: PROTOCOLS }),
    formatCode:        u8(11, 'FORMAT CODE', { hex: true }),
    designationLength: u16(14, 'DESIGNATION LENGTH', { unit: 'bytes' }),
    designation:       rest(16, 'DESIGNATION'),
  },
  [
    ({ designationLength, designation }) => (designationLength !== designation.length
      ? { field: 'designationLength', rule: 'length',
        message: `is ${designationLength}, ${designation.length} bytes follow it` } : undefined),
    ({ designationLength }) => (designationLength % 4 !== 0
      ? { field: 'designationLength', rule: 'designation-length', severity: 'warning',
        message: `is ${designationLength}, not a multiple of 4` } : undefined),
    ({ protocol, formatCode }) => (designationFormOf(protocol, formatCode) === undefined
      ? { field: 'formatCode', rule: 'designation-format', severity: 'warning',
        message: 'is no form that the protocol has' } : undefined),
    ({ protocol, formatCode, designationLength }) => {
      const form = designationFormOf(protocol, formatCode);
      const size = form?.layout?.size ?? 0;
      const fits = form === undefined || (form.isNamed ? designationLength >= size
        : designationLength === size);
      return fits ? undefined : { field: 'designationLength', rule: 'designation-length',
        message: `is ${designationLength}, the form has ${size} bytes` };
    },
  ],
);
export type AliasEntry = ValueOf<typeof aliasEntry>;

/** Each entry is as long as its designation. */
export const aliasEntries: ListRules = {
  name: 'alias entries', source: 'SPC-4 6.2.2', headerBytes: aliasEntry.size,
  lengthOf: (bytes, at) => aliasEntry.size + readU16(bytes, at + 14),
  typeOf: () => 0, layoutOf: () => aliasEntry,
};

/** What an alias stands for. Addresses are bytes; `undefined` where the form has none. */
export type AliasDesignation =
  | { readonly kind: 'null' }
  | { readonly kind: 'fcName'; readonly portName: Uint8Array; readonly portId?: number }
  | { readonly kind: 'rdma'; readonly portIdentifier: Uint8Array;
      readonly globalIdentifier?: Uint8Array }
  | { readonly kind: 'iscsi'; readonly name: string; readonly address?: Uint8Array;
      readonly domainName?: string; readonly portNumber?: number; readonly protocol?: number }
  | { readonly kind: 'unknown'; readonly designation: Uint8Array };

/** Reads the designation of an entry that has no error. */
export function designationOf(entry: AliasEntry): AliasDesignation {
  const { protocol, formatCode, designation } = entry;
  const form = designationFormOf(protocol, formatCode);
  if (form === undefined) return { kind: 'unknown', designation };
  if (form.isNamed) return iscsiDesignation(form.layout, designation);
  switch (form.layout) {
    case fcNameDesignation: return { kind: 'fcName', ...fcNameDesignation.read(designation) };
    case fcCheckedNameDesignation:
      return { kind: 'fcName', ...fcCheckedNameDesignation.read(designation) };
    case rdmaPortDesignation: return { kind: 'rdma', ...rdmaPortDesignation.read(designation) };
    case infiniBandDesignation:
      return { kind: 'rdma', ...infiniBandDesignation.read(designation) };
    default: return { kind: 'null' };
  }
}

function iscsiDesignation(
  behind: AnyLayout | undefined, designation: Uint8Array): AliasDesignation {
  const end = designation.length - (behind?.size ?? 0);
  const [name = '', domainName = ''] = asciiLines(designation.subarray(0, end));
  const iscsi = { kind: 'iscsi', name } as const;
  switch (behind) {
    case ipv4DesignationEnd: return { ...iscsi, ...ipv4DesignationEnd.read(designation, end) };
    case ipv6DesignationEnd: return { ...iscsi, ...ipv6DesignationEnd.read(designation, end) };
    case ipNameDesignationEnd:
      return { ...iscsi, domainName, ...ipNameDesignationEnd.read(designation, end) };
    default: return iscsi;
  }
}

const asciiLines = (bytes: Uint8Array): string[] =>
  String.fromCharCode(...bytes).split('\0');

/** Names of ports and devices on SCSI transports, in one text for each, so that they compare. */
import { normalizedName } from '../../wire/iscsi/names.ts';

/** Transports by what begins their names. */
export type TransportKind = keyof typeof KINDS;
/** A name in its one form: `fc:5006016041e0a1b2`, `ip:192.0.2.1:3260`. */
export type TransportName = `${TransportKind}:${string}`;

interface Kind {
  /** What such a name looks like, for people. */
  readonly example: string;
  /** The rest of the name in its one form; undefined if it is none. */
  parse(text: string): string | undefined;
}

const PORT_NUMBER_MAX = 0xffff;
const SCSI_ID_MAX = 0xff;

/** Hexadecimal digits as people write them: `0x` before them, `:`, `-` or `.` between bytes. */
function parseDigits(text: string, byteLength: number): string | undefined {
  const plain = text.toLowerCase().replace(/^0x/, '').replaceAll(/\b[:.-]\b/g, '');
  return /^[\da-f]+$/.test(plain) && plain.length === 2 * byteLength ? plain : undefined;
}

const digits = (byteLength: number, example: string): Kind =>
  ({ example, parse: (text) => parseDigits(text, byteLength) });

/** Digits of an EUI-64, with those of a directory in its node behind a slash if there is one. */
function parseNode(text: string): string | undefined {
  const [node = '', directory, ...more] = text.split('/');
  const parts = [parseDigits(node, 8)];
  if (directory !== undefined) parts.push(parseDigits(directory, 3));
  return more.length > 0 || parts.includes(undefined) ? undefined : parts.join('/');
}

const wholeNumber = (text: string, max: number): string | undefined =>
  (/^\d{1,5}$/.test(text) && Number(text) <= max ? String(Number(text)) : undefined);

/** `192.0.2.1:3260`, `[2001:db8::1]:3260`; IPv6 as RFC 5952 shortens it. */
function parseEndpoint(text: string): string | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\]):(\d+)$/i.exec(text);
  const port = wholeNumber(match?.[2] ?? '', PORT_NUMBER_MAX);
  const url = `http://${match?.[1]}`;
  return match === null || port === undefined || !URL.canParse(url) ? undefined
    : `${new URL(url).hostname}:${port}`;
}

const KINDS = {
  fc:    digits(8, 'fc:50:06:01:60:41:e0:a1:b2'),
  fcid:  digits(3, 'fcid:0x010203'),
  scsi:  { example: 'scsi:5', parse: (text) => wholeNumber(text, SCSI_ID_MAX) },
  ip:    { example: 'ip:192.0.2.1:3260', parse: parseEndpoint },
  iscsi: { example: 'iscsi:iqn.2001-04.com.example:disks', parse: normalizedName },
  rdma:  digits(16, 'rdma:00112233445566778899aabbccddeeff'),
  gid:   digits(16, 'gid:fe80:0000:0000:0000:0002:c903:0000:1234'),
  eui64: { example: 'eui64:0011223344556677', parse: parseNode },
  sas:   digits(8, 'sas:5000c50012345678'),
} as const satisfies Record<string, Kind>;

/** The transport that a name belongs to. */
export const kindOf = (name: TransportName): TransportKind =>
  name.slice(0, name.indexOf(':')) as TransportKind; // names begin with their kind

/** What names of each transport look like. */
export const TRANSPORT_NAME_EXAMPLES: readonly string[] =
  Object.values(KINDS).map(({ example }) => example);

const isKind = (text: string): text is TransportKind => Object.hasOwn(KINDS, text);

/** A name that a person has written; undefined if it is none. */
export function parseTransportName(text: string): TransportName | undefined {
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(colon, 0)).toLowerCase();
  if (!isKind(kind)) return undefined;
  const rest = KINDS[kind].parse(text.slice(colon + 1));
  return rest === undefined ? undefined : `${kind}:${rest}`;
}

/** A name that is bytes on its transport. */
export const nameOfBytes = (
  kind: 'fc' | 'rdma' | 'gid' | 'eui64' | 'sas', bytes: Uint8Array): TransportName =>
  `${kind}:${Array.from(bytes, hex2).join('')}`;

const hex2 = (byte: number): string => byte.toString(16).padStart(2, '0');
const hex6 = (number: number): string => number.toString(16).padStart(6, '0');

export const fcIdName = (portId: number): TransportName => `fcid:${hex6(portId)}`;

/** SCSI ID of a target on a parallel bus. */
export const scsiIdName = (id: number): TransportName => `scsi:${id}`;

export const directoryName = (eui64: Uint8Array, directoryId: number): TransportName =>
  `${nameOfBytes('eui64', eui64)}/${hex6(directoryId)}`;

const TCP = 6;

/** A TCP port at an IPv4 or IPv6 address of 4 or 16 bytes; undefined for another protocol. */
export function ipName(
  address: Uint8Array, port: number, protocol: number): TransportName | undefined {
  if (protocol !== TCP) return undefined;
  const host = address.length === 4 ? address.join('.')
    : `[${Array.from({ length: 8 }, (_, i) =>
      hex2(address[2 * i]!) + hex2(address[2 * i + 1]!)).join(':')}]`;
  return parseTransportName(`ip:${host}:${port}`);
}

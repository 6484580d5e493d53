/** Formats of parameter data, pages and lists of disks, tapes and all devices. */
import { readU16, readU32 } from '../bytes/big-endian.ts';
import type { AnyLayout } from '../codec/layout.ts';
import type { ListRules } from '../codec/list.ts';
import * as blockData from '../wire/sbc/data.ts';
import {
  defectData10, defectData12, formatLongHeader, formatShortHeader, initializationPattern,
  sanitizeOverwriteList,
} from '../wire/sbc/format-data.ts';
import * as blockMode from '../wire/sbc/mode-pages.ts';
import * as blockVpd from '../wire/sbc/vpd.ts';
import * as changerMode from '../wire/smc/mode-pages.ts';
import * as attributes from '../wire/spc/attributes.ts';
import { bufferDescriptor, echoBufferDescriptor } from '../wire/spc/buffers.ts';
import * as information from '../wire/spc/information.ts';
import * as inquiry from '../wire/spc/inquiry.ts';
import * as mode from '../wire/spc/mode.ts';
import * as reserve from '../wire/spc/persistent-reserve.ts';
import * as reports from '../wire/spc/reports.ts';
import * as vpd from '../wire/spc/vpd.ts';
import * as streamData from '../wire/ssc/data.ts';
import * as streamMode from '../wire/ssc/mode-pages.ts';
import * as streamVpd from '../wire/ssc/vpd.ts';
import { formatsOf } from './declared.ts';
import { designatorPart } from './designator.ts';
import type { Format, Part, PartsOf } from './format.ts';
import { textLines } from './text-lines.ts';

/** A list whose descriptors are all of one kind. */
const listOf = (layout: AnyLayout, lengthOf = (_: Uint8Array, _at: number): number => layout.size,
): ListRules => ({
  name: `${layout.name}s`, source: layout.source, headerBytes: layout.size, lengthOf,
  typeOf: () => 0, layoutOf: () => layout,
});

/** A list that fills the structure from `from` on. */
const listFrom = (key: string, from: number, list: ListRules): PartsOf => (_bytes, at, end) =>
  [{ key, name: list.name, at: at + from, end, content: { list } }];

const MODE_PAGES: readonly (readonly [number, AnyLayout])[] = [
  [0x01, blockMode.blockErrorRecoveryPage], [0x02, mode.disconnectReconnectPage],
  [0x08, blockMode.cachingPage], [0x0a, mode.controlPage], [0x0f, streamMode.dataCompressionPage],
  [0x10, streamMode.deviceConfigurationPage],
  [0x110, streamMode.deviceConfigurationExtensionPage], [0x11, streamMode.mediumPartitionPage],
  [0x10a, mode.controlExtensionPage], [0xf00a, streamMode.controlDataProtectionPage],
  [0x1c, mode.informationalExceptionsPage],
  [0x1d, streamMode.mediumConfigurationPage], [0x1e, changerMode.transportGeometryPage],
  [0x1f, changerMode.changerCapabilitiesPage],
  [0x411f, changerMode.extendedCapabilitiesPage],
];
const PAGE_BY_CODE = new Map(MODE_PAGES);

/** Page 1Dh of a changer, which its length tells from that of a tape drive. */
const CHANGER_1D = 0x1_001d;
PAGE_BY_CODE.set(CHANGER_1D, changerMode.elementAddressPage);

/** Pages whose layout is declared are opened, others shown as what every page has. */
const modePages: ListRules = {
  ...mode.modePages,
  typeOf(bytes, at) {
    const type = mode.modePages.typeOf(bytes, at);
    return type === 0x1d && bytes[at + 1] === 0x12 ? CHANGER_1D : type;
  },
  layoutOf: (type) => PAGE_BY_CODE.get(type) ?? mode.modePages.layoutOf(type),
};

const MODE_PARTS = ['blockDescriptors', 'pages'];

/** Block descriptors, then pages, as far as MODE DATA LENGTH (0 in a list for MODE SELECT) says. */
const modeParts = (headerBytes: number): PartsOf => (bytes, at, end) => {
  const isShort = headerBytes === mode.modeHeader6.size;
  const blocksEnd = at + headerBytes + (isShort ? bytes[at + 3]! : readU16(bytes, at + 6));
  if (end === at + headerBytes) return [];
  return [
    { key: 'blockDescriptors', name: 'block descriptors', at: at + headerBytes, end: blocksEnd,
      content: 'bytes' },
    { key: 'pages', name: modePages.name, at: blocksEnd, end: Math.max(end, blocksEnd),
      content: { list: modePages } },
  ];
};

const looksLikeInquiry = (bytes: Uint8Array): boolean =>
  bytes.length >= inquiry.standardInquiry.size && (bytes[3]! & 0x0f) === 2
  && bytes[4]! + 5 === bytes.length && bytes.subarray(8, 36).every((b) => b >= 0x20 && b < 0x7f);

const inquiryParts: PartsOf = (_bytes, at, end) => {
  const layout = inquiry.inquiryVersions;
  const from = at + inquiry.standardInquiry.size;
  return end < from + layout.size ? [] : [{
    key: 'versions', name: layout.name, at: from, end: from + layout.size, content: { layout },
    isView: true }];
};

const timeouts = (at: number): Part => ({
  key: 'timeouts', name: reports.timeoutsDescriptor.name, at,
  end: at + reports.timeoutsDescriptor.size, content: { layout: reports.timeoutsDescriptor } });

const commandDescriptors = listOf(reports.commandDescriptor, (bytes, at) =>
  reports.commandDescriptor.size
  + ((bytes[at + 5]! & 0x02) === 0 ? 0 : reports.timeoutsDescriptor.size));

const oneCommandParts: PartsOf = (bytes, at, end) => {
  const from = at + 4 + readU16(bytes, at + 2);
  const has = (bytes[at + 1]! & 0x80) !== 0 && from + reports.timeoutsDescriptor.size <= end;
  return has ? [{ ...timeouts(from), isView: true }] : [];
};

const logParameters = listOf(reports.logParameter, (bytes, at) => 4 + bytes[at + 3]!);

/** Page 00h lists page codes, every other has parameters. */
const logParts: PartsOf = (bytes, at, end) =>
  ((bytes[at]! & 0x3f) === 0 ? [] : listFrom('parameters', 4, logParameters)(bytes, at, end));

const reportFormats = formatsOf('spc', 'parameter data', reports, {
  allCommandsData: { parts: listFrom('descriptors', 4, commandDescriptors),
    recognise: (bytes) => bytes.length >= 12 && readU32(bytes, 0) === bytes.length - 4 },
  commandDescriptor: { kind: 'descriptor', behind: ['timeouts'],
    parts: (bytes, at) => ((bytes[at + 5]! & 0x02) === 0 ? [] : [timeouts(at + 8)]) },
  timeoutsDescriptor: { kind: 'descriptor' },
  oneCommandData: { parts: oneCommandParts },
  logPage: { kind: 'page', parts: logParts },
  logParameter: { kind: 'descriptor' },
});

/** One TransportID that fills a structure from `from` on. */
const transportIdFrom = (from: number) => listFrom('transportId', from, reserve.transportIds);

const reservationFormats = formatsOf('spc', 'parameter data', reserve, {
  readReservationData: {
    parts: listFrom('reservation', 8, listOf(reserve.reservationDescriptor)) },
  reservationDescriptor: { kind: 'descriptor' },
  readFullStatusData: { parts: listFrom('descriptors', 8, reserve.fullStatusDescriptors) },
  fullStatusDescriptor: { kind: 'descriptor', parts: transportIdFrom(24) },
  persistentReserveOutList: { kind: 'parameter list', parts: (bytes, at, end) =>
    ((bytes[at + 20]! & 0x08) === 0 ? [] : [{
      key: 'additional', name: reserve.specifiedPorts.name, at: at + 24, end,
      content: { layout: reserve.specifiedPorts }, isView: true }]) },
  specifiedPorts: { kind: 'descriptor', parts: (bytes, at, end) =>
    listFrom('transportIds', 4, reserve.transportIds)(
      bytes, at, Math.min(end, at + 4 + readU32(bytes, at))) },
  registerAndMoveList: { kind: 'parameter list', parts: transportIdFrom(24) },
  iscsiTransportId: { kind: 'descriptor', parts: (bytes, at, end) => [{
    key: 'nameText', name: 'name', at: at + 4, end,
    content: { lines: [textLines(bytes.subarray(at + 4, end))[0] ?? ''] }, isView: true }] },
});

export const deviceFormats: readonly Format[] = [
  ...formatsOf('spc', 'parameter data', inquiry, {
    standardInquiry: { parts: inquiryParts, recognise: looksLikeInquiry } }),
  ...formatsOf('spc', 'page', vpd, {
    deviceIdentificationPage: { parts: listFrom('designators', 4, vpd.designationDescriptors) },
    designationDescriptor: { kind: 'descriptor', parts: (bytes, at, end) =>
      designatorPart(bytes[at + 1]! & 0x0f, bytes[at]! & 0x0f, bytes, at + 4, end) },
  }),
  ...formatsOf('sbc', 'page', blockVpd), ...formatsOf('ssc', 'page', streamVpd),
  ...formatsOf('spc', 'page', mode, {
    modeHeader6: { kind: 'parameter data', parts: modeParts(mode.modeHeader6.size),
      behind: MODE_PARTS, title: 'mode parameter data(6)' },
    modeHeader10: { kind: 'parameter data', parts: modeParts(mode.modeHeader10.size),
      behind: MODE_PARTS, title: 'mode parameter data(10)' },
    generalBlockDescriptor: { kind: 'descriptor' }, shortLbaBlockDescriptor: { kind: 'descriptor' },
    longLbaBlockDescriptor: { kind: 'descriptor' },
  }),
  ...formatsOf('sbc', 'page', blockMode), ...formatsOf('ssc', 'page', streamMode),
  ...reportFormats, ...reservationFormats,
  ...formatsOf('spc', 'parameter data', { attributeValues: attributes.attributeValues }),
  ...formatsOf('spc', 'parameter list', { attributeList: attributes.attributeList },
    { attributeList: { parts: listFrom('attributes', 4, attributes.mediumAttributes) } }),
  ...formatsOf('spc', 'descriptor', { bufferDescriptor, echoBufferDescriptor }),
  ...formatsOf('spc', 'parameter list', { timestampList: information.timestampList }),
  ...formatsOf('spc', 'parameter data', {
    timestampData: information.timestampData,
    identifyingInformation: information.identifyingInformation,
  }),
  ...formatsOf('spc', 'descriptor', { informationDescriptor: information.informationDescriptor }),
  ...formatsOf('spc', 'descriptor', { mediumAttribute: attributes.mediumAttribute }),
  ...formatsOf('sbc', 'parameter list', {
    formatShortHeader, formatLongHeader, initializationPattern, sanitizeOverwriteList,
  }),
  ...formatsOf('sbc', 'parameter data', { defectData10, defectData12 }),
  ...formatsOf('sbc', 'parameter data', blockData, {
    unmapList: { kind: 'parameter list',
      parts: listFrom('descriptors', 8, listOf(blockData.unmapDescriptor)) },
    unmapDescriptor: { kind: 'descriptor' },
    lbaStatusData: { parts: listFrom('descriptors', 8, listOf(blockData.lbaStatusDescriptor)) },
    lbaStatusDescriptor: { kind: 'descriptor' },
  }),
  ...formatsOf('ssc', 'parameter data', streamData, {
    densitySupport: { parts: listFrom('descriptors', 4, listOf(streamData.densityDescriptor)) },
    densityDescriptor: { kind: 'descriptor' }, mediumTypeDescriptor: { kind: 'descriptor' },
  }),
];

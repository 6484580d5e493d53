/** Formats of iSCSI: PDUs with what their data segments hold, and the CDBs in them. */
import { readU16, readU24 } from '../bytes/big-endian.ts';
import { crc32c } from '../bytes/crc32c.ts';
import { readU32le } from '../bytes/little-endian.ts';
import type { AnyLayout } from '../codec/layout.ts';
import * as ahs from '../wire/iscsi/ahs.ts';
import * as command from '../wire/iscsi/command.ts';
import * as data from '../wire/iscsi/data.ts';
import * as exceptions from '../wire/iscsi/exceptions.ts';
import * as login from '../wire/iscsi/login.ts';
import * as logout from '../wire/iscsi/logout.ts';
import * as nop from '../wire/iscsi/nop.ts';
import { HEADER_BYTES } from '../wire/iscsi/opcodes.ts';
import { PDUS } from '../wire/iscsi/pdus.ts';
import * as responses from '../wire/iscsi/response-data.ts';
import * as taskManagement from '../wire/iscsi/task-management.ts';
import * as text from '../wire/iscsi/text.ts';
import { CDB_FORMATS } from './cdb-formats.ts';
import { formatsOf } from './declared.ts';
import type { Content, Format, Part, PartsOf, Particulars } from './format.ts';
import { sensePart } from './sense-formats.ts';

const DIGEST_BYTES = 4;
const CDB_AT = 32;
const EVENT_AT = 36;

/** Digests are there if they fit: nothing in a PDU tells. Source: RFC 7143 11.2.3. */
const digest = (bytes: Uint8Array, from: number, at: number, end: number): number =>
  (at + DIGEST_BYTES <= end && crc32c(bytes.subarray(from, at)) === readU32le(bytes, at)
    ? DIGEST_BYTES : 0);

/** A PDU at `at`: additional headers, digests, data. A header alone is one as well. */
const pduParts = (content: Content): PartsOf => (bytes, at, end) => {
  const parts: Part[] = [...headerParts(bytes, at)];
  const ahsAt = at + HEADER_BYTES;
  if (end <= ahsAt) return parts;
  const ahsEnd = ahsAt + 4 * bytes[at + 4]!;
  const dataAt = ahsEnd + digest(bytes, at, ahsEnd, end);
  const dataEnd = dataAt + readU24(bytes, at + 5);
  const padEnd = at + ((dataEnd - at + 3) & ~3);
  const ends = padEnd + (dataEnd > dataAt ? digest(bytes, dataAt, padEnd, end) : 0);
  const add = (key: string, name: string, from: number, to: number, holds: Content): void => {
    if (to > from) parts.push({ key, name, at: from, end: to, content: holds });
  };
  add('additionalHeaders', 'additional header segments', ahsAt, ahsEnd,
    { list: ahs.additionalHeaders });
  add('headerDigest', 'header digest', ahsEnd, dataAt, 'bytes');
  add('data', 'data segment', dataAt, dataEnd, contentOf(content, bytes, at, dataAt));
  add('padding', 'padding', dataEnd, padEnd, 'bytes');
  add('dataDigest', 'data digest', padEnd, ends, 'bytes');
  return parts;
};

/** Two kinds of PDU hold what their own fields tell. */
function contentOf(content: Content, bytes: Uint8Array, at: number, dataAt: number): Content {
  const layout = PDUS.get(bytes[at]! & 0x3f);
  if (layout === exceptions.reject) {
    const rejected = PDUS.get((bytes[dataAt] ?? 0xff) & 0x3f);
    return rejected === undefined ? 'bytes' : { layout: rejected };
  }
  const isOther = layout === exceptions.asyncMessage
    && bytes[at + EVENT_AT] !== exceptions.ASYNC_EVENT.scsi;
  return isOther ? 'bytes' : content;
}

/** The command in a SCSI Command PDU; of two that share a code, the one that fits better. */
function headerParts(bytes: Uint8Array, at: number): Part[] {
  if (PDUS.get(bytes[at]! & 0x3f) !== command.scsiCommand) return [];
  const cdb = bytes.subarray(at + CDB_AT, at + HEADER_BYTES);
  const layout = cdbLayoutOf(cdb);
  return layout === undefined ? [] : [{
    key: 'command', name: layout.name, at: at + CDB_AT, end: at + CDB_AT + layout.size,
    content: { layout }, isView: true }];
}

function cdbLayoutOf(cdb: Uint8Array): AnyLayout | undefined {
  const layouts = CDB_FORMATS.filter((one) => one.recognise(cdb)).map(({ layout }) => layout);
  const weight = (layout: AnyLayout): number => layout.lint(cdb, 0, layout.size).length;
  return layouts.sort((a, b) => weight(a) - weight(b))[0];
}

const BEHIND = ['additionalHeaders', 'headerDigest', 'data', 'padding', 'dataDigest'];
const holding = (content: Content): Particulars =>
  ({ parts: pduParts(content), behind: BEHIND });
const plain = holding('bytes');
const keys = holding('text');
const response = holding({ layout: responses.responseData });

const responseParts: PartsOf = (bytes, at, end) =>
  sensePart('sense', bytes, at + 2, Math.min(end, at + 2 + readU16(bytes, at)));

export const iscsiFormats: readonly Format[] = [
  ...formatsOf('iscsi', 'PDU', command, { scsiCommand: plain, scsiResponse: response }),
  ...formatsOf('iscsi', 'PDU', data, { dataOut: plain, dataIn: plain, readyToTransfer: plain }),
  ...formatsOf('iscsi', 'PDU', login, { loginRequest: keys, loginResponse: keys }),
  ...formatsOf('iscsi', 'PDU', text, { textRequest: keys, textResponse: keys }),
  ...formatsOf('iscsi', 'PDU', nop, { nopOut: plain, nopIn: plain }),
  ...formatsOf('iscsi', 'PDU', logout, { logoutRequest: plain, logoutResponse: plain }),
  ...formatsOf('iscsi', 'PDU', taskManagement, {
    taskManagementRequest: plain, taskManagementResponse: plain }),
  ...formatsOf('iscsi', 'PDU', exceptions, {
    asyncMessage: response, snackRequest: plain, reject: plain }),
  ...formatsOf('iscsi', 'descriptor', ahs, {
    extendedCdbAhs: { recognise: () => false },
    bidirectionalReadLengthAhs: { recognise: () => false },
  }),
  ...formatsOf('iscsi', 'descriptor', responses, { responseData: { parts: responseParts } }),
];

/** Formats of what the RECEIVE commands with 32-bit list identifiers answer. */
import { readU32 } from '../bytes/big-endian.ts';
import type { AnyLayout } from '../codec/layout.ts';
import * as results from '../wire/copy/lid4-results.ts';
import { ROD_MANAGEMENT_TOKEN_BYTES, rodManagementTokens } from '../wire/copy/tokens.ts';
import { formatsOf } from './declared.ts';
import type { Format, Part, PartsOf } from './format.ts';
import { countsItself, listFrom, listsWhole, within } from './parts.ts';
import { sensePart } from './sense-formats.ts';
import { isToken, tokenPart } from './token-formats.ts';

/** Sense data in their field, then what the command asks for. */
const resultParts = (data?: AnyLayout): PartsOf => (bytes, at, end) => {
  const { sense, senseEnd, data: from } = results.lid4PartsOf(bytes, at);
  const known = sensePart('senseData', bytes, sense, senseEnd);
  const bytesOf = (key: string, name: string, first: number, last: number): Part[] =>
    (last > first ? [{ key, name, at: first, end: last, content: 'bytes' }] : []);
  const parts = [
    ...(known.length > 0 ? known : bytesOf('senseData', 'sense data', sense, senseEnd)),
    ...bytesOf('sensePadding', 'padding', senseEnd, from),
  ];
  if (data === undefined) return parts;
  if (from >= end) return parts;
  const count = from + data.size <= end ? readU32(bytes, from) : 0;
  const part = within('data', data, from);
  // Less is there where ALLOCATION LENGTH was less.
  return [...parts, { ...part, end: Math.min(end, part.end + count) }];
};
const RESULT_PARTS = ['senseData', 'sensePadding', 'data'];

/** Head of an answer whose lengths are right; the bytes where its data begin, else undefined. */
function dataOf(bytes: Uint8Array): Uint8Array | undefined {
  if (!countsItself(bytes, results.LID4_HEAD_BYTES)) return undefined;
  const fields = Object.values(results.lid4Data.fields);
  const isOdd = fields.some((field) =>
    (field as { check(value: unknown): unknown }) // one of several types of field, its own value
      .check(field.read(bytes, 0, bytes.length)) !== undefined);
  const { data } = results.lid4PartsOf(bytes);
  return isOdd || data > bytes.length ? undefined : bytes.subarray(data);
}
const countsData = (data: Uint8Array | undefined): data is Uint8Array =>
  data !== undefined && data.length >= 4 && readU32(data, 0) === data.length - 4;

/** ODX asks with 84h/07h for the answers to its two commands. */
function looksLikeTokens(bytes: Uint8Array): boolean {
  const data = dataOf(bytes);
  if (!countsData(data)) return false;
  return data.length === 4 ? (bytes[4]! & 0x10) !== 0
    : listsWhole(results.rodTokenDescriptors, data, 4);
}

export const lid4ResultFormats: readonly Format[] = [
  ...formatsOf('copy', 'parameter data', {
    lid4Status: results.lid4Status, rodTokenInformation: results.rodTokenInformation,
    lid4Data: results.lid4Data, allRodTokens: results.allRodTokens,
  }, {
    lid4Status: { parts: resultParts(), behind: RESULT_PARTS,
      recognise: (bytes) => dataOf(bytes)?.length === 0 },
    rodTokenInformation: { parts: resultParts(results.rodTokenList), behind: RESULT_PARTS,
      recognise: looksLikeTokens },
    lid4Data: { parts: resultParts(results.lid4HeldData), behind: RESULT_PARTS,
      recognise: (bytes) => countsData(dataOf(bytes)) && !looksLikeTokens(bytes) },
    allRodTokens: { parts: listFrom('tokens', 8, rodManagementTokens),
      recognise: (bytes) => countsItself(bytes, 8 + ROD_MANAGEMENT_TOKEN_BYTES)
        && isToken(bytes, 8) },
  }),
  ...formatsOf('copy', 'descriptor', {
    lid4HeldData: results.lid4HeldData, rodTokenList: results.rodTokenList,
    rodTokenDescriptor: results.rodTokenDescriptor,
  }, {
    rodTokenList: { parts: listFrom('descriptors', 4, results.rodTokenDescriptors) },
    rodTokenDescriptor: { parts: (bytes, at, end) => [tokenPart(bytes, at + 2, end)] },
  }),
];

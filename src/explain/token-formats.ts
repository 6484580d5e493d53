/** Formats of ROD tokens and of the lists that make and use them. */
import { readU16, readU32 } from '../bytes/big-endian.ts';
import { identificationCscd, ROD_TYPES } from '../wire/copy/cscd.ts';
import * as tokens from '../wire/copy/tokens.ts';
import { designationDescriptor } from '../wire/spc/vpd.ts';
import { formatsOf } from './declared.ts';
import type { Format, Part, PartsOf } from './format.ts';
import { within } from './parts.ts';
import { rangesPart } from './ranges.ts';

const isE4 = (byte: number | undefined): boolean => byte === 0xe4;
const BLOCK_DEVICE = 0x00;
const { rodToken, blockZeroToken } = tokens;

const creatorParts: PartsOf = (bytes, at) => {
  const from = at + rodToken.fields.creator.at;
  return isE4(bytes[from]) ? [within('creator', identificationCscd, from)] : [];
};

const tokenParts: PartsOf = (bytes, at, end) => {
  const { creator, deviceData, targetDevice } = rodToken.fields;
  const isBlock = isE4(bytes[at + creator.at])
    && (bytes[at + creator.at + 1]! & 0x1f) === BLOCK_DEVICE;
  const target = at + targetDevice.at;
  const targetEnd = target + designationDescriptor.size + bytes[target + 3]!;
  const hasTarget = bytes[target + 3] !== 0 && targetEnd <= at + rodToken.fields.extendedData.at;
  return [
    ...creatorParts(bytes, at, end),
    ...(isBlock ? [within('deviceData', tokens.blockTokenData, at + deviceData.at)] : []),
    ...(hasTarget ? [{ key: 'targetDevice', name: 'target device', at: target, end: targetEnd,
      content: { layout: designationDescriptor }, isView: true }] : []),
  ];
};

/** The token at `at`, by its type. */
export function tokenPart(bytes: Uint8Array, at: number, end: number): Part {
  const isZero = readU32(bytes, at) === tokens.ROD_TYPE.blockDeviceZero;
  return { ...within('token', isZero ? blockZeroToken : rodToken, at), end };
}

/** Does a ROD token of a known type begin at `at`? */
export const isToken = (bytes: Uint8Array, at: number): boolean => {
  const type = readU32(bytes, at);
  return type !== 0 && ROD_TYPES[type] !== undefined
    && readU16(bytes, at + 6) === tokens.ROD_TOKEN_LENGTH;
};

const hasRanges = (bytes: Uint8Array, headBytes: number): boolean =>
  bytes.length > headBytes && readU16(bytes, 0) === bytes.length - 2
  && readU16(bytes, headBytes - 2) === bytes.length - headBytes;

const tokenOfList: PartsOf = (bytes, at, end) => {
  const { token, rangesLength } = tokens.writeUsingTokenList.fields;
  return [tokenPart(bytes, at + token.at, at + token.at + tokens.ROD_TOKEN_BYTES),
    rangesPart(bytes, at + rangesLength.at, end)];
};

const isWhole = (bytes: Uint8Array): boolean => bytes.length === tokens.ROD_TOKEN_BYTES
  && isToken(bytes, 0);
const isZeroToken = (bytes: Uint8Array): boolean =>
  isWhole(bytes) && readU32(bytes, 0) === tokens.ROD_TYPE.blockDeviceZero;

export const tokenFormats: readonly Format[] = formatsOf('copy', 'descriptor', tokens, {
  populateTokenList: { kind: 'parameter list',
    parts: (bytes, at, end) =>
      [rangesPart(bytes, at + tokens.populateTokenList.fields.rangesLength.at, end)],
    recognise: (bytes) => hasRanges(bytes, tokens.populateTokenList.size) },
  writeUsingTokenList: { kind: 'parameter list', parts: tokenOfList,
    recognise: (bytes) => hasRanges(bytes, tokens.writeUsingTokenList.size) },
  rodToken: { parts: tokenParts, recognise: (bytes) => isWhole(bytes) && !isZeroToken(bytes) },
  blockZeroToken: { recognise: isZeroToken },
  rodManagementToken: { parts: creatorParts, recognise: (bytes) =>
    bytes.length === tokens.ROD_MANAGEMENT_TOKEN_BYTES && isToken(bytes, 0) },
});

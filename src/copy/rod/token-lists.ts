/** The lists of POPULATE TOKEN and WRITE USING TOKEN, checked. Source: SBC-5 5.12, 5.59. */
import { hex } from '../../bytes/hex.ts';
import type { BlockMedium, BlockRun } from '../../sam/medium-access.ts';
import { rangeDescriptor } from '../../wire/copy/segments.ts';
import {
  type PopulateTokenList, populateTokenList, ROD_TYPE, type WriteUsingTokenList,
  writeUsingTokenList,
} from '../../wire/copy/tokens.ts';
import type { CopyLimits } from '../limits.ts';
import { broken } from '../rules.ts';
import { isPointInTime, isTokenOut, realType } from './rod-types.ts';

/** What ranges are held against. */
export interface RangeLimits {
  readonly limits: CopyLimits;
  readonly medium: BlockMedium;
}

/** Where the list of WRITE USING TOKEN has the token. */
export const TOKEN_AT = writeUsingTokenList.fields.token.at;

/** A parameter list without its ranges, and those. */
export type Ranged<L> = Omit<L, 'ranges'> & { readonly runs: readonly BlockRun[] };

/** Throws: SenseError with the place of what is wrong; nothing has happened then. */
export function readPopulateList(
  bytes: Uint8Array, context: RangeLimits): Ranged<PopulateTokenList> & { rodType: number } {
  const value = populateTokenList.peek(checked(bytes, populateTokenList.size, 0x1e));
  const runs = runsOf(bytes, populateTokenList.size, value.rangesLength, context);
  const { tokenInactivityMaxS } = context.limits;
  if (value.inactivityTimeout > tokenInactivityMaxS) {
    throw broken('inactivityTimeout',
      `INACTIVITY TIMEOUT is ${value.inactivityTimeout}, at most ${tokenInactivityMaxS}`);
  }
  const rodType = value.rtv ? value.rodType : ROD_TYPE.pointInTimePersistent;
  if (!isTokenOut(rodType) || !isPointInTime(rodType)) {
    throw broken('populateType', `ROD TYPE is ${hex(rodType, 8)}`);
  }
  return { ...value, rodType: realType(rodType), runs };
}

/** Throws: as above. */
export function readWriteList(
  bytes: Uint8Array, context: RangeLimits): Ranged<WriteUsingTokenList> {
  const value = writeUsingTokenList.peek(checked(bytes, writeUsingTokenList.size, 0x226));
  return { ...value,
    runs: runsOf(bytes, writeUsingTokenList.size, value.rangesLength, context) };
}

/** A list whose head is there, and that has all of what DATA LENGTH announces. */
function checked(bytes: Uint8Array, headBytes: number, dataLengthMin: number): Uint8Array {
  if (bytes.length < headBytes) {
    throw broken('tokenListTruncated', `${bytes.length} bytes do not hold the first ${headBytes}`);
  }
  const dataLength = bytes[0]! * 256 + bytes[1]!;
  if (dataLength < dataLengthMin) {
    throw broken('tokenDataLength', `DATA LENGTH is ${dataLength}, at least ${dataLengthMin}`);
  }
  if (bytes.length >= dataLength + 2) return bytes;
  throw broken('tokenListTruncated',
    `DATA LENGTH is ${dataLength}, ${bytes.length - 2} bytes follow it`);
}

/** The ranges behind a head that ends with their length; one that is not whole is ignored. */
function runsOf(
  bytes: Uint8Array, headBytes: number, rangesLength: number,
  { limits, medium }: RangeLimits): BlockRun[] {
  const { size } = rangeDescriptor;
  if (rangesLength < size) {
    throw broken('rangesLength', `the ranges have ${rangesLength} bytes, one has ${size}`,
      { byte: headBytes - 2 });
  }
  if (bytes.length < headBytes + rangesLength) {
    throw broken('tokenListTruncated',
      `the ranges have ${rangesLength} bytes, ${bytes.length - headBytes} were sent`);
  }
  const count = Math.floor(rangesLength / size);
  if (count > limits.rangeCountMax) {
    throw broken('tooManyRanges', `${count} ranges, at most ${limits.rangeCountMax}`,
      { byte: headBytes - 2 });
  }
  const runs = Array.from({ length: count }, (_, i) =>
    ({ at: headBytes + i * size, ...runOf(rangeDescriptor.read(bytes, headBytes + i * size)) }));
  const twice = overlapping(runs);
  if (twice !== undefined) {
    throw broken('sameLba', `block ${twice.lba} is in another range, too`, { byte: twice.at });
  }
  const total = runs.reduce((sum, { blockCount }) => sum + blockCount, 0);
  if (total > limits.tokenBlocksMax) {
    throw broken('tokenTransferTooLong', `${total} blocks, at most ${limits.tokenBlocksMax}`,
      { byte: headBytes });
  }
  for (const { at, lba, blockCount } of runs) {
    if (lba + blockCount <= medium.blockCount) continue;
    throw broken('rangeOutOfDevice', `${blockCount} blocks from ${lba} on, the device has `
      + `${medium.blockCount}`, { byte: at });
  }
  return runs.map(({ lba, blockCount }) => ({ lba, blockCount }));
}

/** An address above 2^53 loses digits, and is behind every disk's end with or without them. */
export const runOf = (range: { readonly lba: bigint; readonly blockCount: number }): BlockRun =>
  ({ lba: Number(range.lba), blockCount: range.blockCount });

/** The later in order of its address of two runs that have a block in common. */
export function overlapping<R extends BlockRun>(runs: readonly R[]): R | undefined {
  const sorted = runs.filter(({ blockCount }) => blockCount > 0).sort((a, b) => a.lba - b.lba);
  return sorted.find(({ lba }, i) => {
    const before = sorted[i - 1];
    return before !== undefined && before.lba + before.blockCount > lba;
  });
}

/** Gives a thrown segment a meaning in view of what the devices hold when it comes. */
import type { Model } from '../model/copy.ts';
import type { ModelDisk, ModelTape } from '../model/devices.ts';
import { CLASSES, type ModelSegment, type SegmentType } from '../model/segments.ts';
import { pattern, TAPE_LENGTHS } from './devices.ts';
import type { Dice } from './dice.ts';
import type { CscdNames } from './names.ts';

/** A segment without anything. */
export const EMPTY: Omit<ModelSegment, 'type'> = {
  cat: false, dc: false, from: 0, to: 0, lba: 0, toLba: 0, offset: 0, toOffset: 0, count: 0,
  length: 0, toLength: 0, code: 0, data: new Uint8Array(0),
};

/** Disks are devices 0 and 1, tapes 2 and 3. */
const FIRST_TAPE = 2;

interface Making {
  readonly type: SegmentType;
  readonly dice: Dice;
  readonly model: Model;
  readonly from: number;
  readonly to: number;
}

export function meant(
  type: SegmentType, dice: Dice, model: Model, names: CscdNames): ModelSegment {
  const cat = dice.below(2) === 1;
  const { source, destination } = CLASSES[type];
  const from = deviceOf(dice, source === 'any' ? dice.of(['block', 'stream']) : source);
  const to = source === 'stream' && destination === 'stream' ? otherTape(from)
    : deviceOf(dice, destination);
  const making = { type, dice, model, from, to };
  const base = {
    ...EMPTY, type, cat,
    from: source === undefined ? 0 : names.name(dice, model.devices, from),
    to: destination === undefined ? 0 : names.name(dice, model.devices, to),
  };
  // A tape that is copied to itself is read and written in an order that is nobody's to say.
  if (source === 'stream' && destination === 'stream'
    && names.deviceOf(base.from) === names.deviceOf(base.to)) return { ...base, type: 0x07 };
  if (source === 'stream' && type !== 0x07 && isAtEnd(tapeOf(model, from)) && !dice.seldom(50)) {
    return located(making, { ...base, to: base.from });
  }
  return { ...base, ...fieldsOf(making) };
}

const deviceOf = (dice: Dice, wanted: string | undefined): number =>
  dice.below(2) + (wanted === 'stream' ? FIRST_TAPE : 0);

const otherTape = (tape: number): number => 2 * FIRST_TAPE + 1 - tape;

const tapeOf = (model: Model, device: number): ModelTape => model.devices[device] as ModelTape;
const diskOf = (model: Model, device: number): ModelDisk => model.devices[device] as ModelDisk;

/** Nothing can be read from here on. */
const isAtEnd = ({ objects, position }: ModelTape): boolean =>
  (objects[position] ?? null) === null;

/** Back to where there are records. */
function located({ dice, model, from }: Making, base: ModelSegment): ModelSegment {
  const { objects } = tapeOf(model, from);
  const places = [...objects.keys()].filter((at) => objects[at] !== null);
  const count = places[dice.below(Math.min(4, places.length))] ?? 0;
  return { ...base, type: 0x12, from: 0, count };
}

function fieldsOf(making: Making): Partial<ModelSegment> {
  const { type, dice } = making;
  switch (type) {
    case 0x00: case 0x0b: return blocksToTape(making);
    case 0x01: case 0x0c: return tapeToBlocks(making);
    case 0x02: case 0x0d: return blocksToBlocks(making);
    case 0x03: case 0x0e: return tapeToTape(making);
    case 0x04: case 0x05: return givenData(making);
    case 0x06: case 0x0f: return removed(making);
    case 0x07: return {};
    case 0x08: return bytesToTape(making);
    case 0x09: return tapeToBytes(making);
    case 0x0a: return bytesToBytes(making);
    case 0x10: return { count: dice.below(3) };
    case 0x11: return { code: dice.of([0, 1, 3]), count: dice.below(7) - 3 };
    case 0x12: return { count: dice.seldom(4) ? 40 : dice.below(4) };
    case 0x13: return { count: dice.of([0, 1, 2, 2, 3]) };
    case 0x16: return imageOfDisk(making);
  }
}

/** A first block so that `count` blocks fit; seldom one so that they do not. */
function lbaFor({ dice, model }: Making, device: number, count: number): number {
  const { blockCount } = diskOf(model, device);
  if (dice.seldom(4)) {
    return dice.of([Math.max(0, blockCount - count + 1), blockCount, blockCount + 5]);
  }
  return dice.upTo(Math.max(0, blockCount - count));
}

const countOf = ({ dice }: Making, blockBytes: number): number =>
  dice.upTo(blockBytes === 512 ? 9 : 2);

/** Records are no longer, so that cases stay quick. */
const LENGTH_MAX = 0x8000;

/** STREAM DEVICE TRANSFER LENGTH of writes: what is written is often a multiple of it. */
function lengthTo({ dice, model, to }: Making, added: number): number {
  const isFixed = tapeOf(model, to).settings.blockBytes > 0;
  if (dice.seldom(1)) return dice.of(isFixed ? [0, 0xffffff] : [0]);
  if (isFixed) return dice.below(3) + 1;
  const all = model.state.destinationData.length + added;
  const parts = dice.below(4) + 1;
  const isWhole = all >= parts && all % parts === 0 && all / parts <= LENGTH_MAX;
  if (dice.below(3) === 0 && isWhole) return all / parts;
  return dice.of(TAPE_LENGTHS);
}

/** Records of one length from the position on, in bytes. */
function readable({ objects, position }: ModelTape): { length: number; total: number } {
  const length = objects[position]?.length ?? 0;
  let at = position;
  while (length > 0 && objects[at]?.length === length) at += 1;
  return { length, total: (at - position) * length };
}

/** Transfer length of reads, and how many bytes can be had with it. */
function lengthFrom({ dice, model, from }: Making): { length: number; available: number } {
  const tape = tapeOf(model, from);
  const { length, total } = readable(tape);
  const left = model.state.sourceData.length;
  if (tape.settings.blockBytes > 0) {
    const count = dice.below(3) + 1;
    const unit = count * tape.settings.blockBytes;
    return { length: count, available: left + total - total % unit };
  }
  if (dice.seldom(1)) return { length: 0, available: left };
  const isOther = dice.seldom(5) || length === 0;
  return { length: isOther ? dice.of(TAPE_LENGTHS) : length, available: left + total };
}

/** So many bytes as can be had, a part of them, or seldom more. */
const bytesOf = (dice: Dice, available: number): number =>
  (dice.seldom(8) ? available + 1 + dice.below(5000)
    : dice.below(4) === 0 ? Math.min(available, 8192) : dice.upTo(Math.min(available, 8192)));

function blocksToTape(making: Making): Partial<ModelSegment> {
  const { model, from } = making;
  const { blockBytes } = diskOf(model, from);
  const count = countOf(making, blockBytes);
  return { count, lba: lbaFor(making, from, count), length: lengthTo(making, count * blockBytes) };
}

function tapeToBlocks(making: Making): Partial<ModelSegment> {
  const { dice, model, to } = making;
  const { blockBytes, blockCount } = diskOf(model, to);
  const { length, available } = lengthFrom(making);
  const bytes = bytesOf(dice, available + model.state.destinationData.length);
  const count = Math.min(blockCount, Math.floor(bytes / blockBytes));
  return { count, lba: lbaFor(making, to, count), length };
}

function blocksToBlocks(making: Making): Partial<ModelSegment> {
  const { dice, model, from, to } = making;
  const dc = dice.below(2) === 1;
  const [source, destination] = [diskOf(model, from), diskOf(model, to)];
  const count = countOf(making, (dc ? destination : source).blockBytes);
  const bytes = count * (dc ? destination : source).blockBytes;
  const writes = dc ? bytes : bytes + model.state.destinationData.length;
  return {
    dc, count, lba: lbaFor(making, from, Math.ceil(bytes / source.blockBytes)),
    toLba: lbaFor(making, to, Math.ceil(writes / destination.blockBytes)),
  };
}

function tapeToTape(making: Making): Partial<ModelSegment> {
  const { length, available } = lengthFrom(making);
  const count = bytesOf(making.dice, available);
  return { count, length, toLength: lengthTo(making, count) };
}

function givenData(making: Making): Partial<ModelSegment> {
  const { dice, type } = making;
  const count = dice.upTo(180);
  const offset = dice.seldom(10) ? dice.of([300, 244, 2]) : 4 * dice.below(15);
  return {
    count, offset, data: type === 0x05 ? pattern(count, count) : EMPTY.data,
    length: lengthTo(making, count),
  };
}

function removed(making: Making): Partial<ModelSegment> {
  const { length, available } = lengthFrom(making);
  return { count: bytesOf(making.dice, available), length };
}

/** An offset into a block; seldom one behind it. */
const offsetIn = ({ dice, model }: Making, device: number): number => {
  const { blockBytes } = diskOf(model, device);
  return dice.seldom(2) ? blockBytes : dice.of([0, dice.below(blockBytes)]);
};

const blocksFor = (offset: number, count: number, blockBytes: number): number =>
  Math.ceil((offset + count) / blockBytes);

function bytesToTape(making: Making): Partial<ModelSegment> {
  const { dice, model, from } = making;
  const count = dice.below(5) === 4 ? 0 : dice.upTo(4000);
  const offset = offsetIn(making, from);
  const blocks = blocksFor(offset, count, diskOf(model, from).blockBytes);
  return {
    count, offset, lba: lbaFor(making, from, blocks), length: lengthTo(making, count) };
}

function tapeToBytes(making: Making): Partial<ModelSegment> {
  const { dice, model, to } = making;
  const { length, available } = lengthFrom(making);
  const count = bytesOf(dice, Math.min(5000, available + model.state.destinationData.length));
  const toOffset = offsetIn(making, to);
  const blocks = blocksFor(toOffset, count, diskOf(model, to).blockBytes);
  return { count, toOffset, lba: lbaFor(making, to, blocks), length };
}

function bytesToBytes(making: Making): Partial<ModelSegment> {
  const { dice, model, from, to } = making;
  const count = dice.below(5) === 4 ? 0 : dice.upTo(4000);
  const [offset, toOffset] = [offsetIn(making, from), offsetIn(making, to)];
  const [source, destination] = [diskOf(model, from), diskOf(model, to)];
  return {
    count, offset, toOffset,
    lba: lbaFor(making, from, blocksFor(offset, count, source.blockBytes)),
    toLba: lbaFor(making, to, blocksFor(toOffset, count, destination.blockBytes)),
  };
}

function imageOfDisk(making: Making): Partial<ModelSegment> {
  const { dice, model, from, to } = making;
  const count = dice.below(4) === 3 ? 0 : 1 + dice.below(6);
  const [source, destination] = [diskOf(model, from), diskOf(model, to)];
  return {
    count, lba: dice.upTo(source.blockCount), toLba: dice.upTo(destination.blockCount) };
}

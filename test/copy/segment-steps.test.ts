import { describe, expect, it } from 'vitest';
import type { BlockEnd, End, StreamEnd } from '../../src/copy/end.ts';
import {
  COPY_LIMITS, COPY_READINGS, type CopyLimits, type CopyReadings,
} from '../../src/copy/limits.ts';
import { stepsOf } from '../../src/copy/segment-steps.ts';
import type { BlockBytes, SegmentInput, Step } from '../../src/copy/step.ts';
import type { Segment } from '../../src/wire/copy/segments.ts';
import { readSegment } from '../../src/wire/copy/segments.ts';
import {
  bytesToBytes, bytesToTape, discard, diskToDisk, inline, tapeToBytes, toDisk, toTape,
} from '../support/copy-lists.ts';

const disk = (pad = false): BlockEnd =>
  ({ kind: 'block', unit: undefined, medium: undefined, descriptorAt: 16, pad, blockBytes: 512 });
const tape = (pad = false): StreamEnd => ({
  kind: 'stream', unit: undefined, medium: undefined, descriptorAt: 48, pad, fixed: false,
  recordBytes: 0 });
const segment = (bytes: Uint8Array): Segment => readSegment(bytes, 0, bytes.length);

interface Given {
  readonly source?: End;
  readonly destination?: End;
  /** Source and destination data that is left from earlier segments. */
  readonly residue?: readonly [number, number];
  readonly limits?: Partial<CopyLimits>;
  readonly readings?: Partial<CopyReadings>;
  readonly holds?: boolean;
  readonly inlineData?: Uint8Array;
  readonly roundBytes?: number;
}

function plan(bytes: Uint8Array, given: Given = {}) {
  const input: SegmentInput = {
    index: 3, value: segment(bytes), holds: given.holds ?? false,
    source: given.source, destination: given.destination,
    residue: { source: given.residue?.[0] ?? 0, destination: given.residue?.[1] ?? 0 },
    inlineData: given.inlineData ?? new Uint8Array(0),
    limits: { ...COPY_LIMITS, ...given.limits },
    readings: { ...COPY_READINGS, ...given.readings }, roundBytes: given.roundBytes ?? 1 << 25,
  };
  const { writeBytes, steps } = stepsOf(input);
  return { writeBytes, steps: [...steps] };
}

/** `8+2`: two blocks of 512 bytes; `8.20+7`: seven bytes from byte 20 of block 8 on. */
const rangeText = ({ lba, offset, byteLength }: BlockBytes): string =>
  (offset === 0 && byteLength % 512 === 0 ? `${lba}+${byteLength / 512}`
    : `${lba}.${offset}+${byteLength}`);

/** Steps as words: `read 3, process 1000, write 1`. */
const words = (steps: readonly Step[]): string => steps.map((step) => {
  switch (step.kind) {
    case 'claim': return `claim ${rangeText(step.blocks)}`;
    case 'read': return 'lba' in step.from ? `read ${rangeText(step.from)}`
      : `read ${step.from.count}`;
    case 'process': return `process ${step.byteLength}`;
    case 'discard': return `discard ${step.queue} ${step.byteLength}`;
    case 'append': return step.piece.kind === 'zeros' ? `zeros ${step.piece.byteLength}`
      : `bytes ${step.piece.bytes.length}`;
    case 'write': return 'lba' in step.to ? `write ${rangeText(step.to)}`
      : `write ${step.to.count}`;
    case 'fail': return `fail ${step.error.sense.additional}`;
    default: return step.kind;
  }
}).join(', ');

describe('residual data (SPC-4 5.17.7.2)', () => {
  // 3 blocks give 1536 bytes for transfers of 1000: 536 bytes of destination data are left. The
  // source data before them is more than a block, so 100 bytes of it are left too.
  const rows = [
    [true, true, true, ''],
    [false, false, true, ''],
    [true, true, false, ', zeros 464, write 1, discard source 100'],
    [false, true, false, ', zeros 464, write 1'],
    [true, false, false, ', discard source 100, discard destination 536'],
    [false, false, false, ', fail unexpectedInexactSegment'],
  ] as const;
  it.each(rows)('source PAD %s, destination PAD %s, CAT %s', (sourcePad, pad, cat, end) => {
    const { steps } = plan(toTape(8, 3, 1000, { cat }),
      { source: disk(sourcePad), destination: tape(pad), residue: [612, 0] });
    expect(words(steps)).toBe(`read 8+2, process 1536, write 1${end}`);
  });

  it.each(rows)('nothing is done about nothing: PAD %s, %s, CAT %s', (sourcePad, pad, cat) => {
    const { steps } = plan(toTape(8, 3, 512, { cat }),
      { source: disk(sourcePad), destination: tape(pad) });
    expect(words(steps)).toBe('read 8+3, process 1536, write 3');
  });

  it.each([
    ['stream to block', toDisk(0, 2, 700), { source: tape(true), destination: disk(true) }],
    ['block to block, DC=1', diskToDisk(0, 0, 2, { dc: true }),
      { source: disk(true), destination: disk(true) }],
  ] as const)('is not padded behind a designated number of blocks: %s', (_, bytes, ends) => {
    const { steps, writeBytes } = plan(bytes, { ...ends, residue: [0, 1030] });
    expect(words(steps)).toBe('claim 0+2, write 0+2, fail unexpectedInexactSegment');
    expect(writeBytes).toBe(1024);
  });

  it('pads to a whole block when the source is counted', () => {
    const { steps, writeBytes } = plan(diskToDisk(0, 8, 1), {
      source: { ...disk(), blockBytes: 520 }, destination: disk(true) });
    expect(words(steps)).toBe(
      'claim 8+2, read 0.0+520, process 520, write 8+1, zeros 504, write 9+1');
    expect(writeBytes).toBe(1024);
  });

  it('counts a missing source or destination as PAD=0', () => {
    const inlineData = new Uint8Array(100);
    expect(words(plan(inline(0, 100, 80), { destination: tape(), inlineData }).steps))
      .toBe('bytes 100, write 1, fail unexpectedInexactSegment');
    expect(words(plan(inline(0, 100, 80), { destination: tape(true), inlineData }).steps))
      .toBe('bytes 100, write 1, zeros 60, write 1');
    expect(words(plan(discard(100, 80), { source: tape() }).steps))
      .toBe('read 2, discard source 100, fail unexpectedInexactSegment');
    expect(words(plan(discard(100, 80), { source: tape(true), residue: [0, 5] }).steps))
      .toBe('read 2, discard source 100, discard source 60, discard destination 5');
  });
});

describe('counts', () => {
  const ends = { source: disk(), destination: tape() };

  it('writes what is left although no block is to be read', () => {
    expect(words(plan(toTape(1 << 30, 0, 100), { ...ends, residue: [0, 300] }).steps))
      .toBe('write 3');
    expect(words(plan(diskToDisk(9, 5, 0, { cat: true }), {
      source: disk(), destination: disk(), residue: [7, 1030] }).steps))
      .toBe('claim 5+2, write 5+2');
  });

  it('moves nothing for no blocks of a destination', () => {
    const two = { source: disk(), destination: disk(), residue: [7, 1030] } as const;
    expect(words(plan(diskToDisk(9, 5, 0, { dc: true, cat: true }), two).steps)).toBe('');
    expect(words(plan(toDisk(5, 0, 700, { cat: true }), { source: tape(), destination: disk() })
      .steps)).toBe('');
  });

  it('reads nothing if enough is left, and just enough otherwise', () => {
    const given = { source: tape(), destination: disk() };
    expect(words(plan(toDisk(5, 2, 700, { cat: true }), { ...given, residue: [900, 200] }).steps))
      .toBe('claim 5+2, process 824, write 5+2');
    expect(words(plan(toDisk(5, 2, 700, { cat: true }), { ...given, residue: [100, 200] }).steps))
      .toBe('claim 5+2, read 2, process 824, write 5+2');
  });

  it('reads a tape in rounds, and writes what each of them gives', () => {
    const { steps } = plan(toDisk(0, 5, 700, { cat: true }),
      { source: tape(), destination: disk(), roundBytes: 1500 });
    expect(words(steps)).toBe('claim 0+5, read 2, process 1400, write 0+2, '
      + 'read 2, process 1160, write 2+3');
  });

  it('plans the longest list without the memory that its bytes would need', () => {
    const large = toTape(0, 65535, 1 << 16, { cat: true });
    for (let i = 0; i < 2048; i += 1) {
      const { writeBytes, steps } = plan(large, { ...ends, residue: [0, 512 * (i % 128)] });
      expect(steps.length).toBeLessThan(4);
      expect(writeBytes).toBeGreaterThan(30_000_000);
    }
  });
});

describe('fields that are found wrong in their turn', () => {
  const failing = (bytes: Uint8Array, given: Given) => {
    const [step] = plan(bytes, given).steps;
    return step?.kind === 'fail' ? step.error.sense : undefined;
  };
  const inlineData = new Uint8Array(100);

  it.each([
    ['inline data that runs out', inline(96, 8, 80), 'inlineDataLengthExceeded', 16],
    ['an offset behind the inline data', inline(104, 8, 80), 'inlineDataLengthExceeded', 12],
    ['an offset that is no multiple of four', inline(2, 8, 80), 'invalidFieldInParameterList', 12],
    ['a transfer of no bytes', inline(0, 8, 0), 'invalidFieldInParameterList', 9],
    ['a transfer above the limit', inline(0, 8, 5000), 'invalidFieldInParameterList', 9],
  ])('%s', (_, bytes, additional, byte) => {
    expect(failing(bytes, {
      destination: tape(true), inlineData, limits: { streamTransferBytesMax: 4096 } }))
      .toMatchObject({ key: 'copyAborted', additional, segment: 3,
        fieldPointer: { in: 'segment', byte } });
  });

  it('lets a transfer of no bytes pass where none is needed', () => {
    expect(failing(toTape(0, 0, 0), { source: disk(), destination: tape() })).toBeUndefined();
    expect(failing(discard(0, 0), { source: tape() })).toBeUndefined();
    expect(failing(discard(1, 0), { source: tape() }))
      .toMatchObject({ additional: 'invalidFieldInParameterList' });
  });

  it('holds the segment to its length and granularity', () => {
    const given = { source: disk(), destination: tape(true) };
    expect(failing(toTape(0, 4, 100), { ...given, limits: { segmentBytesMax: 2000 } }))
      .toBeUndefined();
    expect(failing(toTape(0, 4, 100), { ...given, limits: { segmentBytesMax: 1999 } }))
      .toMatchObject({ additional: 'invalidFieldInParameterList',
        fieldPointer: { in: 'segment', byte: 14 } });
    expect(failing(toTape(0, 3, 512), { ...given, limits: { dataGranularityLog2: 10 } }))
      .toMatchObject({ additional: 'copySegmentGranularityViolation' });
    expect(failing(inline(0, 6, 512), {
      destination: tape(true), inlineData, limits: { inlineGranularityLog2: 2 } }))
      .toMatchObject({ additional: 'copySegmentGranularityViolation',
        fieldPointer: { in: 'segment', byte: 16 } });
  });
});

describe('byte offsets (SPC-4 5.17.7.2, table 115)', () => {
  it('read the whole range although data is left, which is processed first', () => {
    const { steps } = plan(bytesToTape(9, 20, 1000, 500, { cat: true }),
      { source: disk(), destination: tape(), residue: [300, 0] });
    expect(words(steps)).toBe('read 9.20+1000, process 1000, write 2');
  });

  it('write to a disk just what the segment names', () => {
    const { steps } = plan(tapeToBytes(9, 20, 1000, 700, { cat: true }),
      { source: tape(), destination: disk(), residue: [0, 100] });
    expect(words(steps)).toBe('claim 9.20+1000, read 2, process 900, write 9.20+1000');
  });

  it('keep as much destination data as there was, from disk to disk', () => {
    const bytes = bytesToBytes({ lba: 9, offset: 20 }, { lba: 4, offset: 30 }, 1000);
    const { steps } = plan(bytes,
      { source: disk(true), destination: disk(), residue: [0, 100] });
    expect(words(steps)).toBe('claim 4.30+1000, read 9.20+1000, process 1000, write 4.30+1000, '
      + 'discard destination 100');
    const padded = plan(bytes, { source: disk(), destination: disk(true), residue: [0, 100] });
    expect(words(padded.steps)).toMatch(/fail unexpectedInexactSegment$/);
  });
});

describe('readings and limits', () => {
  const fixed: StreamEnd = { ...tape(true), fixed: true, recordBytes: 512 };

  it('pads to a whole transfer, or to the tape block begun', () => {
    const padded = (padding: 'transfer' | 'block'): string => words(plan(
      inline(0, 600, 4), {
        destination: fixed, inlineData: new Uint8Array(600), readings: { padding } }).steps);
    expect(padded('transfer')).toBe('bytes 600, zeros 1448, write 1');
    expect(padded('block')).toBe('bytes 600, zeros 424, write 1');
  });

  it('holds data in multiples of its granularity only', () => {
    const held = (blockCount: number): string => words(plan(
      toTape(0, blockCount, 512, { holds: true }), {
        source: disk(), destination: tape(), holds: true, limits: { heldGranularityLog2: 10 },
      }).steps);
    expect(held(2)).toBe('read 0+2, process 1024, write 2');
    expect(held(1)).toBe('fail copySegmentGranularityViolation');
  });

  it('promises no fast copy', () => {
    const { steps } = plan(diskToDisk(0, 0, 2, { fco: true }),
      { source: disk(), destination: disk() });
    expect(words(steps)).toBe('fail fastCopyNotPossible');
  });
});

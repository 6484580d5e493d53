/** Known faults of a copy manager, as patches to ours: the property tests must find each. */

export interface Fault {
  /** What is wrong then. */
  readonly what: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  'residue-dropped': {
    what: 'CAT=1 does not keep residual data',
    file: 'src/copy/flow.ts',
    find: 'if (value.cat || left.source + left.destination === 0) return;',
    replace: 'if (left.source + left.destination === 0) return;',
  },
  'pad-byte-short': {
    what: 'the last transfer is padded with a byte too few',
    file: 'src/copy/flow.ts',
    find: 'const byteLength = paddedBytes - left.destination;',
    replace: 'const byteLength = paddedBytes - left.destination - 1;',
  },
  'pad-where-designated': {
    what: 'residue behind designated blocks is padded, which is to be an error',
    file: 'src/copy/flow.ts',
    find: 'destinationPad ? flow.hasFixedPlace && left.destination > 0 : !sourcePad;',
    replace: '!destinationPad && !sourcePad;',
  },
  'residue-again': {
    what: 'what is left of a piece begins with what was taken of it',
    file: 'src/copy/byte-queue.ts',
    find: 'cut(piece, part, length - part)',
    replace: 'cut(piece, 0, length - part)',
  },
  'residue-not-counted': {
    what: 'a destination-counted segment processes as if no destination data were left',
    file: 'src/copy/segment-steps.ts',
    find: 'const processBytes = Math.max(0, writeBytes - input.residue.destination);',
    replace: 'const processBytes = writeBytes;',
  },
  'residue-of-tape-lost': {
    what: 'residue that lies on a tape is not saved before the tape is written to',
    file: 'src/copy/execute.ts',
    find: `piece.kind === 'span' && piece.end.kind === 'stream';`,
    replace: `piece.kind === 'span' && piece.end.kind === 'block';`,
  },
  'destination-count-ignored': {
    what: 'DC=1 counts source blocks',
    file: 'src/copy/segment-steps.ts',
    find: 'return value.dc\n    ? destinationCounted',
    replace: 'return value.dc && value.blockCount === 0\n    ? destinationCounted',
  },
  'offset-lost': {
    what: 'a byte offset into a block is passed over',
    file: 'src/copy/execute.ts',
    find: 'cutPlaces(places, skip, bytes.byteLength)',
    replace: 'cutPlaces(places, 0, bytes.byteLength)',
  },
  'inline-offset-lost': {
    what: 'inline data is taken from its beginning',
    file: 'src/copy/segment-steps.ts',
    find: 'inlineData.subarray(inlineOffset, inlineOffset + inlineBytes)',
    replace: 'inlineData.subarray(0, inlineBytes)',
  },
  'segment-counted-twice': {
    what: 'the segment in progress counts twice',
    file: 'src/copy/segment-log.ts',
    find: 'Math.min(this.#doneCount + 1, this.#segmentCount)',
    replace: 'Math.min(this.#doneCount + 2, this.#segmentCount)',
  },
  'residual-too-small': {
    what: 'INFORMATION is a unit short',
    file: 'src/copy/segment-log.ts',
    find: 'return Math.ceil((offset + writeBytes) / unitBytes)',
    replace: 'return Math.floor((offset + writeBytes - 1) / unitBytes)',
  },
  'filemark-passed-over': {
    what: 'of filemarks in a row an image copy writes one too few',
    file: 'src/copy/tape-image.ts',
    find: 'session.writeFilemarks(count, true)',
    replace: 'session.writeFilemarks(count - 1, true)',
  },
  'filemarks-not-in-a-row': {
    what: 'an image copy counts filemarks with blocks between them',
    file: 'src/copy/tape-image.ts',
    find: 'inARow = 0;\n      await',
    replace: 'await',
  },
  'short-read-loses-data': {
    what: 'what was read before a short read is not written',
    file: 'src/copy/execute.ts',
    find: `['process', 'discard', 'write'];`,
    replace: `['process', 'discard'];`,
  },
  'early-warning-late': {
    what: 'early warning is put down to the transfer behind the one that met it',
    file: 'src/copy/tape-writer.ts',
    find: 'lastIsDone ? transferCount - 1 : transferCount',
    replace: 'transferCount',
  },
  'fixed-length-in-bytes': {
    what: 'the transfer length of a tape with FIXED=1 is taken as one block',
    file: 'src/copy/units.ts',
    find: 'recordBytes: end.recordBytes, recordCount: length }',
    replace: 'recordBytes: end.recordBytes, recordCount: Math.min(1, length) }',
  },
  'oldest-held': {
    what: 'the oldest held data is kept, not the newest',
    file: 'src/copy/held-data.ts',
    find: 'this.#parts[0] = first.subarray(surplus)',
    replace: 'this.#parts[0] = first.subarray(0, first.length - surplus)',
  },
  'discard-not-told': {
    what: 'HDD stays 0 although held data was dropped',
    file: 'src/copy/held-data.ts',
    find: 'this.#isDiscarded = true;',
    replace: '',
  },
  'order-of-moves': {
    what: 'a move does not wait for those that it must not overtake',
    file: 'src/copy/move-pipeline.ts',
    find: 'while (this.#mustWait(part)) await this.drain();',
    replace: '',
  },
  'sides-swapped': {
    what: `the source's answer is forwarded as the destination's`,
    file: 'src/copy/aborted.ts',
    find: `(side === 'source' ? { forwardedSource`,
    replace: `(side !== 'source' ? { forwardedSource`,
  },
  'first-id-wrong': {
    what: 'the first CSCD descriptor of a LID4 list has ID 0',
    file: 'src/copy/plan.ts',
    find: `format === 'LID4' && lid4FirstId === 0;`,
    replace: `format === 'LID4';`,
  },
  'failed-segment-not-counted': {
    what: 'the segment that failed is not among those processed',
    file: 'src/copy/stop.ts',
    find: 'progress.stoppedAt(run.index + 1, committed);',
    replace: 'progress.stoppedAt(run.index, committed);',
  },
};

/** The file with the fault in it. Throws: Error if the place is not there exactly once. */
export function planted(name: string, { find, replace }: Fault, text: string): string {
  const count = text.split(find).length - 1;
  if (count !== 1) {
    throw new Error(`Cannot plant ${name}: its place is there ${count} times, not once`);
  }
  return text.replace(find, () => replace);
}

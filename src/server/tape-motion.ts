/** Where SPACE and LOCATE lead, without moving anything. Source: SSC-4 7.4, 7.13. */
import type { Sense } from '../sense/sense.ts';
import type { TapeView } from './tape-reading.ts';

export interface Motion {
  readonly position: number;
  /** Undefined if the position that was asked for was reached. */
  readonly sense: Sense | undefined;
}

export const SPACE_CODE =
  { blocks: 0, filemarks: 1, sequentialFilemarks: 2, endOfData: 3 } as const;

const reached = (position: number): Motion => ({ position, sense: undefined });

/** `left` is what was not spaced over, a positive number in either direction. */
const endOfData = (tape: TapeView, left?: number): Motion => ({
  position: tape.endOfData,
  sense: {
    key: 'blankCheck', additional: 'endOfDataDetected',
    ...(left === undefined ? {} : { information: left }) },
});

const beginning = (left?: number): Motion => ({
  position: 0,
  sense: {
    key: 'noSense', additional: 'beginningOfPartitionDetected', eom: true,
    ...(left === undefined ? {} : { information: left }) },
});

const filemark = (position: number, left: number): Motion => ({
  position,
  sense: { key: 'noSense', additional: 'filemarkDetected', filemark: true, information: left },
});

/** A command is refused before it comes here; a segment of a copy carries its code unread. */
const unknownCode = (position: number): Motion => ({
  position,
  sense: {
    key: 'illegalRequest', additional: 'invalidFieldInCdb',
    fieldPointer: { in: 'cdb', byte: 1, bit: 3 } },
});

/** A negative count goes towards the beginning; with `endOfData` it means nothing. */
export function spaceTo(tape: TapeView, position: number, code: number, count: number): Motion {
  if (code === SPACE_CODE.endOfData) return reached(tape.endOfData);
  if (code === SPACE_CODE.filemarks) return overFilemarks(tape, position, count);
  if (code === SPACE_CODE.sequentialFilemarks) return overSequence(tape, position, count);
  if (code !== SPACE_CODE.blocks) return unknownCode(position);
  return count >= 0 ? overBlocks(tape, position, count) : backOverBlocks(tape, position, -count);
}

function overBlocks(tape: TapeView, from: number, count: number): Motion {
  let position = from;
  for (let left = count; left > 0;) {
    const run = tape.runAt(position);
    if (run === undefined) return endOfData(tape, left);
    if (run.kind === 'filemarks') return filemark(position + 1, left);
    const passed = Math.min(left, run.firstObject + run.count - position);
    position += passed;
    left -= passed;
  }
  return reached(position);
}

/** Stops on the side of a filemark that is towards the beginning. */
function backOverBlocks(tape: TapeView, from: number, count: number): Motion {
  let position = from;
  for (let left = count; left > 0;) {
    const run = tape.runAt(position - 1);
    if (run === undefined) return beginning(left);
    if (run.kind === 'filemarks') return filemark(position - 1, left);
    const passed = Math.min(left, position - run.firstObject);
    position -= passed;
    left -= passed;
  }
  return reached(position);
}

/** Forwards it ends behind the last mark that counts, backwards before it. */
function overFilemarks(tape: TapeView, position: number, count: number): Motion {
  const passed = tape.filemarksBefore(position);
  if (count === 0) return reached(position);
  if (count > 0) {
    const last = tape.objectOfFilemark(passed + count - 1);
    return last === undefined ? endOfData(tape, count - (tape.filemarkCount - passed))
      : reached(last + 1);
  }
  const first = tape.objectOfFilemark(passed + count);
  return first === undefined ? beginning(-count - passed) : reached(first);
}

/**
 * To the first `count` filemarks that follow each other without a record: behind the last of them,
 * or backwards before the first. How many others were passed says nothing of what is left.
 */
function overSequence(tape: TapeView, from: number, count: number): Motion {
  const wanted = Math.abs(count);
  if (wanted === 0) return reached(from);
  for (let position = from; ;) {
    const passed = tape.filemarksBefore(position);
    const next = tape.objectOfFilemark(count > 0 ? passed : passed - 1);
    if (next === undefined) return count > 0 ? endOfData(tape) : beginning();
    const run = tape.runAt(next)!; // that of the filemark
    const room = count > 0 ? run.firstObject + run.count - next : next + 1 - run.firstObject;
    if (room >= wanted) return reached(count > 0 ? next + wanted : next + 1 - wanted);
    position = count > 0 ? next + room : run.firstObject;
  }
}

/** Before an object; the end of data counts as one, what is behind it does not. */
export const locateObject = (tape: TapeView, object: number): Motion =>
  (object <= tape.endOfData ? reached(object) : endOfData(tape));

/** Behind a number of filemarks: the beginning of that file. */
export function locateFile(tape: TapeView, file: number): Motion {
  if (file === 0) return reached(0);
  const last = tape.objectOfFilemark(file - 1);
  return last === undefined ? endOfData(tape) : reached(last + 1);
}

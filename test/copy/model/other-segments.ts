/** Segments without processing: the queues stay as they are, as with CAT=1. */
import { command, present } from './commands.ts';
import type { BlockEnd, End, StreamEnd } from './ends.ts';
import { readBlocks } from './reading.ts';
import type { ModelSegment } from './segments.ts';
import type { CopyState } from './state.ts';
import { Stop } from './stop.ts';
import { claim, put, writeRecords } from './writing.ts';

/** 07h: INQUIRY is a command, which a null device cannot be sent. */
export function verify(end: End): void {
  present(end.kind === 'block' ? end.disk : end.tape, end);
}

/** 10h, 11h, 12h. */
export function position({ type, count, code }: ModelSegment, end: StreamEnd): void {
  const tape = present(end.tape, end);
  command(end, () => {
    if (type === 0x10) tape.writeFilemarks(count);
    else if (type === 0x11) tape.space(code, count);
    else tape.locate(count);
  });
}

/** 13h: objects as they are, until data ends or so many filemarks in a row have been copied. */
export function tapeImage(
  copy: CopyState, { count }: ModelSegment, source: StreamEnd, end: StreamEnd): void {
  const [from, to] = [present(source.tape, source), present(end.tape, end)];
  for (let marks = 0; count === 0 || marks < count;) {
    command(source, () => from.accept('read'));
    const object = from.readAny();
    if (object === undefined) return;
    if (object === null) {
      command(end, () => to.writeFilemarks(1));
      marks += 1;
      continue;
    }
    marks = 0;
    command(end, () => to.accept('write'));
    const transfer = { fixed: false, recordBytes: object.length, recordCount: 1 };
    writeRecords(copy, end, transfer, () => object);
  }
}

/** 16h: blocks until so many are copied, or either disk ends. */
export function blockImage(
  copy: CopyState, { lba, toLba, count }: ModelSegment, source: BlockEnd, end: BlockEnd): void {
  const [from, to] = [present(source.disk, source), present(end.disk, end)];
  if (from.blockBytes !== to.blockBytes) {
    throw new Stop({ additional: 'incorrectCopyTargetDeviceType', pointer: end.pointer });
  }
  const blocks = Math.max(0, Math.min(
    count || Infinity, from.blockCount - lba, to.blockCount - toLba));
  if (blocks === 0) return;
  copy.planned = blocks * end.blockBytes;
  claim(copy, { end, lba: toLba, offset: 0, byteLength: copy.planned }, 16);
  const data = readBlocks(source, lba, blocks);
  for (let at = 0; at < data.length; at += end.blockBytes) {
    put(copy, to, toLba * end.blockBytes + at, data.subarray(at, at + end.blockBytes));
  }
}

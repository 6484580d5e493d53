import { describe, expect, it } from 'vitest';
import { checkCartridge } from '../../src/media/check.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { flip, MIB, newTape, openTape, record, tamper, writeRecords } from './tape-fixture.ts';

/** 3 records with a checksum, 900 bytes together, and 2 without, 200 bytes. */
async function written() {
  const files = memoryFiles();
  const tape = await newTape(files);
  await writeRecords(tape, [record(300, 1), record(300, 2), record(300, 3)], { crc: true });
  tape.appendFilemarks(1);
  await writeRecords(tape, [record(100, 4), record(100, 5)]);
  await tape.sync();
  return { files, tape };
}

describe('checkCartridge', () => {
  it('says how much of the tape it could compare', async () => {
    const { tape } = await written();
    const progress: number[][] = [];
    const report = await checkCartridge(tape, { onProgress: (...now) => progress.push(now) });
    expect(report).toEqual({
      problems: [], problemCount: 0, payloadBytes: 1100,
      checkedBytes: 900, scrubbedBytes: 0, coverage: 900 / 1100,
    });
    expect(progress).toEqual([[900, 900]]);
  });

  it('calls a blank tape covered', async () => {
    expect((await checkCartridge(await newTape(memoryFiles()))).coverage).toBe(1);
  });

  it('finds a flipped byte where there is a checksum, and names the objects', async () => {
    const { files, tape } = await written();
    await tamper(files, 'data', (file) => flip(file, 899));
    await tamper(files, 'data', (file) => flip(file, 1000));
    expect((await checkCartridge(tape)).problems).toEqual(
      ['Objects 0 to 2 (payload bytes 0 to 899) are not as they were written']);
  });

  it('scrubs: what had no checksum has one from then on', async () => {
    const { files, tape } = await written();
    const report = await checkCartridge(tape, { scrub: true });
    expect(report).toMatchObject({ checkedBytes: 900, scrubbedBytes: 200, coverage: 1 });
    expect(tape.label.volumeChangeReference).toBe(1);
    await tape.close();
    await tamper(files, 'data', (file) => flip(file, 1000));
    const again = await openTape(files, { readonly: true });
    expect(await checkCartridge(again)).toMatchObject({
      problems: ['Objects 0 to 5 (payload bytes 0 to 1099) are not as they were written'],
      checkedBytes: 1100, coverage: 1,
    });
  });

  it('keeps the checksums of what a truncation leaves', async () => {
    const { tape } = await written();
    await tape.truncate(4);
    expect(await checkCartridge(tape)).toMatchObject({ checkedBytes: 900, coverage: 1 });
    await tape.truncate(2);
    expect(await checkCartridge(tape)).toMatchObject({ checkedBytes: 0, coverage: 0 });
  });

  it('reports what opening found', async () => {
    const { files, tape } = await written();
    await tape.close();
    await tamper(files, 'data', (file) => file.truncate(500));
    const report = await checkCartridge(await openTape(files));
    expect(report.problems).toEqual([
      'bytes 0 to 1099 of data are not there: it has 500',
      'Objects 0 to 2 (payload bytes 0 to 899) cannot be read: data ends at byte 500',
    ]);
  });

  it('keeps a bounded number of problems', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    for (let i = 0; i < 150; i += 1) {
      // A record without a checksum between two keeps their checksums apart.
      await writeRecords(tape, [record(10, i)], { crc: true });
      await writeRecords(tape, [record(10, i)]);
    }
    await tamper(files, 'data', (file) => file.write(record(3000, 0xee), 0));
    const report = await checkCartridge(tape);
    expect(report.problemCount).toBe(150);
    expect(report.problems).toHaveLength(100);
  });

  it('stops when it is told to', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    await writeRecords(tape, [record(3 * MIB, 1)], { crc: true });
    const stop = new AbortController();
    await expect(checkCartridge(tape, {
      signal: stop.signal, onProgress: () => stop.abort(new Error('enough')),
    })).rejects.toThrow('enough');
  });
});

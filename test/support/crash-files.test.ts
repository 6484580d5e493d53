import { describe, expect, it } from 'vitest';
import { CrashFiles, PowerCut } from './crash-files.ts';
import { seeded } from './seeded.ts';

/** What is left of a file after power cuts, one for each seed, as text; undefined: no file. */
async function left(work: (files: CrashFiles) => Promise<void>): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [];
  for (let seed = 0; seed < 60; seed += 1) {
    const files = new CrashFiles({ random: seeded(seed) });
    await work(files);
    const after = files.powerCut();
    const bytes = await after.exists('/file') ? await after.readFile('/file') : undefined;
    found.push(bytes && Buffer.from(bytes).toString('latin1'));
  }
  return found;
}

const text = (of: string): Uint8Array => Buffer.from(of);

describe('CrashFiles', () => {
  it('keeps what was synced, whatever came later', async () => {
    const found = await left(async (files) => {
      const file = await files.open('/file', 'create');
      await file.write(text('one'), 0);
      await file.sync();
      await files.syncFolder('/');
      await file.write(text('two'), 3);
    });
    expect(new Set(found)).toEqual(new Set(['one', 'onetwo', 'one\0\0\0']));
  });

  it('may lose a file whose folder was not synced', async () => {
    const found = await left(async (files) => {
      const file = await files.open('/file', 'create');
      await file.write(text('one'), 0);
      await file.sync();
    });
    expect(new Set(found)).toEqual(new Set(['one', undefined]));
  });

  it('may keep a later write without an earlier one', async () => {
    const found = await left(async (files) => {
      const file = await files.open('/file', 'create');
      await files.syncFolder('/');
      await file.write(text('a'), 0);
      await file.write(text('b'), 5000);
    });
    expect(found.some((content) => content?.length === 5001 && content.at(-1) === 'b'
      && content[0] === '\0')).toBe(true);
  });

  it('replaces a file wholly or not at all', async () => {
    for (let operations = 1; operations <= 4; operations += 1) {
      const files = new CrashFiles({ random: seeded(operations) });
      await files.replaceFile('/file', text('old'));
      files.cutAfter(operations);
      await expect(files.replaceFile('/file', text('new'))).rejects.toThrow(PowerCut);
      expect(['old', 'new']).toContain(
        Buffer.from(await files.powerCut().readFile('/file')).toString());
    }
  });

  it('does nothing once the power is cut', async () => {
    const files = new CrashFiles({ random: seeded(1) });
    const file = await files.open('/file', 'create');
    files.cutAfter(1);
    await expect(file.write(text('a'), 0)).rejects.toThrow(PowerCut);
    await expect(file.size()).rejects.toThrow(PowerCut);
    await expect(files.exists('/file')).rejects.toThrow(PowerCut);
  });

  it('gives up locks when the process is killed, and loses nothing', async () => {
    const files = new CrashFiles({ random: seeded(1) });
    await (await files.openLocked('/file', 'create')).write(text('a'), 0);
    await expect(files.openLocked('/file', 'read')).rejects.toMatchObject({ code: 'EBUSY' });
    const after = files.kill();
    await after.openLocked('/file', 'write');
    expect(await after.readFile('/file')).toEqual(new Uint8Array(text('a')));
  });
});

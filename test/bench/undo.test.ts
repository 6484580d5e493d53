import { describe, expect, it } from 'vitest';
import { undoing } from '../../bench/undo.ts';

describe('undoing', () => {
  it('undoes the latest first and gives what the body gave', async () => {
    const done: string[] = [];
    const given = await undoing(async (undo) => {
      undo.add(() => { done.push('file'); });
      undo.add(async () => { done.push('mount'); });
      return 7;
    });
    expect([given, done]).toEqual([7, ['mount', 'file']]);
  });

  it('undoes all although the body and a step fail', async () => {
    const done: string[] = [];
    const run = undoing(async (undo) => {
      undo.add(() => { done.push('file'); });
      undo.add(() => { throw new Error('still mounted'); });
      throw new Error('interrupted');
    });
    await expect(run).rejects.toThrow();
    expect(done).toEqual(['file']);
  });
});

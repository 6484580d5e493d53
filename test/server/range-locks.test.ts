import { describe, expect, it } from 'vitest';
import { deferred } from '../../src/sam/deferred.ts';
import { RangeLocks, type Sharing } from '../../src/server/range-locks.ts';

/** Work that notes when it begins and ends when it is told to. */
function stage() {
  const locks = new RangeLocks();
  const log: string[] = [];
  const ends = new Map<string, () => void>();
  const begin = (name: string, lba: number, count: number, sharing: Sharing): Promise<void> =>
    locks.hold(lba, count, sharing, async () => {
      log.push(name);
      const end = deferred<void>();
      ends.set(name, end.resolve);
      await end.promise;
    });
  const finish = async (name: string, done: Promise<void>): Promise<void> => {
    ends.get(name)!();
    await done;
    await Promise.resolve();
  };
  return { begin, finish, log };
}

describe('range locks', () => {
  it('let work on ranges that do not overlap run side by side', () => {
    const { begin, log } = stage();
    void begin('a', 0, 8, 'alone');
    void begin('b', 8, 8, 'alone');
    expect(log).toEqual(['a', 'b']);
  });

  it('let readers share a range, and keep a writer out until the last has ended', async () => {
    const { begin, finish, log } = stage();
    const a = begin('a', 0, 8, 'shared');
    const b = begin('b', 4, 8, 'shared');
    void begin('w', 6, 1, 'alone');
    expect(log).toEqual(['a', 'b']);
    await finish('a', a);
    expect(log).toEqual(['a', 'b']);
    await finish('b', b);
    expect(log).toEqual(['a', 'b', 'w']);
  });

  it('keep the order of arrival: nobody overtakes one that waits for his range', async () => {
    const { begin, finish, log } = stage();
    const a = begin('a', 0, 8, 'alone');
    const b = begin('b', 4, 8, 'alone');
    void begin('c', 10, 8, 'alone');
    expect(log).toEqual(['a']);
    await finish('a', a);
    expect(log).toEqual(['a', 'b']);
    await finish('b', b);
    expect(log).toEqual(['a', 'b', 'c']);
  });

  it('are given up by work that fails', async () => {
    const locks = new RangeLocks();
    const failing = locks.hold(0, 8, 'alone', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    await expect(locks.hold(0, 8, 'alone', async () => 'yes')).resolves.toBe('yes');
  });
});
